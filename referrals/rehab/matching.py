"""Which rehab units fit what someone needs, and why one does not."""

import datetime as dt
import math
from decimal import Decimal
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.formats import date_format

from offenders.codes import Sex
from partners.frame.templatetags.frame import pounds

EARTH_MILES = 3958.8  # mean radius
ONE_DAY = dt.timedelta(days=1)


class Circumstance(TextChoices):
    """What a unit may be unable to take, and what must be said of a person who asks for a place."""

    ARSON = "arson", "Arson"
    SEXUAL_OFFENCE = "sexual_offence", "A sexual offence"
    VIOLENCE_TO_STAFF = "violence_to_staff", "Violence to staff"
    SERIOUS_VIOLENCE = "serious_violence", "Serious violence"
    BENZODIAZEPINES = "benzodiazepines", "Prescribed benzodiazepines"
    GABAPENTINOIDS = "gabapentinoids", "Prescribed pregabalin or gabapentin"
    HIGH_METHADONE = "high_methadone", "A high dose of methadone"
    ALCOHOL_SEIZURES = "alcohol_seizures", "Seizures in withdrawal"
    SELF_HARM = "self_harm", "Recent self-harm"
    SEVERE_MENTAL_ILLNESS = "severe_mental_illness", "Severe mental illness"
    PREGNANCY = "pregnancy", "Pregnancy"
    STEP_FREE = "step_free", "Step-free access needed"
    CURFEW = "curfew", "A curfew or tag"


class Needs(NamedTuple):
    """What is asked of a unit. What is left out is not asked."""

    sex: str = Sex.UNKNOWN
    detox: bool = False
    circumstances: tuple = ()
    arrival: dt.date | None = None
    departure: dt.date | None = None
    price_limit: Decimal | None = None  # a week
    near: object = None  # anything with a latitude and a longitude, and a name as its words
    miles: int | None = None  # at the most, from there


class Fit(NamedTuple):
    """One thing asked of a unit: whether it is met (None: not known), and a sentence that says so."""

    name: str
    met: bool | None
    sentence: str


PLACES_UNKNOWN = Fit("dates", None, "How many places it has is not known: ask")


def fits(units, needs):
    """[(unit, [Fit])], the units that fit best first: least not met, least not known, nearest, cheapest.

    `units` are those of `with_free_places()`.
    """
    units = list(units)
    dates = _dates(units, needs)
    rows = [(unit, [fit for ask in ASKED if (fit := ask(unit, needs))] + [dates[unit.pk]]) for unit in units]

    def order(row):
        unit, found = row
        met = [fit.met for fit in found]
        away = miles(unit, needs.near)
        far = math.inf if away is None else away
        price = math.inf if unit.weekly_price is None else unit.weekly_price
        return met.count(False), met.count(None), far, price, unit.name

    return sorted(rows, key=order)


def miles(one, other):
    """Whole miles as the crow flies between two that have a latitude and a longitude; None where one has not."""
    if not one or not other or one.latitude is None or other.latitude is None:
        return None
    north, south, east = (
        math.radians(value) for value in (one.latitude, other.latitude, one.longitude - other.longitude)
    )
    half = math.sin((north - south) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return round(2 * EARTH_MILES * math.asin(math.sqrt(half)))


def _sex(unit, needs):
    if unit.takes == unit.Takes.MIXED:
        return Fit("takes", True, "Takes men and women")
    taken = unit.get_takes_display().lower()
    if needs.sex not in (Sex.MALE, Sex.FEMALE):
        return Fit("takes", None, f"Takes {taken} only, and this person's sex is not recorded")
    met = (needs.sex == Sex.MALE) == (unit.takes == unit.Takes.MEN)
    return Fit("takes", met, f"Takes {taken}" if met else f"Takes {taken} only")


def _detox(unit, needs):
    if not needs.detox:
        return None
    if unit.has_detox:
        return Fit("detox", True, "Detox on site")
    return Fit("detox", False, "No detox on site: it has to come first, elsewhere")


def _circumstances(unit, needs):
    if not needs.circumstances:
        return None
    if not unit.cannot_take:
        return Fit("circumstances", None, "Has not said whom it cannot take: ask")
    against = [one.label.lower() for one in Circumstance if one in needs.circumstances and one in unit.cannot_take]
    if against:
        return Fit("circumstances", False, f"Cannot take: {', '.join(against)}")
    return Fit("circumstances", True, "Nothing named rules the person out")


def _price(unit, needs):
    if needs.price_limit is None:
        return None
    if unit.weekly_price is None:
        return Fit("price", None, "Price not known: ask")
    over = unit.weekly_price - needs.price_limit
    too_much = f", {pounds(over)} too much" if over > 0 else ""
    return Fit("price", not too_much, f"{pounds(unit.weekly_price)} a week{too_much}")


def _distance(unit, needs):
    if not needs.near:
        return None
    away = miles(unit, needs.near)
    if away is None:  # which matters where a limit was set: else each unit without a map reference were to be asked
        return needs.miles and Fit("distance", None, f"How far it is from {needs.near} is not known")
    met = needs.miles is None or away <= needs.miles
    return Fit("distance", met, f"{away} mile{'' if away == 1 else 's'} from {needs.near}")


ASKED = [_sex, _detox, _circumstances, _price, _distance]


def _dates(units, needs):
    """{unit's id: Fit}: whether a place is free for all of the days asked, or today."""
    if not needs.arrival:
        return {unit.pk: _today(unit) for unit in units}
    # which imports the units, and they the circumstances above
    from referrals.rehab.board.capacity import free_by_day, next_free_of
    from referrals.rehab.models.placement import usual_departure

    leaves = max(needs.departure or usual_departure(needs.arrival), needs.arrival + ONE_DAY)
    days = free_by_day(units, needs.arrival, leaves - ONE_DAY)
    soonest = next_free_of(units, (leaves - needs.arrival).days, needs.arrival)
    return {unit.pk: _between(needs.arrival, leaves, days[unit.pk], soonest[unit.pk]) for unit in units}


def _today(unit):
    if unit.free is None:
        return PLACES_UNKNOWN
    return Fit("dates", unit.free > 0, f"{unit.free} of {unit.places} places free today" if unit.free else "Full today")


def _between(arrives, leaves, free, soonest):
    if None in free:
        return PLACES_UNKNOWN
    span = f"{date_format(arrives, 'j F')} to {date_format(leaves, 'j F Y')}"
    if all(free):
        return Fit("dates", True, f"A place is free from {span}")
    later = f"free for as long from {date_format(soonest, 'j F Y')}" if soonest else "when it will be free is not known"
    return Fit("dates", False, f"Full on {free.count(0)} of the days from {span}, {later}")
