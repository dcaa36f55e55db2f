import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from config.tests.client import CarefulClient
from partners.audit.models import Event
from partners.models import Membership

PASSWORD = "a long enough password"
SIGN_IN = "/sign-in/"


def sign_in(client, user, password=PASSWORD, **extra):
    return client.post(SIGN_IN, {"username": user.email.upper(), "password": password, **extra})


def last(verb):
    return Event.objects.filter(verb=verb).latest("id")


@pytest.fixture
def auditor(make_user, police):
    return make_user("auditor", police)


def test_signing_in_is_recorded_with_the_hat(client, officer):
    response = sign_in(client, officer)
    assert (response.status_code, response["Location"]) == (302, "/")
    event = last("sign_in")
    assert (event.kind, event.by, event.role, event.ip_address) == ("sign_in", officer, "officer", "127.0.0.1")
    assert event.request_id


def test_a_form_of_another_site_signs_nobody_in(officer):
    assert sign_in(CarefulClient(enforce_csrf_checks=True), officer).status_code == 403
    assert not Event.objects.filter(verb="sign_in").exists()


def test_a_wrong_password_is_recorded_without_it(client, officer):
    response = sign_in(client, officer, "not the right password")
    assert response.status_code == 422
    assert "not right" in response.content.decode()
    event = last("sign_in_failed")
    assert (event.by, event.role) == (officer, "")
    assert "not the right password" not in str(vars(event))


def test_an_unknown_address_names_nobody_and_is_not_kept(client, officer):
    known = sign_in(client, officer, "wrong").content
    unknown = client.post(SIGN_IN, {"username": "nobody@throughcare.example", "password": "wrong"})
    assert unknown.status_code == 422
    event = last("sign_in_failed")
    assert event.by is None
    assert "nobody@" not in str(vars(event))
    assert event.detail["ip_address"] == "127.0.0.1"
    assert known.count(b"is not right") == unknown.content.count(b"is not right") > 0


def test_an_empty_form_says_what_to_enter_and_is_no_try(client, db):
    response = client.post(SIGN_IN, {})
    assert response.status_code == 422
    assert "Enter your e-mail address" in response.content.decode()
    assert not Event.objects.filter(verb="sign_in_failed").exists()


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_way_on_is_ours(client, officer, there):
    assert sign_in(client, officer, next=there)["Location"] == "/"
    client.post(reverse("sign_out"))
    assert sign_in(client, officer, next="/roles/")["Location"] == "/roles/"


def test_someone_who_left_is_told_once_the_password_is_right(client, officer):
    officer.is_active = False
    officer.save()
    assert "is closed" not in sign_in(client, officer, "wrong").content.decode()
    response = sign_in(client, officer)
    assert response.status_code == 422
    assert "This account is closed" in response.content.decode()
    assert client.get("/")["Location"].startswith(SIGN_IN)


def test_leaving_while_signed_in_ends_the_session(client, officer):
    sign_in(client, officer)
    assert client.get("/").status_code == 200
    officer.is_active = False
    officer.save()
    assert client.get("/")["Location"].startswith(SIGN_IN)


def test_signing_out_is_by_post_and_recorded(client, officer):
    sign_in(client, officer)
    assert client.get(reverse("sign_out")).status_code == 405
    assert client.get("/").status_code == 200
    assert client.post(reverse("sign_out"))["Location"] == SIGN_IN
    assert last("sign_out").by == officer
    assert client.get("/").status_code == 302


# hats


def test_without_a_live_membership_there_is_one_clear_page(client, officer):
    officer.memberships.update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    sign_in(client, officer)
    response = client.get("/", follow=True)
    assert response.redirect_chain == [("/hats/?next=%2F", 302)]
    assert "You hold no role today" in response.content.decode()
    api = client.get("/api/v1/audit/events/")
    assert (api.status_code, api.json()["code"]) == (403, "no_membership")


@pytest.mark.parametrize("method", ["get", "head", "options", "post"])
def test_a_membership_that_ends_is_gone_on_the_next_request(client, auditor, method):
    client.force_login(auditor)
    assert client.get("/audit/").status_code == 200
    auditor.memberships.update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    response = getattr(client, method)("/audit/")
    assert response.status_code == 302
    assert response["Location"].startswith("/hats/")


def test_a_permission_taken_from_the_role_is_gone_on_the_next_request(client, auditor):
    client.force_login(auditor)
    assert client.get("/audit/").status_code == 200
    Group.objects.get(name="auditor").permissions.filter(codename="view_event").get()
    group = Group.objects.get(name="auditor")
    group.permissions.remove(group.permissions.get(codename="view_event"))
    assert client.get("/audit/").status_code == 403
    assert client.get("/api/v1/audit/events/").status_code == 403


@pytest.fixture
def two_hats(auditor, police, npu):
    Membership.objects.create(
        user=auditor, agency=police, unit=npu, role="officer", valid_from=timezone.localdate() - dt.timedelta(days=9)
    )
    return auditor


def wear(client, hat, there="/"):
    return client.post("/hats/wear/", {"membership": str(hat.pk), "next": there})


def test_whoever_holds_several_must_choose(client, two_hats):
    sign_in(client, two_hats)
    assert client.get("/audit/")["Location"] == "/hats/?next=%2Faudit%2F"
    page = client.get("/hats/?next=%2Faudit%2F").content.decode()
    assert "Auditor, WMP" in page
    assert "Police officer, Birmingham" in page
    response = wear(client, two_hats.memberships.get(role="auditor"), "/audit/")
    assert response["Location"] == "/audit/"
    event = last("wear_hat")
    assert (event.role, event.subject_type) == ("auditor", "partners.membership")
    assert client.get("/audit/").status_code == 200
    wear(client, two_hats.memberships.get(role="officer"))
    assert client.get("/audit/").status_code == 403


def test_a_hat_that_ended_is_not_exchanged_for_the_other(client, two_hats):
    client.force_login(two_hats)
    officer_hat = two_hats.memberships.get(role="officer")
    wear(client, officer_hat)
    Membership.objects.filter(pk=officer_hat.pk).update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    assert client.get("/")["Location"].startswith("/hats/")


def test_only_a_hat_of_ones_own_and_an_address_of_ours(client, two_hats, officer):
    client.force_login(two_hats)
    response = wear(client, officer.memberships.get())
    assert response.status_code == 422
    assert "You do not hold that role today" in response.content.decode()
    assert client.get("/hats/wear/").status_code == 405
    hat = two_hats.memberships.get(role="auditor")
    assert wear(client, hat, "https://evil.example/")["Location"] == "/"
    assert wear(client, hat, "//evil.example")["Location"] == "/"


def test_a_refusal_is_recorded_whatever_the_address_calls_its_parts(client, officer, rf):
    client.force_login(officer)
    client.get("/audit/5/")
    event = Event.objects.filter(kind="refused").latest("id")
    assert (event.verb, event.by, event.detail["address"], event.detail["asked"]) == (
        "403", officer, "audit:event", {"pk": "5"},
    )  # fmt: skip


# roles


def test_the_table_of_roles_prints_what_holds(client, auditor, officer):
    client.force_login(auditor)
    page = client.get("/roles/").content.decode()
    assert "O2R facilitator" in page
    assert "Referral: accept" in page
    assert last("roles.view").kind == "consultation"
    for group in Group.objects.filter(permissions__codename="accept_referral"):
        group.permissions.clear()
    assert "Referral: accept" not in client.get("/roles/").content.decode()
    client.force_login(officer)
    assert client.get("/roles/").status_code == 403
