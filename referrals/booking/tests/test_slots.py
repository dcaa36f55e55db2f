"""Which times are free: by the clock of London, on working days, for whoever asks."""

import datetime as dt
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.workflow import insert
from partners.models import Area, Membership, Setting
from referrals.booking import slots
from referrals.booking.models import Appointment, Availability, Leave

from .conftest import london

SUNDAY = 6


@pytest.fixture
def someone(make_user, cranstoun):
    return make_user("cranstoun_worker", cranstoun)


def times(found):
    return [f"{timezone.localtime(slot.starts_at):%d %H:%M}" for slot in found]


def days(found):
    return sorted({timezone.localdate(slot.starts_at).day for slot in found})


def test_a_worker_who_is_available_has_slots_until_someone_has_them(worker, cranstoun, officer):
    first, second, *_ = slots.free(cranstoun)
    assert first.ends_at - first.starts_at == dt.timedelta(minutes=30)
    Appointment.hold(first, by=officer)
    assert slots.free(cranstoun)[0] == second
    assert slots.find(first.key, cranstoun) is None
    assert slots.find(second.key, cranstoun) == second


@pytest.mark.parametrize("key", ["", None, "20261301T0900.x", f"20261301T0900.{'a' * 36}", f"20261201T0900.{'0' * 36}"])
def test_a_key_that_is_none_finds_nothing(key, worker, cranstoun):
    assert slots.find(key, cranstoun) is None


# the clock


def test_in_spring_a_time_that_the_clock_skips_is_no_slot(at, someone, make_availability, cranstoun):
    at("2027-03-25 09:00")  # the clocks go forward on Sunday 28 March 2027
    make_availability(someone, weekdays=[SUNDAY], starts="00:00", ends="03:00")
    found = slots.free(cranstoun, until=london("2027-03-29 00:00"))
    assert times(found) == ["28 00:00", "28 00:30", "28 02:00", "28 02:30"]
    assert {slot.ends_at - slot.starts_at for slot in found} == {dt.timedelta(minutes=30)}
    assert all(one.ends_at <= next_.starts_at for one, next_ in pairwise(found))


def test_in_autumn_a_time_that_the_clock_shows_twice_is_no_slot(at, someone, make_availability, cranstoun):
    at("2026-10-22 09:00")  # they go back on Sunday 25 October 2026
    make_availability(someone, weekdays=[SUNDAY], starts="00:00", ends="03:00")
    found = slots.free(cranstoun, until=london("2026-10-26 00:00"))
    assert times(found) == ["25 00:00", "25 00:30", "25 02:00", "25 02:30"]
    assert {slot.ends_at - slot.starts_at for slot in found} == {dt.timedelta(minutes=30)}


@pytest.mark.parametrize(("now", "day"), [("2027-03-25 09:00", "2027-03-28"), ("2026-10-22 09:00", "2026-10-25")])
def test_a_long_slot_over_the_change_of_the_clocks_is_none(now, day, at, someone, make_availability, cranstoun):
    at(now)
    make_availability(someone, weekdays=[SUNDAY], starts="00:00", ends="06:00", slot_minutes=120)
    found = slots.free(cranstoun, until=london(f"{day} 23:00"))
    assert [time[3:] for time in times(found)] == ["02:00", "04:00"]


def test_the_hour_on_the_wall_is_the_same_before_and_after_the_change(at, someone, make_availability, cranstoun):
    at("2026-10-20 09:00")
    make_availability(someone, weekdays=[3], starts="10:00", ends="10:30")
    before, after = slots.free(cranstoun, until=london("2026-10-30 00:00"))
    assert times([before, after]) == ["22 10:00", "29 10:00"]
    assert after.starts_at - before.starts_at == dt.timedelta(days=7, hours=1)


def test_nothing_crosses_midnight(at, someone, make_availability, cranstoun):
    at("2026-07-01 22:40")
    make_availability(someone, starts="22:00", ends="23:59")
    found = slots.free(cranstoun, until=london("2026-07-03 00:00"))
    assert times(found) == ["01 23:00", "02 22:00", "02 22:30", "02 23:00"]


def test_today_is_londons_day_not_greenwichs(at, someone, make_availability, cranstoun):
    at("2026-07-02 00:20")  # still 1 July in Greenwich
    make_availability(someone, weekdays=[3], starts="00:00", ends="01:00")  # 2 July 2026 is a Thursday
    assert times(slots.free(cranstoun, limit=1)) == ["02 00:30"]


