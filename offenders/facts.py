"""Facts about a person that are added one by one, and end: names, numbers, addresses, warnings."""

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst

from partners.audit.models import Event
from partners.roles import Category

from . import forms
from .duplicates import look_again
from .models import Address, Entry, Offender


class Fact(NamedTuple):
    """A kind of fact: the form that asks for it, and its button."""

    form: type
    label: str

    @property
    def model(self):
        return self.form._meta.model

    @property
    def permission(self):
        return f"offenders.add_{self.model._meta.model_name}"


FACTS = {
    "alias": Fact(forms.AliasForm, "Add another name"),
    "identifier": Fact(forms.IdentifierForm, "Add a number"),
    "address": Fact(forms.AddressForm, "Add an address"),
    "marker": Fact(forms.MarkerForm, "Add a warning marker"),
}


@transaction.atomic
def record_fact(row, *, by):
    """Add this fact to the person's record, once: the same fact again changes nothing. Returns the row kept.

    A new address ends the one before it. Raises ValidationError where the fact cannot be.
    """
    Offender.objects.select_for_update().get(pk=row.offender_id)  # a double press comes one after the other
    if not getattr(row, "valid_from", True):
        row.valid_from = timezone.localdate()
    if hasattr(row, "recorded_by_id"):
        row.recorded_by = by
    apart = {"id", "recorded_at", "recorded_by"}
    said = {f.name: getattr(row, f.name) for f in row._meta.concrete_fields if f.name not in apart}
    if same := type(row).objects.filter(**said).first():
        return same
    row.full_clean()
    if isinstance(row, Address):
        _end_earlier(row)
    row.save(force_insert=True)
    look_again(row)
    Event.objects.record(
        Event.Kind.COLLECTION, f"{row._meta.model_name}.add", by=by, subject=row, offenders=[row.offender_id]
    )
    Entry.write(
        row.offender_id, f"{capfirst(row._meta.verbose_name)} {row} added", by=by,
        category=getattr(row, "category", Category.IDENTITY), matters=row.offender.matters,
    )  # fmt: skip
    return row


def _end_earlier(address):
    """Where they lived until the day before; one that began on the same day or later stands beside it."""
    earlier = address.offender.addresses.filter(valid_to=None, valid_from__lt=address.valid_from)
    earlier.update(valid_to=address.valid_from - timedelta(days=1))
