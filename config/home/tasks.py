"""Panels of what is to be done for people, by whom."""

from collections import Counter

from django.db.models import Q
from django.urls import reverse

from partners.frame.paging import capped_count
from referrals.models import Task

from .panels import Line, Panel, day_words, few


def mine(user):
    """What this user undertook and has not done, the first due first."""
    words = "You have nothing to do for anyone. What comes of a concern or an early departure shows here."
    return _panel("My tasks", Task.objects.visible_to(user).of(user).now(), "", words, _for_whom(user))


def _for_whom(user):
    """Of a task: whom it is for, and whose it is where the user covers someone."""
    return lambda row: f"{row.offender}" + ("" if row.owner_id == user.pk else f", covering for {row.owner}")


def team_overdue(user):
    """The supervisor's: what nobody of the team did in time."""
    late = Task.objects.visible_to(user).of_team(user).overdue().exclude(owner=user)
    words = "Nobody in the team is late with a task."
    return _panel("Overdue tasks of the team", late, "?whose=team&due=overdue", words, lambda row: f"{row.owner}")


def _panel(title, tasks, query, words, whose):
    """Of what is to be done after an early departure each person's first alone: one list does not hide the next one."""
    urgent = tasks.filter(kind=Task.Kind.CHECKLIST).order_by("matter", "owner_id", "due_on", "id")
    left = Counter(urgent.values_list("matter", "owner_id"))
    first = urgent.distinct("matter", "owner_id").values("pk")
    some = tasks.filter(~Q(kind=Task.Kind.CHECKLIST) | Q(pk__in=first))
    rows = few(some.with_names().order_by("due_on", "id"))
    lines = []
    for row in rows:
        others = left[row.matter, row.owner_id] - 1 if row.kind == Task.Kind.CHECKLIST else 0
        note = f"{whose(row)}, by {day_words(row.due_on)}" + (
            f", and {others} more after leaving early" if others else ""
        )
        note += f"; put off until {day_words(row.snoozed_until)}" if row.is_put_off else ""
        lines.append(Line(str(row), note, row.get_absolute_url(), row.is_overdue))
    url = f"{reverse('tasks:list')}{query}"
    return Panel(title, url, count=capped_count(tasks), lines=lines, words="" if rows else words, shown=rows)
