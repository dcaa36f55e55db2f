from django.apps import AppConfig


class OffendersConfig(AppConfig):
    name = "offenders"
    verbose_name = "People"

    def ready(self):
        from . import amend_forms  # noqa: F401  (what may be amended)
