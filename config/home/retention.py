"""The panel of records that are due for review."""

from django.urls import reverse

from offenders.retention.models import REVIEW, Schedule
from partners.frame.paging import capped_count

from .panels import Line, Panel, day_words, few


def due(user):
    """Records to keep or dispose of, the first due first; nothing where none are due. No names for who sees none."""
    rows = Schedule.objects.visible_to(user).overdue()
    shown = few(rows.with_names().order_by("due_on", "pk"))
    named = user.has_perm(REVIEW)
    lines = [
        Line(
            str(row.offender) if named else row.caption, f"{row.get_group_display()}, by {day_words(row.due_on)}",
            row.get_absolute_url(), row.is_overdue,
        )
        for row in shown
    ]  # fmt: skip
    url = f"{reverse('retention:list')}?due=overdue&stands=free"
    return Panel("Records to review", url, count=capped_count(rows), lines=lines, shown=shown) if shown else None
