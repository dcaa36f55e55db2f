"""What people and officers are told of appointments.

A person is told when and how, and whom to call: no drug, no health, no name, nobody who would tell what it is about.
An officer is told how their referral stands, by its reference. All of it goes through the outbox (partners.notices),
in the transaction of what it tells of.
"""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from partners.models import Service
from partners.notices.models import LASTS, Notice
from partners.notices.occasions import Occasion
from partners.settings import setting

from .models.availability import Mode
from .slots import when, when_and_how


def phone_of(appointment):
    """What the person can call: the number of the service that gives it, "" where none is recorded."""
    services = Service.objects.on().filter(pathway=appointment.referral.pathway, agency=appointment.agency_id)
    return services.exclude(phone="").values_list("phone", flat=True).first() or ""


def booked(appointment, *, by):
    sentence = f"Your appointment is on {when_and_how(appointment)}."
    _tell(appointment, "booked", sentence, "If you need to change it", by=by)
    _remind(appointment, by=by)


def moved(appointment, *, by):
    """To the person of an appointment that replaces another."""
    Notice.objects.filter(tells_of=appointment.replaces_id).cancel(by=by)
    sentence = f"Your appointment has moved. It is now on {when_and_how(appointment)}."
    _tell(appointment, "moved", sentence, "If you need to change it", by=by)
    _remind(appointment, by=by)


def cancelled(appointment, *, by, for_good=False):
    """`for_good` where the referral ended, so that there is no other."""
    Notice.objects.filter(tells_of=appointment.pk).cancel(by=by)
    sentence = f"Your appointment on {when(appointment)} is cancelled."
    _tell(appointment, "cancelled", sentence, "" if for_good else "If you want another time", by=by)


def missed(appointment, *, by):
    sentence = f"Sorry we missed you on {when(appointment)}."
    _tell(appointment, "missed", sentence, "For another time", by=by)


def engaged(appointment, *, by):
    """To whoever referred the person who attended."""
    _tell_sender(appointment, "engaged", "the person engaged", by=by)


def taken_back(appointment, *, by):
    """They had not attended after all: what waits is not sent; of what was, that it was wrong."""
    if not Notice.objects.filter(key__startswith=f"engaged {appointment.pk}").cancel(by=by):
        _tell_sender(appointment, "taken back", "it said that the person engaged. That was corrected", by=by)


def not_engaged(referral, *, by, on):
    if on >= timezone.localdate() - LASTS:
        _email_sender(referral, f"not engaged {referral.pk} {on}", "the person did not engage", by=by)


def _tell(appointment, occasion, sentence, before_number, *, by, at=None, until=None):
    """One message to the person, by text where they have a telephone number. In custody nobody reads one.

    Of what is long past, and of what has a day only, nobody is told: it is history.
    """
    if is_history(appointment) or appointment.mode == Mode.CUSTODY:
        return
    person, number = appointment.offender, phone_of(appointment) if before_number else ""
    text = f"{sentence} {before_number} call {number}." if number else sentence
    by_email = person.email and not person.phone
    Notice.send(
        key=f"{occasion} {appointment.pk}", channel="email" if by_email else "sms",
        to=person.email if by_email else person.phone, subject="Your appointment" if by_email else "", text=text,
        by=by, about=[person.pk], matter=appointment.referral_id, tells_of=appointment.pk, at=at, until=until,
    )  # fmt: skip


def _remind(appointment, *, by):
    at = appointment.starts_at - dt.timedelta(hours=int(setting("reminder_hours")[0]))
    if at > timezone.now():
        sentence = f"Reminder: your appointment is on {when_and_how(appointment)}."
        until = appointment.starts_at
        _tell(appointment, "reminder", sentence, "If you need to change it", by=by, at=at, until=until)


def _tell_sender(appointment, occasion, said, *, by):
    """Of what was recorded of an appointment just now."""
    if not is_history(appointment):
        at = appointment.outcome_recorded_at.isoformat()
        _email_sender(appointment.referral, f"{occasion} {appointment.pk} {at}", said, by=by)


def _email_sender(referral, key, said, *, by):
    """To whoever referred the person, unless they did it themselves."""
    sender = referral.referred_by
    if sender == by:
        return
    address = f"{settings.SITE_URL}{referral.get_absolute_url()}"
    Notice.send(
        key=key, channel="email", to=sender.email, subject=f"Referral {referral.reference}", for_user=sender,
        text=f"Referral {referral.reference}: {said}. Sign in to see it: {address}", by=by,
        about=[referral.offender_id], matter=referral.pk, occasion=Occasion.REFERRAL,
    )  # fmt: skip


def is_history(appointment):
    """Whether it is too long past to act on, or has a day only: it was brought in."""
    return appointment.is_day_only or appointment.ends_at < timezone.now() - LASTS
