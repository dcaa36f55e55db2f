"""Correcting a record, with a reason: one mechanism for every record about a person."""

from copy import copy
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from partners.audit.models import Event
from partners.roles import Category

from .duplicates import look_again
from .models import Amendment, Entry, Offender
from .versions import compare, field_of, in_words, kept, label
from .workflow import day_of, the_databases_no


class Unchanged(ValidationError):
    """An amendment after which nothing would be different."""

    def __init__(self):
        super().__init__("Nothing is different from what is recorded. Change something, or cancel.", code="unchanged")


class Amendable(NamedTuple):
    """A type of record that can be amended: the form that asks, and what kind of information its values are.

    `category` is for records that have none of their own; `apart` names the fields that are of another.
    """

    model: type
    form: type
    category: str = Category.CASE
    apart: dict = {}


# {the word in the address: Amendable}; an app adds its own when it is ready
KINDS = {}


def amendable(model, form, category=Category.CASE, apart=None):
    """Let records of this model be amended, by page and by API.

    The model has an `offender_id`, and `objects.visible_to(user)` and `amendable_by(user)`. It may have a `category`
    and `matters`; `amendable_fields(user)` where not all of them are each user's; `told`, what the timeline says of
    it as (sentence, day) pairs; and `amended(was, by=user)`, for what follows from an amendment and what is refused.
    """
    KINDS[word(model)] = Amendable(model, form, category, apart or {})


def word(model):
    return model._meta.verbose_name.replace("-", "_").replace(" ", "_")


def page_of(row):
    """Where the record is read: on a page of its own, or on its person's."""
    return (row if hasattr(row, "get_absolute_url") else row.offender).get_absolute_url()


def address(row):
    """Where the record's page to amend it is."""
    return reverse("offenders:amend", args=[word(type(row)), row.pk])


def amend(row, changes, *, by, reason, seen=None):
    """Give fields of this record other values, keeping the old ones. Returns the Amendment.

    `changes` is {field: value}; of rows that belong to the record, a list of dicts. `seen`, where given, is the
    `versions.seal` of what the reader saw: who would undo what someone else changed since is asked first (Overtaken).
    Raises PermissionDenied, or ValidationError where there is no reason, nothing is different, or a value cannot be.
    """
    reason = (reason or "").strip()
    if not reason:
        raise ValidationError({"reason": "Say why it is amended."})
    with transaction.atomic():
        rows = type(row).objects.amendable_by(by).select_for_update(of=("self",))
        locked = rows.filter(pk=row.pk).first()
        if locked is None or changes.keys() - fields_of(locked, by, changes):
            raise PermissionDenied(f"You may not amend this {row._meta.verbose_name}.")
        if seen is not None:
            compare(locked, changes, seen, by=by)
        was = copy(locked)
        changed = _set(locked, changes)
        if not changed:
            raise Unchanged
        amendment = record(locked, changed, by=by, reason=reason, was=was)
        _retell(was, locked)
        if hasattr(locked, "amended"):
            locked.amended(was, by=by)
        look_again(locked)
        Entry.write(
            locked.offender_id, _sentence(locked, was, amendment), by=by, kind=Entry.Kind.AMENDMENT,
            category=_category(locked, changed), matters=_matters(locked), url=page_of(locked),
        )  # fmt: skip
    row.refresh_from_db()
    return amendment


def record(row, changed, *, by, reason, was=None, merge=None):
    """Keep that these fields, {name: [as it was, as it is]}, were amended, for whoever could read them before."""
    was = was or row
    amendment = Amendment.objects.create(
        offender_id=row.offender_id, record_type=row._meta.label_lower, record_id=str(row.pk), changes=changed,
        reason=reason, by=by, agency=by.membership.agency, unit=by.membership.unit, category=_category(was, changed),
        matters=_matters(was), merge=merge,
    )  # fmt: skip
    Event.objects.record(
        Event.Kind.ALTERATION, f"{row._meta.model_name}.amend", by=by, subject=row, offenders=[row.offender_id],
        fields=sorted(changed), amendment=str(amendment.pk),
    )  # fmt: skip
    return amendment


def fields_of(row, user, names):
    """Those of these fields that are this user's to amend, as the record stands."""
    return set(names) & row.amendable_fields(user) if hasattr(row, "amendable_fields") else set(names)


def _set(row, changes):
    """Save what is different; returns {field: [as it was, as it is]}. The database has the last word."""
    changed, parts = {}, {}
    for name, value in changes.items():
        field, before = field_of(type(row), name), kept(row, name)
        if field.one_to_many or field.many_to_many:
            parts[name] = value
            continue
        setattr(row, name, value)
        if (after := kept(row, name)) != before:
            changed[name] = [before, after]
    row.clean_fields(exclude=[field.name for field in row._meta.concrete_fields if field.name not in changed])
    with the_databases_no(row):
        row.save(update_fields=list(changed))
    for name, rows in parts.items():
        before = kept(row, name)
        _set_parts(row, field_of(type(row), name), rows)
        if (after := kept(row, name)) != before:
            changed[name] = [before, after]
    return changed


def _set_parts(row, field, rows):
    """The rows that belong to this one, or that it names, are these; what they were is kept by the amendment."""
    if field.many_to_many:
        getattr(row, field.name).set(rows)
        return
    getattr(row, field.name).all().delete()
    for answers in rows:
        part = field.related_model(**{field.field.name: row}, **answers)
        part.clean_fields(exclude=[field.field.name])
        with the_databases_no(part):
            part.save(force_insert=True)


