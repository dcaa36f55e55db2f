"""At every address of the API a system with a token is who its role is, and a token that does not hold is nobody."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from config.tests import access_table as table
from config.tests.client import CarefulClient
from config.tests.test_access import _quiet, world  # noqa: F401
from partners.models import Setting
from partners.once import READS
from partners.systems.models import System, Token

ROLE, NOT_OF_ONE_ROLE = "cgl_worker", {"api:token-list"}
API = [
    (method, name, row)
    for (method, name), row in sorted(table.ADDRESSES.items())
    if name.startswith("api:") and name not in NOT_OF_ONE_ROLE
]


@pytest.fixture(scope="module")
def calling(world, django_db_blocker):  # noqa: F811
    """{how the token stands: a client that calls with it}, of systems of CGL."""
    administrator, now, clients = world.users["administrator"], timezone.now(), {}
    with django_db_blocker.unblock():
        Setting.objects.filter(key="calls_a_minute").update(values=[100_000])
        for stands in ("read", "revoked", "ended", "elsewhere"):
            agency = world.other_treatment if stands == "elsewhere" else world.cgl
            system = System(agency=agency, name=stands, contact="The records team")
            system.register(by=administrator, role=ROLE)
            _, secret = Token.make(system, by=administrator, scope="read")
            clients[stands] = CarefulClient(False, headers={"Authorization": f"Bearer {secret}"})
            if stands == "revoked":
                system.tokens.all().revoke(by=administrator, reason="Lost")
            if stands == "ended":
                system.tokens.update(made_at=now - dt.timedelta(days=2), expires_at=now - dt.timedelta(days=1))
    return clients


def answer(client, method, url, row, world, record):  # noqa: F811
    """(status, canaries shown); what it does is undone."""
    how = {} if method == "get" else {"content_type": "application/json", "data": row.data(world, record)}
    with transaction.atomic():
        response = getattr(client, method)(url, **how)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    return response.status_code, world.canaries_in(content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize(("stands", "actor"), [("read", ROLE), ("elsewhere", "other_treatment")])
def test_a_system_reads_what_its_role_reads_at_every_address(world, calling, stands, actor):  # noqa: F811
    wrong = []
    for method, name, row in API:
        if method != "get":
            continue
        for record in [one for one in row.records if one in ("worked", "elsewhere", "restricted", "any", None)]:
            url = row.url(name, world, record)
            user, system = (
                answer(one, method, url, row, world, record) for one in (world.clients[actor], calling[stands])
            )
            if user[0] != system[0] or system[1] - user[1]:
                wrong.append(f"{name} {record}: {user[0]} to a user, {system[0]} to a system")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_a_token_that_was_revoked_or_ended_opens_nothing(world, calling):  # noqa: F811
    for method, name, row in API:
        url = row.url(name, world, row.records[0])
        for stands in ("revoked", "ended"):
            with transaction.atomic():
                status, shown = answer(calling[stands], method, url, row, world, row.records[0])
                transaction.set_rollback(True)
            assert (status, shown) in ((401, set()), (429, set())), name


@pytest.mark.django_db
def test_a_token_that_reads_changes_nothing_at_any_address(world, calling):  # noqa: F811
    for method, name, row in API:
        if method != "get" and name.partition(" ")[0] not in READS:
            status, _ = answer(
                calling["read"], method, row.url(name, world, row.records[0]), row, world, row.records[0]
            )
            assert status == 403, name
