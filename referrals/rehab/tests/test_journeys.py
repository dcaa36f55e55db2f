"""Journeys through several units, moved and extended anyhow: no day is lost, and none is counted twice."""

import datetime as dt
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.rehab.models import Absence, FollowUp, Placement
from referrals.rehab.savings import Savings, savings

pytestmark = pytest.mark.django_db
BEGAN, WINDOW = 120, (100, 20)  # days ago: the first arrival, and the first and last day of a period to count in
THERE = "still there"

leg = st.tuples(
    st.integers(0, 25),  # days in this unit
    st.integers(0, 30),  # days it was booked for
    st.booleans(),  # whether the stay was extended
    st.booleans(),  # whether they were away when they left
)
journeys = st.tuples(st.lists(leg, min_size=1, max_size=4), st.sampled_from([THERE, "completed", "left_early", "died"]))


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


def walk(case, units, legs, ends, by):
    """Take the steps of this journey. Returns its stays, and the day on which it ended, as days ago."""
    stays, at = [], BEGAN
    for number, (length, booked, is_extended, is_away) in enumerate(legs):
        stay = Placement.request(case, by=by, unit=units[number], on=days_ago(BEGAN))
        stay.offer(by=by, on=days_ago(BEGAN))
        stay.book(
            by=by, on=days_ago(BEGAN), expected_arrival=days_ago(at), expected_departure=days_ago(at - booked)
        )  # fmt: skip
        if stays:
            stays[-1].move(by=by, to=stay, on=days_ago(at))
        else:
            stay.arrive(by=by, on=days_ago(at))
        if is_extended:
            until = days_ago(at - booked - 7)
            stay.extend(by=by, expected_departure=until, reason="Doing well")
        stays.append(stay)
        at -= length
        if is_away:
            left = timezone.make_aware(dt.datetime.combine(days_ago(at), dt.time()))
            Absence.record(stay, by=by, kind="agreed", left_at=left, due_back=left + dt.timedelta(days=2))
    if ends != THERE:
        stays[-1].depart(by=by, departure_reason=ends, on=days_ago(at))
    return list(Placement.objects.filter(case=case).order_by("arrived_on", "recorded_at")), at


@settings(
    max_examples=12, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(journeys)
def test_days_are_neither_lost_nor_counted_twice(make_case, make_rehab_unit, facilitator, journey):
    with transaction.atomic():
        compare(make_case, make_rehab_unit, facilitator, *journey)
        transaction.set_rollback(True)


def compare(make_case, make_rehab_unit, facilitator, legs, ends):
    case = make_case(on=days_ago(BEGAN + 10))
    stays, ended = walk(case, [make_rehab_unit() for _ in legs], legs, ends, facilitator)
    expected = [days_ago(n) for n in range(BEGAN, -1 if ends == THERE else ended, -1)]  # arrival to the day before

    assert sum(stay.days() for stay in stays) == len(expected)
    taken = [stay.taken for stay in Placement.objects.filter(case=case).with_days_taken()]
    counted = [
        day for days in taken if not days.isempty for day in expected if days.lower <= day and day < days.upper
    ]  # fmt: skip
    assert sorted(counted) == expected
    first, last = (days_ago(n) for n in WINDOW)
    saved = savings(Placement.objects.filter(case=case), [("within", first, last)]).get("within", Savings())
    assert saved.days == len([day for day in expected if first <= day <= last])

    # one journey: each leg continues the one before, and only its end plans follow-ups
    assert [stay.continues for stay in stays] == [None, *stays[:-1]]
    assert all(one.departed_on == other.arrived_on for one, other in pairwise(stays))
    planned = {THERE: set(), "died": set()}.get(ends, {stays[-1].pk})
    assert set(FollowUp.objects.filter(case=case).values_list("placement", flat=True)) == planned
