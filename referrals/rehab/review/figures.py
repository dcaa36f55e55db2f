"""How a team's caseloads stand, person by person, and how they stood over the last twelve weeks.

Each figure is one query for the whole team, of what whoever asks may know of.
"""

from collections import Counter
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.models import Note
from partners.dated import midnight
from partners.frame.charts import line_chart
from referrals.models import Task
from referrals.rehab.load import of_team
from referrals.rehab.models import Allocation, Case, FollowUp, Placement

WEEKS = 12
ADMITTED_DAYS = 28
# the name of each figure, what it counts, the list that has the same, and how it is asked for one worker's; "" where
# none does
COLUMNS = [
    ("reviews", "Reviews due", "admin:rehab_case_worker", ""),  # which begins with them
    ("overdue", "Next action overdue", "rehab:team_caseload", "due=overdue&facilitator="),
    ("tasks", "Tasks overdue", "tasks:list", "due=overdue&owner="),
    ("contact_7", "No contact in 7 days", "rehab:team_caseload", "no_contact=7&facilitator="),
    ("contact_14", "No contact in 14 days", "rehab:team_caseload", "no_contact=14&facilitator="),
    ("contact_28", "No contact in 28 days", "rehab:team_caseload", "no_contact=28&facilitator="),
    ("follow_ups", "Follow-ups overdue", "rehab:follow_ups", "when=overdue&facilitator="),
    ("admissions", f"Came into rehab in the last {ADMITTED_DAYS} days", "", ""),
]


class Line(NamedTuple):
    """How one person's caseload stands: their load, and each figure as (label, number, where it is listed)."""

    load: object
    figures: list

    @property
    def user(self):
        return self.load.user


def held(user):
    """The team's cases, ended ones too, that this user may know of."""
    return Case.objects.visible_to(user).held_by(user)


def team(user):
    """The Line of each of the team."""
    counted = _counts(user)
    return [Line(load, _figures(load.user, counted)) for load in of_team(user)]


def _counts(user):
    """{figure: {user: number}}."""
    today, cases = timezone.localdate(), held(user).open()
    of_team_s = {"case__in": held(user).values("pk")}
    late = FollowUp.objects.visible_to(user).due(today - timedelta(days=1)).filter(**of_team_s)
    since = today - timedelta(days=ADMITTED_DAYS)
    came = Placement.objects.visible_to(user).filter(arrived_on__gt=since, **of_team_s)
    due = Case.objects.filter(pk__in=cases.review_due().values("pk"))
    counts = {
        "reviews": _by(due),
        "overdue": _by(cases.overdue(today)),
        "tasks": _by(Task.objects.visible_to(user).overdue(today), "owner"),
        "follow_ups": _by(late, "case__facilitator"),
        "admissions": _by(came, "case__facilitator"),
    }
    for days in (7, 14, 28):
        counts[f"contact_{days}"] = _by(cases.without_contact_since(today - timedelta(days=days), by=user))
    return counts


def _by(rows, whose="facilitator"):
    return dict(rows.order_by().values_list(whose).annotate(Count("pk")))


def _figures(worker, counted):
    return [
        (label, counted[name].get(worker.pk, 0), _address(worker, page, query) if page else "")
        for name, label, page, query in COLUMNS
    ]


def _address(worker, page, query):
    return f"{reverse(page)}?{query}{worker.pk}" if query else reverse(page, args=[worker.pk])


def co_workers(user):
    """(who, how many open cases) of those who work on the team's cases for a partner."""
    rows = held(user).open().exclude(co_worker=None).order_by("co_worker__family_name", "co_worker")
    rows = rows.values_list("co_worker", "co_worker__given_names", "co_worker__family_name").annotate(many=Count("pk"))
    return [(f"{given} {family}", many) for _, given, family, many in rows]


def trend(user, worker=None):
    """For frame/figure.html: open cases, contacts and admissions week by week, of the team or of one worker.

    What was done is whose it was then: cases by who held them, contacts by who wrote them.
    """
    today = timezone.localdate()
    this_week = today - timedelta(days=today.weekday())
    weeks = [this_week - timedelta(weeks=n) for n in reversed(range(WEEKS))]
    cases = held(user).values("pk")
    spans = Allocation.objects.filter(Q(valid_to=None) | Q(valid_to__gt=weeks[0]), case__in=cases)
    notes = Note.objects.visible_to(user).filter(
        kind__in=Note.CONTACT, happened_at__gte=midnight(weeks[0]), offender__in=held(user).values("offender")
    )
    came = Placement.objects.visible_to(user).filter(case__in=cases, arrived_on__gte=weeks[0])
    if worker:
        spans, notes = spans.filter(facilitator=worker), notes.filter(by=worker)
        held_then = Allocation.objects.held_on(OuterRef("arrived_on")).filter(case=OuterRef("case"), facilitator=worker)
        came = came.filter(Exists(held_then))
    spans = list(spans.values_list("case", "valid_from", "valid_to"))
    met = _weekly(notes.order_by().annotate(day=TruncDate("happened_at")).values_list("day").annotate(Count("pk")))
    admitted = _weekly(came.order_by().values_list("arrived_on").annotate(Count("pk")))
    rows = []
    for week in weeks:
        last = min(week + timedelta(days=6), today)
        there = {case for case, begun, ended in spans if begun <= last and (ended is None or ended > last)}
        rows.append([date_format(week, "j M"), len(there), met[week], admitted[week]])
    columns = ["Week of", "Open cases", "Contacts", "Came into rehab"]
    message = f"The last {WEEKS} weeks{f' of {worker}' if worker else ''}"
    labels, *series = zip(*rows, strict=True)
    chart = line_chart(labels, dict(zip(columns[1:], series, strict=True)), "numbers", message)
    return {"message": message, "chart": chart, "columns": columns, "rows": rows}


def _weekly(counts):
    weeks = Counter()
    for day, number in counts:
        weeks[day - timedelta(days=day.weekday())] += number
    return weeks
