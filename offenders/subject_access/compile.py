"""Bringing together what an agency holds about a person, table by table, in the background."""

import json

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst

from offenders.account import looks
from offenders.models import Offender
from partners.audit.models import Event
from partners.frame.templatetags.frame import date_or, moment
from partners.models import User

from .models import KEPT, SubjectLine, SubjectRequest
from .sources import SOURCES

LOOKED = "Who has looked"
TEXTS = (models.TextField, models.JSONField)


def compile_request(pk):
    """Write the lines of a request that is being brought together. Begun again, it begins anew."""
    request = SubjectRequest.objects.with_names().get(pk=pk)
    if request.status != SubjectRequest.Status.COMPILING:
        return
    request.lines.all().delete()
    number = 0
    for label in SOURCES:
        number = _write(request, lines_of(request, label), number)
    _write(request, [_who_looked(request)], number)
    request.compiled()


@transaction.atomic
def _write(request, lines, number):
    """These lines, numbered on; and one part more is done, for whoever waits to see. Returns the last number."""
    for at, line in enumerate(lines, number + 1):
        line.number = at
    SubjectLine.objects.bulk_create(lines)
    request.parts_done += 1
    request.save(update_fields=["parts_done"])
    return number + len(lines)


def lines_of(request, label):
    """What this table holds for the agency asked, about the person and all that was merged with them."""
    model, source = apps.get_model(label), SOURCES[label]
    theirs = Q()
    for path in source.agencies:
        theirs |= Q(**{path: request.agency_id})
    rows = model._base_manager.filter(source.only(request.agency), **{source.person: request.person.all_ids})
    # by a subquery: an agency that is reached over many rows does not make one row many
    rows = rows.filter(pk__in=model._base_manager.filter(theirs).values("pk")).order_by(source.on or "pk", "pk")
    fields = [field for field in model._meta.concrete_fields if is_told(field, source)]
    names = [field.name for field in fields if field.is_relation]
    return [_line(request, row, source, fields) for row in rows.select_related(*names)]


def is_told(field, source):
    """Whether what a field holds is told: not the keys of rows, nor of people, nor who of the staff it was."""
    if field.primary_key or field.name in source.leaves_out or isinstance(field, models.UUIDField):
        return False
    if isinstance(field, ArrayField) and isinstance(field.base_field, models.UUIDField):
        return False
    if not field.is_relation:
        return True
    return field.related_model not in (User, Offender) and not _leads_to_a_person(field.related_model)


def _leads_to_a_person(model):
    return model._meta.label_lower in SOURCES or any(field.name == "offender" for field in model._meta.fields)


def may_speak_of_others(field, source):
    """Whether it is words that someone has to read before they are told."""
    if field.choices or field.is_relation or field.name in source.plain:
        return False
    return isinstance(field, (models.CharField, *TEXTS)) and not isinstance(field, models.EmailField)


def _line(request, row, source, fields):
    facts, words = [], []
    for field in fields:
        if value := _said(row, field):
            label = capfirst(str(field.verbose_name))
            if may_speak_of_others(field, source):
                words.append(f"{label}: {value}")
            else:
                facts.append([label, value])
    on = getattr(row, source.on) if source.on else None
    return SubjectLine(
        request=request, section=source.section, what=capfirst(str(row._meta.verbose_name)), agency=request.agency,
        happened_on=timezone.localdate(on) if hasattr(on, "tzinfo") else on, facts=facts, words="\n".join(words),
        status=SubjectLine.Status.HELD if words else SubjectLine.Status.RELEASED,
    )  # fmt: skip


def _said(row, field):
    """What a field holds, in words; "" where it holds nothing."""
    value = getattr(row, field.name)
    if value in (None, "", [], {}):
        return ""
    if isinstance(field, ArrayField):
        choices = dict(field.base_field.flatchoices)
        return ", ".join(str(choices.get(one, one)) for one in value)
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if isinstance(field, models.BooleanField):
        return "Yes" if value else "No"
    if isinstance(field, models.DateTimeField):
        return moment(value)
    if isinstance(field, models.DateField):
        return date_or(value)
    if isinstance(field, models.JSONField):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _who_looked(request):
    """By role and agency and on how many days, never by name. To be read first: it may tell of what is looked into."""
    words = "\n".join(f"{row.label}: {' '.join(row.lines)}" for row in looks(request.person).rows)
    return SubjectLine(
        request=request, section=LOOKED, what="The record", words=words,
        facts=[] if words else [["Nobody", "has looked yet"]],
        status=SubjectLine.Status.HELD if words else SubjectLine.Status.RELEASED,
    )  # fmt: skip


def clear(today=None):
    """Clear what was brought together for requests that ended some time ago. Returns how many."""
    last = (today or timezone.localdate()) - KEPT
    over = SubjectRequest.objects.exclude(ended_on=None).filter(ended_on__lt=last, cleared_at=None)
    cleared = 0
    for pk in over.values_list("pk", flat=True):
        with transaction.atomic():
            request = SubjectRequest.objects.select_for_update().get(pk=pk)
            number, _ = request.lines.all().delete()
            request.cleared_at = timezone.now()
            request.save(update_fields=["cleared_at"])
            Event.objects.record(
                Event.Kind.ERASURE, "subjectrequest.clear", by=None, subject=request,
                offenders=[request.offender_id], rows=number,
            )  # fmt: skip
        cleared += 1
    return cleared
