from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "referrals.oversight"
    label = "oversight"
    verbose_name = "Approvals and data quality"
