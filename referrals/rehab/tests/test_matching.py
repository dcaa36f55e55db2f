"""Which units fit, which comes first, and the reason why one does not."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from partners.models import Area
from referrals.rehab.matching import Needs, fits, miles
from referrals.rehab.models import RehabUnit


def found(unit, **needs):
    """{name: (whether it is met, the sentence)} for this unit."""
    units = RehabUnit.objects.filter(pk=unit.pk).with_free_places()
    return {fit.name: fit[1:] for fit in fits(units, Needs(**needs))[0][1]}


@pytest.mark.parametrize(
    ("takes", "sex", "met", "sentence"),
    [
        ("mixed", "1", True, "Takes men and women"),
        ("mixed", "0", True, "Takes men and women"),
        ("men", "1", True, "Takes men"),
        ("men", "2", False, "Takes men only"),
        ("women", "1", False, "Takes women only"),
        ("women", "2", True, "Takes women"),
        ("women", "9", None, "Takes women only, and this person's sex is not recorded"),
    ],
)
def test_men_and_women(takes, sex, met, sentence, make_rehab_unit):
    assert found(make_rehab_unit(takes=takes), sex=sex)["takes"] == (met, sentence)


def test_only_what_is_asked_is_answered(make_rehab_unit):
    assert set(found(make_rehab_unit())) == {"takes", "dates"}


def test_detox(make_rehab_unit):
    assert found(make_rehab_unit(has_detox=True), detox=True)["detox"] == (True, "Detox on site")
    met, sentence = found(make_rehab_unit(), detox=True)["detox"]
    assert (met, sentence) == (False, "No detox on site: it has to come first, elsewhere")


@pytest.mark.parametrize(
    ("cannot", "met", "sentence"),
    [
        (["arson", "pregnancy"], False, "Cannot take: arson"),
        (["pregnancy"], True, "Nothing named rules the person out"),
        ([], None, "Has not said whom it cannot take: ask"),
    ],
)
def test_circumstances(cannot, met, sentence, make_rehab_unit):
    unit = make_rehab_unit(cannot_take=cannot)
    assert found(unit, circumstances=("arson", "curfew"))["circumstances"] == (met, sentence)


@pytest.mark.parametrize(
    ("price", "met", "sentence"),
    [
        ("700", True, "£700 a week"),
        ("750", True, "£750 a week"),
        ("800.50", False, "£800.50 a week, £50.50 too much"),
        (None, None, "Price not known: ask"),
    ],
)
def test_price(price, met, sentence, make_rehab_unit):
    unit = make_rehab_unit(weekly_price=price)
    assert found(unit, price_limit=Decimal(750))["price"] == (met, sentence)


def test_distance(make_rehab_unit):
    coventry = Area.objects.get(name="Coventry")
    unit = make_rehab_unit(latitude="52.495", longitude="-1.882")
    assert miles(Area.objects.get(name="Birmingham"), coventry) == 16
    assert found(unit, near=coventry)["distance"] == (True, "16 miles from Coventry")
    assert found(unit, near=coventry, miles=16)["distance"][0]
    assert not found(unit, near=coventry, miles=15)["distance"][0]
    assert found(make_rehab_unit(), near=coventry, miles=15)["distance"][0] is None
    assert found(unit, near=Area.objects.get(code="NFA"), miles=15)["distance"][0] is None
    assert "distance" not in found(make_rehab_unit(), near=coventry)


@pytest.mark.parametrize(("latitude", "longitude"), [("52.4", None), (None, "-1.8"), ("-1.8", "52.4")])
def test_a_unit_lies_in_the_united_kingdom(latitude, longitude, rehab_unit):
    with pytest.raises(IntegrityError, match="unit_lies_in_the_united_kingdom"), transaction.atomic():
        RehabUnit.objects.filter(pk=rehab_unit.pk).update(latitude=latitude, longitude=longitude)


def test_the_days_asked(make_rehab_unit, make_placement):
    unit, asked = make_rehab_unit(places=1), {"arrival": dt.date(2030, 5, 1), "departure": dt.date(2030, 5, 29)}
    assert found(unit, **asked)["dates"] == (True, "A place is free from 1 May to 29 May 2030")
    assert found(unit, arrival=asked["arrival"])["dates"] == (True, "A place is free from 1 May to 24 July 2030")
    stay = make_placement("offered", unit=unit)
    stay.book(by=stay.case.facilitator, expected_arrival=dt.date(2030, 5, 20), expected_departure=dt.date(2030, 6, 3))
    met, sentence = found(unit, **asked)["dates"]
    assert not met
    assert sentence == "Full on 9 of the days from 1 May to 29 May 2030, free for as long from 3 June 2030"
    assert found(unit, arrival=dt.date(2030, 6, 3))["dates"][0]
    assert found(make_rehab_unit(places=None), **asked)["dates"][0] is None


def test_full_today(make_rehab_unit, make_placement):
    unit = make_rehab_unit(places=1)
    assert found(unit)["dates"] == (True, "1 of 1 places free today")
    make_placement("arrived", unit=unit)
    assert found(unit)["dates"] == (False, "Full today")


def test_those_that_fit_best_come_first(make_rehab_unit):
    near = {"latitude": "52.415", "longitude": "-1.521"}
    for name, fields in {
        "Women only": near | {"takes": "women"},
        "Dear": near | {"weekly_price": 900},
        "Cheap": near | {"weekly_price": 800},
        "Far": {"latitude": "52.605", "longitude": "-1.977", "weekly_price": 700},
        "Unknown": {"places": None},
    }.items():
        make_rehab_unit(name=name, **fields)
    needs = Needs(sex="1", near=Area.objects.get(name="Coventry"), arrival=dt.date(2030, 1, 1))
    units = RehabUnit.objects.with_free_places()
    assert [unit.name for unit, _ in fits(units, needs)] == ["Cheap", "Dear", "Far", "Unknown", "Women only"]
