"""Putting someone forward: whom it is about, and what the pages and the API both do at the end."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction

from offenders.forms import MatchForm
from offenders.models import Offender

from .forms import SubmitForm
from .journey_forms import WhoForm
from .models import Referral
from .pathways import ABOUT
from .street_forms import StreetWhoForm


@transaction.atomic
def put_forward(*, by, person, form, send, key=None):
    """Draft a referral, as a valid `WhyForm` says, and send it if told to.

    `person` is an Offender, or a valid `WhoForm` of someone new. `key` becomes the referral's id.
    Raises ValidationError where it cannot be sent; then nothing is kept.
    """
    answers = form.referral_fields()
    if isinstance(person, WhoForm):
        answers["area"] = person.cleaned_data["area"]
        person = person.save_new(by=by)
    referral = Referral.draft(by=by, id=key or uuid.uuid4(), offender=person, pathway=form.chosen_pathway, **answers)
    if send:
        submit(referral, by=by)
    return referral


def submit(referral, *, by):
    """Send a draft. Raises ValidationError while a rule is not met."""
    form = SubmitForm({}, record=referral, user=by)
    if not form.is_valid():
        raise ValidationError(form.non_field_errors())
    form.take("submit")


def who_form(journey, data):
    """The form of someone new, as this journey's pathway asks for them."""
    return (StreetWhoForm if ABOUT[journey.pathway].is_booked else WhoForm)(data)


def person_of(journey, *, user):
    """Whom the journey is about: an Offender, a valid `WhoForm` of someone new, or None while that is open."""
    chosen = (journey.said("match") or {}).get("person")
    if chosen and chosen != MatchForm.NOBODY:
        return Offender.objects.findable_by(user).filter(pk=chosen).first()
    typed = who_form(journey, journey.said("who"))
    return typed if chosen and typed.is_valid() else None
