from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"
    label = "referrals"
    verbose_name = "Referrals"

    def ready(self):
        from offenders.search import OPENERS
        from partners.management.commands.sync_reference import ALSO

        from . import amend_forms, law  # noqa: F401  (what may be amended)

        ALSO.append(law.load)
        OPENERS.append(self.opened_by)

    def opened_by(self, user, reference):
        """The referral of this reference, where the user sees it: a search for it goes straight there."""
        return self.get_model("Referral").objects.visible_to(user).filter(reference=reference).first()
