"""What sets, meets, drops and moves the deadlines of a referral: the steps it takes."""

from django.utils import timezone

from .pathways import ABOUT
from .workflow import ANSWERS, Due, Status


def sent(referral, *, by, on):
    """It is to be answered, and on a pathway with appointments they are to be reached; what waited for its sender runs
    again."""
    again = referral.deadlines.exists()  # it was returned: the days count from now
    _set(referral, "answer", by=by, on=on or (timezone.localdate() if again else referral.referred_on))
    for deadline in referral.deadlines.filter(status=Due.PAUSED, pause_reason="sender"):
        deadline.resume(by=by, follows=True)
    if ABOUT[referral.pathway].is_booked and not again:
        _set(referral, "first_contact", by=by, on=on or referral.referred_on)


def stepped(referral, verb, *, by, on, changes):
    """What answers it meets that deadline; who sees the person has what else has a last day."""
    if "worker" in changes:
        referral.deadlines.open().update(worker=referral.worker)
    if verb in ANSWERS:
        for deadline in referral.deadlines.open().filter(kind="answer"):
            deadline.settle(on or timezone.localdate(), by=by)


def returned(referral, *, by):
    """What else has a last day waits for the sender."""
    for deadline in referral.deadlines.running():
        deadline.pause(by=by, reason="sender", follows=True)


def accepted(referral, *, by, on):
    """Without an appointment, the person is to be assessed."""
    if not ABOUT[referral.pathway].is_booked and not referral.deadlines.filter(kind="assessment").exists():
        _set(referral, "assessment", by=by, on=on or timezone.localdate())


def ended(referral, *, by, on):
    """What was not met is not asked any more; but what was asked for what came of it."""
    for deadline in referral.deadlines.open().filter(matter=referral.pk):
        deadline.drop(by=by, on=on)


def reopened(referral, *, by):
    for deadline in referral.deadlines.filter(matter=referral.pk, status=Due.DROPPED):
        deadline.reopen(by=by)
    if referral.status == Status.SUBMITTED and (
        deadline := referral.deadlines.filter(kind="answer").order_by("set_on", "recorded_at").last()
    ):
        deadline.settle(None, by=by)


def moved(referral, was, *, by):
    """What is counted from the day of referral moves with it."""
    for deadline in referral.deadlines.filter(matter=referral.pk, set_on=was.referred_on).exclude(kind="assessment"):
        deadline.move(referral.referred_on, by=by)


def _set(referral, kind, *, by, on):
    referral.deadlines.model.set(referral, kind, by=by, on=on)
