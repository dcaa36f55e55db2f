"""Nothing is done twice, by pages and by API; and whoever tries again is answered as of today."""

import hashlib
import re
import threading
import uuid
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.models import Note, Offender
from partners.audit.models import Event
from partners.once import KEPT_FOR, READS, Receipt
from referrals.models import Referral

NEW = {
    "given_names": "Robin", "family_name": "Newcomer", "date_of_birth": "1990-03-27",
    "source": "officer", "funds_addiction": "yes", "offending_area": "E08000025", "submit": True,
}  # fmt: skip
NOTE = {
    "kind": "phone", "text": "Rang, will come on Monday", "category": "general", "is_opinion": "fact",
    "shared_with": "everyone",
}  # fmt: skip


def key():
    return str(uuid.uuid4())


@pytest.fixture
def api(client, officer):
    """Sends a new referral by the API; `key` and what it says may be given."""
    client.force_login(officer)

    def send(*, path="/api/v1/referrals/", key=None, **said):
        return client.post(
            path, NEW | said, content_type="application/json", headers={"Idempotency-Key": key} if key else None
        )

    return send


@pytest.fixture
def person(make_case):
    return make_case().offender


@pytest.fixture
def write(client, facilitator, person):
    """Sends the form of a note; `once` is its token."""
    path = reverse("offenders:timeline", args=[person.pk])

    def send(**said):
        client.force_login(facilitator)
        return client.post(path, NOTE | said)

    return send


# the API


def test_the_same_again_is_answered_as_before_and_done_once(api):
    one = key()
    first, again = api(key=one), api(key=one)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again["ETag"], again["Content-Type"]) == (
        first.content,
        first["ETag"],
        first["Content-Type"],
    )
    assert Referral.objects.count() == 1
    assert Event.objects.filter(verb="referral.submit").count() == 1
    event = Event.objects.get(verb="once.replay")
    assert event.offenders == [Offender.objects.get().pk]


def test_a_key_for_something_else_is_refused(api):
    one = key()
    api(key=one)
    other = api(key=one, given_names="Robyn")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert "Nothing was done" in other.json()["detail"]
    elsewhere = api(key=one, path="/api/v1/notes/")
    assert elsewhere.status_code == 422
    assert Referral.objects.count() == 1


def test_a_key_is_each_membership_own(api, client, make_user, police, npu):
    one = key()
    api(key=one)
    client.force_login(make_user("officer", police, npu))
    assert api(key=one, family_name="Another", is_new_person=True).status_code == 201


@pytest.mark.parametrize("wrong", ["", "k" * 256, "two words", "naïve"])
def test_what_is_no_key(api, client, wrong):
    headers = {"Idempotency-Key": wrong}
    response = client.post("/api/v1/referrals/", NEW, content_type="application/json", headers=headers)
    assert response.status_code == 400
    assert "Idempotency-Key" in response.json()["detail"]
    assert not Referral.objects.exists()


def test_without_a_key_nothing_is_done(officer):
    client = Client()
    client.force_login(officer)
    response = client.post("/api/v1/referrals/", NEW, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "key_missing")
    assert not Referral.objects.exists()
    found = client.post("/api/v1/offenders/search/", {"q": "Robin"}, content_type="application/json")
    assert found.status_code == 200
    assert not Receipt.objects.exists()


def test_what_is_too_long_is_refused_in_words(api):
    response = api(key=key(), summary="x" * 1_000_001)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_what_failed_is_tried_again(api):
    one = key()
    assert api(key=one, funds_addiction="no").status_code == 400
    assert api(key=one).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_what_was_cut_off_is_done_when_it_is_sent_again(api, client, monkeypatch):
    one = key()
    client.raise_request_exception = False

    def cut_off(*args, **kwargs):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(Receipt, "settle", cut_off)  # after the view, before all of it is saved
        assert api(key=one).status_code == 500
    assert not Referral.objects.exists()
    assert not Receipt.objects.exists()
    assert api(key=one).status_code == 201
    assert Referral.objects.count() == 1


def test_who_lost_sight_is_not_answered_again(client, cgl, cgl_worker, facilitator, make_case):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    client.force_login(cgl_worker)
    said, headers = NOTE | {"offender": str(case.offender_id)}, {"Idempotency-Key": key()}

    def note():
        return client.post("/api/v1/notes/", said, content_type="application/json", headers=headers)

    assert (note().status_code, note().status_code) == (201, 201)
    case.offender.involvements.filter(agency=cgl).delete()
    assert note().status_code == 404
    assert Note.objects.count() == 1


def test_keys_expire(api):
    one = key()
    api(key=one)
    Receipt.objects.update(at=timezone.now() - KEPT_FOR)
    assert api(key=key(), family_name="Another", is_new_person=True).status_code == 201
    assert Receipt.objects.get().key != one
    Receipt.objects.update(at=timezone.now() - KEPT_FOR, key=one)
    assert api(key=one).status_code == 400  # asked anew, and someone like them is known by now
    assert not Receipt.objects.exists()


# pages


def test_a_double_press_goes_where_the_first_went(write, client):
    token = key()
    first, again = write(once=token), write(once=token)
    assert first["Location"] == again["Location"]
    assert Note.objects.count() == 1
    assert "This had been saved already." in client.get(again["Location"]).content.decode()


