"""Panels for the O2R team, CGL and the rehabs."""

import datetime as dt

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from partners.frame.paging import capped_count
from partners.frame.templatetags.frame import moment
from referrals.rehab.case_forms import referrals_to_assess
from referrals.rehab.models import (
    Absence,
    Assessment,
    Case,
    FollowUp,
    Placement,
    PlacementQuestion,
    Preparation,
)
from referrals.rehab.placement_views import units
from referrals.rehab.questions import Part
from referrals.rehab.workflow import Asked, Phase, Stay

from .panels import ROWS, Line, Panel, day_words, few


def _own(user):
    """The cases the user looks after: their own; for a supervisor the team's; for a partner those shared."""
    cases = Case.objects.visible_to(user).open()
    holds = user.has_perm("rehab.plan_case") and not user.has_perm("rehab.allocate_case")
    return cases.of(user) if holds else cases


def _covering(user, case):
    """Whose case it is, where the user holds cases and covers someone."""
    covers = user.has_perm("rehab.plan_case") and not user.has_perm("rehab.allocate_case")
    return f", covering for {case.facilitator}" if covers and case.facilitator_id != user.pk else ""


def _actions(user, title, cases, query, words, overdue=False):
    rows = few(cases.with_names().order_by("next_action_due", "pk"))
    lines = [
        Line(str(row.offender), note, row.get_absolute_url(), overdue)
        for row in rows
        for note in [f"{row.next_action}, {day_words(row.next_action_due)}{_covering(user, row)}"]
    ]
    url = f"{reverse('rehab:caseload')}?{query}"
    return Panel(title, url, count=capped_count(cases), lines=lines, words="" if rows else words, shown=rows)


def overdue(user):
    return _actions(
        user, "Overdue next actions", _own(user).overdue(), "due=overdue", "No next action is overdue.", overdue=True
    )


def due_soon(user):
    today = timezone.localdate()
    cases = _own(user).filter(next_action_due__range=(today, today + dt.timedelta(days=7)))
    return _actions(user, "Next actions in 7 days", cases, "due=week", "No next action is due in the next 7 days.")


def to_assess(user):
    waiting = referrals_to_assess(user)
    rows = few(waiting.with_names().order_by("referred_on", "pk"))
    lines = [Line(str(row.offender), row.became, row.get_absolute_url()) for row in rows]
    words = "" if rows else "Nobody is waiting to be accepted or assessed."
    url = reverse("rehab:to_assess")
    return Panel("New referrals", url, count=capped_count(waiting), lines=lines, words=words, shown=rows)


def to_finish(user):
    """Cases that lack the assessment's part of the user's agency: begun by it, or, while assessing, not yet."""
    own = Part.OFFENDING if user.has_perm("rehab.begin_case") else Part.TREATMENT
    of_case = Assessment.objects.filter(case=OuterRef("pk"))
    begun, done = of_case.unfinished().visible_to(user), of_case.finished().filter(part__in=[Part.WHOLE, own])
    cases = _own(user).filter(Exists(begun) | Q(phase=Phase.ASSESSING) & ~Exists(done))
    cases = cases.annotate(begun_at=Subquery(begun.values("recorded_at")[:1]))
    rows = few(cases.with_names().order_by(F("begun_at").asc(nulls_last=True), "opened_on", "pk"))
    week_ago = timezone.now() - dt.timedelta(days=7)
    lines = [
        Line(str(row.offender), note, reverse("rehab:case_assessment", args=[row.pk]), is_old)
        for row in rows
        for note in [f"begun {day_words(row.begun_at)}" if row.begun_at else "not begun"]
        for is_old in [bool(row.begun_at) and row.begun_at < week_ago]
    ]
    words = "" if rows else "No assessment waits for your agency's part."
    url = f"{reverse('rehab:caseload')}?phase={Phase.ASSESSING}"
    return Panel("Assessments to finish", url, count=capped_count(cases), lines=lines, words=words, shown=rows)


def no_contact(user):
    """The supervisor's: who has been met or reached by nobody in a fortnight."""
    since = timezone.localdate() - dt.timedelta(days=14)
    cases = _own(user).without_contact_since(since, by=user)
    rows = few(cases.with_names().with_last_contact(by=user).order_by("last_contact_at", "pk"))
    lines = [
        Line(str(row.offender), f"{row.facilitator}, {met}", row.get_absolute_url())
        for row in rows
        for met in [f"last {day_words(row.last_contact_at)}" if row.last_contact_at else "none recorded"]
    ]
    words = "" if rows else "Everyone was met or reached in the last 14 days."
    url = f"{reverse('rehab:caseload')}?no_contact=14"
    return Panel("No contact in 14 days", url, count=capped_count(cases), lines=lines, words=words, shown=rows)


