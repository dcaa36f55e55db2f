"""Free places of rehab units by day. Which days a stay takes is said once, in the database: `rehab_days_taken`."""

from contextlib import contextmanager
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from referrals.rehab.models import OutOfUse, Placement

ONE_DAY = timedelta(days=1)
AHEAD = timedelta(days=2 * 365)  # how far a free place is looked for, whatever end someone has typed


class Day(NamedTuple):
    """A unit on a day. `free` is None where its places are not known; `over` is how many there are too many."""

    taken: int
    out: int
    free: int | None
    over: int


def by_day(units, first, last):
    """{unit's id: [Day]} for each day from the first to the last, both included. Two queries, however many units."""
    units, number = list(units), (last - first).days + 1
    taken, out = ({unit.pk: [0] * (number + 1) for unit in units} for _ in range(2))
    for unit, places, begin, end in _spans(units, first, last):
        counts = (taken if places is None else out)[unit]
        counts[max((begin - first).days, 0)] += places or 1
        counts[number if end is None else min((end - first).days, number)] -= places or 1
    return {unit.pk: list(_days(unit, taken[unit.pk], out[unit.pk], first)) for unit in units}


def free_by_day(units, first, last):
    """{unit's id: [how many places are free, None where not known]} for each day, both included.

    A stay takes its place from the day of arrival up to, not including, the day of departure.
    """
    return {unit: [day.free for day in days] for unit, days in by_day(units, first, last).items()}


def next_free(unit, nights, after):
    """The first day, not before `after`, from which a place of this unit is free for so many nights.

    None where there is no such day within two years, or the unit's places are not known.
    """
    return next_free_of([unit], nights, after)[unit.pk]


def next_free_of(units, nights, after):
    """{unit's id: its `next_free`}, in as many queries for many units as for one."""
    units = list(units)
    ends = [end or begin for _, _, begin, end in _spans(units, after, None)]
    last = min(max([after, *ends]), after + AHEAD) + timedelta(days=nights)
    return {
        unit: next((after + n * ONE_DAY for n in _starts(free, nights)), None)
        for unit, free in free_by_day(units, after, last).items()
    }


@contextmanager
def counted_together():
    """Whether a unit holds what is written in here is asked at its end: of a stay long over, all its days are known.

    Alone, an arrival takes a place until today; and a stay that is over may need one no longer. Raises IntegrityError,
    which `the_databases_no` tells.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS rehab_stay_has_a_place DEFERRED")
        yield
        cursor.execute("SET CONSTRAINTS rehab_stay_has_a_place IMMEDIATE")


def _starts(free, nights):
    """The positions in this list of days from which so many in a row are free."""
    run = 0
    for n, places in enumerate(free):
        run = run + 1 if places else 0
        if run >= max(nights, 1):
            yield n - max(nights, 1) + 1


def _spans(units, first, last):
    """(unit's id, places or None for a stay, the first day, the day after the last or None) of what takes places."""
    stays = Placement.objects.with_days_taken().filter(unit__in=units, taken__endswith__gt=first)
    out = OutOfUse.objects.filter(unit__in=units).not_over(first).exclude(places=0)
    if last is not None:
        stays, out = stays.filter(taken__startswith__lte=last), out.filter(valid_from__lte=last)
    for unit, days in stays.order_by().values_list("unit", "taken"):
        yield unit, None, days.lower, days.upper
    for unit, places, begin, end in out.order_by().values_list("unit", "places", "valid_from", "valid_to"):
        yield unit, places, begin, end + ONE_DAY if end and end < date.max else None


def _days(unit, taken, out, first):
    in_house = gone = 0
    for n in range(len(taken) - 1):
        in_house, gone = in_house + taken[n], gone + out[n]
        left = None if unit.places is None else unit.places - in_house - gone
        is_open = unit.holds(first + n * ONE_DAY)
        yield Day(in_house, gone, left if left is None else max(left, 0) * is_open, max(-(left or 0), 0))