def test_slots_stay_inside_the_availability(at, someone, make_availability, cranstoun):
    at("2026-11-23 08:00")
    make_availability(someone, weekdays=[0], starts="09:00", ends="10:40", slot_minutes=45)
    assert times(slots.free(cranstoun, until=london("2026-11-24 00:00"))) == ["23 09:00", "23 09:45"]


# the days


def test_on_bank_holidays_and_those_given_instead_nobody_is_seen(at, someone, make_availability, cranstoun):
    at("2027-12-22 20:00")  # Christmas Day and Boxing Day fall on a weekend, so Monday and Tuesday are given instead
    make_availability(someone, starts="10:00", ends="11:00")
    assert days(slots.free(cranstoun, until=london("2028-01-01 00:00"))) == [23, 24, 29, 30, 31]
    at("2028-01-01 20:00")
    assert times(slots.free(cranstoun, limit=1)) == ["02 10:00"]  # Monday 3 January stands for New Year's Day
    assert 3 not in days(slots.free(cranstoun, until=london("2028-01-08 00:00")))


def test_on_the_first_and_the_last_day_of_leave_nobody_is_seen(at, someone, make_availability, cranstoun):
    at("2026-11-23 08:00")
    make_availability(someone, starts="10:00", ends="10:30")
    insert(Leave(worker=someone, agency=cranstoun, valid_from=dt.date(2026, 11, 25), valid_to=dt.date(2026, 11, 27)))
    assert days(slots.free(cranstoun, until=london("2026-11-30 00:00"))) == [23, 24, 28, 29]


def test_availability_holds_from_its_first_day_to_its_last(at, someone, make_availability, cranstoun):
    at("2026-11-23 08:00")
    first, last = dt.date(2026, 11, 25), dt.date(2026, 11, 26)
    make_availability(someone, starts="10:00", ends="10:30", valid_from=first, valid_to=last)
    assert days(slots.free(cranstoun)) == [25, 26]


def test_slots_are_offered_as_many_days_ahead_as_the_setting_says(at, someone, make_availability, cranstoun):
    at("2026-11-23 12:00")
    Setting.objects.filter(key="slot_days").update(values=[3])
    make_availability(someone, starts="10:00", ends="10:30")
    assert days(slots.free(cranstoun)) == [24, 25, 26]
    assert slots.find(f"20261127T1000.{someone.pk}", cranstoun) is None
    assert slots.free(cranstoun, after=london("2026-12-24 00:00")) == []


def test_a_slot_that_has_begun_is_offered_to_nobody(at, someone, make_availability, cranstoun):
    at("2026-11-23 10:00")
    make_availability(someone, weekdays=[0], starts="10:00", ends="11:00")
    assert times(slots.free(cranstoun, limit=2)) == ["23 10:00", "23 10:30"]
    at("2026-11-23 10:01")
    assert times(slots.free(cranstoun, limit=1)) == ["23 10:30"]


# who is taken


def test_what_overlaps_by_a_minute_is_taken_and_what_touches_is_not(worker, cranstoun, officer, make_divert):
    first, second, third, *_ = slots.free(cranstoun, after=timezone.now() + dt.timedelta(days=1))
    odd = second._replace(
        starts_at=second.starts_at + dt.timedelta(minutes=1), ends_at=second.ends_at + dt.timedelta(minutes=1)
    )
    row = Appointment._write(odd, by=officer, referral=(referral := make_divert()), offender=referral.offender)
    free = slots.free(cranstoun)
    assert [slot in free for slot in (first, second, third)] == [True, False, False]
    Appointment.objects.filter(pk=row.pk).update(starts_at=second.starts_at, ends_at=second.ends_at)
    free = slots.free(cranstoun)
    assert [slot in free for slot in (first, second, third)] == [True, False, True]


def test_a_hold_takes_its_time_until_it_runs_out(at, someone, make_availability, cranstoun, officer):
    now = at("2026-11-23 08:00")
    make_availability(someone, starts="10:00", ends="10:30")
    slot = slots.free(cranstoun)[0]
    hold = Appointment.hold(slot, by=officer)
    assert hold.held_until == now + dt.timedelta(minutes=10)
    at("2026-11-23 08:09")
    assert slot not in slots.free(cranstoun)
    assert slots.find(slot.key, cranstoun) is None
    assert slots.find(slot.key, cranstoun, but=hold) == slot
    at("2026-11-23 08:10")
    assert slots.free(cranstoun)[0] == slot


