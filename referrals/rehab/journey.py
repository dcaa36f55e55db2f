"""How far a person has come, from referral to the last follow-up, as the bar on their page says it."""

from django.utils import timezone
from django.utils.formats import date_format

from partners.audit.models import Event

from .models import Preparation
from .templatetags.cases import stay_day
from .workflow import Decision, Phase, Stage

STOPS = [Phase.PREPARING, Phase.DETOX, Phase.IN_REHAB, Phase.THROUGHCARE]


def journey(case, stays, follow_ups, preparations=()):
    """[(label, "done", "current" or "todo")]. What comes before, stays and follow-ups are those of this case."""
    reached = {Phase.PREPARING} if case.decision == Decision.BROUGHT_IN else set()
    if any(stay.arrived_on for stay in stays):
        reached.add(Phase.IN_REHAB)
    if any(stay.departed_on and stay.departure_reason != stay.Reason.MOVED_UNIT for stay in stays):
        reached.add(Phase.THROUGHCARE)
    if Event.objects.about(case).filter(verb="case.start_detox").exists():
        reached.add(Phase.DETOX)
    bar = [("Referred", "done"), ("Assessed", "done") if case.decided_on else ("Assessing", "current")]
    planned = {one.kind: one for one in preparations if one.status == Stage.PLANNED}
    for phase in STOPS:
        if phase == Phase.DETOX:
            bar += _course(preparations)
        if phase == case.phase:
            here = next((stay for stay in stays if stay.arrived_on and not stay.departed_on), None)
            day = f", day {stay_day(here.arrived_on)}" if here and phase == Phase.IN_REHAB else ""
            bar.append((f"{phase.label}{day}", "current"))
        elif phase in reached:
            bar.append((phase.label, "done"))
        elif phase == Phase.DETOX and (detox := planned.get(phase)):
            bar.append((f"{phase.label} planned for {date_format(detox.starts_on, 'j F')}", "todo"))
        elif phase != Phase.DETOX or not reached - {Phase.PREPARING}:  # not everyone needs a detox
            bar.append((phase.label, "todo"))
    done = sum(1 for follow_up in follow_ups if follow_up.done_on)
    today = timezone.localdate()
    late = sum(1 for follow_up in follow_ups if not follow_up.done_on and follow_up.due_on <= today)
    due = len(follow_ups)
    words = f"Follow-ups, {done} of {due} done" if due else "Follow-ups"
    if late and case.phase != Phase.CLOSED and not case.offender.deceased_on:
        words += f", {late} due"
    return [*bar, (words, "done" if due and done == due else "todo")]


def _course(preparations):
    """The pre-admission course that counts: the one planned or under way, else one completed; none where none is."""
    courses = {one.status: one for one in preparations if one.kind == Preparation.Kind.COURSE}
    for status, state, words in [
        (Stage.BEGUN, "current", "under way"), (Stage.PLANNED, "todo", "planned for"), (Stage.COMPLETED, "done", ""),
    ]:  # fmt: skip
        if course := courses.get(status):
            day = date_format(course.starts_on, "j F") if status == Stage.PLANNED else ""
            return [(" ".join(part for part in (str(course), words, day) if part), state)]
    return []
