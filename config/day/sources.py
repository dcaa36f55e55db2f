"""Where the lines of a day come from. Each room's own scopes say whose they are."""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from partners.dated import midnight
from referrals.booking.diary import GOING, given
from referrals.booking.workflow import Status
from referrals.models import Cover, Deadline, Task
from referrals.rehab.models import Absence, Action, Case, FollowUp, Placement
from referrals.rehab.workflow import Stay


def _nothing(row):
    return ""


class Source(NamedTuple):
    """One kind of thing that stands on a day.

    `rows(user, is_team)` are those of the user, or of their team, that are still to be done; `field` has their day, or
    their moment.
    """

    what: str
    permission: str
    rows: Callable
    field: str
    text: Callable
    worker: Callable
    note: Callable = _nothing
    is_moment: bool = False


def _cases(user, is_team):
    """The cases whose day it is: held, or worked on for a partner; for a team those it holds."""
    cases = Case.objects.visible_to(user).open()
    if is_team:
        return cases.held_by(user)
    return cases.filter(Q(pk__in=Case.objects.of(user).values("pk")) | Q(co_worker=user))


def _stays(user, is_team):
    """Stays of those cases; for who sees no cases, those in their own house."""
    stays = Placement.objects.visible_to(user).with_names()
    return stays.filter(case__in=_cases(user, is_team).values("pk")) if user.has_perm("rehab.view_case") else stays


def appointments(user, is_team):
    """Those of today and later, and those past of which nobody has said what came of them."""
    today = midnight(timezone.localdate())
    rows = given(user).filter(Q(status=Status.BOOKED) | Q(status__in=GOING, starts_at__gte=today))
    return rows if is_team else rows.filter(worker__in=Cover.stood_in_for(user))


def tasks(user, is_team):
    """Of one's own those that are not put off; a team is answered for whether or not they are."""
    rows = Task.objects.visible_to(user).with_names()
    return rows.of_team(user).open() if is_team else rows.of(user).now()


def next_actions(user, is_team):
    cases = Case.objects.visible_to(user).open().exclude(next_action="").with_names()
    return cases.held_by(user) if is_team else cases.of(user)


def follow_ups(user, is_team):
    rows = FollowUp.objects.visible_to(user).planned().with_names()
    return rows.filter(case__in=_cases(user, True).values("pk")) if is_team else rows.of(user)


def actions(user, is_team):
    """Of plans: one's own, and the agency's that name nobody."""
    rows = Action.objects.visible_to(user).open().with_names().with_leave(user)
    return rows.held_by(user).filter(agency=user.membership.agency_id) if is_team else rows.of(user)


def deadlines(user, is_team):
    rows = Deadline.objects.visible_to(user).running().with_names()
    return rows.of_team(user) if is_team else rows.of(user)


def arrivals(user, is_team):
    return _stays(user, is_team).filter(status=Stay.BOOKED)


def departures(user, is_team):
    return _stays(user, is_team).in_house().exclude(expected_departure=None)


def absences(user, is_team):
    stays = _stays(user, is_team).order_by().values("pk")
    return Absence.objects.visible_to(user).away().filter(placement__in=stays).with_names().select_related(
        "placement__case__facilitator"
    )  # fmt: skip


def _how(appointment):
    """How it is given, and what is still to be said of one that is over."""
    said = appointment.get_mode_display()
    is_unsaid = appointment.status == Status.BOOKED and appointment.ends_at <= timezone.now()
    return f"{said}. Say what happened." if is_unsaid else f"{said}. {appointment.get_status_display()}"


def _put_off(task):
    return f"Put off until {date_format(task.snoozed_until, 'j F')}: {task.snoozed_why}" if task.is_put_off else ""


SOURCES = [
    Source(
        "Appointment", "booking.record_appointment", appointments, "starts_at", lambda row: row.get_kind_display(),
        attrgetter("worker"), note=_how, is_moment=True,
    ),
    Source("Task", "referrals.view_task", tasks, "due_on", attrgetter("text"), attrgetter("owner"), note=_put_off),
    Source(
        "Next action", "rehab.plan_case", next_actions, "next_action_due", attrgetter("next_action"),
        attrgetter("facilitator"),
    ),
    Source("Follow-up", "rehab.record_followup", follow_ups, "due_on", str, attrgetter("case.facilitator")),
    Source(
        "Action", "rehab.do_action", actions, "due_on", lambda row: row.text if row.may_read else str(row.domain),
        attrgetter("worker"),
    ),
    Source(
        "Deadline", "referrals.view_deadline", deadlines, "due_on", lambda row: row.get_kind_display(),
        attrgetter("worker"),
    ),
    Source(
        "Arrival", "rehab.view_placement", arrivals, "expected_arrival",
        lambda row: f"Arrives at {row.unit or 'rehab'}", attrgetter("case.facilitator"),
    ),
    Source(
        "Departure", "rehab.view_placement", departures, "expected_departure",
        lambda row: f"Leaves {row.unit or 'rehab'}", attrgetter("case.facilitator"),
    ),
    Source(
        "Due back", "rehab.view_absence", absences, "due_back", lambda row: f"Back at {row.placement.unit or 'rehab'}",
        attrgetter("placement.case.facilitator"), is_moment=True,
    ),
]  # fmt: skip
