"""Putting someone forward: what the pages and the API both do at the end."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction

from .forms import SubmitForm
from .journey_forms import WhoForm
from .models import Referral


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
        sending = SubmitForm({}, record=referral, user=by)
        if not sending.is_valid():
            raise ValidationError(sending.non_field_errors())
        sending.take("submit")
    return referral
