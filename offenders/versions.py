"""Two people with one form open: what each had read, what is recorded now, and which of the two is kept."""

import json
from copy import copy
from decimal import Decimal
from typing import NamedTuple

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst

from partners.audit.models import Event
from partners.frame.templatetags.frame import date_or, moment, pounds

from .models import Amendment

KEEP = "keep_"  # keep_phone=theirs in what a form sends
THEIRS, YOURS = "theirs", "yours"
CHOICES = [(THEIRS, "Keep what is recorded now"), (YOURS, "Use your answer")]
NOT_CARRIED = {"csrfmiddlewaretoken", "once", "seen"}  # each page has its own


# values, as they are kept and as they are said


def field_of(model, name):
    """The field, the rows of another table that belong to it, or None for what is no field of it any more."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def kept(row, name):
    """The value of this field as JSON keeps it."""
    field = field_of(type(row), name)
    if field.one_to_many:
        return sorted((_part(field, part) for part in getattr(row, name).all()), key=json.dumps)
    if field.many_to_many:
        return sorted(str(one.pk) for one in getattr(row, name).all())
    return _plain(field, field.value_from_object(row))


def to_keep(row, name, value):
    """What `kept` will be once this value is set."""
    field = field_of(type(row), name)
    if field.one_to_many:
        return sorted((_part(field, field.related_model(**part)) for part in value), key=json.dumps)
    if field.many_to_many:
        return sorted(str(one.pk) for one in value)
    another = copy(row)
    setattr(another, name, value)
    return kept(another, name)


def parts_of(field):
    """What is asked of each row that belongs to another."""
    return [one for one in field.related_model._meta.concrete_fields if not one.primary_key and one != field.field]


def _part(field, part):
    return {one.name: _plain(one, one.value_from_object(part)) for one in parts_of(field)}


def _plain(field, value):
    value = field.to_python(value)
    if isinstance(value, Decimal):
        value = value.quantize(Decimal(1).scaleb(-field.decimal_places))
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def label(model, name):
    field = field_of(model, name)
    return capfirst(getattr(field, "verbose_name", name.replace("_", " ")))


def in_words(model, name, value):
    """A kept value as a person says it."""
    own = getattr(model, "in_words", None)
    said = own(model(**{name: value}), name) if own and field_of(model, name) else None
    return said or _words(field_of(model, name), value)


def _words(field, value):
    if value in (None, "", []):
        return "no last day" if getattr(field, "name", "") == "valid_to" else "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field is None:
        return str(value)
    if field.one_to_many:
        return "; ".join(", ".join(_part_words(parts_of(field), part)) for part in value)
    if field.many_to_many:
        return ", ".join(str(one) for one in field.related_model._base_manager.filter(pk__in=value))
    if isinstance(value, list):
        return ", ".join(_words(field.base_field, one) for one in value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField):
        return moment(parse_datetime(value))
    if isinstance(field, models.DateField):
        return date_or(parse_date(value))
    if isinstance(field, models.DecimalField):
        return pounds(Decimal(value))
    if isinstance(field, models.ForeignKey):
        return str(field.related_model._base_manager.filter(pk=value).first() or value)
    return str(value)


def _part_words(fields, part):
    """ "Heroin, how taken: injected, pounds a day: £80"; the first needs no name."""
    for number, field in enumerate(fields):
        words = _words(field, part.get(field.name))
        if number == 0:
            yield words
        elif words.lower() != "not known":
            yield f"{field.verbose_name}: {words[:1].lower()}{words[1:]}"


# what was read, and what changed since


def seal(row, names):
    """What a form shows of these fields, for it to carry: no one but us can read or change it."""
    return signing.dumps({name: kept(row, name) for name in names}, salt=_salt(row), compress=True)


def _salt(row):
    return f"seen:{row._meta.label_lower}:{row.pk}"


class Difference(NamedTuple):
    """A field that someone else changed: as it was read, as it is, and as this form would have it."""

    name: str
    label: str
    read: str
    now: str
    who: str
    yours: str
    keeps: str  # which of the two is the likelier: THEIRS where the answer was left as it was read

    @property
    def choices(self):
        return [(value, words, value == self.keeps) for value, words in CHOICES]


class Overtaken(Exception):
    """Someone else changed what this form would change too. Whoever sent it chooses, field by field."""

    def __init__(self, row, seen, differences):
        super().__init__("Someone else changed this while you had it open.")
        self.differences, self.seal = differences, seal(row, seen)


def chosen(changes, data):
    """`changes` without those in which what is recorded is to be kept."""
    return {name: value for name, value in changes.items() if data.get(KEEP + name) != THEIRS}


def compare(row, changes, sealed, *, by):
    """Raise Overtaken where a field changed since it was read, and these changes of `by` would change it again."""
    try:
        seen = signing.loads(sealed, salt=_salt(row))
        differences = [
            _difference(row, name, read, now, yours, by)
            for name, read in seen.items()
            if name in changes and (now := kept(row, name)) != read
            and (yours := to_keep(row, name, changes[name])) != now
        ]  # fmt: skip
    except (signing.BadSignature, FieldDoesNotExist):
        raise ValidationError("This page is too old to be sent. Open it again.", code="unread") from None
    if differences:
        raise Overtaken(row, seen, differences)


def _difference(row, name, read, now, yours, by):
    words = [in_words(type(row), name, value) for value in (read, now, yours)]
    keeps = THEIRS if yours == read else YOURS
    return Difference(name, label(type(row), name), words[0], words[1], _who(row, name, now, by), words[2], keeps)


def _who(row, name, now, reader):
    """Who changed this field last and when, and why where they had to say so, as far as this reader may know."""
    found = Amendment.objects.filter(record_type=row._meta.label_lower, record_id=str(row.pk), changes__has_key=name)
    last = found.select_related("by", "agency").first()
    if last and last.changes[name][1] == now:
        why = f": {last.reason}" if found.visible_to(reader).filter(pk=last.pk).exists() else ""
        return f"{_named(last, reader)}, {moment(last.recorded_at)}{why}"
    step = Event.objects.about(row).filter(kind=Event.Kind.ALTERATION).with_names().first()
    return f"{_named(step, reader)}, {moment(step.at)}" if step else "someone else"


def _named(change, reader):
    return f"{change.by}, {change.agency}" if change.agency_id in reader.shown_by else "someone else"
