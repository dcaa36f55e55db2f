"""Panels of what has to be done by a set day."""

from django.db.models import Q
from django.urls import reverse

from partners.frame.paging import capped_count
from partners.frame.templatetags.frame import lower_first
from referrals.models import Deadline

from .panels import Line, Panel, few


def mine(user):
    """What of this user's is due soon or overdue; of who oversees the team's, the next one tells more."""
    rows = Deadline.objects.visible_to(user).of(user)
    near = rows.filter(Q(pk__in=rows.due_soon().values("pk")) | Q(pk__in=rows.overdue().values("pk")))
    if user.has_perm("referrals.oversee_deadline") and not near.exists():
        return None
    return _panel("Deadlines near or past", near, "?whose=mine", "No deadline of yours is near.", _what)


def team_overdue(user):
    """The supervisor's: what the team should have done."""
    late = Deadline.objects.visible_to(user).overdue()
    words = "The team is late with nothing."
    return _panel("Overdue deadlines of the team", late, "?whose=team&due=overdue", words, _whose)


def _what(row):
    return f"{row.get_kind_display()}, {lower_first(row.stands)}"


def _whose(row):
    return f"{_what(row)}, {row.worker or 'nobody has them yet'}"


def _panel(title, deadlines, query, words, note):
    rows = few(deadlines.with_names().order_by("due_on", "id"))
    lines = [Line(str(row.offender), note(row), row.get_absolute_url(), row.is_overdue) for row in rows]
    url, count = f"{reverse('deadlines:list')}{query}", capped_count(deadlines)
    return Panel(title, url, count=count, lines=lines, words="" if rows else words, shown=rows)
