"""A token calls the API as its system, with what its role opens at that moment, and opens nothing else."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from config.tests.client import CarefulClient
from partners import leaving
from partners.audit.models import Event
from partners.models import Membership
from partners.systems.models import Calls, Token

PLACEMENTS, PROGRESS, SEARCH = "/api/v1/placements/", "/api/v1/progress/", "/api/v1/people/search/"
NOW = timezone.now()


@pytest.fixture
def stay(make_placement):
    return make_placement("arrived")


@pytest.fixture
def system(make_system, rehab_unit):
    return make_system(rehab_unit.agency, "rehab_provider", name="Beds")


@pytest.fixture
def client(system, calling):
    return calling(system)


def code(response):
    return response.status_code, response.json().get("code")


def week(stay):
    return {"placement": str(stay.pk), "engagement": "well", "text": "Settled in"}


def test_a_token_calls_as_its_system_and_the_record_says_so(client, system, stay, make_placement, make_rehab_unit):
    elsewhere = make_placement("arrived", unit=make_rehab_unit())
    assert [row["id"] for row in client.get(PLACEMENTS).json()["results"]] == [str(stay.pk)]
    assert client.get(f"{PLACEMENTS}{elsewhere.pk}/").status_code == 404
    assert client.post(PROGRESS, week(stay), content_type="application/json").status_code == 201
    events = Event.objects.filter(by=system.user)
    assert [event.verb for event in events.order_by("pk")][:2] == ["placement.list", "404"]
    assert events.filter(kind="collection", offenders=[stay.offender_id]).exists()
    assert all((event.role, event.agency) == ("rehab_provider", system.agency) for event in events)


def test_what_a_role_may_not_a_token_may_not(client):
    assert client.get("/api/v1/referrals/").status_code == 403
    assert client.get("/api/v1/audit/events/").status_code == 403


def test_a_token_is_refused_at_the_call_after_it_is_revoked(client, system, administrator):
    assert client.get(PLACEMENTS).status_code == 200
    assert system.tokens.all().revoke(by=administrator, reason="Seen in a mail") == 1
    assert code(client.get(PLACEMENTS)) == (401, "token_revoked")
    assert system.tokens.all().revoke(by=administrator, reason="Again") == 0
    assert Event.objects.get(verb="token.revoke").reason == "Seen in a mail"
    assert Event.objects.get(verb="token_refused").detail["why"] == "token_revoked"


def test_a_token_that_ended_opens_nothing(client, system):
    system.tokens.update(made_at=NOW - dt.timedelta(days=9), expires_at=NOW - dt.timedelta(days=1))
    refused = client.get(PLACEMENTS)
    assert code(refused) == (401, "token_expired")
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_a_closed_system_calls_no_more_nor_once_it_is_opened_again(client, system, administrator):
    leaving.close(system.user, by=administrator, reason="Replaced")
    assert code(client.get(PLACEMENTS)) == (401, "system_closed")
    type(system.user).objects.update(is_active=True)
    Membership.objects.filter(user=system.user).update(valid_to=None)
    assert code(client.get(PLACEMENTS)) == (401, "token_revoked")


def test_a_role_that_ended_or_that_is_for_people_opens_nothing(client, system):
    held = system.user.memberships.all()
    held.update(role="administrator")
    assert code(client.get(PLACEMENTS)) == (403, "for_people")
    held.update(role="rehab_provider", valid_from="2020-01-01", valid_to="2020-01-02")
    assert code(client.get(PLACEMENTS)) == (403, "no_membership")


def test_a_token_that_reads_changes_nothing_and_may_search(system, calling, stay, make_system, cgl):
    reads = calling(system, "read")
    assert reads.get(PLACEMENTS).status_code == 200
    assert code(reads.post(PROGRESS, week(stay), content_type="application/json")) == (403, "read_only")
    treating = calling(make_system(cgl), "read")
    assert treating.post(SEARCH, {"q": "Nobody, 1990-01-01"}, content_type="application/json").status_code != 403


def test_what_is_for_people_no_token_does(calling, make_system, police, team, make_offender):
    client = calling(make_system(police, "facilitator", unit=team))
    confirm = reverse("api:decision-step", args=[uuid.uuid4(), "confirm"])
    for address in ("/api/v1/emergencies/", "/api/v1/calendar/", "/api/v1/restrictions/", confirm):
        assert code(client.post(address, {}, content_type="application/json")) == (403, "for_people")


def test_a_token_is_taken_from_its_header_alone_and_by_the_api_alone(system, administrator):
    _, secret = Token.make(system, by=administrator, scope="write")
    client, bearer = CarefulClient(), {"Authorization": f"Bearer {secret}"}
    for name in ("token", "access_token", "Authorization"):
        assert client.get(PLACEMENTS, {name: secret}).status_code == 403
    assert client.get(PLACEMENTS, headers={"Authorization": f"Basic {secret}"}).status_code == 403
    assert client.get("/", headers=bearer)["Location"].startswith("/sign-in/")
    assert client.get("/admin/", headers=bearer).status_code == 302
    assert client.get(PLACEMENTS, headers={"Authorization": f"bearer {secret}"}).status_code == 200


def test_a_token_with_the_cookie_of_a_session_is_refused(client, officer):
    client.force_login(officer)
    assert code(client.get(PLACEMENTS)) == (400, "two_sign_ins")


def test_a_token_needs_no_csrf_token_and_a_session_still_does(system, calling, stay, provider):
    client = calling(system, enforce_csrf_checks=True)
    assert client.post(PROGRESS, week(stay), content_type="application/json").status_code == 201
    browser = CarefulClient(enforce_csrf_checks=True)
    browser.force_login(provider)
    assert browser.post(PROGRESS, week(stay), content_type="application/json").status_code == 403


def test_a_token_is_live_until_it_ends_or_is_revoked_and_is_seen_by_who_looks_after_systems(
    system, administrator, officer
):
    """Token.live: expires_at, revoked_at; Token.visible_to; Token.of."""
    token, secret = Token.make(system, by=administrator, scope="read")
    assert Token.objects.live().visible_to(administrator).get() == token == Token.objects.of(secret)
    assert Token.objects.of(secret.swapcase()) is None
    assert not Token.objects.visible_to(officer).exists()
    Token.objects.all().revoke(by=administrator, reason="Lost")
    assert not Token.objects.live().exists()
    token, _ = Token.make(system, by=administrator, scope="read")
    assert Token.objects.live().get() == token
    Token.objects.filter(pk=token.pk).update(expires_at=F("made_at") + dt.timedelta(microseconds=1))
    assert not Token.objects.live().exists()


def test_of_a_secret_only_a_hash_is_kept(system, administrator):
    token, secret = Token.make(system, by=administrator, scope="read")
    assert len(secret) > 50
    assert secret.startswith(token.prefix)
    kept = [str(value) for value in Token.objects.values_list().get()]
    told = str(list(Event.objects.values("detail", "after", "before")))
    assert not any(secret[12:] in text for text in [*kept, told])


def test_two_tokens_hold_at_the_most_until_one_is_revoked_or_ends(system, administrator):
    first, _ = Token.make(system, by=administrator, scope="read")
    Token.make(system, by=administrator, scope="read")
    with pytest.raises(IntegrityError, match="two tokens"), transaction.atomic():
        Token.make(system, by=administrator, scope="read")
    system.tokens.filter(pk=first.pk).revoke(by=administrator, reason="Changed over")
    Token.make(system, by=administrator, scope="read")


def test_a_token_stays_as_it_was_made(system, administrator):
    token, _ = Token.make(system, by=administrator, scope="read")
    for change in ({"scope": "write"}, {"expires_at": NOW + dt.timedelta(days=999)}):
        with pytest.raises(IntegrityError, match="more than it was made with"), transaction.atomic():
            system.tokens.update(**change)
    system.tokens.all().revoke(by=administrator, reason="Over")
    with pytest.raises(IntegrityError, match="more than it was made with"), transaction.atomic():
        Token.objects.filter(pk=token.pk).update(revoked_at=None, revoked_by=None)


def test_that_it_is_used_is_kept_to_the_hour(client, system):
    client.get(PLACEMENTS)
    used = system.tokens.get().last_used_at
    system.user.refresh_from_db()
    assert used
    assert system.user.last_login == used
    client.get(PLACEMENTS)
    assert system.tokens.get().last_used_at == used
    system.tokens.update(last_used_at=used - dt.timedelta(hours=2))
    client.get(PLACEMENTS)
    assert system.tokens.get().last_used_at > used


# how often


def test_a_system_that_calls_too_often_is_told_when_to_call_again(
    client, system, most_calls, calling, make_system, cgl
):
    most_calls(3)
    assert [client.get(PLACEMENTS).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = client.get(PLACEMENTS)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "too_many_calls"
    assert Event.objects.filter(verb="429", by=system.user).count() == 1
    assert calling(make_system(cgl)).get("/api/v1/referrals/").status_code == 200
    Calls.objects.update(minute=NOW - dt.timedelta(minutes=2))
    assert client.get(PLACEMENTS).status_code == 200


def test_an_address_that_tries_tokens_is_told_nothing_after_ten_and_who_has_one_still_calls(client):
    thief = CarefulClient(headers={"Authorization": "Bearer tc_00000000_guessed"})
    assert [thief.get(PLACEMENTS).status_code for _ in range(12)] == [401] * 10 + [429] * 2
    assert Event.objects.filter(verb="token_refused").count() == 10
    assert client.get(PLACEMENTS).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_calls_at_the_same_moment_none_goes_uncounted():
    begin, numbers = threading.Barrier(8), []

    def call():
        begin.wait()
        try:
            numbers.extend(Calls.count("system 1")[0] for _ in range(25))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(numbers) == 200
    assert len(set(numbers)) == 200 or numbers.count(1) == 2  # a new minute may begin on the way


def test_what_counted_long_ago_is_let_go(db):
    Calls.count("system 1")
    Calls.forget()
    assert Calls.objects.exists()
    Calls.objects.update(minute=NOW - dt.timedelta(hours=2))
    Calls.forget()
    assert not Calls.objects.exists()
