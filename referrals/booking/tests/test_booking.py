"""Holding, booking, moving and recording appointments, one user after another. Two at once: test_races."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from conftest import past
from offenders.models import Entry
from offenders.workflow import IllegalStep, TooLate
from partners.audit.models import Event
from partners.frame.templatetags.frame import moment
from partners.models import Membership
from referrals.booking import slots
from referrals.booking.models import Appointment, Availability
from referrals.models import Referral

from .conftest import london

MOVE = {"asked_by": "person", "reason": "Cannot make that time"}


def lines(referral):
    return list(
        Entry.objects.filter(matters__contains=[referral.pk])
        .order_by("recorded_at", "pk")
        .values_list("sentence", flat=True)
    )


# holding


def test_a_hold_is_about_nobody_and_seen_by_nobody(officer, worker, few):
    hold = Appointment.hold(few[0], by=officer)
    assert (hold.status, hold.referral, hold.offender, hold.recorded_by) == ("held", None, None, officer)
    assert not Appointment.objects.visible_to(officer).exists()
    assert not Appointment.objects.visible_to(worker).exists()


def test_a_new_choice_for_the_same_referral_replaces_the_old_one(officer, few):
    mine, another = uuid.uuid4(), uuid.uuid4()
    for key, slot in [(mine, few[0]), (another, few[1]), (None, few[2]), (mine, few[3]), (None, few[4])]:
        Appointment.hold(slot, by=officer, key=key)
    held = Appointment.objects.values_list("held_for", "starts_at")
    assert set(held) == {(mine, few[3].starts_at), (another, few[1].starts_at), (None, few[4].starts_at)}


def test_nobody_holds_more_than_five_at_once(officer, make_user, police, npu, few):
    other = Appointment.hold(few[7], by=make_user("officer", police, npu))
    for slot in few[:7]:
        Appointment.hold(slot, by=officer, key=uuid.uuid4())
    held = Appointment.objects.exclude(pk=other.pk).values_list("starts_at", flat=True)
    assert sorted(held) == [slot.starts_at for slot in few[2:7]]
    assert Appointment.objects.filter(pk=other.pk).exists()


def test_who_may_not_book_holds_nothing(few, cgl_worker):
    with pytest.raises(PermissionDenied):
        Appointment.hold(few[0], by=cgl_worker)


def test_what_someone_else_holds_is_taken_and_the_next_three_are_offered(officer, make_user, police, npu, few):
    Appointment.hold(few[0], by=officer)
    with pytest.raises(slots.SlotTaken) as refusal:
        Appointment.hold(few[0], by=make_user("officer", police, npu))
    assert refusal.value.offered == few[1:4]
    assert str(refusal.value).startswith("This time is not free any more. The next are: ")
    assert few[1].in_words in str(refusal.value)


def test_a_hold_that_ran_out_makes_way_and_is_gone(at, officer, make_user, police, npu, worker, cranstoun):
    at("2026-11-23 08:00")
    slot = slots.free(cranstoun, limit=3)[2]
    Appointment.hold(slot, by=officer)
    at("2026-11-23 08:10")
    hold = Appointment.hold(slot, by=make_user("officer", police, npu))
    assert Appointment.objects.get() == hold


# booking


def test_booking_is_written_on_the_timeline_and_in_the_record(booked, officer):
    assert booked.offender == booked.referral.offender
    assert lines(booked.referral)[-1].startswith("1:1 on ")
    assert lines(booked.referral)[-1].endswith(" booked")
    event = Event.objects.about(booked).get()
    assert (event.verb, event.by, event.offenders) == ("appointment.book", officer, [booked.offender_id])


def test_booking_lets_go_of_what_was_held_for_the_referral(make_divert, officer, few):
    referral = make_divert()
    hold = Appointment.hold(few[0], by=officer, key=referral.pk)
    row = Appointment.book(referral, by=officer, slot=few[0])
    assert Appointment.objects.get() == row != hold
    other = make_divert()
    hold = Appointment.hold(few[1], by=officer)
    row = Appointment.book(other, by=officer, slot=few[1], hold=hold)
    assert set(Appointment.objects.filter(status="booked")) == {
        row,
        other.appointments.get(),
        *Appointment.objects.all(),
    }


def test_the_hold_of_someone_else_is_not_ones_own(make_divert, make_user, police, npu, officer, few):
    hold = Appointment.hold(few[0], by=make_user("officer", police, npu))
    with pytest.raises(slots.SlotTaken):
        Appointment.book(make_divert(), by=officer, slot=few[0], hold=hold)
    assert Appointment.objects.get() == hold


def test_one_slot_is_booked_once(make_divert, officer, few):
    Appointment.book(make_divert(), by=officer, slot=few[0])
    before = Event.objects.filter(verb="appointment.book").count()
    with pytest.raises(slots.SlotTaken) as refusal:
        Appointment.book(make_divert(), by=officer, slot=few[0])
    assert refusal.value.offered == few[1:4]
    assert Event.objects.filter(verb="appointment.book").count() == before


def test_one_person_is_not_in_two_places(make_divert, officer, few, make_user, make_availability, cranstoun):
    referral = make_divert()
    Appointment.book(referral, by=officer, slot=few[0])
    second = make_user("cranstoun_worker", cranstoun)
    make_availability(second)
    same_time = few[0]._replace(worker=second)
    with pytest.raises(slots.SlotTaken, match="They have another appointment at that time") as refusal:
        Appointment.book(referral, by=officer, slot=same_time)
    assert [slot.starts_at for slot in refusal.value.offered] == [slot.starts_at for slot in few[1:4]]


@pytest.mark.parametrize("change", ["gone", "leave", "past", "moved", "too_far"])
def test_what_is_no_slot_any_more_is_refused(change, make_divert, officer, worker, few, cranstoun, at):
    slot = few[0]
    if change == "gone":
        Availability.objects.update(valid_to=timezone.localdate())
    elif change == "leave":
        day = timezone.localdate(slot.starts_at)
        worker.leave.create(agency=cranstoun, valid_from=day, valid_to=day)
    elif change == "past":
        at(f"{slot.starts_at + dt.timedelta(minutes=61):%Y-%m-%d %H:%M}")
    elif change == "moved":
        slot = slot._replace(starts_at=slot.starts_at + dt.timedelta(minutes=5))
    else:
        slot = slot._replace(starts_at=slot.starts_at + dt.timedelta(days=70))
    with pytest.raises(slots.SlotTaken):
        Appointment.book(make_divert(), by=officer, slot=slot)
    assert not Appointment.objects.exists()


def test_what_comes_with_a_slot_is_not_taken_on_trust(make_divert, officer, few):
    """Only its key is: length, mode and place are those of the availability."""
    row = Appointment.book(make_divert(), by=officer, slot=few[0]._replace(mode="video", place="Anywhere"))
    assert (row.mode, row.place, row.ends_at) == ("phone", "", few[0].ends_at)


def test_a_slot_of_another_agency_is_refused(make_divert, officer, make_user, make_availability, cgl, few):
    other = make_user("cgl_worker", cgl)
    make_availability(other, agency=cgl)
    with pytest.raises(ValidationError, match="another agency"):
        Appointment.book(make_divert(), by=officer, slot=slots.free(cgl, limit=1)[0])


def test_who_lives_outside_the_area_is_not_booked_into_a_room(
    make_divert, officer, make_user, make_availability, cranstoun, few
):
    there = make_user("cranstoun_worker", cranstoun)
    make_availability(there, mode="surgery", place="The Beeches")
    room = slots.free(cranstoun, modes=["surgery"], limit=1)[0]
    referral = make_divert()
    Referral.objects.filter(pk=referral.pk).update(area="OUTSIDE")
    with pytest.raises(ValidationError, match="by phone or by video"):
        Appointment.book(referral, by=officer, slot=room)
    assert Appointment.book(referral, by=officer, slot=few[0]).mode == "phone"


def test_only_an_open_referral_is_booked_for(make_divert, officer, few):
    draft, withdrawn = make_divert("draft"), make_divert()
    withdrawn.withdraw(by=officer, reason="Sent twice")
    for referral in (draft, withdrawn):
        with pytest.raises(TooLate, match="No appointment can be booked"):
            Appointment.book(referral, by=officer, slot=few[0])


def test_who_does_not_see_the_referral_does_not_book_for_it(make_divert, make_user, police, few):
    elsewhere = make_user("officer", police, police.units.get(name="Coventry", kind="lpa"))
    with pytest.raises(PermissionDenied):
        Appointment.book(make_divert(), by=elsewhere, slot=few[0])


def test_nothing_is_kept_where_the_record_fails(make_divert, officer, few, monkeypatch):
    referral = make_divert()

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(Event.objects, "record", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        Appointment.book(referral, by=officer, slot=few[0])
    assert not Appointment.objects.exists()


# the database's own no, whatever the code above it does


def test_the_database_refuses_an_overlap_for_worker_and_for_person(booked, make_user, make_divert, cranstoun):
    other, someone = make_divert(), make_user("cranstoun_worker", cranstoun)
    for fields in ({"worker": booked.worker, "referral": other, "offender": other.offender},
                   {"worker": someone, "referral": booked.referral, "offender": booked.offender}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.create(
                agency=cranstoun, starts_at=booked.starts_at + dt.timedelta(minutes=29), mode="phone",
                ends_at=booked.ends_at + dt.timedelta(minutes=29), recorded_by=booked.worker, **fields,
            )  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "called_off", "outcome_recorded_at": london("2026-11-23 09:00")},
        {"status": "missed", "late_minutes": 5, "outcome_recorded_at": london("2026-11-23 09:00")},
        {"status": "attended"},
        {"status": "cancelled", "change_reason": "", "change_asked_by": "person"},
        {"status": "held"},
        {"offender": None},
    ],
)
def test_the_database_refuses_what_makes_no_sense(fields, booked):
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=booked.pk).update(**fields)


# what happened


def test_the_first_one_attended_engages(booked, worker):
    past(booked)
    booked.record(by=worker, took_place=True, attended=True, late_minutes=10)
    booked.refresh_from_db()
    assert (booked.status, booked.late_minutes, booked.referral.status) == ("attended", 10, "engaged")
    assert lines(booked.referral)[-2:] == [f"{booked._named}: attended", "Attended the first appointment"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"took_place": True, "attended": False}, "missed"),
        ({"took_place": False, "why": "The place was closed"}, "called_off"),
    ],
)
def test_who_was_not_there_is_not_engaged(said, status, booked, worker):
    past(booked)
    booked.record(by=worker, **said)
    booked.refresh_from_db()
    assert (booked.status, booked.referral.status) == (status, "accepted")


@pytest.mark.parametrize("said", [{"took_place": True}, {"took_place": False}])
def test_both_questions_are_answered(said, booked, worker):
    past(booked)
    with pytest.raises(ValidationError):
        booked.record(by=worker, **said)


def test_what_is_still_to_come_is_not_recorded(booked, worker):
    with pytest.raises(ValidationError, match="still to come"):
        booked.record(by=worker, took_place=True, attended=True)


def test_only_who_gives_it_records_it(booked, officer, make_user, cgl):
    past(booked)
    for user in (officer, make_user("cgl_worker", cgl)):
        with pytest.raises(PermissionDenied):
            booked.record(by=user, took_place=True, attended=True)


def test_it_is_recorded_once_and_corrected_with_a_reason(booked, worker):
    past(booked)
    booked.record(by=worker, took_place=True, attended=True, late_minutes=5)
    with pytest.raises(IllegalStep):
        booked.record(by=worker, took_place=True, attended=False)
    booked.correct(by=worker, took_place=True, attended=False, reason="The wrong answer was chosen")
    booked.refresh_from_db()
    assert (booked.status, booked.late_minutes, booked.referral.status) == ("missed", None, "accepted")
    event = Event.objects.about(booked).first()
    assert (event.before, event.after) == ({"status": "attended"}, {"status": "missed"})
    assert event.reason == "The wrong answer was chosen"
    booked.correct(by=worker, took_place=True, attended=True, reason="It was right after all")
    booked.referral.refresh_from_db()
    assert booked.referral.status == "engaged"


def test_who_attended_another_one_stays_engaged(booked, worker, few):
    second = Appointment.book(booked.referral, by=worker, slot=few[1], kind="follow_up")
    past(booked)
    booked.record(by=worker, took_place=True, attended=True)
    Appointment.objects.filter(pk=second.pk).update(
        starts_at=booked.starts_at - dt.timedelta(days=1), ends_at=booked.ends_at - dt.timedelta(days=1)
    )
    second = Appointment.objects.get(pk=second.pk)
    second.record(by=worker, took_place=True, attended=True)
    booked.correct(by=worker, took_place=True, attended=False, reason="Not them")
    second.referral.refresh_from_db()
    assert second.referral.status == "engaged"
    second.correct(by=worker, took_place=True, attended=False, reason="Nor then")
    second.referral.refresh_from_db()
    assert second.referral.status == "accepted"


def test_who_was_engaged_before_there_were_appointments_stays_so(booked, worker):
    booked.referral.engage(by=worker)
    past(booked)
    booked.record(by=worker, took_place=True, attended=False)
    booked.correct(by=worker, took_place=False, why="The place was closed", reason="The wrong answer was chosen")
    booked.referral.refresh_from_db()
    assert booked.referral.status == "engaged"


def test_an_ended_referral_is_not_engaged_by_what_is_recorded_later(booked, worker):
    past(booked)
    booked.referral.disengage(by=worker, reason="Could not be reached")
    booked.record(by=worker, took_place=True, attended=True)
    booked.referral.refresh_from_db()
    assert booked.referral.status == "not_engaged"


# moving and calling off


def test_the_one_moved_stays_as_it_was_and_another_replaces_it(booked, officer, few):
    new = booked.reschedule(by=officer, slot=few[2], **MOVE)
    booked.refresh_from_db()
    assert (booked.status, booked.starts_at) == ("rescheduled", few[0].starts_at)
    assert (booked.change_asked_by, booked.change_reason) == ("person", "Cannot make that time")
    assert (new.replaces, new.status, new.starts_at, new.kind) == (booked, "booked", few[2].starts_at, booked.kind)
    last = lines(booked.referral)[-1]
    assert last == f"{booked._named} moved to {moment(few[2].starts_at)}: Cannot make that time"
    assert few[0] in slots.free(few[0].agency_id, after=few[0].starts_at, limit=1)


def test_one_can_be_moved_into_its_own_time_of_another_worker(
    booked, officer, few, make_user, make_availability, cranstoun
):
    second = make_user("cranstoun_worker", cranstoun)
    make_availability(second)
    new = booked.reschedule(by=officer, slot=few[0]._replace(worker=second), **MOVE)
    assert (new.worker, new.starts_at) == (second, booked.starts_at)


def test_where_the_new_time_is_taken_nothing_is_moved(booked, officer, make_divert, few):
    Appointment.book(make_divert(), by=officer, slot=few[2])
    with pytest.raises(slots.SlotTaken) as refusal:
        booked.reschedule(by=officer, slot=few[2], **MOVE)
    assert refusal.value.offered == few[3:6]
    assert booked.status == "booked"
    booked.refresh_from_db()
    assert booked.status == "booked"
    assert not Event.objects.filter(verb="appointment.reschedule").exists()


def test_other_appointments_of_the_same_person_are_left_alone(booked, officer, make_divert, few):
    other = Appointment.book(make_divert(offender=booked.offender), by=officer, slot=few[3])
    booked.reschedule(by=officer, slot=few[5], **MOVE)
    other.refresh_from_db()
    assert (other.status, other.starts_at) == ("booked", few[3].starts_at)


def test_who_it_was_sent_by_and_who_gives_it_call_it_off(booked, officer, worker, few):
    second = Appointment.book(booked.referral, by=officer, slot=few[4])
    booked.cancel(by=officer, asked_by="person", reason="The person asked for it")
    second.cancel(by=worker, asked_by="worker", reason="The worker is not there")
    assert {booked.status, second.status} == {"cancelled"}
    assert few[0] in slots.free(few[0].agency_id, after=few[0].starts_at, limit=1)


def test_what_ends_a_referral_cancels_what_is_still_to_come(booked, officer, worker, few):
    Appointment.objects.filter(pk=booked.pk).update(
        starts_at=few[0].starts_at - dt.timedelta(days=9), ends_at=few[0].ends_at - dt.timedelta(days=9)
    )
    coming = Appointment.book(booked.referral, by=worker, slot=few[1])
    held = Appointment.hold(few[2], by=officer)
    booked.referral.withdraw(by=officer, reason="The person changed their mind")
    stand = {row.pk: row.status for row in Appointment.objects.all()}
    assert stand == {booked.pk: "booked", coming.pk: "cancelled", held.pk: "held"}
    coming.refresh_from_db()
    assert (coming.change_reason, coming.change_asked_by) == ("The referral ended", "other")
    assert Event.objects.about(coming).first().verb == "appointment.cancel"
    assert lines(booked.referral)[-1] == "Referral withdrawn: The person changed their mind"


@pytest.mark.parametrize("verb", ["cancel", "reschedule"])
def test_what_is_past_is_recorded_not_changed(verb, booked, officer, few):
    past(booked)
    fields = {"slot": few[1]} if verb == "reschedule" else {}
    with pytest.raises(TooLate, match="record what happened"):
        getattr(booked, verb)(by=officer, **fields, **MOVE)


def test_who_and_why_are_said(booked, officer, few):
    for said in ({"asked_by": "", "reason": "Why"}, {"asked_by": "person", "reason": ""}):
        with pytest.raises(ValidationError, match="Say why, and who asked"), transaction.atomic():
            booked.cancel(by=officer, **said)
        booked.refresh_from_db()
        with pytest.raises(ValidationError, match="Say why, and who asked"), transaction.atomic():
            booked.reschedule(by=officer, slot=few[1], **said)


def test_a_worker_who_gave_up_their_hat_is_no_longer_booked(booked, officer, worker, few):
    Membership.objects.filter(user=worker).update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    with pytest.raises(slots.SlotTaken):
        booked.reschedule(by=officer, slot=few[1], **MOVE)
