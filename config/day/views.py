"""My day, and a supervisor's team's: what is overdue and what is to be done today, on one page."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from partners.audit.models import Event
from referrals.colleagues import away as away_of
from referrals.models import Cover

from . import items, leads, may


def day(request):
    """The user's own."""
    user, today = request.user, timezone.localdate()
    if not may(user):
        raise PermissionDenied("Nothing of your role stands in a day.")
    found, is_cut = items(user, today)
    Event.objects.shown("day.view", [item.row for item in found], by=user)
    covered = set(Cover.stood_in_for(user)) - {user.pk}
    context = {
        "parts": parts(found, today), "is_cut": is_cut, "today": today, "tabs": _tabs(user, "day"), "covered": covered,
    }  # fmt: skip
    return render(request, "day/day.html", context)


def team_day(request):
    """Of everyone in the team, by worker: who is away, and what waits for them meanwhile."""
    user, today = request.user, timezone.localdate()
    if not leads(user):
        raise PermissionDenied("A team's day is for those who answer for it.")
    found, is_cut = items(user, today, is_team=True)
    Event.objects.shown("day.team", [item.row for item in found], by=user)
    context = {
        "workers": by_worker(user, found, today), "is_cut": is_cut, "today": today, "tabs": _tabs(user, "team_day"),
    }  # fmt: skip
    return render(request, "day/team.html", context)


def parts(found, today):
    """The lines in two parts: (heading, lines); what is overdue first."""
    late, now = [item for item in found if item.day < today], [item for item in found if item.day == today]
    return [("Overdue", late), ("Today", now)]


def by_worker(user, found, today):
    """[(worker or None, until when they are away and who stands in, or "", parts)], those with most overdue first.

    Of everyone in the team, and of whoever else has something of it.
    """
    team = {one.pk: one for one in Cover.members(user)} | {item.worker.pk: item.worker for item in found if item.worker}
    of = {pk: [item for item in found if item.worker and item.worker.pk == pk] for pk in team}
    away = {pk: f"Until {date_format(day, 'j F')}" for pk, day in away_of(user).items()}
    for cover in Cover.objects.of_team(user).holding(today).select_related("covered_by"):
        away[cover.absent_id] += f", {cover.covered_by} stands in"
    rows = [(one, away.get(pk, ""), parts(of[pk], today)) for pk, one in team.items()]
    if nobodys := [item for item in found if not item.worker]:
        rows.append((None, "", parts(nobodys, today)))
    return sorted(rows, key=lambda row: (-len(row[2][0][1]), str(row[0] or "")))


def _tabs(user, here):
    tabs = [("My day", "day")] + ([("My team", "team_day")] if leads(user) else [])
    return [(label, reverse(name), name == here) for label, name in tabs] if len(tabs) > 1 else []
