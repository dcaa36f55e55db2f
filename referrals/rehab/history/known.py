"""What the spreadsheet names that is not a person helped: areas, agencies, units, staff, places."""

from partners.audit.models import Event
from partners.models import Agency, Area, Membership, Service, Unit, User
from partners.roles import ROLES
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
# the role with the fewest permissions that has them
LEAST_ROLE = min((len(role.permissions), name) for name, role in ROLES.items() if role.permissions >= PERMISSIONS)[1]

# other words for the two places that are no local authority
OTHER_AREAS = {"outside wmp area": "OUTSIDE", "outside the wmp area": "OUTSIDE", "outside force area": "OUTSIDE"}

SOURCES = {"cranstoun": Source.CRANSTOUN, "cgl": Source.CGL, "change grow live": Source.CGL}
SOURCES_BY_KIND = {
    Agency.Kind.POLICE: Source.OFFICER,
    Agency.Kind.PROBATION: Source.PROBATION,
    Agency.Kind.RETAILER: Source.RETAILER,
}


class Unknown(ValueError):
    """The database has nothing of this name. The sentence says what may be done."""


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


class Known:
    """The names the database knows, loaded once. With `create`, those it does not know are made on first use."""

    def __init__(self, *, create):
        self.create = create
        service = Service.objects.on().filter(pathway=Pathway.O2R).select_related("agency", "unit").first()
        if service is None:
            raise LookupError("No service takes referrals to O2R today. Add one in the back office first.")
        self.team = (service.agency, service.unit)
        self.since = service.valid_from
        self.made = []
        self._areas = {area.code.casefold(): area for area in Area.objects.all()}
        self._areas |= {area.name.casefold(): area for area in self._areas.values()}
        agencies = list(Agency.objects.order_by("name"))
        self._agencies = {agency.short_name.casefold(): agency for agency in agencies if agency.short_name}
        self._agencies |= {agency.name.casefold(): agency for agency in agencies}
        self._units = {}
        for unit in Unit.objects.select_related("agency").order_by("-valid_from", "agency__name"):
            self._units.setdefault(unit.name.casefold(), []).append(unit)
        self._rehab_units = {unit.name.casefold(): unit for unit in RehabUnit.objects.all()}
        self._users = {user.email: user for user in User.objects.all()}
        # those who hold, or once held, a role in the team that carries cases
        carry = [name for name, role in ROLES.items() if role.permissions >= PERMISSIONS]
        of_team = Membership.objects.filter(agency=service.agency, unit=service.unit, role__in=carry)
        self._carriers = set(of_team.values_list("user", flat=True))

    def area(self, text, day):
        word = text.casefold()
        area = self._areas.get(OTHER_AREAS.get(word, word).casefold())
        if area is None:
            raise Unknown("No area has this name or code. Write one of the local authorities, NFA or OUTSIDE.")
        return area

    def agency(self, text, day):
        known = self._agencies.get(text.casefold())
        return known or self._make_agency(text, Agency.Kind.OTHER, "No agency has this name")

    def unit(self, text, day, agency=None):
        """The agency's unit of this name; of the day, where the name was given again."""
        units = [unit for unit in self._units.get(text.casefold(), []) if agency in (None, unit.agency)]
        of_the_day = [unit for unit in units if unit.holds(day)] or units
        ours = [unit for unit in of_the_day if unit.agency == self.team[0]] or of_the_day
        if len({unit.agency for unit in ours}) > 1:
            raise Unknown("Several agencies have a unit of this name. Say which in referred_by_agency.")
        if ours:
            return self._used(ours[0], day)
        holder = agency or self.team[0]
        self._may_make(f"{holder} has no unit of this name" if agency else "No agency has a unit of this name")
        unit = self._keep(Unit(agency=holder, name=text, kind=Unit.Kind.DEPARTMENT, valid_from=day))
        self._units.setdefault(text.casefold(), []).append(unit)
        return unit

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

    def record(self, *, by):
        """Write down what was made, each since the first day the file has it."""
        for row in self.made:
            row.save()
            verb = f"{row._meta.model_name}.add"
            Event.objects.record(Event.Kind.ADMINISTRATION, verb, by=by, subject=row, imported=True)

    def _make_agency(self, text, kind, sentence):
        self._may_make(sentence)
        agency = self._agencies[text.casefold()] = self._keep(Agency(name=text, kind=kind))
        return agency

    def _may_make(self, sentence):
        if not self.create:
            raise Unknown(f"{sentence}. Correct it, add it first, or run with --create-missing.")

    def _keep(self, row):
        row.full_clean()
        row.save()
        self.made.append(row)
        return row

    def _used(self, row, day):
        """What this import makes holds from the first day it is used."""
        if row in self.made and day < row.valid_from:
            row.valid_from = day
        return row
