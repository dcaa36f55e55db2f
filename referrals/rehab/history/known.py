"""What an O2R programme's spreadsheet names besides: who sent, who carries, which rehab."""

from partners.models import Agency, Membership, Service, User
from partners.roles import ROLES
from referrals.history import known
from referrals.history.known import least_role
from referrals.pathways import Pathway, Source
from referrals.rehab.models import RehabUnit

# all that the walk takes
_STEPS = """
    offenders.view_offender offenders.change_offender referrals.view_referral
    referrals.add_referral referrals.submit_referral referrals.accept_referral
    referrals.engage_referral referrals.complete_referral rehab.view_case rehab.begin_case rehab.assess_case
    rehab.bring_in_case rehab.refer_on_case rehab.turn_down_case rehab.stand_down_case rehab.view_placement
    rehab.request_placement rehab.offer_placement rehab.book_placement rehab.arrive_placement rehab.depart_placement
    rehab.record_followup
"""
PERMISSIONS = frozenset(_STEPS.split())
LEAST_ROLE = least_role(PERMISSIONS)

SOURCES = {"cranstoun": Source.CRANSTOUN, "cgl": Source.CGL, "change grow live": Source.CGL}
SOURCES_BY_KIND = {
    Agency.Kind.POLICE: Source.OFFICER,
    Agency.Kind.PROBATION: Source.PROBATION,
    Agency.Kind.RETAILER: Source.RETAILER,
}


def source(agency):
    """Who put the person forward, as far as the agency tells."""
    if agency is None:
        return Source.UNKNOWN
    names = {agency.name.casefold(), agency.short_name.casefold()}
    for name in names & SOURCES.keys():
        return SOURCES[name]
    if any("probation" in name for name in names):
        return Source.PROBATION
    return SOURCES_BY_KIND.get(agency.kind, Source.OTHER)


class Known(known.Known):
    """The names the database knows, with the O2R team, its people past and present, and the rehabs."""

    def __init__(self, *, create):
        service = Service.objects.on().filter(pathway=Pathway.O2R).select_related("agency", "unit").first()
        if service is None:
            raise LookupError("No service takes referrals to O2R today. Add one in the back office first.")
        super().__init__(create=create, home=service.agency)
        self.team = (service.agency, service.unit)
        self.since = service.valid_from
        self._rehab_units = {unit.name.casefold(): unit for unit in RehabUnit.objects.all()}
        self._users = {user.email: user for user in User.objects.all()}
        # those who hold, or once held, a role in the team that carries cases
        carry = [name for name, role in ROLES.items() if role.permissions >= PERMISSIONS]
        of_team = Membership.objects.filter(agency=service.agency, unit=service.unit, role__in=carry)
        self._carriers = set(of_team.values_list("user", flat=True))

    def rehab_unit(self, text, day):
        unit = self._rehab_units.get(text.casefold())
        if unit is None:
            self._may_make("No rehab has this name")
            agency = self._agencies.get(text.casefold()) or self._make_agency(text, Agency.Kind.REHAB, "")
            unit = self._rehab_units[text.casefold()] = self._keep(RehabUnit(agency=agency, name=text, valid_from=day))
        return self._used(unit, day)

    def facilitator(self, email, day):
        """A member of the team, past or present, who may carry a case."""
        user = self._users.get(email)
        if user is None:
            self._may_make("Nobody has this e-mail address")
            names = [part.capitalize() for part in email.partition("@")[0].replace("_", ".").split(".") if part]
            given_names, family_name = " ".join(names[:-1]) or "(not known)", names[-1] if names else "(not known)"
            user = User.objects.create_user(email, given_names=given_names[:80], family_name=family_name[:80])
            self.made.append(user)
            self._users[email] = user
        if user.pk not in self._carriers:
            self._may_make("This person was never a facilitator of the team")
            agency, unit = self.team
            self._keep(Membership(user=user, agency=agency, unit=unit, role=LEAST_ROLE, valid_from=day))
            self._carriers.add(user.pk)
        for membership in self.made:
            if isinstance(membership, Membership) and membership.user_id == user.pk:
                self._used(membership, day)
        return user
