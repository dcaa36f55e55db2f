"""What is to be done after a 1:1 was missed: its worker tries again, until another is booked or the referral ends."""

from django.utils import timezone

from partners.settings import setting
from partners.working_days import add_working_days
from referrals.models import Referral, Task
from referrals.workflow import UNDER_WAY

from .messages import is_history


def to_try_again(referral):
    """What somebody is still to do because this referral's person missed an appointment: one task at the most."""
    return Task.objects.open().filter(matter=referral.pk, kind=Task.Kind.MISSED)


def missed(appointment, *, by):
    """Have its worker reach the person again, where nobody is to already. Of what is long past nothing follows."""
    referral = appointment.referral
    if is_history(appointment) or referral.status not in UNDER_WAY or to_try_again(referral).exists():
        return
    today, (days,) = timezone.localdate(), setting("contact_days")
    Task.add(
        appointment.offender, by=by, owner=_who(appointment, by), kind=Task.Kind.MISSED, matter=referral.pk,
        text=f"Missed an appointment on {appointment.day:%-d %B}: reach them and find another time",
        due_on=add_working_days(today, int(days)), url=referral.get_absolute_url(), follows=True,
        team=(appointment.agency, appointment.unit),
    )  # fmt: skip


def booked(referral, *, by):
    """They have another appointment."""
    for task in to_try_again(referral):
        task.do(by=by, why="Another appointment was booked.", follows=True)


def not_missed(referral, *, by):
    """It was corrected: what was missed was not."""
    _drop(referral, "What was recorded of the appointment was corrected.", by=by)


def ended(referral, *, by):
    _drop(referral, "The referral ended.", by=by)


def _drop(referral, why, *, by):
    for task in to_try_again(referral):
        task.drop(by=by, why=why, follows=True)


def _who(appointment, by):
    """Its worker; where they see the referral no more, the referral's; else whoever records it."""
    row = Referral.objects.filter(pk=appointment.referral_id)
    for user in filter(None, (appointment.worker, appointment.referral.worker)):
        if user.sees_any(row):
            return user
    return by
