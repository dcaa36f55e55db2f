import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from offenders.models import Offender
from referrals.eligibility import ANSWERS, answers, what_else_fits
from referrals.models import Referral


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
