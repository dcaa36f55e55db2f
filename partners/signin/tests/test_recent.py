"""Before what a browser left open must not do, one confirms that it is still oneself."""

import datetime as dt
import html
import re

import pytest
from django.utils import timezone

from config.tests.client import CarefulClient
from partners.audit.models import Event
from partners.models import Membership
from partners.signin.recent import RECENT
from partners.signin.sessions import TRIES, Session

PASSWORD = "a long enough password"
EXPORT = "/audit/export.csv?kind=refused"


@pytest.fixture
def auditor(make_user, police):
    return make_user("auditor", police)


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police)


def sign_in(user, ago=16):
    """A browser in which they signed in so many minutes ago, and which was used ever since."""
    client = CarefulClient()
    client.force_login(user)
    Session.objects.filter(user=user).update(began_at=timezone.now() - dt.timedelta(minutes=ago))
    return client


def confirm(client, password=PASSWORD, **more):
    return client.post("/account/confirm/", {"password": password, **more})


def hidden(answer):
    """What the page carries: {name: value}."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.content.decode())
    return {html.unescape(name): html.unescape(value) for name, value in found}


def test_a_file_is_taken_away_only_after_a_recent_sign_in(auditor):
    assert sign_in(auditor, ago=14).get(EXPORT).status_code == 200
    client = sign_in(auditor, ago=16)
    answer = client.get(EXPORT)
    assert answer["Location"] == "/account/confirm/?next=%2Faudit%2Fexport.csv%3Fkind%3Drefused"
    assert not Event.objects.filter(verb="event.export").exists()
    assert client.head(EXPORT).status_code == 302
    assert client.get("/audit/").status_code == 200
    assert "Confirm it is you" in client.get(answer["Location"]).content.decode()
    answer = confirm(client, next=EXPORT)
    assert (answer.status_code, 'href="/audit/export.csv?kind=refused"' in answer.content.decode()) == (200, True)
    assert client.get(EXPORT).status_code == 200
    assert Event.objects.get(verb="session.confirm").by == auditor


def test_having_confirmed_it_holds_for_a_quarter_of_an_hour(auditor):
    client = sign_in(auditor)
    confirm(client)
    session = client.session
    session["confirmed_at"] -= 14 * 60
    session.save()
    assert client.get(EXPORT).status_code == 200
    session["confirmed_at"] -= 2 * 60
    session.save()
    assert client.get(EXPORT).status_code == 302


def test_a_wrong_password_confirms_nothing_and_the_last_try_ends_the_session(auditor):
    client = sign_in(auditor)
    for _ in range(TRIES):
        answer = confirm(client, "wrong", next=EXPORT)
        assert answer.status_code == 422
        assert "The password is not right" in answer.content.decode()
        assert client.get(EXPORT).status_code == 302
    answer = confirm(client, PASSWORD, next=EXPORT)
    assert answer["Location"] == "/sign-in/"
    assert client.get("/audit/")["Location"].startswith("/sign-in/")
    assert Event.objects.filter(verb="session.not_confirmed").count() == TRIES + 1


def test_one_right_answer_gives_all_tries_again(auditor):
    client = sign_in(auditor)
    for _ in range(TRIES - 1):
        confirm(client, "wrong")
    assert confirm(client).status_code == 302
    assert Session.objects.get().tries == 0


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_after_confirming_the_way_on_is_ours(auditor, there):
    assert confirm(sign_in(auditor), next=there)["Location"] == "/"


def test_what_was_sent_is_carried_and_done_once_sent_again(administrator, officer):
    client, page = sign_in(administrator), f"/admin/partners/user/{officer.pk}/sign-out/"
    answer = client.post(page, {"reason": 'a "phone" <was> stolen'})
    assert answer.status_code == 422
    assert not Event.objects.filter(verb="user.sign_out").exists()
    asked = hidden(answer)
    assert asked.pop("next") == page
    again = confirm(client, "wrong", next=page, **asked)
    assert hidden(again)["sent-reason"] == 'a "phone" <was> stolen'
    answer = confirm(client, next=page, **asked)
    assert f'action="{page}"' in answer.content.decode()
    assert client.post(page, hidden(answer)).status_code == 302
    assert Event.objects.get(verb="user.sign_out").reason == 'a "phone" <was> stolen'


def test_a_role_is_given_only_after_a_recent_sign_in(administrator, officer):
    client = sign_in(administrator)
    assert client.get("/admin/partners/membership/add/").status_code == 302
    membership = officer.memberships.get()
    page = f"/admin/partners/membership/{membership.pk}/change/"
    assert client.get(page).status_code == 200
    assert "Confirm it is you" in client.post(page, {"valid_to": "2030-01-01"}).content.decode()
    assert Membership.objects.get(pk=membership.pk).valid_to == membership.valid_to


def test_what_opens_rows_to_an_agency_and_an_address_that_reads_on_need_one_too(administrator, officer):
    client = sign_in(administrator)
    assert client.get("/admin/partners/agreement/add/")["Location"].startswith("/account/confirm/")
    assert "Confirm it is you" in sign_in(officer).post("/calendar/make/").content.decode()


def test_the_api_says_sign_in_again(make_user, police):
    client = sign_in(make_user("supervisor", police))
    assert client.get("/api/v1/restrictions/").status_code == 200
    answer = client.post("/api/v1/restrictions/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again")
    assert "/account/confirm/" in answer.json()["detail"]


def test_each_address_of_the_table_is_one_of_ours():
    from config.tests.test_access import addresses

    there = {name.partition(" ")[0] for _, name in addresses()}
    assert not set(RECENT) - there
