"""Slots, appointments and hours by program: what another force's app asks and is told."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import past
from partners.audit.models import Event
from referrals.booking.models import Appointment, Availability

API = "/api/v1"


@pytest.fixture
def api(signed_in, officer, worker):
    return signed_in(officer)


@pytest.fixture
def by_worker(signed_in, worker):
    return signed_in(worker)


def send(client, path, data, **kwargs):
    return client.post(f"{API}{path}", data, content_type="application/json", **kwargs)


# slots


def test_what_is_free_is_told_soonest_first(api, few, worker):
    day = timezone.localdate(few[0].starts_at)
    rows = api.get(f"{API}/slots/", {"from": day, "to": day, "size": 3}).json()
    assert len(rows) == 3
    assert rows == sorted(rows, key=lambda row: row["starts_at"])
    assert {row["starts_at"][:10] for row in rows} == {str(day)}
    assert rows[0].keys() == {"slot", "starts_at", "ends_at", "mode", "place", "worker", "in_words"}
    assert Event.objects.filter(verb="slot.list").exists()


def test_only_who_may_book_sees_what_is_free(signed_in, cgl_worker, lead, worker):
    for user in (cgl_worker, lead):
        assert signed_in(user).get(f"{API}/slots/").status_code == 403
    assert signed_in(worker).get(f"{API}/slots/").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["colour=red", "mode=pigeon", "from=soon", "from=2026-12-02&to=2026-12-01", "size=0", "size=1000", "area=x"],
)
def test_what_makes_no_sense_is_refused(query, api):
    answer = api.get(f"{API}/slots/?{query}")
    assert (answer.status_code, bool(answer.json()["detail"])) == (400, True)


def test_the_area_decides_the_mode(api, make_user, make_availability, cranstoun, worker):
    make_availability(make_user("cranstoun_worker", cranstoun), mode="surgery", place="The Beeches")
    modes = {row["mode"] for row in api.get(f"{API}/slots/", {"size": 200}).json()}
    assert modes == {"phone", "surgery"}
    assert {row["mode"] for row in api.get(f"{API}/slots/", {"size": 200, "area": "OUTSIDE"}).json()} == {"phone"}
    assert api.get(f"{API}/slots/", {"mode": "surgery", "area": "OUTSIDE"}).json() == []


def test_for_a_referral_the_times_of_the_person_are_left_out(api, booked, make_user, make_availability, cranstoun):
    make_availability(make_user("cranstoun_worker", cranstoun))
    asked = {"size": 200}
    times = {row["starts_at"] for row in api.get(f"{API}/slots/", asked).json()}
    theirs = {row["starts_at"] for row in api.get(f"{API}/slots/", asked | {"referral": booked.referral_id}).json()}
    assert [dt.datetime.fromisoformat(time) for time in times - theirs] == [booked.starts_at]
    assert api.get(f"{API}/slots/", {"referral": uuid.uuid4()}).status_code == 400


# holding


def test_a_slot_is_held_and_another_in_its_place(api, few, officer):
    key = str(uuid.uuid4())
    for slot in few[:2]:
        answer = send(api, "/slots/hold/", {"slot": slot.key, "referral": key})
        assert answer.status_code == 201, answer.json()
        assert answer.json()["slot"] == slot.key
        assert answer.json()["held_until"] > timezone.localtime().isoformat()
    assert Appointment.objects.get().starts_at == few[1].starts_at


def test_what_one_holds_oneself_is_booked_or_held_again(api, few, make_divert):
    referral = str(make_divert().pk)
    for _ in range(2):
        assert send(api, "/slots/hold/", {"slot": few[0].key, "referral": referral}).status_code == 201
    said = {"referral": referral, "slot": few[0].key, "kind": "one_to_one"}
    answer = send(api, "/appointments/", said)
    assert answer.status_code == 201, answer.json()
    assert Appointment.objects.get().status == "booked"
    assert send(api, "/slots/hold/", {"slot": few[1].key, "referral": referral}).status_code == 201
    said = {"slot": few[1].key, "asked_by": "person", "reason": "Cannot make that time"}
    assert send(api, f"/appointments/{answer.json()['id']}/reschedule/", said).status_code == 200


def test_who_is_late_is_told_what_is_free(api, few, make_user, police, npu):
    Appointment.hold(few[0], by=make_user("officer", police, npu))
    answer = send(api, "/slots/hold/", {"slot": few[0].key, "referral": str(uuid.uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    assert len(answer.json()["offered"]) == 3
    assert send(api, "/slots/hold/", {"slot": "no slot", "referral": str(uuid.uuid4())}).status_code == 409
    assert send(api, "/slots/hold/", {"slot": few[1].key}).status_code == 400


# appointments


def test_one_is_booked_once_for_one_key(api, make_divert, few):
    referral, key = make_divert(), str(uuid.uuid4())
    said = {"referral": str(referral.pk), "slot": few[0].key, "kind": "one_to_one"}
    first, again = (send(api, "/appointments/", said, headers={"Idempotency-Key": key}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert referral.appointments.count() == 1
    assert set(first.json()["steps"]) == {"reschedule", "cancel"}
    late = send(api, "/appointments/", said | {"referral": str(make_divert().pk)})
    assert (late.status_code, late.json()["code"]) == (409, "slot_taken")
    assert [one["slot"] for one in late.json()["offered"]] == [slot.key for slot in few[1:4]]


def test_for_what_one_does_not_see_nothing_is_booked(api, few, make_referral, signed_in, cgl_worker, make_divert):
    said = {"slot": few[0].key, "kind": "one_to_one"}
    assert send(api, "/appointments/", said | {"referral": str(uuid.uuid4())}).status_code == 400
    assert send(api, "/appointments/", said).status_code == 400
    referral = str(make_divert().pk)
    assert send(signed_in(cgl_worker), "/appointments/", said | {"referral": referral}).status_code == 403
    assert send(api, "/appointments/", said | {"referral": referral, "colour": "red"}).status_code == 400
    assert not Appointment.objects.exists()


def test_the_list_is_filtered_and_each_is_recorded(api, booked, worker):
    day = timezone.localdate(booked.starts_at)
    for query, there in [
        ({}, True), ({"status": "booked"}, True), ({"status": "missed"}, False), ({"mode": "video"}, False),
        ({"worker": worker.pk}, True), ({"referral": booked.referral_id}, True), ({"from": day}, True),
        ({"to": day}, True), ({"to": day - dt.timedelta(days=1)}, False), ({"from": day + dt.timedelta(days=1)}, False),
        ({"sort": "-starts_at"}, True),
    ]:  # fmt: skip
        rows = api.get(f"{API}/appointments/", query).json()["results"]
        assert [row["id"] for row in rows] == ([str(booked.pk)] if there else []), query
    for query in ({"status": "held"}, {"colour": "red"}, {"sort": "mode"}):
        assert api.get(f"{API}/appointments/", query).status_code == 400
    assert Event.objects.filter(verb="appointment.list", offenders=[booked.offender_id]).exists()


def test_an_officer_moves_it_and_calls_it_off(api, booked, few):
    path = f"/appointments/{booked.pk}"
    said = {"slot": few[2].key, "asked_by": "person", "reason": "Cannot make that time"}
    answer = send(api, f"{path}/reschedule/", said)
    assert (answer.status_code, answer.json()["status"]) == (200, "rescheduled")
    new = Appointment.objects.get(replaces=booked)
    answer = send(api, f"/appointments/{new.pk}/cancel/", {"asked_by": "person", "reason": "The person asked for it"})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert send(api, f"{path}/cancel/", {"asked_by": "person", "reason": "Booked by mistake"}).status_code == 409
    assert send(api, f"{path}/record/", {"took_place": True, "attended": True}).status_code == 403


def test_a_new_time_that_is_taken_moves_nothing(api, booked, few, make_divert, officer):
    Appointment.book(make_divert(), by=officer, slot=few[2])
    said = {"slot": few[2].key, "asked_by": "person", "reason": "Cannot make that time"}
    answer = send(api, f"/appointments/{booked.pk}/reschedule/", said)
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    booked.refresh_from_db()
    assert booked.status == "booked"


def test_what_was_overtaken_is_not_changed(api, booked):
    path, said = f"/appointments/{booked.pk}/cancel/", {"asked_by": "person", "reason": "Booked by mistake"}
    assert send(api, path, said, headers={"If-Match": '"old"'}).status_code == 412
    assert send(api, path, said, headers={"If-Match": None}).status_code == 428


def test_a_step_locks_the_referral_before_the_appointment(api, booked):
    with CaptureQueriesContext(connection) as queries:
        send(api, f"/appointments/{booked.pk}/cancel/", {"asked_by": "person", "reason": "Booked by mistake"})
    locks = [query["sql"].split(' FROM "')[1] for query in queries if query["sql"].endswith("FOR NO KEY UPDATE")]
    locks = [lock.split('"')[0] for lock in locks]
    assert locks[:2] == ["referrals_referral", "booking_appointment"]


def test_a_worker_records_it_and_the_officer_sees_the_status_alone(by_worker, api, booked):
    past(booked)
    path = f"/appointments/{booked.pk}"
    assert send(by_worker, f"{path}/record/", {"took_place": True}).status_code == 400
    answer = send(by_worker, f"{path}/record/", {"took_place": True, "attended": True, "late_minutes": 5})
    assert (answer.status_code, answer.json()["status"], answer.json()["late_minutes"]) == (200, "attended", 5)
    booked.referral.refresh_from_db()
    assert booked.referral.status == "engaged"
    seen = api.get(f"{API}{path}/").json()
    assert (seen["status"], seen["late_minutes"], seen["steps"]) == ("attended", None, [])
    said = {"took_place": False, "why": "The place was closed", "reason": "The wrong answer was chosen"}
    assert send(by_worker, f"{path}/correct/", said).json()["status"] == "called_off"


def test_as_many_questions_for_many_appointments_as_for_one(api, booked, make_divert, officer, few):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"{API}/appointments/").status_code == 200
        return len(queries)

    asked()  # what is looked up once
    one = asked()
    for slot in few[1:6]:
        Appointment.book(make_divert(), by=officer, slot=slot)
    assert asked() == one


# hours


def test_a_manager_says_when_workers_can_be_booked(signed_in, manager, worker, cranstoun, make_user):
    api, someone = signed_in(manager), make_user("cranstoun_worker", cranstoun)
    said = {"worker": str(someone.pk), "weekday": 0, "starts": "09:00", "ends": "12:00", "mode": "phone",
            "slot_minutes": 30}  # fmt: skip
    answer = send(api, "/availability/", said)
    assert answer.status_code == 201, answer.json()
    row = Availability.objects.get(pk=answer.json()["id"])
    assert (row.worker, row.agency, row.valid_from) == (someone, cranstoun, timezone.localdate())
    assert send(api, "/availability/", said).json()["detail"].startswith("This worker is available")
    change = {"starts": "10:00", "ends": "12:00", "mode": "video", "slot_minutes": 30}
    answer = send(api, f"/availability/{row.pk}/change/", change | {"on": str(timezone.localdate())})
    assert (answer.status_code, answer.json()["mode"]) == (200, "video")
    answer = send(api, f"/availability/{row.pk}/end/", {"on": str(timezone.localdate())})
    assert answer.json()["valid_to"] == str(timezone.localdate())
    tomorrow = str(timezone.localdate() + dt.timedelta(days=1))
    leave = send(api, "/leave/", {"worker": str(someone.pk), "first": tomorrow})
    assert (leave.status_code, leave.json()["valid_to"]) == (201, tomorrow)
    assert len(api.get(f"{API}/leave/").json()["results"]) == 1
    assert send(api, "/leave/", {"first": tomorrow}).status_code == 400


def test_a_worker_reads_their_own_hours_and_changes_none(by_worker, worker, make_user, make_availability, cranstoun):
    make_availability(make_user("cranstoun_worker", cranstoun))
    rows = by_worker.get(f"{API}/availability/").json()["results"]
    assert {row["worker"] for row in rows} == {str(worker.pk)}
    path = f"/availability/{rows[0]['id']}"
    for where, said in [("/availability/", {"worker": str(worker.pk)}), (f"{path}/end/", {"on": "2026-12-01"}),
                        (f"{path}/change/", {})]:  # fmt: skip
        assert send(by_worker, where, said).status_code == 403


def test_who_has_no_hours_reads_none(api):
    assert api.get(f"{API}/availability/").status_code == 403
    assert api.get(f"{API}/leave/").status_code == 403
