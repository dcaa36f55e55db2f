"""What people and officers are told: when and how, and nothing that tells what it is about."""

import datetime as dt

import pytest
from django.utils import timezone

from conftest import past
from partners.models import Service
from partners.notices.models import Notice
from referrals.booking import slots
from referrals.booking.messages import phone_of
from referrals.booking.models import Appointment
from referrals.booking.tasks import let_go

from .conftest import london

NUMBER = "07700 900123"
MOVE = {"asked_by": "person", "reason": "Cannot make that time"}
TELLING = (
    "drug", "cannabis", "divert", "cranstoun", "police", "officer", "crime", "offence", "treatment", "health", "sam",
    "person", "worker",
)  # fmt: skip


@pytest.fixture
def few(at, worker, cranstoun):
    at("2026-11-23 09:00")
    Service.objects.filter(pathway="divert").update(phone="0121 496 0000")
    return slots.free(cranstoun, worker=worker.pk, after=london("2026-12-01 14:30"), limit=4)


@pytest.fixture
def booked(few, make_divert, make_offender, officer):
    offender = make_offender(by=officer, phone=NUMBER)
    return Appointment.book(make_divert(offender=offender), by=officer, slot=few[0])


def told(row):
    """What waits to be sent about this row, the soonest first."""
    rows = Notice.objects.about(row).filter(status="queued", for_user=None).order_by("send_at")
    return [(notice.text, notice.send_at) for notice in rows]


def test_who_is_booked_is_told_at_once_and_reminded_the_day_before(booked):
    change = "If you need to change it call 0121 496 0000."
    assert told(booked) == [
        (f"Your appointment is on Tuesday 1 December at 2:30pm, by phone. {change}", timezone.now()),
        (
            f"Reminder: your appointment is on Tuesday 1 December at 2:30pm, by phone. {change}",
            booked.starts_at - dt.timedelta(hours=24),
        ),
    ]
    reminder = Notice.objects.get(key=f"reminder {booked.pk}")
    assert (reminder.until, reminder.channel, reminder.to) == (booked.starts_at, "sms", "+447700900123")


def test_nothing_in_it_tells_what_it_is_about(booked, worker, few):
    new = booked.reschedule(by=worker, slot=few[1], **MOVE)
    other = new.reschedule(by=worker, slot=few[2], **MOVE)
    other.cancel(by=worker, asked_by="worker", reason="The worker is not there")
    texts = Notice.objects.filter(for_user=None).values_list("text", flat=True)
    assert len(texts) == 7
    for text in texts:
        assert not [word for word in TELLING if word in text.lower()], text


def test_where_no_number_is_recorded_none_is_named(booked, few, worker):
    Service.objects.update(phone="")
    assert phone_of(booked) == ""
    new = booked.reschedule(by=worker, slot=few[1], **MOVE)
    assert told(new)[0][0] == "Your appointment has moved. It is now on Tuesday 1 December at 3pm, by phone."


def test_one_that_is_moved_takes_its_messages_along(booked, few, worker):
    new = booked.reschedule(by=worker, slot=few[1], **MOVE)
    assert told(booked) == []
    assert set(Notice.objects.filter(tells_of=booked.pk).values_list("status", flat=True)) == {"cancelled"}
    assert [text[:8] for text, _ in told(new)] == ["Your app", "Reminder"]


def test_one_that_is_cancelled_is_not_reminded_of(booked, worker):
    booked.cancel(by=worker, asked_by="worker", reason="The worker is not there")
    ((text, _),) = told(booked)
    assert text == (
        "Your appointment on Tuesday 1 December at 2:30pm is cancelled. If you want another time call 0121 496 0000."
    )


def test_whose_referral_ended_is_told_that_it_is_cancelled_for_good(booked, officer):
    booked.referral.withdraw(by=officer, reason="Sent twice")
    ((text, _),) = told(booked)
    assert text == "Your appointment on Tuesday 1 December at 2:30pm is cancelled."


def test_who_missed_it_is_told_how_to_have_another(booked, worker, at):
    at("2026-12-01 15:10")
    Notice.objects.all().delete()
    booked.record(by=worker, took_place=True, attended=False)
    ((text, _),) = told(booked)
    assert text == "Sorry we missed you on Tuesday 1 December at 2:30pm. For another time call 0121 496 0000."


def test_the_officer_is_told_how_the_referral_stands_and_nothing_else(booked, worker, at, officer):
    at("2026-12-01 15:10")
    booked.record(by=worker, took_place=True, attended=True)
    notice = Notice.objects.get(for_user=officer)
    reference = booked.referral.reference
    assert notice.text.startswith(f"Referral {reference}: the person engaged. Sign in to see it: http")
    assert (notice.channel, notice.to, notice.subject) == ("email", officer.email, f"Referral {reference}")
    assert str(booked.offender) not in notice.text


def test_what_was_told_too_soon_is_taken_back(booked, worker, at, officer):
    at("2026-12-01 15:10")
    booked.record(by=worker, took_place=True, attended=True)
    at("2026-12-01 15:11")
    booked.correct(by=worker, took_place=True, attended=False, reason="Not them")
    notices = Notice.objects.filter(for_user=officer)
    assert notices.get().status == "cancelled"  # it still waited
    at("2026-12-01 15:12")
    booked.correct(by=worker, took_place=True, attended=True, reason="It was them")
    assert notices.filter(status="queued").update(status="sent", sent_at=timezone.now()) == 1
    at("2026-12-01 15:13")
    booked.correct(by=worker, took_place=True, attended=False, reason="Not them after all")
    assert "That was corrected" in notices.get(status="queued").text


def test_the_officer_is_told_who_did_not_engage(booked, worker, officer):
    booked.referral.disengage(by=worker, reason="Could not be reached")
    assert "the person did not engage" in Notice.objects.get(for_user=officer).text


def test_of_history_nobody_is_told(make_divert, worker, at):
    at("2026-11-23 09:00")
    for attended in (True, False):
        row = Appointment.recall(make_divert(kind="conditional"), by=worker, on=dt.date(2026, 3, 3))
        row.record(by=worker, took_place=True, attended=attended)
    assert not Notice.objects.exists()


def test_nobody_is_texted_about_an_appointment_in_custody(booked, few, worker, make_divert, officer):
    Notice.objects.all().delete()
    Appointment.objects.filter(pk=booked.pk).update(mode="custody", place="Perry Barr")
    booked.refresh_from_db()
    past(booked)
    booked.record(by=worker, took_place=True, attended=False)
    assert not Notice.objects.exists()


def test_who_has_no_number_gets_an_email(few, make_divert, make_offender, officer):
    offender = make_offender(by=officer, email="sam@throughcare.example")
    row = Appointment.book(make_divert(offender=offender), by=officer, slot=few[0])
    assert set(Notice.objects.about(row).values_list("channel", "subject")) == {("email", "Your appointment")}


def test_where_the_booking_is_undone_nothing_is_told(make_divert, officer, few, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(Notice, "send", fail)
    with pytest.raises(RuntimeError):
        Appointment.book(make_divert(), by=officer, slot=few[0])
    assert not Appointment.objects.exists()


def test_holds_are_let_go_in_the_background(officer, few, at):
    Appointment.hold(few[0], by=officer)
    let_go(0)
    assert Appointment.objects.exists()
    at("2026-11-23 09:10")
    let_go(0)
    assert not Appointment.objects.exists()
