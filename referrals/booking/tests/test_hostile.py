"""What no page of ours sends, and what nobody is to learn sideways: refused with a sentence, and nothing told."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from conftest import past
from offenders.amend import amend
from offenders.models import Offender
from partners.models import Membership
from partners.roles import Category
from referrals.booking import slots
from referrals.booking.models import Appointment, Intervention
from referrals.models import Referral

from .test_street import HAPPENED, TERMS, WHO, begin, tell
from .test_street_api import send

API = "/api/v1"


@pytest.fixture
def few(worker, cranstoun):
    return slots.free(cranstoun, worker=worker.pk, after=timezone.now() + dt.timedelta(days=1), limit=12)


@pytest.fixture
def there(make_agency, make_user, make_agreement, cranstoun):
    """A worker of another treatment agency, which may read of Cranstoun what its agreement says."""

    def make(*categories):
        agency = make_agency("treatment", "Harbour Lights")
        make_agreement(agency, cranstoun, categories=[*{Category.IDENTITY, Category.CASE, *categories}])
        return make_user("cranstoun_worker", agency)

    return make


def post(client, path, data, **kwargs):
    return client.post(f"{API}{path}", data, content_type="application/json", **kwargs)


# slots


BEYOND = ["99991231T2359", "99991231T2300", "00010101T0000", "00000000T0000", "-0261124T0900"]


@pytest.mark.parametrize("time", BEYOND)
def test_a_slot_at_a_time_that_is_none_is_not_free(signed_in, officer, worker, make_divert, time):
    client, key = signed_in(officer), f"{time}.{worker.pk}"
    referral = make_divert()
    held = post(client, "/slots/hold/", {"slot": key, "referral": str(uuid.uuid4())})
    booked = post(client, "/appointments/", {"slot": key, "referral": str(referral.pk), "kind": "one_to_one"})
    sent = send(client, key)
    assert {held.status_code, booked.status_code, sent.status_code} <= {400, 409}
    at = begin(client)
    address = tell(client, at)
    assert client.post(address, {"slot": key}).status_code == 422
    assert not Appointment.objects.exists()


def test_nobody_fills_the_diary_with_one_person(signed_in, officer, few, make_divert):
    client, referral = signed_in(officer), make_divert()
    said = {"referral": str(referral.pk), "kind": "one_to_one"}
    assert post(client, "/appointments/", said | {"slot": few[0].key}).status_code == 201
    assert post(client, "/appointments/", said | {"slot": few[4].key}).status_code == 409
    assert referral.appointments.count() == 1


# keys


@pytest.fixture
def used(signed_in, officer, few):
    """The key of a referral that the officer sent, and that they send again with it."""
    key = str(uuid.uuid4())
    assert send(signed_in(officer), few[0].key, referral=key).status_code == 201
    return lambda: send(signed_in(officer), few[1].key, referral=key, is_new_person=True)


def test_a_key_used_in_another_hat_tells_nothing(used, officer, cranstoun, make_agency, make_agreement):
    Membership.objects.filter(user=officer).update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    other = make_agency("police")
    make_agreement(other, cranstoun)
    Membership.objects.create(user=officer, agency=other, role="officer", valid_from=timezone.localdate())
    answer = used()
    assert (answer.status_code, Referral.objects.count()) == (400, 1)
    assert "key was used" in answer.json()["detail"]


def test_a_key_of_someone_restricted_since_tells_nothing(used):
    Offender.objects.update(is_restricted=True)
    answer = used()
    assert (answer.status_code, Referral.objects.count()) == (400, 1)


# what is typed on the street


@pytest.mark.parametrize("page", ["who", "happened", "fits", "terms", "slot"])
def test_a_null_character_is_never_a_500(signed_in, officer, worker, page):
    client = signed_in(officer)
    first = client.get("/referrals/new/", {"pathway": "divert"}).url
    at = first.partition("who/")[0]
    if page == "who":
        for said in (WHO | {"x": "\0"}, WHO | {"area": "\0"}, WHO | {"sex": "\0"}):
            assert client.post(first, said).status_code < 500
        return
    at = begin(client)
    if page == "happened":
        for said in (HAPPENED | {"x": "\0"}, HAPPENED | {"drug": "\0"}, HAPPENED | {"offence": "\0"}):
            assert client.post(f"{at}happened/", said).status_code < 500
        return
    client.post(f"{at}happened/", HAPPENED)
    assert client.post(f"{at}fits/", {"pathway": "\0", "x": "\0"}).status_code < 500
    for said in (TERMS | {"x": "\0"}, TERMS | {"signature": "\0"}):
        assert client.post(f"{at}terms/", said).status_code < 500
    address = client.post(f"{at}terms/", TERMS).url
    assert client.post(address, {"slot": "\0"}).status_code < 500


@pytest.mark.parametrize(
    ("day", "drug"), [("1900-01-01", "Cannabis"), ("1990-01-01", "Cannabis"), ("2004-01-01", "GBL")]
)
def test_a_day_on_which_the_drug_was_none_is_asked_again(signed_in, officer, worker, day, drug):
    client = signed_in(officer)
    at = begin(client, WHO | {"date_of_birth_year": "1901"})
    answer = client.post(f"{at}happened/", HAPPENED | {"on": day, "drug": drug})
    assert answer.status_code == 422, answer
    for page in ("happened", "fits", "terms"):
        assert client.get(f"{at}{page}/").status_code < 500


@pytest.mark.parametrize(
    ("said", "status", "then"),
    [
        ({"on": "1990-01-01"}, 400, "2026-03-02T12:00"),
        ({"at": "00:30"}, 200, "2026-03-02T00:30"),
        ({"on": "2026-03-01"}, 200, "2026-03-01T12:00"),
        ({"is_own_use": [{}]}, 200, "2026-03-02T12:00"),
    ],
)
def test_when_it_happened_is_amended_in_part(signed_in, officer, make_divert, said, status, then):
    resolution = make_divert().resolution
    address = f"{API}/resolutions/{resolution.pk}/"
    answer = signed_in(officer).patch(address, said | {"reason": "Wrong"}, content_type="application/json")
    resolution.refresh_from_db()
    assert (answer.status_code, resolution.occurred_at.isoformat()[:16]) == (status, then)


# what filters tell


@pytest.mark.parametrize("stands", ["formal", "to_formalise", "marked", "refused"])
def test_who_gives_the_help_learns_nothing_by_asking(signed_in, worker, make_divert, lead, stands):
    formal, plain = make_divert(), make_divert()
    formal.resolution.formalise(
        by=lead, formal_outcome="charged", formal_on=timezone.localdate(), formal_reason="aggravating"
    )
    type(plain.resolution).objects.filter(pk=plain.resolution.pk).update(marks=["Not met: something"])
    answer = signed_in(worker).get(f"{API}/resolutions/?stands={stands}")
    assert answer.json()["results"] == []
    found = signed_in(lead).get(f"{API}/resolutions/?stands={stands}").json()["results"]
    assert bool(found) is (stands in ("formal", "marked"))


def test_that_there_was_a_formal_outcome_is_not_on_the_page_of_who_gives_the_help(signed_in, worker, make_divert, lead):
    resolution = make_divert().resolution
    resolution.formalise(by=lead, formal_outcome="charged", formal_on=timezone.localdate(), formal_reason="other")
    for user, tells in ((lead, True), (worker, False)):
        assert ("Charged" in signed_in(user).get(resolution.get_absolute_url()).content.decode()) is tells


def test_that_a_formal_outcome_was_amended_is_not_told_either(signed_in, worker, make_divert, lead):
    resolution = make_divert().resolution
    resolution.formalise(by=lead, formal_outcome="charged", formal_on=timezone.localdate(), formal_reason="other")
    amend(resolution, {"formal_outcome": "cautioned"}, by=lead, reason="cnry-why")
    amend(resolution, {"quantity": "A bag", "place": "Elsewhere"}, by=lead, reason="Left out")
    history = f"{API}/resolutions/{resolution.pk}/history/"
    told = [[line["name"] for line in one["lines"]] for one in signed_in(worker).get(history).json()]
    assert told == [["quantity"]]
    assert "cautioned" in signed_in(lead).get(history).content.decode()
    page = signed_in(worker).get(resolution.get_absolute_url()).content.decode()
    assert not any(word in page for word in ("ormal outcome", "cnry-why", "Elsewhere"))


def test_the_rules_are_for_who_reads_the_resolution(signed_in, worker, officer, make_divert):
    referral = make_divert(is_supply_suspected=None)
    assert "Supply is not suspected" in signed_in(officer).get(referral.get_absolute_url()).content.decode()
    assert "Supply is not suspected" not in signed_in(worker).get(referral.get_absolute_url()).content.decode()
    assert "upply" not in signed_in(worker).get(f"{API}/referrals/{referral.pk}/").content.decode()
    assert "upply" not in signed_in(worker).get(f"{API}/referrals/").content.decode()


# health and safeguarding


def test_a_concern_is_safeguarding(signed_in, there, worker, send_divert):
    sender = there(Category.HEALTH)
    referral = send_divert(by=sender)
    appointment = referral.appointments.get()
    past(appointment)
    appointment.record(by=worker, took_place=True, attended=True)
    row = Intervention.record(appointment, by=worker, how_it_went="well", agreed="cnry-h", concern="cnry-s")
    client = signed_in(sender)
    page = client.get(appointment.get_absolute_url()).content.decode()
    shown = client.get(f"{API}/interventions/{row.pk}/")
    assert "cnry-h" in page
    assert "cnry-s" not in page
    assert "cnry-s" not in shown.content.decode()
    amend(row, {"concern": "cnry-t"}, by=worker, reason="More became known")
    assert client.get(f"{API}/interventions/{row.pk}/history/").json() == []


def test_how_late_they_were_is_the_giving_teams(signed_in, there, worker, send_divert):
    sender = there()
    referral = send_divert(by=sender)
    appointment = referral.appointments.get()
    past(appointment)
    appointment.record(by=worker, took_place=True, attended=True, late_minutes=17)
    shown = signed_in(sender).get(f"{API}/appointments/{appointment.pk}/").json()
    assert shown["late_minutes"] is None
    assert signed_in(worker).get(f"{API}/appointments/{appointment.pk}/").json()["late_minutes"] == 17
    assert "17 minutes late" not in signed_in(sender).get(appointment.get_absolute_url()).content.decode()


def test_another_agencys_manager_acknowledges_nothing(signed_in, there, worker, send_divert):
    sender = there(*Category)
    referral = send_divert(by=sender)
    Membership.objects.filter(user=sender).update(role="cranstoun_manager")
    appointment = referral.appointments.get()
    past(appointment)
    appointment.record(by=worker, took_place=True, attended=True)
    row = Intervention.record(appointment, by=worker, how_it_went="well", concern="cnry-s")
    answer = post(signed_in(sender), f"/interventions/{row.pk}/acknowledge/", {})
    row.refresh_from_db()
    assert row.acknowledged_by is None, answer.json()


def test_only_the_team_that_is_to_reach_them_pauses_its_deadline(signed_in, there, worker, send_divert):
    sender = there(*Category)
    referral = send_divert(by=sender)
    deadline = referral.deadlines.get(kind="first_contact")
    answer = post(signed_in(sender), f"/deadlines/{deadline.pk}/pause/", {"reason": "away"})
    deadline.refresh_from_db()
    assert deadline.paused_on is None, answer.json()
