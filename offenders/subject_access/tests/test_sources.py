"""Every table with a way to a person is told of, or it is said why not."""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from offenders.models import Offender
from offenders.subject_access.compile import is_told, may_speak_of_others
from offenders.subject_access.sources import EXCUSED, SOURCES


def with_a_way_to_a_person():
    """Labels of the tables whose rows lead to a person by keys, or hold the ids of people."""
    found, models_ = {Offender}, [model for model in apps.get_models() if model._meta.managed]
    while True:
        more = {
            model for model in models_ if model not in found
            and any(field.related_model in found for field in model._meta.fields if field.is_relation)
        }  # fmt: skip
        if not more:
            break
        found |= more
    of_ids = {
        model for model in models_
        for field in model._meta.fields
        if isinstance(field, ArrayField) and isinstance(field.base_field, models.UUIDField)
    }  # fmt: skip
    return {model._meta.label_lower for model in found | of_ids}


def test_every_table_with_a_way_to_a_person_is_told_of_or_excused():
    there = with_a_way_to_a_person()
    assert not there - {*SOURCES, *EXCUSED}, "Neither in the answer to who asks, nor excused from it"
    assert not set(SOURCES) & set(EXCUSED)
    assert all(EXCUSED.values())


@pytest.mark.parametrize("label", SOURCES)
def test_what_a_source_names_is_there(label):
    model, source = apps.get_model(label), SOURCES[label]
    names = {field.name for field in model._meta.fields}
    assert names >= {*source.plain, *source.leaves_out, *([source.on] if source.on else [])}
    assert all(source.leaves_out.values())
    for path in (source.person.rpartition("__")[0], *source.agencies):
        model._base_manager.filter(**{f"{path}__isnull": False}).query  # noqa: B018  (a path that is not there raises)


@pytest.mark.parametrize("label", SOURCES)
def test_words_wait_to_be_read_unless_they_speak_of_the_person_alone(label):
    """A new text of a table is held back until it is named as plain, and why is thought about."""
    model, source = apps.get_model(label), SOURCES[label]
    for field in model._meta.fields:
        if isinstance(field, models.TextField) and is_told(field, source) and not field.choices:
            assert may_speak_of_others(field, source) or field.name in source.plain


def test_no_staff_and_no_keys_are_told():
    for label, source in SOURCES.items():
        for field in apps.get_model(label)._meta.fields:
            if is_told(field, source):
                assert field.related_model is None or field.related_model._meta.label not in ("partners.User",)
                assert not isinstance(field, models.UUIDField)
