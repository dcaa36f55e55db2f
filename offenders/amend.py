"""Correcting a record, with a reason: one mechanism for every record about a person."""

import json

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst

from partners.audit.models import Event
from partners.frame.templatetags.frame import date_or, moment
from partners.roles import Category

from .duplicates import look_again
from .models import Amendment, Entry, Offender

UNCHANGED = "Nothing is different from what is recorded. Change something, or cancel."


def amend(row, changes, *, by, reason, seen=None):
    """Give fields of this record other values, keeping the old ones. Returns the Amendment.

    `changes` is {field: value}. `seen`, where given, is the `version` that the reader saw: who amends
    what someone else has amended since is told so instead of undoing it unknowingly. A record that can
    be amended has an `offender_id` and `objects.amendable_by(user)`; it may have a `category`, `matters`,
    and `retell()` to bring its line on the timeline up to date. Raises PermissionDenied, or
    ValidationError where there is no reason, nothing is different, or a value cannot be.
    """
    reason = (reason or "").strip()
    if not reason:
        raise ValidationError({"reason": "Say why it is amended."})
    with transaction.atomic():
        locked = type(row).objects.amendable_by(by).select_for_update(of=("self",)).filter(pk=row.pk).first()
        if locked is None:
            raise PermissionDenied(f"You may not amend this {row._meta.verbose_name}.")
        if seen is not None and seen != version(locked):
            raise ValidationError(_meanwhile(locked, seen), code="stale")
        changed = _set(locked, changes)
        if not changed:
            raise ValidationError(UNCHANGED, code="unchanged")
        locked.clean_fields(exclude=[f.name for f in locked._meta.concrete_fields if f.name not in changed])
        locked.validate_unique()
        locked.validate_constraints()
        locked.save(update_fields=list(changed))
        amendment = Amendment.objects.create(
            offender_id=locked.offender_id,
            record_type=locked._meta.label_lower,
            record_id=str(locked.pk),
            changes=changed,
            reason=reason,
            by=by,
            agency=by.membership.agency,
        )
        Event.objects.record(
            Event.Kind.ALTERATION,
            f"{locked._meta.model_name}.amend",
            by=by,
            subject=locked,
            offenders=[locked.offender_id],
            fields=sorted(changed),
            amendment=str(amendment.pk),
        )
        if hasattr(locked, "retell"):
            locked.retell()
        look_again(locked)
        Entry.write(
            locked.offender_id,
            _sentence(locked, amendment),
            by=by,
            kind=Entry.Kind.AMENDMENT,
            category=getattr(locked, "category", Category.IDENTITY),
            matters=getattr(locked, "matters", ()),
            url=locked.get_absolute_url() if hasattr(locked, "get_absolute_url") else "",
        )
    row.refresh_from_db()
    return amendment


def _set(row, changes):
    """Set what is different; returns {field: [as it was, as it is]}."""
    changed = {}
    for name, value in changes.items():
        field = row._meta.get_field(name)
        before = _kept(field, row)
        setattr(row, name, value)
        if (after := _kept(field, row)) != before:
            changed[name] = [before, after]
    return changed


def _kept(field, row):
    value = field.to_python(field.value_from_object(row))
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def version(row):
    """Which amendment of the record came last; empty where there was none."""
    last = of(row).order_by("-recorded_at", "-id").values_list("pk", flat=True).first()
    return str(last or "")


def _meanwhile(row, seen):
    """What others amended after this version, for whoever was about to amend it too."""
    said = []
    for amendment in history(row):
        if str(amendment.pk) == seen:
            break
        changed = "; ".join(f"{label}: {before}, now {after}" for label, before, after in amendment.lines)
        said.append(f"{amendment.by} amended this while you were at it ({changed}).")
    return [*said, "Your answers are as you left them: put in what is right, then send them again."]


def of(row):
    """The record's amendments; a person's, those of every record merged into theirs too."""
    ids = row.all_ids if isinstance(row, Offender) else [row.pk]
    return Amendment.objects.filter(record_type=row._meta.label_lower, record_id__in=map(str, ids))


def history(row):
    """The record's amendments, newest first, each with `lines`: (field, as it was, as it is) in words."""
    amendments = list(of(row).select_related("by", "agency"))
    for amendment in amendments:
        amendment.lines = list(lines(amendment))
    return amendments


def lines(amendment):
    """Each field of the amendment in words: (label, as it was, as it is)."""
    model = apps.get_model(amendment.record_type)
    for name, (before, after) in amendment.changes.items():
        if name != "standing":
            field = model._meta.get_field(name)
            yield capfirst(field.verbose_name), _words(field, before), _words(field, after)


def _words(field, value):
    if value in (None, ""):
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField):
        return moment(parse_datetime(value))
    if isinstance(field, models.DateField):
        return date_or(parse_date(value))
    if isinstance(field, models.ForeignKey):
        return str(field.related_model._base_manager.filter(pk=value).first() or value)
    return str(value)


def _sentence(row, amendment):
    """ "Date of birth amended: 1 January 1990, now 27 March 1990. Why: …"; long texts by name alone."""
    said = []
    for (label, before, after), name in zip(lines(amendment), amendment.changes, strict=False):
        long = isinstance(row._meta.get_field(name), models.TextField)
        said.append(f"{label} amended" if long else f"{label} amended: {before}, now {after}")
    whose = "" if isinstance(row, Offender) else f"{capfirst(row._meta.verbose_name)}: "
    return f"{whose}{'; '.join(said) or 'Standing amended'}. Why: {amendment.reason}"