def comings_and_goings(user):
    """Who is expected in or out of rehab this week, with those who are late."""
    today = timezone.localdate()
    until = today + dt.timedelta(days=7)
    stays = Placement.objects.visible_to(user).filter(case__in=_own(user).values("pk"))
    arrivals = stays.filter(status=Stay.BOOKED, expected_arrival__lte=until)
    departures = stays.in_house().filter(expected_departure__lte=until)
    coming = few(arrivals.with_names().order_by("expected_arrival", "pk"))
    going = few(departures.with_names().order_by("expected_departure", "pk"))
    lines = [
        Line(str(row.offender), f"{verb} {row.unit or 'rehab'}, {day_words(day)}", row.get_absolute_url(), day < today)
        for rows, verb, field in [(coming, "to", "expected_arrival"), (going, "leaves", "expected_departure")]
        for row in rows
        for day in [getattr(row, field)]
    ]
    words = "" if lines else "Nobody is expected to arrive or leave in the next 7 days."
    return Panel(
        "Arrivals and departures", reverse("rehab:placements"), count=capped_count(arrivals | departures),
        lines=lines, words=words, shown=[*coming, *going],
    )  # fmt: skip


def away(user):
    """Who is away from rehab for a while, and who should be back."""
    absences = Absence.objects.visible_to(user).away()
    if user.has_perm("rehab.plan_case"):
        absences = absences.filter(placement__case__in=_own(user).values("pk"))
    rows = few(absences.with_names().order_by("due_back", "pk"))
    lines = [
        Line(
            str(row.offender), f"{row.placement.unit or 'rehab'}, due back {moment(row.due_back)}", url, row.is_overdue
        )
        for row in rows
        for url in [row.get_absolute_url()]
    ]
    url = f"{reverse('rehab:placements')}?status=arrived"
    return Panel("Away from rehab", url, count=capped_count(absences), lines=lines, shown=rows) if rows else None


def shared(user):
    """A partner's: the cases shared with their agency, those they work on first."""
    if user.has_perm("rehab.plan_case"):
        return None
    cases = Case.objects.visible_to(user).open()
    rows = few(cases.filter(co_worker=user).with_names().order_by("-opened_on", "-pk"))
    lines = [
        Line(str(row.offender), f"{row.get_phase_display()}, {row.facilitator}", row.get_absolute_url()) for row in rows
    ]
    words = "" if rows else "No case names you. Those shared with your agency are behind the link."
    return Panel(
        "Shared clients", reverse("rehab:caseload"), count=capped_count(cases), lines=lines, words=words, shown=rows
    )


def follow_ups(user):
    due = FollowUp.objects.visible_to(user).due()
    due = due if user.has_perm("rehab.allocate_case") else due.of(user)
    rows = few(due.with_names().with_attempts(by=user).order_by("due_on", "pk"))
    today = timezone.localdate()
    lines = [
        Line(str(row.case.offender), f"{row}, {day_words(row.due_on)}{tried}", row.get_absolute_url(), late)
        for row in rows
        for tried in [f", tried {day_words(row.last_try_at)}" if row.tries else ", nobody tried yet"]
        for late in [row.due_on < today]
    ]
    words = "" if rows else "No follow-up is due."
    url = reverse("rehab:follow_ups")
    return Panel("Follow-ups due", url, count=capped_count(due), lines=lines, words=words, shown=rows)


def phases(user):
    """How many clients stand where; no names."""
    counts = dict(_own(user).order_by().values_list("phase").annotate(Count("pk")))
    team = reverse("rehab:team_caseload" if user.has_perm("rehab.allocate_case") else "rehab:caseload")
    lines = [
        Line(f"{phase.label}: {counts[phase]}", url=f"{team}?phase={phase}") for phase in Phase if counts.get(phase)
    ]
    words = "" if lines else "There is no open case to look after."
    return Panel("Clients by phase", team, "Open the caseload", count=sum(counts.values()), lines=lines, words=words)


