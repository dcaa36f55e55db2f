"""A manager's figures: what is free, booked and recorded, by worker and by mode; who waits."""

from collections import Counter
from datetime import timedelta

from django.db.models import Case, CharField, Count, F, Value, When
from django.utils import timezone

from partners.dated import midnight

from . import slots
from .diary import given, team_of
from .models import Mode
from .workflow import Status

COLUMNS = [("free", "Free"), ("booked", "Booked"), ("attended", "Attended"), ("missed", "Missed"),
           ("called_off", "Did not take place"), ("unsaid", "To be recorded")]  # fmt: skip


def board(user, first, last):
    """{"workers": [(worker, figures)], "modes": [(mode, figures)], "all": figures} for these days, both included.

    Figures are numbers of appointments, or of free slots, by the names of COLUMNS; free ones are counted from now on.
    """
    begin, end = midnight(first), midnight(last + timedelta(days=1))
    over = When(status=Status.BOOKED, ends_at__lte=timezone.now(), then=Value("unsaid"))
    rows = given(user).order_by().filter(starts_at__gte=begin, starts_at__lt=end).annotate(
        stands=Case(over, default=F("status"), output_field=CharField())
    )  # fmt: skip
    counts = Counter()
    for worker, mode, stands, number in rows.values_list("worker", "mode", "stands").annotate(Count("pk")):
        counts[worker, mode, stands] += number
    for slot in slots.free(user.membership.agency, modes=list(Mode), after=begin, until=end):
        counts[slot.worker_id, slot.mode, "free"] += 1
    workers = list(team_of(user))
    return {
        "workers": [(worker, _figures(counts, worker=worker.pk)) for worker in workers],
        "modes": [(mode, _figures(counts, mode=mode)) for mode in Mode],
        "all": _figures(counts),
    }


def _figures(counts, worker=None, mode=None):
    found = Counter()
    for (whose, how, stands), number in counts.items():
        if worker in (None, whose) and mode in (None, how):
            found[stands] += number
    return {name: found[name] for name, _ in COLUMNS}
