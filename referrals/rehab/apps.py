from django.apps import AppConfig
from django.urls import reverse


class RehabConfig(AppConfig):
    name = "referrals.rehab"
    label = "rehab"
    verbose_name = "Offender to Rehab"

    def ready(self):
        from offenders import panels
        from offenders.retention import rules
        from partners.management.commands.sync_reference import ALSO
        from partners.notices import models as notices
        from referrals import colleagues, journey_views, views
        from referrals.models import LEFT_BEHIND
        from referrals.models.deadline import DOERS

        from . import amend_forms, keeping, reference, told  # noqa: F401  (what may be amended)
        from .request.answering import who_answers

        told.tell()
        notices.ADDRESSES.append(self.get_model("ActionLink").address_of)
        ALSO.append(reference.load)
        DOERS["place_answer"] = who_answers
        panels.OFFERS.append(self.open_now)
        views.OFFERS.append(self.offered)
        LEFT_BEHIND.append(self.held)
        colleagues.CARRIED.append(self.loads)
        journey_views.STANDING.append(self.standing)
        rules.GROUPS.extend(keeping.GROUPS)
        rules.UNDER_WAY.append(keeping.UNDER_WAY)

    def open_now(self, user, offender):
        """The person's open case, or to who sees no cases their stay in rehab."""
        if case := self.get_model("Case").objects.visible_to(user).open().filter(offender=offender).first():
            return "Open the case", case.get_absolute_url()
        stays = self.get_model("Placement").objects.visible_to(user).filter(case__offender=offender)
        if not user.has_perm("rehab.view_case") and (stay := stays.order_by("-requested_on", "-pk").first()):
            return "Open the placement", stay.get_absolute_url()
        return None

    def loads(self, user):
        """What each of the team carries, for who looks after them."""
        from .load import of_team

        return {load.user.pk: load.words for load in of_team(user)} if user.has_perm("rehab.allocate_case") else {}

    def held(self, cover):
        """The open cases of someone who is away, in the team that covers them."""
        team = {"agency": cover.agency_id} | ({"unit": cover.unit_id} if cover.unit_id else {})
        return self.get_model("Case").objects.open().filter(facilitator=cover.absent_id, **team)

    def offered(self, user, referral):
        """The case that came of a referral, or the way to begin it."""
        cases = self.get_model("Case").objects
        if case := cases.visible_to(user).filter(referral=referral).first():
            return "Open the case", case.get_absolute_url()
        if referral.status == "accepted" and user.has_perm("rehab.begin_case"):
            from .case_forms import referrals_to_assess

            if referrals_to_assess(user).filter(pk=referral.pk).exists():
                return "Begin the case", reverse("rehab:begin", args=[referral.pk])
        return None

    def standing(self, user, offender, pathway):
        """Whether someone about to be referred is on the caseload already."""
        cases = self.get_model("Case").objects.visible_to(user).open().filter(offender=offender)
        return [
            f"They are on the caseload already, with {case.facilitator} since {case.opened_on:%-d %B %Y}."
            for case in cases.select_related("facilitator")
        ]
