"""How many of those referred engaged, team by team."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from .models import Resolution
from .workflow import OPEN, Status

SHOWN_DAYS = 365  # the period, where none is asked for


class Team(NamedTuple):
    """What became of the people one team referred with a resolution; `engaged`: they attended the first 1:1."""

    unit: str | None  # its id
    name: str
    referred: int
    engaged: int
    waiting: int
    not_engaged: int
    refused: int
    formal: int

    @property
    def share(self):
        """Of those referred, how many in a hundred engaged."""
        return round(100 * self.engaged / self.referred) if self.referred else None


ENGAGED = Q(referral__engaged_on__isnull=False)
COUNTS = {
    "referred": Q(),
    "engaged": ENGAGED,
    "waiting": Q(referral__status__in=OPEN) & ~ENGAGED,
    "not_engaged": Q(referral__status=Status.NOT_ENGAGED),
    "refused": Q(approval="refused"),
    "formal": ~Q(formal_outcome=""),
}


def period(first=None, last=None):
    """The days that count: of what is not said, up to today, and a year back from there."""
    last = last or timezone.localdate()
    return first or last - dt.timedelta(days=SHOWN_DAYS - 1), last


def by_team(user, first, last, **only):
    """A Team for each that referred in these days, those with most first, and one for all of them together."""
    rows = Resolution.objects.visible_to(user).filter(referral__referred_on__range=(first, last), **only)
    team = ("referral__from_unit", "referral__from_unit__name", "referral__from_agency__name")
    counts = {name: Count("pk", filter=which) for name, which in COUNTS.items()}
    found = [
        Team(str(unit) if unit else None, name or agency or "Not known", **numbers)
        for row in rows.order_by().values(*team).annotate(**counts)
        for unit, name, agency, numbers in [(*(row.pop(one) for one in team), row)]
    ]
    found.sort(key=lambda one: (-one.referred, one.name))
    totals = {name: sum(getattr(one, name) for one in found) for name in COUNTS}
    return found, Team(None, "All teams", **totals)
