"""Many at once: nothing is booked twice, and whoever is late is told what is free."""

import uuid

import pytest
from django.utils import timezone

from offenders.workflow import IllegalStep
from partners.models import User
from referrals.booking import slots
from referrals.booking.models import Appointment
from referrals.booking.trial import try_booking
from referrals.models import Referral
from referrals.tests.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def booking(referral, slot, user):
    def book(pk=referral.pk, by=user.pk):
        return Appointment.book(Referral.objects.get(pk=pk), by=User.objects.get(pk=by), slot=slot)

    return book


def test_fifty_threads_book_a_hundred_slots_ten_times_over(db):
    outcome = try_booking(threads=50, number=100, times=10)
    assert outcome.is_good, str(outcome)
    assert outcome.attempts == 1000
    assert 95 <= outcome.booked <= 100  # a slot is left over where each who tried it had another appointment then


def test_two_people_are_not_booked_into_one_slot(make_divert, officer, worker, cranstoun):
    slot = slots.free(cranstoun, worker=worker.pk, limit=5)[4]
    for _ in range(3):
        Appointment.objects.all().delete()
        results = at_once(*(booking(make_divert(), slot, officer) for _ in range(4)))
        assert [type(one) for one in results].count(Appointment) == 1
        lost = [one for one in results if not isinstance(one, Appointment)]
        assert [(type(one), len(one.offered)) for one in lost] == [(slots.SlotTaken, 3)] * 3


def test_one_person_is_not_booked_twice_at_once_with_two_workers(
    make_divert, officer, worker, make_user, make_availability, cranstoun
):
    second = make_user("cranstoun_worker", cranstoun)
    make_availability(second)
    slot = slots.free(cranstoun, worker=worker.pk, limit=5)[4]
    for _ in range(3):
        first = make_divert()
        other = make_divert(offender=first.offender, kind="conditional")
        results = at_once(booking(first, slot, officer), booking(other, slot._replace(worker=second), officer))
        assert sorted(type(one).__name__ for one in results) == ["Appointment", "SlotTaken"]
        Appointment.objects.all().delete()


def test_of_two_bookings_for_one_referral_by_program_one_is_made(make_divert, officer, worker, cranstoun):
    referral = make_divert()

    def booking_it(slot):
        def book():
            row, user = Referral.objects.get(pk=referral.pk), User.objects.get(pk=officer.pk)
            return Appointment.book(row, by=user, slot=slot, is_only=True)

        return book

    results = at_once(*(booking_it(slot) for slot in slots.free(cranstoun, worker=worker.pk, limit=6)[3:]))
    assert sorted(type(one).__name__ for one in results) == ["Appointment", "TooLate", "TooLate"]


def test_of_two_who_move_it_one_does(make_divert, officer, worker, cranstoun):
    first, *others = slots.free(cranstoun, worker=worker.pk, limit=6)[3:]
    booked = Appointment.book(make_divert(), by=officer, slot=first)

    def moving(slot):
        def move():
            row, user = Appointment.objects.get(pk=booked.pk), User.objects.get(pk=officer.pk)
            return row.reschedule(by=user, slot=slot, asked_by="person", reason="Cannot make that time")

        return move

    results = at_once(*(moving(slot) for slot in others))
    assert sorted(type(one).__name__ for one in results) == ["Appointment", IllegalStep.__name__]
    assert sorted(Appointment.objects.values_list("status", flat=True)) == ["booked", "rescheduled"]


def test_a_hold_that_ran_out_goes_to_one_of_those_who_want_it(make_user, police, npu, officer, worker, cranstoun):
    slot = slots.free(cranstoun, worker=worker.pk, limit=5)[4]
    hold = Appointment.hold(slot, by=officer)
    Appointment.objects.filter(pk=hold.pk).update(held_until=timezone.now())
    others = [make_user("officer", police, npu) for _ in range(3)]

    def holding(user):
        return lambda: Appointment.hold(slot, by=User.objects.get(pk=user.pk))

    results = at_once(*(holding(user) for user in others))
    assert sorted(type(one).__name__ for one in results) == ["Appointment", "SlotTaken", "SlotTaken"]
    assert Appointment.objects.get().recorded_by in others


def test_one_person_holds_one_slot_for_one_referral_however_often_they_press(officer, worker, cranstoun):
    found, key = slots.free(cranstoun, worker=worker.pk, limit=8)[3:], uuid.uuid4()

    def holding(slot):
        return lambda: Appointment.hold(slot, by=User.objects.get(pk=officer.pk), key=key)

    at_once(*(holding(slot) for slot in found[:4]))
    assert Appointment.objects.count() == 1


def test_what_ends_a_referral_leaves_nothing_booked_in_the_moment(make_divert, officer, worker, cranstoun):
    for slot in slots.free(cranstoun, worker=worker.pk, limit=7)[4:]:
        referral = make_divert(kind="conditional")

        def withdraw(pk=referral.pk):
            Referral.objects.get(pk=pk).withdraw(by=User.objects.get(pk=officer.pk), reason="Sent twice")

        results = at_once(booking(referral, slot, officer), withdraw)
        assert {type(one).__name__ for one in results if one} <= {"Appointment", "TooLate"}
        assert not referral.appointments.filter(status="booked").exists()
