"""A worker's days: what is booked, what is free, and what is still to be said of what is past."""

import datetime as dt
from itertools import groupby
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils import timezone

from partners.dated import midnight
from partners.models import Membership
from partners.working_days import is_working_day
from referrals.models import Cover

from . import slots
from .models import Appointment, Availability, Intervention, Leave, Mode
from .workflow import LIVE, RECORDED, Status

TO_WRITE = 5  # of what was attended and is not written up, the latest
UNSAID = 20  # of what is past and not yet recorded, the longest ago first
GOING = LIVE | RECORDED


class Free(NamedTuple):
    """Slots one after the other that nobody has."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    mode: str
    place: str
    number: int


class Day(NamedTuple):
    """One day of one worker. `items` are appointments and free time in the order of time."""

    day: dt.date
    items: list
    gone: list  # cancelled, or moved to another time
    note: str  # why nothing can be booked


def team_of(user):
    """Those of the user's team who give appointments today."""
    return Membership.objects.holding("booking.record_appointment").filter(user.mine()).users()


def given(user):
    """Appointments that the user's team gives, as the diary shows them: none of which only the day is known."""
    written = Intervention.objects.filter(appointment=OuterRef("pk"))
    rows = Appointment.objects.visible_to(user).given_by(user).filter(is_day_only=False).with_names()
    return rows.select_related("referral__resolution").annotate(is_written_up=Exists(written))


def unsaid(user, worker=None):
    """Appointments that are over, of which nobody has said what came of them; the longest ago first."""
    rows = given(user).filter(status=Status.BOOKED, ends_at__lte=timezone.now())
    return _of(rows, user, worker).order_by("starts_at", "pk")


def unwritten(user, worker=None):
    """Those that were attended and are not written up; the latest first, which are remembered best."""
    rows = given(user).filter(status=Status.ATTENDED, is_written_up=False)
    return _of(rows, user, worker).order_by("-starts_at", "pk")


def _of(rows, user, worker):
    """Those of this worker; of everyone without one; of the user, with those of whom they cover today."""
    if worker == user:
        return rows.filter(worker__in=Cover.stood_in_for(user))
    return rows.of_worker(worker) if worker else rows


def days_of(user, worker, first, last):
    """The days from the one to the other, both included, of one worker of the user's team."""
    begin, end = midnight(first), midnight(last + dt.timedelta(days=1))
    rows = list(given(user).of_worker(worker).filter(starts_at__gte=begin, starts_at__lt=end))
    agency = user.membership.agency
    free = slots.free(agency, modes=list(Mode), worker=worker, after=begin, until=end)
    away = list(Leave.objects.filter(worker=worker, valid_from__lte=last, valid_to__gte=first))
    hours = list(Availability.objects.filter(worker=worker, agency=agency, valid_from__lte=last))
    items = sorted([*(row for row in rows if row.status in GOING), *_joined(free)], key=lambda one: one.starts_at)
    by_day = {day: list(some) for day, some in groupby(items, key=lambda one: timezone.localdate(one.starts_at))}
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        Day(
            day,
            by_day.get(day, []),
            [row for row in rows if row.status not in GOING and timezone.localdate(row.starts_at) == day],
            _why_nothing(day, away, hours),
        )
        for day in days
    ]


def _joined(free):
    """The slots, those that follow one another in the same way as one stretch."""
    stretches = []
    for slot in free:
        last = stretches[-1] if stretches else None
        if last and (last.ends_at, last.mode, last.place) == (slot.starts_at, slot.mode, slot.place):
            stretches[-1] = last._replace(ends_at=slot.ends_at, number=last.number + 1)
        else:
            stretches.append(Free(slot.starts_at, slot.ends_at, slot.mode, slot.place, 1))
    return stretches


def _why_nothing(day, away, hours):
    if any(leave.holds(day) for leave in away):
        return "On leave"
    if not is_working_day(day) and day.weekday() < 5:
        return "Bank holiday"
    if not any(row.weekday == day.weekday() and row.holds(day) for row in hours):
        return "No hours on this day"
    return ""
