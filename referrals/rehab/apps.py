from django.apps import AppConfig


class RehabConfig(AppConfig):
    name = "referrals.rehab"
    label = "rehab"
    verbose_name = "Offender to Rehab"
