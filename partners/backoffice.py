from django.contrib import admin


class BackOffice(admin.AdminSite):
    """The admin, for supervisors and administrators: scoped, recorded, deleting nothing."""

    site_header = site_title = "Throughcare back office"
    index_title = "Back office"
    enable_nav_sidebar = False
