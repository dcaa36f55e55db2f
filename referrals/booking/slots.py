"""Slots: the times at which someone can be seen. Counted from availability, never kept.

A slot is a stretch of a worker's week on a day on which they work, cut into equal times in London's clock, that
nobody has. On the two days a year on which the clocks change, a time that the clock skips or shows twice is no slot:
nobody could be told when to come.
"""

import datetime as dt
import re
import uuid
from collections import Counter, defaultdict
from itertools import islice
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from offenders.workflow import TooLate
from partners.dated import midnight, on
from partners.frame.templatetags.frame import clock
from partners.models import Area, Membership, User
from partners.settings import setting
from partners.working_days import is_bank_holiday

from .models.availability import ANYWHERE, Availability, Leave, Mode

KEY = re.compile(r"(20[0-9]{6}T[0-9]{4})\.([0-9a-f-]{36})")
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
NEXT_FEW = 3
NOT_FREE = "This time is not free any more."


class Slot(NamedTuple):
    """A time at which one worker can see one person, in one way."""

    worker: User
    starts_at: dt.datetime
    ends_at: dt.datetime
    mode: str
    place: str
    agency_id: uuid.UUID
    unit_id: uuid.UUID | None

    @property
    def worker_id(self):
        return self.worker.pk

    @property
    def key(self):
        """The slot as a word for forms and addresses: a worker is available in one way at a time."""
        return f"{self.starts_at.astimezone(dt.UTC):%Y%m%dT%H%M}.{self.worker_id}"

    @property
    def in_words(self):
        """As one says it: Tuesday 1 December at 2:30pm, by phone."""
        return when_and_how(self)

    @property
    def as_data(self):
        """As a program reads it."""
        return {
            "slot": self.key, "starts_at": timezone.localtime(self.starts_at),
            "ends_at": timezone.localtime(self.ends_at), "mode": self.mode, "place": self.place,
            "worker": self.worker_id, "in_words": self.in_words,
        }  # fmt: skip


class SlotTaken(TooLate):
    """Someone was first, or the worker no longer sees anyone then; `offered` are the next slots that are free."""

    def __init__(self, sentence=None, offered=()):
        self.offered = list(offered)
        times = "; ".join(slot.in_words for slot in self.offered)
        super().__init__(f"{sentence or NOT_FREE} {f'The next are: {times}.' if times else 'Nothing later is free.'}")

    @property
    def more(self):
        """What the API answers besides."""
        return {"code": "slot_taken", "offered": [slot.as_data for slot in self.offered]}


def when(meeting):
    """Tuesday 1 December at 2:30pm, of a slot or an appointment."""
    return f"{timezone.localtime(meeting.starts_at):%A %-d %B} at {clock(meeting.starts_at)}"


def when_and_how(meeting):
    """When and how the two meet: Tuesday 1 December at 2:30pm, by phone."""
    where = f", {meeting.place}" if meeting.place else ""
    return f"{when(meeting)}, {Mode(meeting.mode).in_words}{where}"


def modes_for(area, asked=None):
    """The modes that suit someone who lives there: outside the force area by phone or video only. Custody only asked.

    Source: board paper of 28 February 2023, paragraph 22.
    """
    wanted = [mode for mode in Mode if mode != Mode.CUSTODY] if asked is None else list(asked)
    return [mode for mode in wanted if mode in ANYWHERE] if getattr(area, "pk", area) == Area.OUTSIDE else wanted


def free(agency, *, modes=None, worker=None, after=None, until=None, limit=None, person=None, but=None):
    """The slots of an agency that nobody has, in time order; at one time first whoever has fewest that day.

    From now, or `after`, for slots that start before `until`, and at most as many days ahead as the setting
    `slot_days` says. `modes` are those that suit: all but custody when left out. At the times of `person` nothing is
    free for them; the time of `but`, a hold of the asker's own, is. As many queries for fifty workers as for one.
    """
    asked = {"modes": modes, "worker": worker, "after": after, "until": until, "person": person, "but": but}
    return list(islice(_free(agency, **asked), limit))


