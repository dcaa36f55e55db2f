"""The back office costs the same whatever it shows: one row of a table or fifty, one beneath a record or fifty."""

import copy
import uuid
from unittest import mock

import pytest
from django.contrib import admin
from django.db import connection, models, transaction
from django.forms.models import _get_foreign_key
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.tests import world as small_world
from config.tests.client import CarefulClient
from offenders.models import LikelyPair, Merge, Offender
from offenders.retention.models import Schedule
from partners.models import User

pytestmark = pytest.mark.django_db
ACTORS = ["administrator", "supervisor", "cranstoun_manager", "resolution_lead"]
MANY = 50
OF_PEOPLE = {Offender, LikelyPair, Merge, Schedule}  # seen through who they are of: a copy alone would not be opened
TABLES = sorted(admin.site._registry, key=lambda model: model._meta.label)
BENEATH = [(model, inline) for model in TABLES for inline in admin.site._registry[model].inlines]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield small_world.build()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _as_it_was(world):
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Opened:
    """A table of the back office, as the first of the actors who may open it sees it."""

    def __init__(self, world, model):
        self.model, self.admin = model, admin.site._registry[model]
        request = mock.Mock()
        for actor in ACTORS:
            request.user = User.objects.get(pk=world.users[actor].pk)
            if self.admin.has_view_permission(request) and (rows := self.admin.get_queryset(request)):
                self.rows, self.client = rows, CarefulClient()
                self.client.force_login(request.user)
                return
        pytest.fail(f"Nobody sees any {model._meta.verbose_name_plural}")

    def cost(self, name, *keys):
        """How many queries its list or a row's page takes."""
        address = reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_{name}", args=keys)
        self.client.get(address)
        with CaptureQueriesContext(connection) as queries:
            self.response = self.client.get(address)
        assert self.response.status_code == 200
        return len(queries)


def copies(row):
    """Put many copies of a row into its table, whatever its rules say: how many there are is all that matters here."""
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('u', 'x', 'c')", [table]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexrelid::regclass FROM pg_index"
            " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    model = type(row)
    new_key = {models.UUIDField: lambda n: uuid.uuid4(), models.CharField: lambda n: f"COPY{n}"}
    rows = []
    for n in range(MANY):
        rows.append(copy.copy(row))
        rows[-1].pk = new_key.get(type(model._meta.pk), lambda n: None)(n)
    model._base_manager.bulk_create(rows)


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label_lower)
def test_a_list_of_fifty_costs_what_one_of_one_does(world, model):
    table = Opened(world, model)
    if model not in OF_PEOPLE and table.rows.count() < 10:
        copies(table.rows[0])
    with mock.patch.object(table.admin, "list_per_page", 1):
        few = table.cost("changelist")
    assert table.cost("changelist") == few
    assert len(table.response.context["cl"].result_list) >= (2 if model in OF_PEOPLE else 10)


@pytest.mark.parametrize(("model", "inline"), BENEATH, ids=lambda part: part.__name__)
def test_fifty_rows_beneath_a_record_cost_what_one_does(world, model, inline):
    table = Opened(world, model)
    key = _get_foreign_key(model, inline.model, inline.fk_name)
    of_theirs = inline.model._base_manager.filter(**{f"{key.name}__in": table.rows.order_by().values("pk")})
    row = of_theirs.first()
    assert row, f"The world has no {inline.model._meta.verbose_name_plural}"
    parent = getattr(row, key.attname)
    few = table.cost("change", parent)
    copies(row)
    assert table.cost("change", parent) == few
