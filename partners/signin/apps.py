from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "partners.signin"
    label = "signin"
    verbose_name = "Signing in"

    def ready(self):
        from partners.leaving import LEAVERS
        from partners.notices.models import LINKS
        from partners.notices.occasions import Occasion

        from .password import link_of

        LEAVERS.append(lambda user, by: user.sessions.all().delete())
        LINKS[Occasion.PASSWORD] = link_of
