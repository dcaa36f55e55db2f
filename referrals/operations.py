"""Putting someone forward: what the pages and the API both do at the end."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction

from offenders.models import Offender

from .forms import SubmitForm, WhoForm
from .models import Referral


@transaction.atomic
def put_forward(*, by, person, form, send, key=None):
    """Draft a referral of this person, new or known, as a valid `WhyForm` says; and send it if told to.

    `key` becomes its id. Raises ValidationError where it cannot be sent; then nothing is kept.
    """
    if person._state.adding:
        fields = {name: getattr(person, name) for name in WhoForm.Meta.fields}
        fields["ethnicity"] = form.cleaned_data.get("ethnicity") or person.ethnicity
        person = Offender.add(by=by, **fields)
    referral = Referral.draft(
        by=by, id=key or uuid.uuid4(), offender=person, pathway=form.chosen_pathway, **form.referral_fields()
    )
    if send:
        sending = SubmitForm({}, record=referral, user=by)
        if not sending.is_valid():
            raise ValidationError(sending.non_field_errors())
        sending.take("submit")
    return referral
