"""A whole Divert referral sent by a program: the pages' forms and rules."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from offenders.models import Offender
from referrals.booking import slots
from referrals.booking.models import Appointment
from referrals.models import Referral, Resolution

from .test_street import LINE

URL = "/api/v1/divert/"
WHO = {"given_names": "Robin", "family_name": "Newcomer", "date_of_birth": "1998-03-27", "area": "E08000025"}
SAID = {
    "drug": "Cannabis", "offence": "92E", "purpose": "own", "is_aggravating": "no", "place": "Corporation Street",
    "accepts_responsibility": True, "agrees": True, "acceptance": "It is mine", "signature": LINE, "victim": "none",
    "gravity_score": 2,
}  # fmt: skip


@pytest.fixture
def client(signed_in, officer, worker):
    return signed_in(officer)


@pytest.fixture
def slot(worker, cranstoun):
    return slots.free(cranstoun, limit=1)[0].key


def send(client, slot, key=None, **said):
    said = {name: value for name, value in (WHO | SAID | {"slot": slot} | said).items() if value is not None}
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return client.post(URL, said, content_type="application/json", headers=headers)


def test_a_person_is_referred_and_booked(client, slot, officer, worker):
    key = str(uuid.uuid4())
    answer = send(client, slot, referral=key, officer_ethnicity="3", on="2026-11-01", at="22:15")
    assert answer.status_code == 201, answer.json()
    referral = Referral.objects.get()
    assert answer.json()["referral"]["id"] == key == str(referral.pk)
    assert answer.json()["referral"]["status"] == "accepted"
    assert answer.json()["appointment"]["id"] == str(referral.appointments.get().pk)
    assert (referral.worker, referral.offender.officer_ethnicity) == (worker, "3")
    assert timezone.localtime(referral.resolution.occurred_at).isoformat()[:16] == "2026-11-01T22:15"
    assert (referral.resolution.drug_class, referral.resolution.signature) == ("B", LINE)


def test_the_same_again_is_the_same(client, slot):
    key, once = str(uuid.uuid4()), str(uuid.uuid4())
    first = send(client, slot, once, referral=key)
    assert send(client, slot, once, referral=key).json() == first.json()
    assert send(client, slot, referral=key).json() == first.json()
    assert (Referral.objects.count(), Offender.objects.count(), Appointment.objects.count()) == (1, 1, 1)


def test_a_slot_held_for_it_is_booked(client, slot, officer, cranstoun):
    key = uuid.uuid4()
    Appointment.hold(slots.find(slot, cranstoun), by=officer, key=key)
    assert send(client, slot).status_code == 409
    assert send(client, slot, referral=str(key)).status_code == 201
    assert Appointment.objects.count() == 1


def test_a_slot_that_is_taken_is_answered_with_the_next(client, slot, officer, cranstoun):
    Appointment.hold(slots.find(slot, cranstoun), by=officer, key=uuid.uuid4())
    answer = send(client, slot)
    assert answer.status_code == 409
    assert len(answer.json()["offered"]) == 3
    assert not Offender.objects.exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"drug": "Sugar"}, "drug"),
        ({"place": None}, "place"),
        ({"signature": "x"}, "signature"),
        ({"signature": None}, "signature"),
        ({"gravity_score": 4}, "gravity_rationale"),
        ({"date_of_birth": None}, "date_of_birth"),
        ({"date_of_birth": "2012-01-01"}, "appropriate_adult"),
        ({"colour": "red"}, "colour"),
        ({"appropriate_adult": "Ann"}, "appropriate_adult"),
    ],
)
def test_what_is_missing_or_wrong_is_named(client, slot, said, field):
    answer = send(client, slot, **said)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    assert not Offender.objects.exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"purpose": "supply"}, "Supply is not suspected"),
        ({"accepts_responsibility": False}, "They accept responsibility"),
        ({"is_aggravating": "yes"}, "did not make another offence worse"),
    ],
)
def test_who_does_not_fit_is_not_sent_and_it_is_said_why(client, slot, said, words):
    answer = send(client, slot, **said)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert not Offender.objects.exists()
    assert not Appointment.objects.exists()


def test_a_child_is_sent_with_their_adult(client, slot):
    born = timezone.localdate().replace(year=timezone.localdate().year - 16, day=1)
    adult = {"appropriate_adult": "Ann Newcomer", "adult_relation": "Mother"}
    assert send(client, slot, date_of_birth=f"{born:%Y-%m-%d}", **adult).status_code == 201
    assert Resolution.objects.get().is_child


def test_someone_known_is_asked_about_and_then_referred(client, slot, make_offender, facilitator):
    known = make_offender(given_names="Robin", family_name="Newcomer", date_of_birth=dt.date(1998, 3, 27))
    refused = send(client, slot)
    assert refused.status_code == 400
    assert str(known.pk) in refused.json()["detail"]
    nobody = dict.fromkeys(WHO)
    assert send(client, slot, offender=str(known.pk), **nobody).status_code == 201
    assert Referral.objects.get().offender == known


def test_someone_outside_the_area_is_offered_no_surgery(client, make_user, cranstoun, make_availability):
    make_availability(make_user("cranstoun_worker", cranstoun), mode="surgery", place="Corner House")
    surgery = slots.free(cranstoun, modes=["surgery"], limit=1)[0].key
    answer = send(client, surgery, area="OUTSIDE")
    assert answer.status_code == 400
    assert "by phone or by video" in answer.json()["detail"]
    assert not Referral.objects.exists()


def test_who_may_not_resolve_is_refused(signed_in, worker, cgl_worker, slot):
    for user in (worker, cgl_worker):
        assert send(signed_in(user), slot).status_code == 403
