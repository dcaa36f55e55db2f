from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "offenders.alerts"
    label = "alerts"
    verbose_name = "Alerts"
