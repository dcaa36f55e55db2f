"""What stands on a day, from every room, in one order: what one user, or a supervisor's team, has to do."""

import datetime as dt
from typing import NamedTuple

from django.utils import timezone

from partners.dated import midnight
from partners.frame.paging import first_which
from partners.models import User

from .sources import SOURCES

LIMIT = 300  # rows of one source at the most: beyond them, nobody reads a day
TEAM = ("rehab.allocate_case", "booking.change_availability")  # who answers for the work of others


class Item(NamedTuple):
    """One line of a day. `day` is before that day where it is overdue; `at` is its moment, where it has one."""

    what: str
    day: dt.date
    at: dt.datetime | None
    person: object
    text: str
    note: str
    url: str
    worker: User | None  # who has it; None where it is their whole team's
    row: object


def may(user):
    """Whether anything can stand in this user's day."""
    return any(user.has_perm(source.permission) for source in SOURCES)


def leads(user):
    """Whether there is a team whose day this user reads."""
    return any(user.has_perm(permission) for permission in TEAM)


def items(user, last, *, first=None, is_team=False):
    """The Items up to that day, the longest overdue first, and whether there were more than are shown.

    From the beginning unless `first` says a day; those of one day in the order of time, then what has none.
    """
    found, is_cut = [], False
    for source in SOURCES:
        if not user.has_perm(source.permission):
            continue
        rows = source.rows(user, is_team)
        rows = rows.filter(**{f"{source.field}__lt": _bound(source, last + dt.timedelta(days=1))})
        rows = rows.filter(**{f"{source.field}__gte": _bound(source, first)}) if first else rows
        rows = rows.order_by(source.field, "pk")
        some = first_which(rows, rows[: LIMIT + 1])
        is_cut |= len(some) > LIMIT
        found += [_item(source, row) for row in some[:LIMIT]]
    end = midnight(last + dt.timedelta(days=1))
    return sorted(found, key=lambda item: (item.day, item.at or end)), is_cut


def _bound(source, day):
    return midnight(day) if source.is_moment else day


def _item(source, row):
    when = getattr(row, source.field)
    return Item(
        source.what, timezone.localdate(when) if source.is_moment else when, when if source.is_moment else None,
        row.offender, source.text(row), source.note(row), row.get_absolute_url(), source.worker(row), row,
    )  # fmt: skip
