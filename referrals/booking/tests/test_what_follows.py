import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from conftest import past
from partners.models import Membership
from referrals.booking import slots
from referrals.booking.models import Appointment
from referrals.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def missed(make_appointment):
    return make_appointment("missed")


def to_do(appointment):
    return Task.objects.open().filter(matter=appointment.referral_id)


def earlier(appointment, **by):
    """As if it had been that much earlier."""
    length = dt.timedelta(**by)
    row = Appointment.objects.filter(pk=appointment.pk)
    row.update(starts_at=appointment.starts_at - length, ends_at=appointment.ends_at - length)
    appointment.refresh_from_db()


def next_slot(worker):
    return slots.free(worker.membership.agency, worker=worker.pk, after=timezone.now() + dt.timedelta(days=1), limit=1)[
        0
    ]


def test_who_missed_it_is_tried_again_by_its_worker(missed, worker):
    task = to_do(missed).get()
    assert (task.owner, task.kind, task.category, task.agency) == (worker, "missed", "case", missed.agency)
    assert task.due_on > timezone.localdate()
    assert Task.objects.visible_to(worker).get() == task


def test_of_two_missed_there_is_one_task(missed, worker):
    again = Appointment.book(missed.referral, by=worker, slot=next_slot(worker))
    earlier(missed, hours=5)
    past(again)
    again.record(by=worker, took_place=True, attended=False)
    again.correct(by=worker, took_place=True, attended=False, reason="The same")
    assert to_do(missed).count() == 1


def test_another_appointment_is_what_was_to_be_done(missed, worker):
    task = to_do(missed).get()
    Appointment.book(missed.referral, by=worker, slot=next_slot(worker))
    task.refresh_from_db()
    assert (task.status, task.done_by) == ("done", worker)


def test_what_was_corrected_or_ended_is_not_to_be_tried_again(missed, make_appointment, make_offender, officer, worker):
    missed.correct(by=worker, took_place=True, attended=True, reason="The wrong person")
    assert not to_do(missed).exists()
    earlier(missed, hours=5)
    other = make_appointment("missed", offender=make_offender(by=officer))
    other.referral.disengage(by=worker, reason="No answer")
    assert not to_do(other).exists()


def test_nothing_follows_from_what_is_long_past(make_appointment, worker):
    booked = make_appointment()
    past(booked)
    earlier(booked, days=5)
    booked.record(by=worker, took_place=True, attended=False)
    assert not to_do(booked).exists()


def test_of_a_worker_who_left_it_is_whoever_records_it(make_appointment, worker, make_user, cranstoun):
    booked, colleague = make_appointment(), make_user("cranstoun_worker", cranstoun)
    past(booked)
    Membership.objects.filter(user=worker).update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    booked.record(by=colleague, took_place=True, attended=False)
    assert to_do(booked).get().owner == colleague


def test_officers_see_no_task(missed, officer, client):
    assert not Task.objects.visible_to(officer).exists()
    client.force_login(officer)
    assert client.get(to_do(missed).get().get_absolute_url()).status_code in (403, 404)


def test_a_worker_is_given_one_from_the_persons_page(missed, worker, client):
    client.force_login(worker)
    address = reverse("tasks:add", args=[missed.referral_id])
    assert address in client.get(missed.offender.get_absolute_url()).content.decode()
    client.post(address, {"text": "Ask for the letter", "owner": worker.pk, "due_on": str(timezone.localdate())})
    assert Task.objects.of(worker).filter(text="Ask for the letter", kind="hand").exists()
