"""Administrators look after systems in the back office: a token is shown once, revoked at once, and missed in time."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.tests.client import CarefulClient
from partners.audit.models import Event
from partners.models import User
from partners.notices.models import Notice
from partners.once import Receipt
from partners.systems.ending import warn
from partners.systems.models import System, Token

PLACE = "/admin/systems/system/"


@pytest.fixture
def office(signed_in, administrator):
    return signed_in(administrator)


def ends_in(days, token):
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now() + dt.timedelta(days=days))


def test_an_administrator_registers_a_system(office, cgl, administrator):
    said = {"agency": cgl.pk, "name": "Carenotes", "contact": "Records, 0121 496 0000", "role": "cgl_worker"}
    for wrong in ({"role": "administrator"}, {"contact": ""}):
        assert office.post(f"{PLACE}add/", said | wrong).status_code == 200
    assert not System.objects.exists()
    assert office.post(f"{PLACE}add/", said).status_code == 302
    system = System.objects.get()
    assert (system.registered_by, system.user.memberships.get().role) == (administrator, "cgl_worker")
    again = office.post(f"{PLACE}add/", said)
    assert "This agency has a system of that name already" in again.content.decode()
    assert "CGL worker" in office.get(f"{PLACE}{system.pk}/change/").content.decode()
    no_tokens = {"tokens-TOTAL_FORMS": 0, "tokens-INITIAL_FORMS": 0}
    office.post(f"{PLACE}{system.pk}/change/", {"contact": "The duty desk"} | no_tokens)
    system.refresh_from_db()
    assert (system.contact, system.name) == ("The duty desk", "Carenotes")


def test_a_token_is_shown_once_and_kept_nowhere(office, system):
    assert office.post(f"{PLACE}{system.pk}/token/", {}).status_code == 422
    page = office.post(f"{PLACE}{system.pk}/token/", {"scope": "read"})
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    secret = re.search(r"tc_[0-9a-f]{8}_[\w-]{43}", page.content.decode())[0]
    assert CarefulClient(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/token/").json()["scope"] == "read"
    again = office.get(f"{PLACE}{system.pk}/change/").content.decode()
    assert secret[:11] in again
    assert secret not in again
    assert not Receipt.objects.filter(body__contains=secret).exists()


def test_a_third_token_is_refused_with_a_sentence(office, system):
    for _ in range(2):
        office.post(f"{PLACE}{system.pk}/token/", {"scope": "read"})
    assert f"{PLACE}{system.pk}/token/" not in office.get(f"{PLACE}{system.pk}/change/").content.decode()
    refused = office.post(f"{PLACE}{system.pk}/token/", {"scope": "read"})
    assert refused.status_code == 422
    assert "Two tokens of this system hold already" in refused.content.decode()


def test_a_token_is_revoked_with_a_reason(office, system, administrator):
    token, _ = Token.make(system, by=administrator, scope="read")
    address = f"{PLACE}{system.pk}/revoke/{token.pk}/"
    assert address in office.get(f"{PLACE}{system.pk}/change/").content.decode()
    assert office.post(address, {"reason": ""}).status_code == 422
    assert office.post(address, {"reason": "Seen in a log"}).status_code == 302
    assert Token.objects.get().revoked_by == administrator
    assert "revoked already" in office.post(address, {"reason": "Again"}).content.decode()


def test_a_system_is_closed_on_its_page(office, system, administrator):
    Token.make(system, by=administrator, scope="read")
    assert office.post(f"{PLACE}{system.pk}/close/", {"reason": "Replaced"}).status_code == 302
    assert not User.objects.get(pk=system.user_id).is_active
    assert Token.objects.get().revoked_at
    refused = office.post(f"{PLACE}{system.pk}/token/", {"scope": "read"})
    assert "This system is closed" in refused.content.decode()
    assert not Token.objects.live().exists()


def test_supervisors_have_no_part_in_it(signed_in, supervisor, system):
    client = signed_in(supervisor)
    for page in ("", f"{system.pk}/change/", f"{system.pk}/token/", f"{system.pk}/close/"):
        assert client.get(f"{PLACE}{page}").status_code == 403


def test_fifty_systems_cost_what_one_does(office, make_system, cgl, administrator):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert office.get(PLACE).status_code == 200
            assert office.get("/api/v1/systems/?size=100").status_code == 200
        return len(queries)

    make_system(cgl, name="First")
    office.get(PLACE)
    few = cost()
    for number in range(30):
        Token.make(make_system(cgl, name=f"Number {number}"), by=administrator, scope="read")
    assert cost() == few


def test_a_token_that_ends_soon_is_told_once_a_month_and_once_a_week_before(office, system, administrator):
    token, _ = Token.make(system, by=administrator, scope="read")
    warn()
    assert not Notice.objects.exists()
    assert "No token of a partner system ends" in office.get("/").content.decode()
    for days, told in ((29, 1), (28, 1), (6, 2), (5, 2)):
        ends_in(days, token)
        warn()
        assert (
            Notice.objects.filter(for_user=administrator, subject="A token of a partner system ends soon").count()
            == told
        )
    assert "Carenotes" in office.get("/").content.decode()
    system.tokens.all().revoke(by=administrator, reason="Over")
    assert "No token of a partner system ends" in office.get("/").content.decode()


def test_no_message_is_sent_to_a_system(acting):
    notice = Notice.send(
        key="task", channel="email", to=acting.email, for_user=acting, subject="A task", text="One", occasion="task",
        by=None,
    )  # fmt: skip
    assert (notice.status, notice.problem) == ("unwanted", "It is to a system, which asks for its tasks itself.")


def test_the_api_says_of_a_token_what_it_opens_and_of_a_session_nothing(calling, system, office, cgl):
    own = calling(system, "read").get("/api/v1/token/").json()
    assert (own["role"], own["agency"], own["calls_a_minute"]) == ("cgl_worker", str(cgl.pk), 120)
    assert office.get("/api/v1/token/").status_code == 404


def test_the_api_revokes_a_token(office, system, administrator, calling):
    client = calling(system, "read")
    token = system.tokens.get()
    there = f"/api/v1/system-tokens/{token.pk}/revoke/"
    assert office.post(there, {}, content_type="application/json").status_code == 400
    answer = office.post(there, {"reason": "Leaked"}, content_type="application/json")
    assert answer.json()["revoked_by"] == str(administrator.pk)
    assert client.get("/api/v1/token/").status_code == 401
    assert office.post(there, {"reason": "Again"}, content_type="application/json").status_code == 400
    assert Event.objects.filter(verb="token.revoke").count() == 1
