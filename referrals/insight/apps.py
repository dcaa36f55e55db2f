from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "referrals.insight"
    label = "insight"
    verbose_name = "Figures and reports"
