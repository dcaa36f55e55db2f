"""Each rule of the spreadsheet: what is refused, on which line and column, and what is taken as written."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import CommandError

from partners.models import Agency
from referrals.history.lines import read_lines
from referrals.models import Referral
from referrals.rehab.history.lines import COLUMNS
from referrals.rehab.models import Assessment, Placement

from .pilot_file import as_csv
from .test_import import ADMITTED, ASSESSED, DEPARTED, FOLLOWED_UP, PERSON, WHOLE

pytestmark = pytest.mark.django_db
AGAIN = {"reference": "R1"}
SECOND = AGAIN | {"admitted_on": "2022-05-01"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        # one cell
        ([{"reference": ""}], "Line 2, reference, “”"),
        ([{"given_names": ""}], "Line 2, given_names, “”"),
        ([{"family_name": ""}], "Line 2, family_name, “”"),
        ([{"referred_on": ""}], "Line 2, referred_on, “”"),
        ([{"given_names": "A" * 121}], "Line 2, given_names"),
        ([{"given_names": "A\x00"}], "Line 2, given_names"),
        ([{"referred_on": "31/2/2022"}], "Line 2, referred_on, “31/2/2022”: There is no such day"),
        ([{"referred_on": "2022-1-5"}], "Line 2, referred_on, “2022-1-5”: Write dates as"),
        ([{"referred_on": "10.1.2022"}], "Line 2, referred_on, “10.1.2022”"),
        ([{"referred_on": "1/10/22"}], "Line 2, referred_on, “1/10/22”"),
        ([{"referred_on": "2999-01-01"}], "Line 2, referred_on, “2999-01-01”: This day is in the future"),
        ([{"date_of_birth": "1/1/1875"}], "Line 2, date_of_birth, “1/1/1875”"),
        ([{"sex": "X"}], "Line 2, sex, “X”"),
        ([{"ethnicity": "Z1"}], "Line 2, ethnicity, “Z1”"),
        ([{"area": "Leeds"}], "Line 2, area, “Leeds”"),
        ([{"decision": "yes"}], "Line 2, decision, “yes”: Write one of brought_in, referred_on, not_suit"),
        ([{"facilitator_email": "ruth"}], "Line 2, facilitator_email, “ruth”: This is not an e-mail address"),
        ([{"daily_spend_gbp": "-5"}], "Line 2, daily_spend_gbp, “-5”"),
        ([{"daily_spend_gbp": "5.123"}], "Line 2, daily_spend_gbp, “5.123”"),
        ([{"daily_spend_gbp": "1,02"}], "Line 2, daily_spend_gbp, “1,02”"),
        ([{"daily_spend_gbp": "ten"}], "Line 2, daily_spend_gbp, “ten”"),
        ([{"daily_spend_gbp": "1000000"}], "Line 2, daily_spend_gbp, “1000000”"),
        ([FOLLOWED_UP | {"followup_weeks": "521"}], "Line 2, followup_weeks, “521”"),
        ([FOLLOWED_UP | {"followup_weeks": "1.5"}], "Line 2, followup_weeks, “1.5”"),
        ([FOLLOWED_UP | {"abstinent": "maybe"}], "Line 2, abstinent, “maybe”: Write one of yes, no, unknown"),
        ([ADMITTED | DEPARTED | {"departure_reason": "bored"}], "Line 2, departure_reason, “bored”: Write one of"),
        ([ADMITTED | DEPARTED | {"move_on": "the moon"}], "Line 2, move_on, “the moon”"),
        # one line
        ([{"date_of_birth": "2022-01-10"}], "Line 2, referred_on, “2022-01-10”: They cannot be referred before"),
        ([{"assessed_on": "2022-01-09"}], "Line 2, assessed_on, “2022-01-09”: The assessment cannot be before"),
        ([{"decision": "withdrew", "decided_on": "2022-01-09"}], "Line 2, decided_on, “2022-01-09”"),
        ([ASSESSED | {"decided_on": "2022-01-11"}], "Line 2, decided_on, “2022-01-11”: The decision cannot be"),
        ([{"decided_on": "2022-01-11"}], "Line 2, decided_on, “2022-01-11”: Say what was decided"),
        ([ADMITTED | {"admitted_on": "2022-01-09"}], "Line 2, admitted_on, “2022-01-09”: The admission cannot"),
        ([FOLLOWED_UP | {"followup_on": "2022-01-09"}], "Line 2, followup_on, “2022-01-09”: The follow-up cannot"),
        ([ADMITTED | DEPARTED | {"departed_on": "2022-01-31"}], "Line 2, departed_on, “2022-01-31”: They cannot leave"),
        ([DEPARTED], "Line 2, departed_on, “2022-03-01”: They cannot have left without"),
        ([{"rehab_unit": "Elm House"}], "Line 2, rehab_unit, “Elm House”: Say on which day"),
        ([ADMITTED | {"departure_reason": "died"}], "Line 2, departure_reason, “died”: Say on which day they left"),
        ([ADMITTED | {"move_on": "family"}], "Line 2, move_on, “family”: Say on which day they left"),
        ([{"abstinent": "yes"}], "Line 2, abstinent, “yes”: Say on which day this was found"),
        ([{"offending": "no"}], "Line 2, offending, “no”"),
        ([{"followup_weeks": "4"}], "Line 2, followup_weeks, “4”"),
        ([ADMITTED | {"decision": "withdrew"}], "Line 2, admitted_on, “2022-02-01”: They cannot be admitted when"),
        ([ADMITTED | {"decision": "referred_on"}], "is “referred on”"),
        ([ADMITTED | {"decision": "not_suitable"}], "is “not suitable”"),
        # one line and another
        ([{}, AGAIN | {"family_name": "Byrd"}], "Line 3, family_name, “Byrd”: Line 2 says “Bird”"),
        ([{}, AGAIN | {"date_of_birth": "1990-02-02"}], "Line 3, date_of_birth, “1990-02-02”: Line 2 says “1 February"),
        ([ADMITTED, SECOND], "Line 3, admitted_on, “2022-05-01”: They are still in rehab since the admission of"),
        ([ADMITTED, SECOND | {"departed_on": "2022-06-01"}], "Line 3, admitted_on"),
        ([ADMITTED | DEPARTED, SECOND | {"admitted_on": "2022-02-28"}], "Line 3, admitted_on, “2022-02-28”: They were"),
        ([ADMITTED | DEPARTED | {"departure_reason": "died"}, SECOND], "Line 3, admitted_on, “2022-05-01”: They died"),
        ([ADMITTED | DEPARTED, AGAIN | ADMITTED | {"departed_on": "2022-03-02"}], "Line 3, departed_on, “2022-03-02”"),
        ([FOLLOWED_UP, AGAIN | FOLLOWED_UP | {"abstinent": "no"}], "Line 3, abstinent, “no”: Line 2 says “yes”"),
        ([ASSESSED, AGAIN | {"daily_spend_gbp": "70"}], "Line 3, daily_spend_gbp, “70”: Line 2 says “80”"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_by_line_column_and_value(bring_in, rows, said):
    with pytest.raises(CommandError) as refused:
        bring_in(PERSON | rows[0], *rows[1:])
    assert said in str(refused.value)
    assert not Referral.objects.exists()


def test_every_bad_line_is_reported(bring_in):
    rows = [PERSON | {"reference": f"R{n}", "sex": "X"} for n in range(3)] + [
        PERSON | {"area": "Leeds", "unit": "Nowhere"}
    ]
    with pytest.raises(CommandError) as refused:
        bring_in(*rows, create_missing=False)
    said = str(refused.value)
    assert all(part in said for part in ("Line 2, sex", "Line 3, sex", "Line 4, sex", "Line 5, area", "Line 5, unit"))
    assert said.startswith("4 lines cannot be taken. Nothing was written.")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ([*COLUMNS, "postcode"], "Line 1, postcode, “postcode”: There is no column of this name"),
        ([*COLUMNS, "Sex"], "Line 1, Sex"),
        ([*COLUMNS, "sex"], "Line 1, sex, “sex”: This column is here 2 times"),
        ([*list(COLUMNS)[1:]], "Line 1, reference, “”: This column is missing"),
        ([*COLUMNS, ""], "Line 1, (no name)"),
        ([";".join(COLUMNS)], "There is no column of this name"),
    ],
)
def test_columns_are_exactly_these(header, said):
    problems = []
    assert read_lines(",".join(header).encode(), COLUMNS, problems) == []
    assert said in "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Line 1, reference"),
        (as_csv([PERSON | {"given_names": "Si\u00e2n"}]).decode().encode("cp1252"), "Line 2, “â”: This is not UTF-8"),
        (as_csv([PERSON]) + b"R2,too,short\r\n", "Line 3, “R2,too,short”: This line has 3 cells and the first has 24"),
        (as_csv([PERSON]) + b"R2" + b"," * 24 + b"\r\n", "Line 3"),
        (as_csv([PERSON]) + b'R2,"never closed\r\n', "Line 3, “”: From here the file cannot be read as CSV"),
        (as_csv([PERSON]) + b'R2,"a"b,\r\n', "Line 3"),
    ],
)
def test_a_file_that_is_no_such_csv_says_where(data, said):
    problems = []
    read_lines(data, COLUMNS, problems)
    assert said in "\n".join(map(str, problems))


def test_a_cell_over_two_lines_counts_as_the_first(bring_in):
    rows = [PERSON | {"given_names": "Ama\nLouise"}, PERSON | {"reference": "R2", "sex": "X"}]
    with pytest.raises(CommandError, match="Line 4, sex"):
        bring_in(*rows)
    bring_in(rows[0])
    assert Referral.objects.get().offender.given_names == "Ama Louise"


@pytest.mark.parametrize("make", [
    lambda rows: as_csv(rows),
    lambda rows: as_csv(rows, ending="\n"),
    lambda rows: b"\xef\xbb\xbf" + as_csv(rows),
    lambda rows: as_csv(rows) + b"\r\n\r\n" + b"," * 23 + b"\r\n",
    lambda rows: as_csv(rows, sorted(COLUMNS)),
    lambda rows: as_csv([{column: f"  {text} " for column, text in row.items()} for row in rows]),
    lambda rows: as_csv([*rows, *rows]),
])  # fmt: skip
def test_the_same_file_in_other_clothes(make):
    problems = []
    lines = read_lines(make([WHOLE]), COLUMNS, problems)
    assert problems == []
    assert {tuple(sorted(line.facts.items(), key=str)) for line in lines} == {
        tuple(sorted(read_lines(as_csv([WHOLE]), COLUMNS, [])[0].facts.items(), key=str))
    }


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("referred_on", "1/7/2021", dt.date(2021, 7, 1)),
        ("referred_on", "01/07/2021", dt.date(2021, 7, 1)),
        ("referred_on", "2021-07-01", dt.date(2021, 7, 1)),
        ("sex", "f", "2"),
        ("sex", "unknown", None),
        ("ethnicity", "o1", "A4"),
        ("ethnicity", "White & Black Caribbean", "M1"),
        ("ethnicity", "not stated", "NS"),
        ("ethnicity", "Ethnicity is unknown", None),
        ("daily_spend_gbp", "£1,020.50", Decimal("1020.50")),
        ("daily_spend_gbp", "0", Decimal(0)),
        ("departure_reason", "LEFT EARLY", "left_early"),
        ("departure_reason", "asked_to_leave", "asked_to_leave"),
        ("move_on", "Dry house or move-on house", "dry_house"),
        ("abstinent", "Y", "yes"),
        ("abstinent", "Unknown", None),
        ("followup_weeks", "0", 0),
        ("facilitator_email", "Ruth@WMP.example", "ruth@wmp.example"),
    ],
)
def test_what_a_cell_may_say(column, text, value):
    assert COLUMNS[column](text) == value


@pytest.mark.parametrize(("text", "code"), [
    ("E08000030", "E08000030"), ("walsall", "E08000030"), ("Outside WMP area", "OUTSIDE"), ("nfa", "NFA"),
    ("No fixed abode", "NFA"), ("Outside the force area", "OUTSIDE"), ("", None),
])  # fmt: skip
def test_areas_go_by_code_or_name(bring_in, text, code):
    bring_in(PERSON | {"area": text})
    assert Referral.objects.get().area_id == code


@pytest.mark.parametrize(("agency", "unit", "source", "sender", "kind"), [
    ("West Midlands Police", "Coventry", "officer", "WMP", "npu"), ("", "FORCE CID", "officer", "WMP", "department"),
    ("Change Grow Live", "", "cgl", "CGL", ""), ("cranstoun", "", "cranstoun", "Cranstoun", ""),
    ("Probation Service", "", "probation", "Probation Service", ""), ("Corner Shop", "", "other", "Corner Shop", ""),
    ("", "", "unknown", None, ""), ("WMP", "Birmingham", "officer", "WMP", "lpa"),
])  # fmt: skip
def test_who_sent_them(bring_in, agency, unit, source, sender, kind):
    bring_in(PERSON | {"referred_by_agency": agency, "unit": unit})
    referral = Referral.objects.get()
    assert (referral.source, referral.from_agency and str(referral.from_agency)) == (source, sender)
    assert (referral.from_unit.kind if referral.from_unit else "") == kind


def test_a_unit_is_the_agencys_own(bring_in):
    Agency.objects.create(name="Corner Shop", kind="retailer")
    with pytest.raises(CommandError, match="Corner Shop has no unit of this name"):
        bring_in(PERSON | {"referred_by_agency": "Corner Shop"}, create_missing=False)


def test_a_spend_without_its_day_belongs_to_the_decision_or_the_referral(bring_in):
    bring_in(PERSON | {"daily_spend_gbp": "50"}, AGAIN | {"daily_spend_gbp": "50.00", "rehab_unit": ""})
    assert [(str(a.assessed_on), a.daily_spend) for a in Assessment.objects.with_spend()] == [("2022-01-10", 50)]


def test_stays_may_touch_and_need_not_be_in_order(bring_in):
    bring_in(
        PERSON | {"admitted_on": "2022-03-01", "departed_on": "2022-03-20"},
        AGAIN | ADMITTED | DEPARTED,
        AGAIN | {"rehab_unit": "Elm House", "followup_on": "2022-04-01"},
    )
    assert [stay.days() for stay in Placement.objects.order_by("arrived_on")] == [28, 19]
