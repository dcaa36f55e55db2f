"""What sets, meets and drops the deadlines of O2R: to assess who was accepted, and for a rehab to answer."""

from referrals.models import Deadline

from .questions import Part


def keep_assessed(case, *, by):
    """The person is assessed on the day of the team's own part, or of a decision without one."""
    parts = case.assessments.finished().exclude(part=Part.TREATMENT).order_by("assessed_on")
    days = [*parts.values_list("assessed_on", flat=True)[:1], *([case.decided_on] if case.decided_on else [])]
    for deadline in case.referral.deadlines.filter(kind=Deadline.Kind.ASSESSMENT):
        deadline.settle(min(days, default=None), by=by)


def hand_over(case):
    """Whoever holds the case now has what is still due for it."""
    case.referral.deadlines.open().update(worker=case.facilitator)


def ask(stay, *, by):
    """The rehab is to answer in time."""
    case = stay.case
    Deadline.set(
        case.referral, Deadline.Kind.PLACE_ANSWER, by=by, on=stay.requested_on, matter=stay.pk, worker=case.facilitator
    )


def to_answer(stay):
    """The deadline by which the rehab is, or was, to answer this request, as a queryset."""
    return Deadline.objects.filter(referral__case=stay.case_id, matter=stay.pk, kind=Deadline.Kind.PLACE_ANSWER)


def answered(stay, *, by, on):
    for deadline in to_answer(stay):
        deadline.settle(on, by=by)


def asked_no_more(stay, *, by, on):
    for deadline in to_answer(stay).open():
        deadline.drop(by=by, on=on)
