"""What a spreadsheet names that is not a person helped: areas, agencies, units."""

from partners.audit.models import Event
from partners.management.commands.sync_reference import DEPARTMENTS
from partners.models import Agency, Area, Unit
from partners.roles import ROLES

# other words for the place that is no local authority
OTHER_AREAS = {
    "outside": "OUTSIDE",
    "outside wmp area": "OUTSIDE",
    "outside the wmp area": "OUTSIDE",
    "outside force area": "OUTSIDE",
}
SHORT_NAMES = {short.casefold(): name.casefold() for name, short in DEPARTMENTS.items()}


class Unknown(ValueError):
    """The database has nothing of this name. The sentence says what may be done."""


def least_role(permissions):
    """Of the roles that have these permissions, the one that has the fewest, and reads the least."""
    able = [name for name, role in ROLES.items() if role.permissions >= permissions]
    return min(able, key=lambda name: (len(ROLES[name].permissions), len(ROLES[name].categories), name))


class Known:
    """The names the database knows, loaded once. With `create`, those it does not know are made on first use.

    Of two units of one name, that of `home`, an agency, is meant.
    """

    def __init__(self, *, create, home):
        self.create, self.home, self.made = create, home, []
        self._areas = {area.code.casefold(): area for area in Area.objects.all()}
        self._areas |= {area.name.casefold(): area for area in self._areas.values()}
        agencies = list(Agency.objects.order_by("name"))
        self._agencies = {agency.short_name.casefold(): agency for agency in agencies if agency.short_name}
        self._agencies |= {agency.name.casefold(): agency for agency in agencies}
        self._units = {}
        for unit in Unit.objects.select_related("agency").order_by("-valid_from", "agency__name"):
            self._units.setdefault(unit.name.casefold(), []).append(unit)

    def area(self, text, day):
        """The local authority, or one of the two that are none."""
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
        name = text.casefold()
        units = self._units.get(name) or self._units.get(SHORT_NAMES.get(name), [])
        units = [unit for unit in units if agency in (None, unit.agency)]
        of_the_day = [unit for unit in units if unit.holds(day)] or units
        ours = [unit for unit in of_the_day if unit.agency == self.home] or of_the_day
        if len({unit.agency for unit in ours}) > 1:
            raise Unknown("Several agencies have a unit of this name. Say which in referred_by_agency.")
        if ours:
            return self._used(ours[0], day)
        holder = agency or self.home
        self._may_make(f"{holder} has no unit of this name" if agency else "No agency has a unit of this name")
        unit = self._keep(Unit(agency=holder, name=text, kind=Unit.Kind.DEPARTMENT, valid_from=day))
        self._units.setdefault(name, []).append(unit)
        return unit

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
