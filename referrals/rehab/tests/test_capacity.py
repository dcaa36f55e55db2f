"""Never more people than places, on any day: the database's rule against a naive count of it."""

import datetime as dt
from copy import deepcopy

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.rehab.board.capacity import by_day, free_by_day, next_free
from referrals.rehab.models import OutOfUse, Placement, RehabUnit

pytestmark = pytest.mark.django_db
FIRST, LAST = -12, 24  # days from today that are compared
EVER = range(FIRST - 20, LAST + 20)
GONE = dict.fromkeys(["expected_arrival", "expected_departure", "arrived_on", "departed_on"])

who, where = st.integers(0, 4), st.integers(0, 1)
span = st.tuples(st.integers(FIRST, LAST - 6), st.integers(0, 12)).map(lambda pair: (pair[0], sum(pair)))
past = st.tuples(st.integers(FIRST, 0), st.integers(0, 12)).map(lambda pair: (pair[0], min(sum(pair), 0)))
changes = st.lists(
    st.one_of(
        st.tuples(st.just("booked"), who, where, span),
        st.tuples(st.just("arrived"), who, where, st.tuples(st.integers(FIRST, 0), st.integers(0, 9))),
        st.tuples(st.just("departed"), who, where, past),
        st.tuples(st.just("withdrawn"), who, where, span),
        st.tuples(st.just("out"), where, st.integers(0, 2), span),
        st.tuples(st.just("places"), st.integers(0, 3)),
    ),
    max_size=14,
)


def day(n):
    """So many days from today."""
    return timezone.localdate() + dt.timedelta(days=n)


class Naive:
    """Two units, counted by hand: days are numbers, from today."""

    def __init__(self):
        self.places = [2, 1]
        self.stays = [("requested", 0, (0, 0)) for _ in range(5)]  # status, unit, first day and the day after the last
        self.out = [(0, (0, -1)) for _ in range(2)]  # of each unit: places, first and last day

    def take(self, number):
        """The days on which this stay takes a place."""
        status, _, (first, end) = self.stays[number]
        if status not in ("booked", "arrived", "departed"):
            return ()
        return range(first, max(end, 1) if status == "arrived" else end)

    def counts(self, unit, n):
        """How many people are there on that day, and how many places are out of use."""
        people = sum(stay[1] == unit and n in self.take(number) for number, stay in enumerate(self.stays))
        places, (first, last) = self.out[unit]
        return people, places if first <= n <= last else 0

    def over(self, unit):
        """How many there are too many, day by day."""
        return {n: max(0, sum(self.counts(unit, n)) - self.places[unit]) for n in EVER}

    def do(self, kind, *said):
        if kind == "places":
            self.places[0] = said[0]
        elif kind == "out":
            self.out[said[0]] = said[1:]
        else:
            self.stays[said[0]] = (kind, *said[1:])

    def may_be(self, before, kind, number, *_):
        """Whether what was just done may be: it makes no day worse, and nobody arrives where there are too many."""
        for unit in range(2):
            was, now = before.over(unit), self.over(unit)
            if any(now[n] > was[n] for n in EVER if kind != "places" or n >= 0):
                return False
        arrives = kind == "arrived" and before.stays[number][:2] != self.stays[number][:2]
        return not arrives or not any(self.over(self.stays[number][1])[n] for n in self.take(number))


def write(units, stays, model, kind, number, *_):
    """The same change, in the database."""
    if kind == "places":
        RehabUnit.objects.filter(pk=units[0].pk).update(places=model.places[0])
    elif kind == "out":
        places, (first, last) = model.out[number]
        said = {"places": places, "valid_from": day(first), "valid_to": day(last)}
        OutOfUse.objects.update_or_create(unit=units[number], defaults=said)
    else:
        _, unit, (first, end) = model.stays[number]
        said = {
            "booked": {"expected_arrival": day(first), "expected_departure": day(end)},
            "arrived": {
                "expected_arrival": day(first), "expected_departure": day(max(first, end)), "arrived_on": day(first)
            },
            "departed": {"arrived_on": day(first), "departed_on": day(end), "departure_reason": "completed"},
            "withdrawn": {"end_reason": "Changed their mind"},
        }[kind]  # fmt: skip
        Placement.objects.filter(pk=stays[number].pk).update(**GONE | said, status=kind, unit=units[unit])


@pytest.fixture
def units(make_rehab_unit):
    return [make_rehab_unit(name=f"Unit {n}", places=places) for n, places in enumerate(Naive().places)]


@pytest.fixture
def stays(make_case, units):
    cases = [make_case() for _ in Naive().stays]
    return [
        Placement.objects.create(case=case, offender=case.offender, unit=units[0], requested_on=day(FIRST))
        for case in cases
    ]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes)
def test_the_database_refuses_what_a_count_by_hand_refuses_and_counts_the_same(units, stays, changes):
    model = Naive()
    with transaction.atomic():
        for change in changes:
            before = deepcopy(model)
            model.do(*change)
            try:
                with transaction.atomic():
                    write(units, stays, model, *change)
            except IntegrityError:
                assert not model.may_be(before, *change), change
                model = before
            else:
                assert model.may_be(before, *change), change
        compare(RehabUnit.objects.filter(pk__in=[unit.pk for unit in units]).order_by("name"), model)
        transaction.set_rollback(True)


def compare(units, model):
    counted, shown = by_day(units, day(FIRST), day(LAST)), range(FIRST, LAST + 1)
    for number, unit in enumerate(units):
        counts = [model.counts(number, n) for n in shown]
        free = [max(0, model.places[number] - sum(both)) for both in counts]
        assert [(one.taken, one.out) for one in counted[unit.pk]] == counts
        assert [one.over for one in counted[unit.pk]] == [model.over(number)[n] for n in shown]
        assert [one.free for one in counted[unit.pk]] == free == free_by_day([unit], day(FIRST), day(LAST))[unit.pk]
        starts = [
            n for n in EVER[20:] if all(sum(model.counts(number, m)) < model.places[number] for m in range(n, n + 5))
        ]
        assert next_free(unit, 5, day(FIRST)) == (day(starts[0]) if starts else None)
