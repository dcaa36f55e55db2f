from django.apps import AppConfig
from django.urls import reverse


class ReferralsConfig(AppConfig):
    name = "referrals"
    label = "referrals"
    verbose_name = "Referrals"

    def ready(self):
        from offenders import panels
        from offenders.retention import rules
        from offenders.search import OPENERS
        from partners.leaving import LEAVERS
        from partners.management.commands.sync_reference import ALSO

        from . import amend_forms, keeping, law, told  # noqa: F401  (what may be amended)

        told.tell()
        ALSO.append(law.load)
        OPENERS.append(self.opened_by)
        panels.OFFERS.append(self.task)
        LEAVERS.append(self.revoke_calendar)
        rules.GROUPS.extend(keeping.GROUPS)
        rules.UNDER_WAY.append(keeping.UNDER_WAY)

    def revoke_calendar(self, user, by):
        """Nobody reads the calendar of who has left."""
        self.get_model("CalendarLink").objects.of(user).revoke(by=by)

    def task(self, user, offender):
        """The way to ask something of someone about this person, on the matter their team began to work on last."""
        if not user.has_perm("referrals.add_task"):
            return None
        from offenders.models import Involvement, Offender

        worked = Offender.objects.worked_by(user).filter(pk=offender.pk)
        theirs = Involvement.objects.open_to(user).filter(user.mine(), offender__in=worked.values("pk"))
        matter = theirs.order_by("-valid_from", "-pk").values_list("matter", flat=True).first()
        return ("Add a task", reverse("tasks:add", args=[matter])) if matter else None

    def opened_by(self, user, reference):
        """The referral of this reference, where the user sees it: a search for it goes straight there."""
        return self.get_model("Referral").objects.visible_to(user).filter(reference=reference).first()
