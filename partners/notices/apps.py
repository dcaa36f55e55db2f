from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "partners.notices"
    label = "notices"
    verbose_name = "Messages to people and to staff"
