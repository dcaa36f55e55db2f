"""Sending a whole referral with its first appointment: what the street pages and the API both do at the end."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from referrals.journey_forms import WhoForm
from referrals.models import Referral, Resolution
from referrals.operations import submit
from referrals.pathways import Pathway
from referrals.street import answers_of

from .models import Appointment


def send(*, by, person, key, resolution, slot, hold=None):
    """Refer someone to Divert, with the resolution and the appointment: all of it, or nothing. Returns the referral.

    `person` is an Offender, or a valid `WhoForm` of someone new. `key` becomes the referral's id, so that the same
    sent again is the same referral. `resolution` are fields of the Resolution. It is accepted at once, by the worker of
    the slot. Raises ValidationError or SlotTaken, and then nothing is kept.
    """
    if sent := _sent(key, by):
        return sent
    try:
        with transaction.atomic():
            return _send(by, person, key, resolution, slot, hold)
    except IntegrityError:
        if sent := _sent(key, by):  # the same, at the same moment
            return sent
        raise


def _sent(key, by):
    """What was sent with this key. Raises ValidationError where it was not by this user, or is not theirs to see."""
    if not Referral.objects.filter(pk=key).exists():
        return None
    sent = Referral.objects.visible_to(by).filter(pk=key, referred_by=by).first()
    if sent is None:
        raise ValidationError("This key was used by someone else. Begin again, with a new one.")
    return sent


def _send(by, person, key, resolution, slot, hold):
    answers = answers_of(person)
    if isinstance(person, WhoForm):
        person = person.save_new(by=by)
    referral = Referral.draft(by=by, id=key, offender=person, pathway=Pathway.DIVERT, **answers)
    Resolution.record(referral, by=by, **resolution)
    submit(referral, by=by)
    Appointment.book(referral, by=by, slot=slot, hold=hold)
    referral.accept_booked(by=by, worker=slot.worker)
    return referral
