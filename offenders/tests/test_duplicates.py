"""Who is likely to be one person, and who is not."""

import datetime as dt

import pytest

from offenders import amend, duplicates
from offenders.facts import record_fact
from offenders.models import Alias, Identifier, LikelyPair

pytestmark = pytest.mark.django_db

BORN = dt.date(1988, 4, 7)


@pytest.fixture
def make_two(make_offender):
    def make(first=None, second=None):
        one = {"given_names": "John", "family_name": "Smith", "date_of_birth": BORN} | (first or {})
        return make_offender(**one), make_offender(**one | (second or {}))

    return make


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [
        ({}, {}, 75),
        ({}, {"given_names": "Jon", "family_name": "Smyth"}, 58),
        ({}, {"date_of_birth": dt.date(1988, 7, 4)}, 65),
        ({}, {"date_of_birth": dt.date(1989, 4, 7)}, 65),
        ({"phone": "07700 900123"}, {"phone": "+44 7700 900123", "date_of_birth": None}, 60),
        ({}, {"given_names": "Smith", "family_name": "John"}, 75),
        ({}, {"date_of_birth": None}, None),
        ({}, {"date_of_birth": dt.date(1971, 12, 30)}, None),
        ({}, {"given_names": "Olu", "family_name": "Adeyemi"}, None),
        ({"sex": "1"}, {"sex": "2"}, 60),
    ],
)
def test_score(make_two, first, second, score):
    make_two(first, second)
    assert list(LikelyPair.objects.values_list("score", flat=True)) == ([score] if score else [])


def test_a_number_that_both_hold_is_always_worth_a_look(make_two, supervisor):
    one, other = make_two({}, {"given_names": "Olu", "family_name": "Adeyemi", "date_of_birth": dt.date(1960, 1, 1)})
    for person in (one, other):
        record_fact(Identifier(offender=person, kind="nhs", value="9434765919"), by=supervisor)
    pair = LikelyPair.objects.get()
    assert pair.score == 50
    assert "The same number of a kind that you may not read" in list(duplicates.words(pair, supervisor))


def test_another_name_and_an_amendment_count(make_two, make_case, supervisor):
    one, other = make_two({}, {"given_names": "Olu", "family_name": "Adeyemi"})
    record_fact(Alias(offender=other, given_names="John", family_name="Smith"), by=supervisor)
    assert LikelyPair.objects.get().score == 70
    make_case(offender=one)
    amend.amend(one, {"date_of_birth": dt.date(1950, 1, 1)}, by=supervisor, reason="Seen on the passport")
    assert not LikelyPair.objects.open().exists()


def test_what_is_found_is_found_once(make_two):
    make_two()
    assert duplicates.find_all() == 0
    LikelyPair.objects.all().delete()
    assert duplicates.find_all() == 1


def test_not_the_same_is_remembered_unless_both_hold_a_number(make_two, supervisor):
    one, other = make_two()
    pair = LikelyPair.objects.get()
    pair.state, pair.decided_by, pair.decided_at, pair.reason = "different", supervisor, pair.found_at, "Brothers"
    pair.save()
    for person in (one, other):
        record_fact(Alias(offender=person, given_names="Johnny", family_name="Smith"), by=supervisor)
    pair.refresh_from_db()
    assert pair.state == "different"
    for person in (one, other):
        Identifier.objects.create(offender=person, kind="custody", value="AB1234")
    duplicates.find([one.pk])
    pair.refresh_from_db()
    assert (pair.state, pair.reason) == ("open", "Brothers")
