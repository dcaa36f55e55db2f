"""What is said where a unit has no place, and to which of two who want the last one."""

import datetime as dt
import threading
from time import sleep

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from offenders.amend import amend
from offenders.workflow import the_databases_no
from partners.audit.models import Event
from partners.models import Setting, User
from referrals.rehab.board.capacity import free_by_day, next_free, next_free_of
from referrals.rehab.models import OutOfUse, Placement, RehabUnit
from referrals.tests.test_races import at_once

pytestmark = pytest.mark.django_db
FULL = "rehab_unit_is_never_overfull"


def day(n):
    """So many days from today."""
    return timezone.localdate() + dt.timedelta(days=n)


@pytest.fixture
def small(make_rehab_unit):
    """A unit with one place."""
    return make_rehab_unit(name="Small House", places=1)


@pytest.fixture
def book(small, make_placement, facilitator):
    def book(first, end, unit=small):
        stay = make_placement("offered", unit=unit, on=min(day(first), day(0)))
        stay.book(by=facilitator, on=min(day(first), day(0)), expected_arrival=day(first), expected_departure=day(end))
        return stay

    return book


def test_a_place_is_free_again_on_the_day_of_leaving(book):
    book(0, 5)
    book(5, 9)
    with pytest.raises(ValidationError) as refused:
        book(8, 12)
    assert refused.value.code == FULL
    assert refused.value.messages == [
        f"Small House has 1 place, and 2 would be taken or out of use on {day(8):%-d %B %Y}. Choose other days, or "
        "record first who has left."
    ]
    book(9, 12)


def test_a_booking_without_a_day_of_leaving_keeps_the_place_for_the_set_weeks(small, make_placement, facilitator):
    stay = make_placement("offered", unit=small, on=day(0))
    stay.book(by=facilitator, expected_arrival=day(3))
    assert stay.expected_departure == day(3 + 12 * 7)
    Setting.objects.filter(key="stay_weeks").update(values=[2])
    stay.book(by=facilitator, expected_arrival=day(3))
    assert stay.expected_departure == day(17)
    assert next_free(small, 1, day(3)) == day(17)


def test_nobody_arrives_while_someone_stays_longer_than_they_were_to(small, make_placement, book, facilitator):
    first = make_placement("arrived", unit=small, on=day(-100))  # to leave twelve weeks later
    second = book(1, 20)
    assert second.status == "booked"  # the place is free from tomorrow, as far as anyone has said
    with pytest.raises(ValidationError, match="record first who has left"):
        second.arrive(by=facilitator, on=day(0))
    first.depart(by=facilitator, on=day(0), departure_reason="completed")
    second.arrive(by=facilitator, on=day(0))


def test_a_stay_is_not_kept_longer_than_there_is_a_place(small, make_placement, book, facilitator):
    stay = make_placement("arrived", unit=small, on=day(-10))
    book(90, 100)
    amend(stay, {"expected_departure": day(90)}, by=facilitator, reason="Doing well")
    stay.refresh_from_db()
    with pytest.raises(ValidationError, match=f"2 would be taken or out of use on {day(90):%-d %B %Y}"):
        amend(stay, {"expected_departure": day(91)}, by=facilitator, reason="Doing well")
    with pytest.raises(ValidationError, match="the place is kept for those days"):
        amend(stay, {"expected_departure": None}, by=facilitator, reason="Not known")


def test_nobody_stays_on_or_moves_where_there_is_no_place(small, make_placement, book, make_rehab_unit, facilitator):
    stay = make_placement("arrived", unit=small, on=day(-10))
    book(80, 90)
    with pytest.raises(ValidationError, match=f"2 would be taken or out of use on {day(80):%-d %B %Y}"):
        stay.extend(by=facilitator, expected_departure=day(81), reason="Doing well")
    stay.refresh_from_db()
    stay.extend(by=facilitator, expected_departure=day(80), reason="Doing well")
    full = make_rehab_unit(name="Full House", places=1)
    make_placement("arrived", unit=full, on=day(-100))  # was to have left
    there = make_placement("offered", case=stay.case, unit=full, on=day(-1))
    there.book(by=facilitator, on=day(-1), expected_arrival=day(1), expected_departure=day(9))
    with pytest.raises(ValidationError, match="Full House has 1 place, and 2 would be taken"):
        stay.move(by=facilitator, to=there)
    stay.refresh_from_db()
    assert stay.status == "arrived"


