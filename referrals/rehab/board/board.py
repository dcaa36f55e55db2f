"""Units by days: what is free, who is expected to come and to go, and when a place that fits is free."""

from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from partners.settings import setting
from referrals.rehab.models import Placement, RehabUnit
from referrals.rehab.workflow import Stay

from .capacity import ONE_DAY, Day, by_day, next_free_of

SHOWN = 14  # days at once
# the step that is awaited of a stay that stands there, and the field of its day
AWAITED = {Stay.BOOKED: ("arrives", "expected_arrival"), Stay.ARRIVED: ("leaves", "expected_departure")}


class Cell(NamedTuple):
    """A unit on a day."""

    unit: RehabUnit
    on: date
    day: Day
    arrive: int
    leave: int

    @property
    def kind(self):
        if self.day.over:
            return "over"
        if self.day.free is None:
            return "unknown"
        if not self.unit.holds(self.on):
            return "closed"
        return "free" if self.day.free else "full"

    @property
    def words(self):
        said = {"over": f"{self.day.over} too many", "unknown": "Not known", "closed": "Closed", "full": "Full"}
        return said.get(self.kind) or f"{self.day.free} free"

    @property
    def notes(self):
        """What happens there that day, in words."""
        arrive = f"{self.arrive} arrive{'s' if self.arrive == 1 else ''}"
        leave = f"{self.leave} leave{'s' if self.leave == 1 else ''}"
        return [words for number, words in ((self.arrive, arrive), (self.leave, leave),
                                            (self.day.out, f"{self.day.out} out of use")) if number]  # fmt: skip


class Row(NamedTuple):
    """A unit, its days, and the first day from which a place is free for the weeks asked for: None where none is."""

    unit: RehabUnit
    cells: list
    next_free: date | None


class Line(NamedTuple):
    """Someone who is expected to arrive or to leave: `what` they do, on which day."""

    stay: Placement
    what: str
    on: date


def days_asked(asked):
    """(the first day, the last) of what a board is asked for: from this week's Monday when nothing is said."""
    today = timezone.localdate()
    first = asked.get("first") or today - timedelta(days=today.weekday())
    return first, first + timedelta(days=SHOWN - 1)


def weeks_asked(asked):
    """For how many weeks a place is looked for."""
    return int(asked.get("weeks") or setting("stay_weeks")[0])


def rows(units, first, last, weeks):
    """[Row], in as many queries for many units as for one. A place is looked for from today, or the first day."""
    units, days = list(units), [first + n * ONE_DAY for n in range((last - first).days + 1)]
    counted, awaited = by_day(units, first, last), _awaited(units, first, last)
    free = next_free_of(units, 7 * weeks, max(first, timezone.localdate()))
    return [
        Row(
            unit,
            [
                Cell(unit, on, day, *(awaited[unit.pk, status, on] for status in AWAITED))
                for on, day in zip(days, counted[unit.pk], strict=True)
            ],
            free[unit.pk],
        )
        for unit in units
    ]


def _awaited(units, first, last):
    """How many are to arrive and to leave: {(unit's id, where they stand, day): number}."""
    numbers = Counter()
    for status, (_, field) in AWAITED.items():
        stays = Placement.objects.filter(unit__in=units, status=status, **{f"{field}__range": (first, last)})
        for unit, on, number in stays.order_by().values_list("unit", field).annotate(Count("pk")):
            numbers[unit, status, on] = number
    return numbers


def lines(user, units, first, last):
    """([Line] of those expected on these days, [Line] of those who are late) whom this user sees, by day."""
    today = timezone.localdate()
    when = Q(pk__in=[])
    for status, (_, field) in AWAITED.items():
        when |= Q(status=status) & (Q(**{f"{field}__range": (first, last)}) | Q(**{f"{field}__lt": today}))
    found = []
    for stay in Placement.objects.visible_to(user).filter(when, unit__in=units).with_names():
        what, field = AWAITED[stay.status]
        found.append(Line(stay, what, getattr(stay, field)))
    found.sort(key=lambda line: (line.on, str(line.stay.offender), line.stay.pk))
    return [line for line in found if first <= line.on <= last], [line for line in found if line.on < today]
