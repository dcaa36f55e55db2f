"""What days in rehab saved in costs of crime, the Home Office's way, and what the programme cost: board paper, 35.

The costs of crime are offences thought avoided times what each costs, over the same days as the goods not stolen: the
two are methods for the same thing, and never added. What is left of them after staff, and after the places as well,
is counted from totals rounded to the penny, so that the lines add up on paper.
"""

from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, Q

from partners.models import Setting

from .models import UnitCost
from .savings import KEY, keyed, of_periods, to_the_penny

ASKED = """
WITH placement AS ({placements}),
asked AS (
    SELECT * FROM unnest(%s::text[], %s::date[], %s::date[]) AS asked(name, first, last)
),
stay AS (
    SELECT placement.*, coalesce(name, key) AS called, first, last,
           daterange(since, until) * daterange(first, last, '[]') AS days
    FROM placement JOIN asked ON daterange(since, until) && daterange(first, last, '[]')
)
"""
CRIMES = f"""{ASKED}
SELECT called, offence, pounds, price_year, low, central, high, sum(upper(days * held) - lower(days * held))
FROM stay JOIN (
    SELECT *, daterange(valid_from, valid_to, '[]') AS held FROM rehab_unitcost WHERE high > 0
) cost ON days && held
GROUP BY called, offence, pounds, price_year, low, central, high ORDER BY offence, pounds, price_year
"""
# a stay without a price counts as one of the setting's, in the period in which it began
PLACES = f"""{ASKED}
SELECT called, count(DISTINCT offender_id), coalesce(sum((upper(days) - lower(days)) * weekly_price), 0),
       count(*) FILTER (WHERE begun), coalesce(sum(values[1]) FILTER (WHERE begun), 0),
       coalesce(sum(values[2]) FILTER (WHERE begun), 0), coalesce(sum(values[3]) FILTER (WHERE begun), 0)
FROM (SELECT *, weekly_price IS NULL AND daterange(first, last, '[]') @> since AS begun FROM stay) stay
LEFT JOIN partners_setting
       ON partners_setting.key = 'unpriced_stay' AND daterange(valid_from, valid_to, '[]') @> since
GROUP BY called
"""


class Range(NamedTuple):
    """Three estimates in pounds, each to the penny."""

    low: Decimal = Decimal(0)
    central: Decimal = Decimal(0)
    high: Decimal = Decimal(0)


UNKNOWN = Range(None, None, None)


class Crime(NamedTuple):
    """Offences of one kind thought avoided, and what each costs."""

    offence: str
    pounds: Decimal
    price_year: str
    offences: Range

    @property
    def note(self):
        return f"{self.offences.central:,.0f} offences at £{self.pounds:,.2f}, price year {self.price_year}"

    @property
    def costs(self):
        return Range(*(number * self.pounds for number in self.offences))


class Costs(NamedTuple):
    """Costs of crime avoided, what the places cost and, of a whole period, the staff; and what is left."""

    people: int = 0
    crimes: tuple = ()
    places: Range = Range()
    unpriced: int = 0  # stays without a price that began
    staff: Decimal | None = None  # None: not known, or of a part that staff are not counted by

    @property
    def gross(self):
        each = [crime.costs for crime in self.crimes]
        return Range(*(to_the_penny(sum(costs)) for costs in zip(Range(), *each, strict=True)))

    @property
    def staffed(self):
        return Range(self.staff, self.staff, self.staff)

    @property
    def note(self):
        """What the costs of the places rest on."""
        return f"{self.unpriced} without a price, counted at a set sum." if self.unpriced else "As booked."

    @property
    def net(self):
        """After the staff: the paper's line."""
        return UNKNOWN if self.staff is None else Range(*(one - self.staff for one in self.gross))

    @property
    def net_of_places(self):
        """After the places too. The low one is of the dearest places, the high one of the cheapest."""
        if self.staff is None:
            return UNKNOWN
        return Range(*(one - cost for one, cost in zip(self.net, reversed(self.places), strict=True)))


def costs(placements, asked, *, with_staff=False):
    """{key: Costs} over the days of these stays, as `savings.savings` takes them; `with_staff` of whole periods."""
    rows = keyed(placements.filter(arrived_on__isnull=False), asked, since=F("arrived_on"), until=F("departed_on"))
    rows = rows.values("pk", "offender_id", "since", "until", "weekly_price", "key")
    crimes, found = {}, {}
    for key, offence, pounds, year, low, central, high, n in of_periods(CRIMES, rows, asked):
        offences = Range(n * low, n * central, n * high)
        crimes.setdefault(key, []).append(Crime(offence, pounds, year, offences))
    for key, people, weeks, unpriced, *guessed in of_periods(PLACES, rows, asked):
        places = Range(*(to_the_penny(weeks / 7 + guess) for guess in guessed))
        found[key] = Costs(people, tuple(crimes.get(key, ())), places, unpriced)
    for name, first, last in asked if with_staff else ():
        found[name] = found.get(name, Costs())._replace(staff=staff_cost(first, last))
    return found


def staff_cost(first, last):
    """Pounds that staff cost from one day to another, both included; None where that is not known of every day.

    A year's sum, by the day: a 365th of it for each.
    """
    rows = Setting.objects.filter(Q(valid_to=None) | Q(valid_to__gte=first), key=KEY.STAFF_COST, valid_from__lte=last)
    total, counted = Decimal(0), 0
    for row in rows:
        n = (min(row.valid_to or last, last) - max(row.valid_from, first)).days + 1
        total, counted = total + row.values[0] * n, counted + n
    return to_the_penny(total / 365) if counted == (last - first).days + 1 else None


def costs_used(first, last):
    """The unit costs and Settings that these days' costs rest on, with their sources."""
    dated = Q(valid_to=None) | Q(valid_to__gte=first), Q(valid_from__lte=last)
    settings = Setting.objects.filter(*dated, key__in=[KEY.STAFF_COST, KEY.UNPRICED_STAY]).order_by("key", "valid_from")
    return [*UnitCost.objects.filter(*dated, high__gt=0), *settings]