def test_where_the_number_of_places_is_not_known_nothing_is_counted(make_rehab_unit, book):
    unit = make_rehab_unit(places=None)
    book(0, 5, unit)
    book(0, 5, unit)
    OutOfUse.objects.create(unit=unit, places=9, valid_from=day(0), reason="repairs")
    assert free_by_day([unit], day(0), day(1)) == {unit.pk: [None, None]}
    assert next_free(unit, 1, day(0)) is None
    with pytest.raises(ValidationError, match="11 would be taken"):
        set_places(unit, 10)


def set_places(unit, places):
    with the_databases_no(unit):
        RehabUnit.objects.filter(pk=unit.pk).update(places=places)


def test_the_number_of_places_is_not_lowered_below_who_is_promised_one(make_rehab_unit, book, make_placement):
    unit = make_rehab_unit(places=3)
    book(10, 20, unit), book(15, 25, unit)
    make_placement("departed", unit=unit, on=day(-200))
    with pytest.raises(ValidationError, match=f"1 place, and 2 would be taken or out of use on {day(15):%-d %B %Y}"):
        set_places(unit, 1)


def test_who_was_there_when_there_were_more_places_was_there(make_rehab_unit, make_placement):
    unit = make_rehab_unit(places=2)
    make_placement("departed", unit=unit, on=day(-200))
    make_placement("departed", unit=unit, on=day(-200))
    set_places(unit, 1)


def test_places_that_people_have_are_not_out_of_use(small, book, provider, make_user):
    book(5, 10)
    keeper = make_user("rehab_provider", small.agency)
    with pytest.raises(ValidationError, match="2 would be taken"):
        OutOfUse.add(small, by=keeper, places=1, valid_from=day(0), valid_to=day(5), reason="repairs")
    row = OutOfUse.add(small, by=keeper, places=1, valid_from=day(0), valid_to=day(4), reason="repairs")
    assert next_free(small, 1, day(0)) == day(10)
    with pytest.raises(ValidationError, match="2 would be taken"):
        row.change(by=keeper, valid_to=day(6))
    row.refresh_from_db()
    row.change(by=keeper, places=0)
    assert next_free(small, 1, day(0)) == day(0)
    added, changed = Event.objects.filter(verb__startswith="outofuse.").order_by("id")
    assert (added.after["places"], changed.before["places"], changed.after["places"]) == ("1", "1", "0")
    with pytest.raises(PermissionDenied):
        row.change(by=provider, places=1)  # of another rehab
    with pytest.raises(PermissionDenied):
        OutOfUse.add(small, by=provider, places=1, valid_from=day(0), reason="repairs")


def test_a_unit_that_has_closed_has_no_free_place(small):
    RehabUnit.objects.filter(pk=small.pk).update(valid_to=day(1))
    small.refresh_from_db()
    assert free_by_day([small], day(0), day(3))[small.pk] == [1, 1, 0, 0]
    assert next_free(small, 3, day(0)) is None


def test_counting_costs_the_same_for_one_unit_and_ten(make_rehab_unit, small, book, django_assert_num_queries):
    book(0, 9)
    units = [small, *(make_rehab_unit() for _ in range(9))]
    for some in (units[:1], units):
        with django_assert_num_queries(2):
            free_by_day(some, day(0), day(27))
        with django_assert_num_queries(4):
            next_free_of(some, 84, day(0))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["book", "put_out", "lower"])
@pytest.mark.parametrize("first", ["book", "put_out"])
def test_of_two_who_want_the_last_place_at_once_one_has_it(
    first, second, small, make_placement, facilitator, make_user
):
    keeper, stays = make_user("rehab_provider", small.agency), [make_placement("offered", unit=small) for _ in range(2)]
    has_written = threading.Event()

    def book(by=facilitator.pk):
        stay = Placement.objects.get(pk=stays.pop().pk)
        stay.book(by=User.objects.get(pk=by), expected_arrival=day(1), expected_departure=day(9))

    def put_out(by=keeper.pk):
        OutOfUse.add(small, by=User.objects.get(pk=by), places=1, valid_from=day(8), reason="repairs")

    def lower():
        set_places(RehabUnit.objects.get(pk=small.pk), 0)

    do = {"book": book, "put_out": put_out, "lower": lower}

    def one():
        with transaction.atomic():
            do[first]()
            has_written.set()
            sleep(0.5)  # in which the other would be done, if it did not wait

    def other():
        has_written.wait()
        do[second]()

    kept, lost = at_once(one, other)
    assert (kept, type(lost), lost.code) == (None, ValidationError, FULL)
    verbs = {"book": "placement.book", "put_out": "outofuse.add"}
    assert [one.verb for one in Event.objects.filter(verb__in=verbs.values())] == [verbs[first]]
