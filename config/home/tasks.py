"""Panels of what is to be done for people, by whom."""

from django.urls import reverse

from partners.frame.paging import capped_count
from referrals.models import Task

from .panels import ROWS, Line, Panel, day_words


def mine(user):
    """What this user undertook and has not done, the first due first."""
    words = "You have nothing to do for anyone. What comes of a concern or an early departure shows here."
    return _panel("My tasks", Task.objects.visible_to(user).of(user).open(), "", words, lambda row: str(row.offender))


def team_overdue(user):
    """The supervisor's: what nobody of the team did in time."""
    late = Task.objects.visible_to(user).of_team(user).overdue().exclude(owner=user)
    words = "Nobody in the team is late with a task."
    return _panel("Overdue tasks of the team", late, "?whose=team&due=overdue", words, lambda row: f"{row.owner}")


def _panel(title, tasks, query, words, whose):
    rows = list(tasks.with_names().order_by("due_on", "id")[:ROWS])
    lines = [
        Line(str(row), f"{whose(row)}, by {day_words(row.due_on)}", row.get_absolute_url(), row.is_overdue)
        for row in rows
    ]
    url = f"{reverse('tasks:list')}{query}"
    return Panel(title, url, count=capped_count(tasks), lines=lines, words="" if rows else words, shown=rows)
