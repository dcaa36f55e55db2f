from django.apps import AppConfig
from django.contrib.admin import apps as admin


class WiringConfig(AppConfig):
    """Settings, addresses, home, the demonstration's people."""

    name = "config"
    default = True

    def ready(self):
        from . import checks  # noqa: F401


class BackOfficeConfig(admin.AdminConfig):
    """The stock admin, with our own site: scoped, recorded, deleting nothing."""

    default = False
    default_site = "partners.backoffice.BackOffice"
