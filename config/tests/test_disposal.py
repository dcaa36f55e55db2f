"""Disposal erases: of a person filled with a marker nothing is left in any table, of others nothing is gone."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from config.tests import world as small_world
from offenders.documents import keeping, store
from offenders.models import Offender
from offenders.retention import rules
from offenders.retention.disposal import erase
from offenders.retention.kept import RETENTION, Goes
from offenders.retention.models import Decision, Hold, Schedule
from partners.audit.models import Event
from partners.models import Setting

pytestmark = pytest.mark.django_db
MARK = "mark-of-whom-is-erased"


def tables():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return [name for (name,) in cursor.fetchall()]


def holding(*words):
    """{table: rows} of those in which a text, or the text of a JSON, holds one of these words."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" row WHERE row::text ILIKE ANY (%s)', [[f"%{word}%" for word in words]]
            )
            if (count := cursor.fetchone()[0]) > 0:
                found[table] = count
    return found


def fill(ids):
    """Write the marker into every text of every row of these people that will take it. Returns the tables."""
    filled = set()
    for table, how in RETENTION.items():
        if not isinstance(how, Goes):
            continue
        model = apps.get_model(table)
        rows = model._base_manager.filter(how.condition(ids))
        for field in model._meta.concrete_fields:
            takes = isinstance(field, (models.CharField, models.TextField)) and not field.choices
            if isinstance(field, models.JSONField) or (takes and (field.max_length or 999) >= len(MARK)):
                value = {"said": MARK} if isinstance(field, models.JSONField) else MARK
                try:
                    with transaction.atomic():
                        if rows.update(**{field.name: value}):
                            filled.add(table)
                except IntegrityError:
                    pass
    return filled


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(rules, "UNDER_WAY", [])
    world = small_world.build()
    Decision.objects.all().delete()
    Hold.objects.update(
        status="lifted", lifted_by=world.users["supervisor"], lifted_at=timezone.now(), lifted_why="Over"
    )
    Setting.objects.filter(key="keep_years").update(values=[0, 0, 0, 0])
    return world


def dispose(world, record):
    users, person = world.users, world.rows["offender"][record]
    proposal = Schedule.of(person).dispose(by=users["supervisor"], reason=MARK)
    proposal.confirm(by=users["second_supervisor"])
    return erase(proposal.pk)


def test_nothing_of_the_erased_is_left_in_any_table(world, django_capture_on_commit_callbacks):
    person = world.rows["offender"]["merged"]
    ids = person.all_ids
    assert len(ids) == 2
    filled = fill(ids)
    files = [store._path(name) for name in keeping.names_of(ids)]
    assert {"offenders.note", "offenders.entry", "offenders.amendment"} - {"offenders.amendment"} <= filled
    words = [
        MARK,
        "-merged-",
        person.reference,
        *Offender.objects.filter(pk__in=ids).values_list("reference", flat=True),
    ]
    assert len(holding(*words)) > 20
    others = {record: row.pk for record, row in world.rows["offender"].items() if row.pk not in ids}

    done = dispose(world, "merged")

    assert not any(path.exists() for path in files)
    connection.check_constraints()  # no row names one that is gone
    assert done.status == "erased"
    assert holding(*words) == {}
    left = holding(*map(str, ids))  # ids alone are left, in the record and in what says that they were erased
    assert set(left) <= {"audit_event", "retention_decision", "procrastinate_jobs"}
    assert Offender.objects.filter(pk__in=others.values()).count() == len(set(others.values()))
    erased = Event.objects.get(kind="erasure", subject_id=str(done.pk), verb="decision.clear")
    assert (erased.reason, sorted(erased.offenders), erased.by) == ("", sorted(ids), world.users["second_supervisor"])


def test_every_table_is_said_to_go_or_to_stay():
    there = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    assert there - set(RETENTION) == set(), "Say in offenders/retention/kept.py what becomes of these on disposal."
    assert set(RETENTION) - there == set()


def test_tables_are_emptied_before_those_that_lead_to_their_people():
    emptied = []
    for table, how in RETENTION.items():
        for way in getattr(how, "ways", ()):
            model = apps.get_model(table)
            for name in way.split("__")[:-1]:
                model = model._meta.get_field(name).related_model
                assert model._meta.label_lower not in emptied, f"{table} hangs on {model._meta.label}, emptied before"
        emptied.append(table)


def test_a_table_that_leads_to_a_person_goes_with_them():
    """Any way of keys from a table to a person counts, but for who works here."""
    leads = {"offenders.offender"}
    while True:
        more = {
            model._meta.label_lower
            for model in apps.get_models(include_auto_created=True)
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model._meta.label_lower in leads
        } - leads
        if not more:
            break
        leads |= more
    assert {table for table in leads if not isinstance(RETENTION[table], Goes)} == set()