def test_whoever_has_fewest_that_day_is_first_where_two_are_free_at_once(
    at, make_user, make_availability, cranstoun, officer
):
    at("2026-11-23 08:00")
    both = [make_user("cranstoun_worker", cranstoun) for _ in range(2)]
    for one in both:
        make_availability(one, starts="10:00", ends="12:00")
    earlier = slots.free(cranstoun)[0]
    Appointment.hold(earlier, by=officer)
    at_eleven = slots.free(cranstoun, after=london("2026-11-23 11:00"))[:2]
    assert times(at_eleven) == ["23 11:00", "23 11:00"]
    assert [slot.worker == earlier.worker for slot in at_eleven] == [False, True]
    tomorrow = slots.free(cranstoun, after=london("2026-11-24 10:00"))[:2]
    assert {slot.worker for slot in tomorrow} == set(both)


def test_the_next_few_differ_in_time_or_mode(at, make_user, make_availability, cranstoun):
    at("2026-11-23 08:00")
    for mode in ("phone", "phone", "video"):
        make_availability(make_user("cranstoun_worker", cranstoun), starts="10:00", ends="11:00", mode=mode)
    few = slots.next_few(cranstoun)
    assert [(time, slot.mode) for time, slot in zip(times(few), few, strict=True)] == [
        ("23 10:00", few[0].mode), ("23 10:00", few[1].mode), ("23 10:30", few[2].mode),
    ]  # fmt: skip
    assert {few[0].mode, few[1].mode} == {"phone", "video"}


def test_at_the_times_of_the_person_nothing_is_free_for_them(
    worker, someone, make_availability, cranstoun, make_divert, officer
):
    make_availability(someone)
    slot, referral = slots.free(cranstoun)[0], make_divert()
    Appointment.book(referral, by=officer, slot=slot)
    assert any(one.starts_at == slot.starts_at for one in slots.free(cranstoun))
    theirs = slots.free(cranstoun, person=referral.offender_id)
    assert not any(one.starts_at == slot.starts_at for one in theirs)


@pytest.mark.parametrize("change", ["left", "no_account", "other_agency"])
def test_who_works_there_no_more_is_offered_to_nobody(change, worker, cranstoun, cgl):
    hats, yesterday = Membership.objects.filter(user=worker), timezone.localdate() - dt.timedelta(days=1)
    assert slots.free(cranstoun, limit=1)
    if change == "left":
        hats.update(valid_to=yesterday)
    elif change == "no_account":
        type(worker).objects.filter(pk=worker.pk).update(is_active=False)
    else:
        hats.update(agency=cgl)
    assert slots.free(cranstoun) == []


# how they meet


def test_custody_is_offered_only_where_it_is_asked_for(worker, someone, make_availability, cranstoun):
    make_availability(someone, mode="custody", place="Perry Barr")
    assert {slot.mode for slot in slots.free(cranstoun, limit=200)} == {"phone"}
    found = slots.free(cranstoun, modes=["custody"])
    assert {(slot.mode, slot.place) for slot in found} == {("custody", "Perry Barr")}


def test_who_lives_outside_the_area_is_seen_by_phone_or_video_alone(db):
    outside, birmingham = Area.objects.get(code="OUTSIDE"), Area.objects.get(name="Birmingham")
    assert slots.modes_for(outside) == ["phone", "video"]
    assert slots.modes_for("OUTSIDE", ["surgery", "video"]) == ["video"]
    assert slots.modes_for(birmingham) == slots.modes_for(None) == ["phone", "video", "surgery"]


# how long it takes


def test_as_many_questions_are_asked_for_fifty_workers_as_for_one(make_user, make_availability, cranstoun, officer):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = slots.free(cranstoun)
        return len(queries), len({slot.worker_id for slot in found})

    make_availability(make_user("cranstoun_worker", cranstoun))
    number, workers = asked()
    assert workers == 1
    row = Availability.objects.first()
    for _ in range(49):
        user = make_user("cranstoun_worker", cranstoun)
        Availability.objects.bulk_create(
            Availability(
                worker=user, agency=cranstoun, weekday=day, starts=row.starts, ends=row.ends, mode=row.mode,
                valid_from=row.valid_from,
            )
            for day in range(7)
        )  # fmt: skip
    assert asked() == (number, 50)
    assert number <= 4
