from django.apps import AppConfig


class FrameConfig(AppConfig):
    """What every page is made of: forms, pieces of template, charts, assets."""

    name = "partners.frame"
    label = "frame"
    verbose_name = "Pages' frame"