def _category(row, names):
    kind = KINDS[word(type(row))]
    return next((kind.apart[name] for name in names if name in kind.apart), getattr(row, "category", kind.category))


def _matters(row):
    return list(row.matters if hasattr(row, "matters") else row.offender.matters)


def _retell(was, row):
    """Bring the record's own lines on the timeline up to date; what they said before is in its amendments."""
    for (before, then), (after, day) in zip(getattr(was, "told", ()), getattr(row, "told", ()), strict=True):
        if (before, then) == (after, day) or not (before and then and day):
            continue
        lines = Entry.objects.filter(offender=row.offender_id, url=page_of(was), sentence__startswith=before)
        for line in lines.exclude(kind=Entry.Kind.AMENDMENT).filter(happened_at__date=_date(then)):
            line.sentence = after + line.sentence.removeprefix(before)
            line.happened_at = day if hasattr(day, "hour") else line.happened_at if day == then else day_of(day)
            line.save(update_fields=["sentence", "happened_at"])


def _date(moment):
    return timezone.localdate(moment) if hasattr(moment, "hour") else moment


def _sentence(row, was, amendment):
    """ "Date of birth amended: 1 January 1990, now 27 March 1990. Why: …".

    Long texts by name alone; and everything by name where others will read this line than could read the old values.
    """
    said, model = [], type(row)
    moved = (_category(row, amendment.changes), _matters(row)) != (amendment.category, amendment.matters)
    for name, (before, after) in amendment.changes.items():
        if name == "standing":
            continue
        short = not isinstance(field_of(model, name), models.TextField | models.ForeignObjectRel) and not moved
        values = f": {in_words(model, name, before)}, now {in_words(model, name, after)}" if short else ""
        said.append(f"{label(model, name)} amended{values}")
    whose = "" if model is Offender else f"{row._meta.verbose_name.capitalize()}: "
    return f"{whose}{'; '.join(said) or 'Standing amended'}. Why: {amendment.reason}"


# what was amended, for whoever reads the record


class Line(NamedTuple):
    """A field of an amendment. Values that the reader may not read are None, and in words say so."""

    name: str
    label: str
    before: object
    after: object
    was: str
    now: str


WITHHELD, SOMEONE = "not yours to read", "Someone"


def history(rows, user):
    """The amendments of these records as far as the user may read them, newest first, each with `lines`.

    The user reads the records themselves. An old value shows to whoever could read the record when it held it. Of a
    field apart that they do not read nothing shows, nor that it was amended.
    """
    rows = {(row._meta.label_lower, str(pk)): row for row in rows for pk in getattr(row, "all_ids", [row.pk])}
    if not rows:
        return []
    which = Q(*(Q(record_type=kind, record_id=pk) for kind, pk in rows), _connector=Q.OR)
    found = list(Amendment.objects.filter(which).select_related("by", "agency"))
    readable = set(Amendment.objects.filter(which).visible_to(user).values_list("pk", flat=True))
    shown, newer = [], {}
    for amendment in found:
        key = amendment.record_type, amendment.record_id
        amendment.what = rows[key]
        amendment.what_kind = rows[key]._meta.verbose_name.capitalize()
        reads_before = amendment.pk in readable
        apart = KINDS[word(type(rows[key]))].apart
        if amendment.merge_id or not apart.keys().isdisjoint(amendment.changes):  # not read by who reads the record
            reads_after = reads_before
        else:
            moved = not {"category", "matters", "kind"}.isdisjoint(amendment.changes)
            reads_after = newer.get(key, reads_before or moved)
            newer[key] = reads_before
        hidden = set() if reads_before else apart.keys()
        if amendment.changes.keys() <= hidden:
            continue
        amendment.lines = [line for line in _lines(amendment, reads_before, reads_after) if line.name not in hidden]
        shown.append(amendment)
        amendment.why = amendment.reason if reads_before or reads_after else WITHHELD
        known = amendment.agency_id in user.shown_by  # that another agency works with the person may not be
        amendment.who, amendment.team = (amendment.by, amendment.agency) if known else (SOMEONE, WITHHELD)
    return shown


def _lines(amendment, reads_before, reads_after):
    model = type(amendment.what)
    for name, (before, after) in amendment.changes.items():
        if name != "standing":
            was, now = (
                in_words(model, name, value) if reads else WITHHELD
                for value, reads in ((before, reads_before), (after, reads_after))
            )
            before, after = before if reads_before else None, after if reads_after else None
            yield Line(name, label(model, name), before, after, was, now)


def attach(rows, user):
    """Each of these records, all of one model, with `past`, its amendments, and `amend_url` where it is theirs to."""
    rows = list(rows)
    told, may = {}, set()
    for amendment in history(rows, user):
        told.setdefault(amendment.record_id, []).append(amendment)
    if rows:
        mine = type(rows[0]).objects.amendable_by(user).filter(pk__in=[row.pk for row in rows])
        may = set(mine.values_list("pk", flat=True))
    for row in rows:
        row.past = told.get(str(row.pk), [])
        row.amend_url = address(row) if row.pk in may else ""
    return rows


def newest_first(rows):
    """What was amended in any of these records, after `attach`."""
    return sorted((one for row in rows for one in row.past), key=lambda one: (one.recorded_at, one.pk), reverse=True)
