"""How far a person has come, from referral to the last follow-up, as the bar on their page says it."""

from django.utils import timezone

from partners.audit.models import Event

from .templatetags.cases import stay_day
from .workflow import Decision, Phase

STOPS = [Phase.PREPARING, Phase.DETOX, Phase.IN_REHAB, Phase.THROUGHCARE]


def journey(case, stays, follow_ups):
    """[(label, "done", "current" or "todo")]. `stays` and `follow_ups` are those of this case."""
    reached = {Phase.PREPARING} if case.decision == Decision.BROUGHT_IN else set()
    if any(stay.arrived_on for stay in stays):
        reached.add(Phase.IN_REHAB)
    if any(stay.departed_on and stay.departure_reason != stay.Reason.MOVED_UNIT for stay in stays):
        reached.add(Phase.THROUGHCARE)
    if Event.objects.about(case).filter(verb="case.start_detox").exists():
        reached.add(Phase.DETOX)
    bar = [("Referred", "done"), ("Assessed", "done") if case.decided_on else ("Assessing", "current")]
    for phase in STOPS:
        if phase == case.phase:
            here = next((stay for stay in stays if stay.arrived_on and not stay.departed_on), None)
            day = f", day {stay_day(here.arrived_on)}" if here and phase == Phase.IN_REHAB else ""
            bar.append((f"{phase.label}{day}", "current"))
        elif phase in reached:
            bar.append((phase.label, "done"))
        elif phase != Phase.DETOX or not reached - {Phase.PREPARING}:  # not everyone needs a detox
            bar.append((phase.label, "todo"))
    done = sum(1 for follow_up in follow_ups if follow_up.done_on)
    today = timezone.localdate()
    late = sum(1 for follow_up in follow_ups if not follow_up.done_on and follow_up.due_on <= today)
    planned = len(follow_ups)
    words = f"Follow-ups, {done} of {planned} done" if planned else "Follow-ups"
    if late and case.phase != Phase.CLOSED and not case.offender.deceased_on:
        words += f", {late} due"
    return [*bar, (words, "done" if planned and done == planned else "todo")]
