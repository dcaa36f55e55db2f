import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from offenders.models import Offender
from referrals.eligibility import ANSWERS, answers, what_else_fits
from referrals.models import Offence, Referral, Resolution


def answer(name, **fields):
    born = fields.pop("born", None)
    referral = Referral(
        pathway="o2r", offender=Offender(date_of_birth=born), referred_on=dt.date(2024, 3, 27), **fields
    )
    return next(rule["answer"] for rule in answers(referral) if rule["name"] == name)


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("adult", {"born": dt.date(2006, 3, 27)}, True),
        ("adult", {"born": dt.date(2006, 3, 28)}, False),
        ("adult", {}, None),
        ("funds_addiction", {"funds_addiction": True}, True),
        ("funds_addiction", {"funds_addiction": False}, False),
        ("funds_addiction", {}, None),
        ("covered", {"area_id": "E08000025"}, True),
        ("covered", {"area_id": "OUTSIDE", "offending_area_id": "E08000025"}, True),
        ("covered", {"area_id": "OUTSIDE", "offending_area_id": "OUTSIDE"}, False),
        ("covered", {"area_id": "OUTSIDE"}, None),
        ("covered", {"area_id": "NFA"}, None),
        ("covered", {"area_id": "NFA", "offending_area_id": "OUTSIDE"}, None),
        ("covered", {}, None),
    ],
)
@pytest.mark.django_db
def test_each_rule_is_met_not_met_or_not_known(name, fields, expected):
    assert answer(name, **fields) is expected
    assert expected in ANSWERS


@pytest.mark.django_db
def test_no_other_pathway_fits_while_none_is_open(monkeypatch):
    referral = Referral(pathway="o2r", offender=Offender())
    assert what_else_fits(referral) == []
    monkeypatch.setattr("referrals.eligibility.open_pathways", lambda: ["o2r", "divert"])
    assert what_else_fits(referral) == ["divert"]


def test_the_diagrams_are_made_from_the_tables(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    out = io.StringIO()
    with pytest.raises(CommandError, match="workflows"):
        call_command("workflow", "--check", stdout=out)
    call_command("workflow", stdout=out)
    call_command("workflow", "--check", stdout=out)
    text = (tmp_path / "docs" / "workflows.md").read_text()
    assert all(title in text for title in ("## Referral", "## Case", "## Placement"))
    assert "submitted --> accepted: accept" in text
    assert "`: \n" not in text  # every side says in words whose a step is


FITS = {
    "is_own_use": True, "is_supply_suspected": False, "is_aggravating": False, "accepts_responsibility": True,
    "agrees": True,
}  # fmt: skip


def divert(name, kind="possession", **resolution):
    """The answer of a rule of Divert for a person nobody knows yet, with a resolution that is still written."""
    referral = Referral(pathway="divert", offender=Offender(), referred_on=dt.date(2026, 3, 2))
    Resolution(referral=referral, offence=Offence(kind=kind) if kind else None, **FITS | resolution)
    return next(rule["answer"] for rule in answers(referral) if rule["name"] == name)


@pytest.mark.parametrize(
    ("name", "resolution", "expected"),
    [
        ("possession", {}, True),
        ("possession", {"kind": "acquisitive"}, False),
        ("possession", {"is_own_use": False}, False),
        ("possession", {"kind": None}, None),
        ("possession", {"is_own_use": None}, None),
        ("possession", {"kind": None, "is_own_use": False}, False),
        ("no_supply", {}, True),
        ("no_supply", {"is_supply_suspected": True}, False),
        ("no_supply", {"is_supply_suspected": None}, None),
        ("accepts", {}, True),
        ("accepts", {"accepts_responsibility": False}, False),
        ("accepts", {"agrees": False, "accepts_responsibility": None}, False),
        ("accepts", {"agrees": None}, None),
        ("engaged_before", {}, True),
        ("not_aggravating", {}, True),
        ("not_aggravating", {"is_aggravating": True}, False),
        ("not_aggravating", {"is_aggravating": None}, None),
    ],
)
def test_each_rule_of_divert_is_asked_of_the_resolution(name, resolution, expected):
    assert divert(name, **resolution) is expected


@pytest.mark.django_db
def test_without_a_resolution_nothing_of_it_is_known(make_offender):
    referral = Referral(pathway="divert", offender=make_offender(), referred_on=dt.date(2026, 3, 2))
    assert [rule["answer"] for rule in answers(referral)] == [None, None, None, True, None]


@pytest.fixture
def again():
    """The rule on earlier referrals for one more referral of this person that day."""

    def ask(offender, day):
        referral = Referral(pathway="divert", offender=offender, referred_on=day)
        return next(rule for rule in answers(referral) if rule["name"] == "engaged_before")

    return ask


DAY = dt.date(2026, 3, 2)


@pytest.mark.django_db
def test_divert_is_offered_as_often_as_the_person_engaged(make_divert, again):
    offender = make_divert("completed").offender
    make_divert("engaged", offender=offender)
    assert again(offender, DAY)["answer"] is True
    make_divert("accepted", offender=offender)  # whether they will is not known yet
    assert again(offender, DAY)["answer"] is None


@pytest.mark.django_db
def test_one_that_ended_not_engaged_bars_the_next_and_says_when(make_divert, again, make_user, police):
    elsewhere = make_user("officer", police, police.units.get(name="Coventry", kind="lpa"))
    barring = make_divert("not_engaged", by=elsewhere, on=DAY + dt.timedelta(days=10))  # whoever sent it
    offender = barring.offender
    assert again(offender, DAY + dt.timedelta(days=9))["answer"] is not False  # it had not ended then
    barred = again(offender, DAY + dt.timedelta(days=10))
    assert barred["answer"] is False
    assert barred["sentence"].endswith(", but not with that of 2 March 2026, which ended on 12 March 2026")
    make_divert("completed", offender=offender, referred_on=dt.date(2026, 4, 1))  # one brought in all the same
    assert again(offender, dt.date(2026, 5, 1))["answer"] is False
    assert again(make_divert("draft").offender, dt.date(2026, 5, 1))["answer"] is True  # somebody else


@pytest.mark.django_db
def test_reopened_it_bars_no_longer(make_divert, again, lead):
    barring = make_divert("not_engaged")
    assert again(barring.offender, DAY)["answer"] is False
    barring.reopen(by=lead, reason="Ended by mistake")
    assert again(barring.offender, DAY)["answer"] is None


@pytest.mark.django_db
def test_o2r_is_no_bar_to_divert(make_referral, again, facilitator):
    referral = make_referral("accepted")
    referral.disengage(by=facilitator, reason="Could not be reached")
    assert again(referral.offender, timezone.localdate())["answer"] is True


@pytest.mark.django_db
def test_a_child_who_possessed_drugs_fits_nothing_else(make_offender):
    referral = Referral(pathway="divert", offender=make_offender(date_of_birth=dt.date(2010, 1, 1)), referred_on=DAY)
    assert what_else_fits(referral) == []
    referral.offender = make_offender()
    assert what_else_fits(referral) == ["o2r"]