def _free(agency, *, modes=None, worker=None, after=None, until=None, person=None, but=None):
    """The same, one by one and day by day: whoever wants the next few does not wait for all."""
    now = timezone.now()
    begin, last_day = max(now, after or now), timezone.localdate() + DAY * int(setting("slot_days")[0])
    end = min(until, midnight(last_day + DAY)) if until else midnight(last_day + DAY)
    if begin >= end:
        return
    stretches = _stretches(agency, modes_for(None, modes), worker, timezone.localdate(begin), timezone.localdate(end))
    workers = {stretch.worker_id for stretch in stretches}
    taken, busy = _taken(workers, begin, end, person, but)
    away = _leave(workers, begin, end)
    day = timezone.localdate(begin)
    while day <= timezone.localdate(end):
        of_day = [
            Slot(stretch.worker, start, start + MINUTE * stretch.slot_minutes, stretch.mode, stretch.place,
                 stretch.agency_id, stretch.unit_id)
            for stretch in stretches
            if stretch.weekday == day.weekday() and stretch.holds(day) and not _is_off(day, away[stretch.worker_id])
            for start in _starts(stretch, day)
        ]  # fmt: skip
        of_day = [
            slot
            for slot in of_day
            if begin <= slot.starts_at < end
            and not any(
                slot.starts_at < till and since < slot.ends_at
                for whose in filter(None, (slot.worker_id, person))
                for since, till in taken[whose]
            )
        ]
        yield from sorted(of_day, key=lambda slot: (slot.starts_at, busy[slot.worker_id, day], str(slot.worker_id)))
        day += DAY


def next_few(agency, *, number=NEXT_FEW, **asked):
    """The first slots that differ in time or mode, so that whoever chooses has a choice. `asked` is as of `free`."""
    differing = {}
    for slot in _free(agency, **asked):
        differing.setdefault((slot.starts_at, slot.mode), slot)
        if len(differing) == number:
            break
    return list(differing.values())


def find(key, agency, *, but=None):
    """The slot of this key where it is free, or None."""
    starts_at, worker = parsed(key)
    if starts_at is None:
        return None
    slots = free(agency, modes=list(Mode), worker=worker, after=starts_at, until=starts_at + MINUTE, but=but)
    return next((slot for slot in slots if slot.starts_at == starts_at), None)


def parsed(key):
    """The time and the worker that a key names, each None where it is none."""
    match = KEY.fullmatch(key or "")
    try:
        return dt.datetime.strptime(match[1], "%Y%m%dT%H%M").replace(tzinfo=dt.UTC), uuid.UUID(match[2])
    except (TypeError, ValueError):
        return None, None


def _stretches(agency, modes, worker, first_day, last_day):
    """The availability of those who work for the agency today."""
    member = Membership.objects.filter(on(), user=OuterRef("worker"), agency=OuterRef("agency"))
    rows = Availability.objects.filter(
        Exists(member), Q(valid_to=None) | Q(valid_to__gte=first_day), agency=agency, mode__in=modes,
        valid_from__lte=last_day, worker__is_active=True,
    )  # fmt: skip
    return list((rows.filter(worker=worker) if worker else rows).select_related("worker"))


def _taken(workers, begin, end, person, but):
    """The times taken of each worker and of the person, and how many each worker has that day."""
    from .models import Appointment

    taken, busy = defaultdict(list), Counter()
    since = midnight(timezone.localdate(begin))
    rows = Appointment.objects.taking_time().filter(
        Q(worker__in=workers) | Q(offender=person, offender__isnull=False),
        starts_at__range=(since - DAY, end), ends_at__gt=since,
    )  # fmt: skip
    for row in rows.exclude(pk=but.pk) if but else rows:
        for whose in (row.worker_id, row.offender_id):
            taken[whose].append((row.starts_at, row.ends_at))
        busy[row.worker_id, timezone.localdate(row.starts_at)] += 1
    return taken, busy


def _leave(workers, begin, end):
    """For each worker the first and last days of their leave."""
    away = defaultdict(list)
    rows = Leave.objects.filter(
        worker__in=workers, valid_from__lte=timezone.localdate(end), valid_to__gte=timezone.localdate(begin)
    )
    for row in rows:
        away[row.worker_id].append((row.valid_from, row.valid_to))
    return away


def _is_off(day, leave):
    return is_bank_holiday(day) or any(first <= day <= last for first, last in leave)


def _starts(stretch, day):
    """The moments at which the slots of this stretch begin that day."""
    length = MINUTE * stretch.slot_minutes
    start, end = dt.datetime.combine(day, stretch.starts), dt.datetime.combine(day, stretch.ends)
    while start + length <= end:
        first, last = timezone.make_aware(start), timezone.make_aware(start + length - MINUTE)
        # a time that the clock skips, or shows twice, has two offsets
        if len({at.replace(fold=fold).utcoffset() for at in (first, last) for fold in (0, 1)}) == 1:
            yield first.astimezone(dt.UTC)
        start += length
