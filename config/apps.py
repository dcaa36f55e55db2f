from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """The stock admin, with our own site: scoped, recorded, deleting nothing."""

    default_site = "partners.backoffice.BackOffice"