def _stays(title, stays, query, note, words, late=lambda row: False, to=Placement.get_absolute_url):
    """A rehab's own work with placements; `to` gives where a line leads."""
    rows = few(stays.with_names())
    lines = [Line(str(row.offender), note(row), to(row), late(row)) for row in rows]
    url = f"{reverse('rehab:placements')}?{query}"
    return Panel(title, url, count=capped_count(stays), lines=lines, words="" if rows else words, shown=rows)


def requests_to_answer(user):
    stays = Placement.objects.visible_to(user).filter(status=Stay.REQUESTED).order_by("requested_on", "pk")
    questions = PlacementQuestion.objects.visible_to(user).filter(placement__in=stays.order_by())
    asked = dict(questions.order_by("asked_at").values_list("placement", "status"))  # of several, the last
    words = {Asked.ASKED: ", you asked a question", Asked.ANSWERED: ", your question is answered"}
    return _stays(
        "Requests to answer", stays, "status=requested",
        lambda row: f"{row.unit}, asked {day_words(row.requested_on)}{words.get(asked.get(row.pk), '')}",
        "Every request is answered.",
    )  # fmt: skip


def questions(user):
    """The team's: what rehabs ask about requests."""
    waiting = PlacementQuestion.objects.visible_to(user).held_by(user).open()
    rows = few(waiting.with_names().order_by("asked_at", "pk"))
    lines = [
        Line(str(row.offender), f"{row.placement.unit}: {row.text}", reverse("rehab:question_answer", args=[row.pk]))
        for row in rows
    ]
    words = "" if rows else "No rehab waits for an answer."
    url = f"{reverse('rehab:placements')}?status=requested"
    return Panel("Questions from rehabs", url, count=capped_count(waiting), lines=lines, words=words, shown=rows)


def offers(user):
    """The team's: places that rehabs offer, to be booked."""
    mine = Placement.objects.visible_to(user).filter(case__in=_own(user).values("pk"), status=Stay.OFFERED)

    def note(row):
        return f"{row.unit}, {f'from {day_words(row.expected_arrival)}' if row.expected_arrival else 'no day yet'}"

    return _stays(
        "Offers to book", mine.order_by("expected_arrival", "pk"), "status=offered", note,
        "No rehab offers a place now.", lambda row: row.is_late,
    )  # fmt: skip


def preparations(user):
    """Courses and detoxes planned and under way: their own; for a supervisor the team's."""
    rows = Preparation.objects.visible_to(user).open()
    rows = rows if user.has_perm("rehab.allocate_case") else rows.of(user)
    shown = few(rows.with_names().order_by("starts_on", "pk"))
    lines = [
        Line(str(row.offender), f"{row}: {row.where}, {when}", row.get_absolute_url(), row.is_late)
        for row in shown
        for when in [f"since {day_words(row.begun_on)}" if row.begun_on else f"to begin {day_words(row.starts_on)}"]
    ]
    words = "" if shown else "No course or detox is planned or under way."
    url = reverse("rehab:preparations")
    return Panel("Courses and detoxes", url, count=capped_count(rows), lines=lines, words=words, shown=shown)


def expected(user):
    stays = Placement.objects.visible_to(user).filter(status=Stay.BOOKED).order_by("expected_arrival", "pk")
    return _stays(
        "Expected", stays, "status=booked", lambda row: f"{row.unit}, {day_words(row.expected_arrival)}",
        "Nobody is booked to arrive.", lambda row: row.expected_arrival < timezone.localdate(),
    )  # fmt: skip


def progress_due(user):
    stays = Placement.objects.visible_to(user).progress_due().order_by("arrived_on", "pk")
    return _stays(
        "Weekly progress due", stays, "progress=due", lambda row: f"{row.unit}, day {row.days()}",
        "This week's progress is recorded for everyone in house.",
        to=lambda row: reverse("rehab:progress_add", args=[row.pk]),
    )  # fmt: skip


def free_places(user):
    """What is free today in each unit; no names."""
    rows, board = list(units(user).order_by("name", "pk")), reverse("rehab:board")
    free = [row for row in rows if row.free]
    lines = [Line(str(row), f"{row.free} of {row.places} free today", board) for row in free[:ROWS]]
    words = "" if free else "No rehab place is known to be free today."
    number = sum(row.free for row in free)
    return Panel("Free rehab places", board, "Open the rehab board", count=number, lines=lines, words=words)
