from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"
    label = "referrals"
    verbose_name = "Referrals"

    def ready(self):
        from offenders.search import OPENERS

        OPENERS.append(self._open)

    @staticmethod
    def _open(user, reference):
        """The referral that a reference typed into the search box names, if the user sees it."""
        from .models import Referral

        return Referral.objects.visible_to(user).filter(reference=reference).first()