@pytest.fixture
def forms(make_referral, make_case, make_placement, facilitator, officer, provider, make_user, police):
    """Real forms: {what it is: (who, address, answers, the event that says it was done)}."""
    draft, case, stay = make_referral("draft"), make_case(), make_placement("arrived")
    add_address = reverse("offenders:add_fact", args=[case.offender_id, "address"])
    home = {"lines": "1 New Street", "area": "E08000025", "valid_from": "2024-01-01"}
    return {
        "referral": (officer, reverse("referrals:submit", args=[draft.pk]), {}, "referral.submit"),
        "plan": (
            facilitator, reverse("rehab:case_plan", args=[case.pk]),
            {"next_action": "Ring", "next_action_due": "2030-01-01"}, "case.plan",
        ),
        "address": (facilitator, add_address, home, "address.add"),
        "progress": (
            provider, reverse("rehab:progress_add", args=[stay.pk]), {"engagement": "well", "text": "Fine"},
            "progress.record",
        ),
        "follow-up": (
            facilitator, reverse("rehab:follow_up_add", args=[case.pk]),
            {"reached": "True", "abstinent": "yes", "offending": "no"}, "follow_up.record",
        ),
        "agency": (
            make_user("administrator", police), "/admin/partners/agency/add/",
            {"name": "New agency", "short_name": "", "kind": "rehab"}, "agency.add",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("form", ["referral", "plan", "address", "progress", "follow-up", "agency"])
def test_a_real_form_pressed_twice_makes_one_thing(client, forms, form):
    user, address, answers, verb = forms[form]
    client.force_login(user)
    token = re.findall(r'name="once" value="([^"]+)"', client.get(address).content.decode())[-1]
    before = Event.objects.filter(verb=verb).count()
    pressed = [client.post(address, answers | {"once": token}) for _ in range(2)]
    assert [answer.status_code for answer in pressed] == [302, 302], pressed[0].content.decode()
    assert pressed[0]["Location"] == pressed[1]["Location"]
    assert Event.objects.filter(verb=verb).count() - before == 1
    assert Event.objects.filter(verb="once.replay").count() == 1


def test_a_form_put_right_is_another_form(write):
    token = key()
    assert write(once=token, text="").status_code == 422
    assert write(once=token).status_code == 302
    assert write(once=token, text="And his mother").status_code == 302
    assert Note.objects.count() == 2


def test_a_step_that_came_too_late_is_not_said_to_be_saved(client, make_referral, facilitator):
    referral = make_referral("accepted")
    client.force_login(facilitator)
    token, path = key(), reverse("referrals:accept", args=[referral.pk])
    for _ in range(2):
        response = client.post(path, {"worker": str(facilitator.pk), "once": token}, follow=True)
        assert "You cannot accept" in response.content.decode()
        assert "saved already" not in response.content.decode()
    assert not Receipt.objects.exists()


def test_searching_and_signing_out_happen_each_time(client, officer):
    client.force_login(officer)
    assert client.post(reverse("offenders:search"), {"q": "Nobody", "once": key()}).status_code == 200
    token = key()
    for _ in range(2):
        client.force_login(officer)
        client.post(reverse("sign_out"), {"once": token})
        assert "_auth_user_id" not in client.session
    assert not Receipt.objects.exists()
    assert {"offenders:search", "api:offender-search", "api:rehab-unit-fits"} == READS


def test_no_form_is_without_a_token():
    """Of our own templates and the stock admin's; test_access looks at the pages themselves."""
    folders = {Path(path) for engine in engines.all() for path in engine.template_dirs}
    assert {settings.BASE_DIR / "config/templates", Path(admin.__file__).parent / "templates"} <= folders
    for folder in folders:
        for template in folder.rglob("*.html"):
            if "rest_framework" in template.parts:  # its pages are not served
                continue
            for form in re.findall(r"<form\b[^>]*method=.?post.*?</form>", template.read_text(), re.S | re.I):
                assert "{% csrf_token %}" in form, template


# at the same moment


def at_once(send, times=50):
    """What each of so many got that sent this at the same moment."""
    barrier, answers = threading.Barrier(times), []

    def go():
        try:
            barrier.wait()
            answers.append(send())
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_fifty_times_one_key_is_one_referral(officer):
    client, one = Client(), key()
    client.force_login(officer)
    cookies, headers = client.cookies, {"Idempotency-Key": one}

    def send():
        browser = Client()
        browser.cookies = cookies
        return browser.post("/api/v1/referrals/", NEW, content_type="application/json", headers=headers)

    answers = at_once(send)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (Referral.objects.count(), Offender.objects.count(), len(answers)) == (1, 1, 50)
    assert Event.objects.filter(verb="once.replay").count() == 49


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_are_one_note(facilitator, person):
    client, token = Client(), key()
    client.force_login(facilitator)
    cookies, path = client.cookies, reverse("offenders:timeline", args=[person.pk])

    def send():
        browser = Client()
        browser.cookies = cookies
        return browser.post(path, NOTE | {"once": token})

    answers = at_once(send)
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, path)}
    assert (Note.objects.count(), len(answers)) == (1, 50)


# what it costs


def test_it_costs_three_queries(write):
    def cost(**said):
        with CaptureQueriesContext(connection) as queries:
            assert write(**said).status_code == 302
        return sum("SAVEPOINT" not in query["sql"] for query in queries)

    cost()  # what is remembered from the first on
    assert cost(once=key()) - cost() == 3


def test_no_receipt_lets_anyone_guess_the_passwords_that_were_sent(client, officer):
    client.force_login(officer)
    new = "four words of no meaning"
    sent = {"old_password": "a long enough password", "new_password1": new, "new_password2": new}
    assert client.post("/account/password/", sent | {"once": key()}).status_code == 302
    receipt = Receipt.objects.get()
    plain = hashlib.sha256(f"POST /account/password/\n{urlencode(sent)}".encode()).hexdigest()
    assert plain not in receipt.key + receipt.fingerprint
