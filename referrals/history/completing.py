"""Filling in what the record lacked, as an amendment with its reason."""

from django.utils import timezone

from offenders import amend
from offenders.models import Entry, Involvement

REASON = "From the programme's spreadsheet."


def complete(row, by, **values):
    """Fill in these facts of the row, those that are told and not there yet. Returns how many rows changed: 0 or 1."""
    values = {name: value for name, value in values.items() if value is not None and value != getattr(row, name)}
    if values:
        changes = {name: [_written(getattr(row, name)), _written(value)] for name, value in values.items()}
        for name, value in values.items():
            setattr(row, name, value)
        row.full_clean(validate_unique=False)
        row.save(update_fields=list(values))
        amended(row, by, changes)
    return bool(values)


def amended(row, by, changes):
    """Write down that the row was completed: {field: [what it was, what it is]}."""
    amend.record(row, changes, by=by, reason=REASON)
    fields = {field.name: field for field in row._meta.get_fields()}
    named = ", ".join(str(fields[name].verbose_name) if name in fields else name for name in changes)
    Entry.write(
        row.offender_id, f"Completed: {named.replace('_', ' ')}", by=by, at=timezone.now(), kind=Entry.Kind.AMENDMENT,
        matters=getattr(row, "matters", ()),
    )  # fmt: skip


def open_to_sender(referral, agency, unit, by):
    """The sending unit, known only now, sees the person as if it had been there from the beginning."""
    if agency and unit and Involvement.may_open(agency, referral.by_agency):
        Involvement.open(
            referral.offender, agency=agency, unit=unit, basis=Involvement.Basis.REFERRAL, matter=referral.pk, by=by,
            on=referral.referred_on, opened_by=referral.by_agency,
        )  # fmt: skip
        if referral.ended_on:
            referral.end_sight(on=referral.ended_on)


def _written(value):
    return None if value is None else str(value)
