"""What was saved after rehab, in costs of crime, and what is left after staff and places."""

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.models import Setting
from referrals.insight.breakdowns import Period
from referrals.insight.tables import Table
from referrals.rehab.costs import Range, costs, staff_cost
from referrals.rehab.models import Assessment, FollowUp, Placement, UnitCost
from referrals.rehab.savings import savings, savings_after

FIRST, LAST = dt.date(2022, 3, 1), dt.date(2022, 3, 31)
LATER = dt.date(2023, 1, 1)
PILOT = (dt.date(2021, 7, 1), dt.date(2022, 6, 30))


def march(day):
    return dt.date(2022, 3, day)


def table(first=FIRST, last=LAST, as_of=LATER, by="", **how):
    """{measure: value}, or with a breakdown {(measure, row): value}."""
    rows = Table("o2r_savings", Period(first, last, as_of), by, **how).rows()
    return {(row["measure"], row["breakdown"]) if by else row["measure"]: row["value"] for row in rows}


# after rehab


@pytest.mark.parametrize(
    ("checks", "days"),
    [
        ([], 0),
        ([(20, "yes")], 10),
        ([(20, "yes"), (25, "yes")], 15),
        ([(20, "yes"), (25, "no")], 10),  # when between the two it ended nobody knows: up to the last that says yes
        ([(15, "no"), (20, "yes")], 0),
        ([(15, "unknown"), (20, "yes")], 10),
        ([(15, "yes"), (15, "no")], 0),
        ([(10, "yes")], 0),  # the day of departure itself
    ],
)
def test_days_after_rehab_run_to_the_last_check_that_says_so(checks, days, make_stay, assess, follow_up):
    stay = make_stay(march(5), march(10))
    assess(stay.case, march(1), 20)
    for day, answer in checks:
        follow_up(stay.case, march(day), answer)
    found = table()
    assert (found["days_after"], found["spend_avoided_after_central"]) == (days, 20 * days)
    assert found["goods_not_stolen_after_central"] == 60 * days
    assert found["days"] == 5  # apart from it


def test_days_after_rehab_end_where_they_come_back(make_stay, follow_up):
    first = make_stay(march(2), march(5))
    make_stay(march(15), march(20), case=first.case)
    follow_up(first.case, march(12))
    follow_up(first.case, march(25))
    found = table()
    assert (found["days"], found["days_after"]) == (3 + 5, 7 + 5)


def test_the_pounds_a_day_after_rehab_are_those_of_the_arrival(make_stay, assess, follow_up):
    stay = make_stay(march(5), march(10))
    assess(stay.case, march(1), 50)
    assess(stay.case, march(9), 0)  # asked again in rehab, spending nothing
    follow_up(stay.case, march(20))
    assert table()["spend_avoided_after_central"] == 500


def test_a_check_later_than_the_as_of_day_is_not_known(make_stay, follow_up):
    stay = make_stay(march(5), march(10))
    follow_up(stay.case, march(20))
    assert [table(as_of=march(day))["days_after"] for day in (19, 20)] == [0, 10]


ANSWERS = st.sampled_from(["yes", "yes", "no", "unknown"])


@given(
    stays=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), min_size=1, max_size=4),
    checks=st.lists(st.tuples(st.integers(0, 60), ANSWERS), max_size=5),
    asked=st.tuples(st.integers(0, 40), st.integers(0, 40)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_days_agree_with_counting_each(stays, checks, asked, make_case, facilitator, rehab_unit, one_case):
    case, begin = one_case, dt.date(2024, 1, 20)
    first = begin + dt.timedelta(days=asked[0])
    last = first + dt.timedelta(days=asked[1])
    spans, day = [], begin
    for gap, length in stays:
        arrived = day + dt.timedelta(days=gap)
        day = arrived + dt.timedelta(days=length)
        spans.append((arrived, day))
    done = sorted((begin + dt.timedelta(days=after), answer) for after, answer in checks)
    with transaction.atomic():
        rows = Placement.objects.bulk_create(
            Placement(
                case=case, offender=case.offender, unit=rehab_unit, status="departed", requested_on=begin,
                expected_arrival=a, expected_departure=d, arrived_on=a, departed_on=d, departure_reason="completed",
            )
            for a, d in spans
        )  # fmt: skip
        FollowUp.objects.bulk_create(
            FollowUp(
                case=case, done_on=on, abstinent=answer, by=facilitator, agency=case.agency, recorded_at=timezone.now()
            )
            for on, answer in done
        )
        mine = Placement.objects.filter(pk__in=[row.pk for row in rows])
        in_rehab = savings(mine, [("", first, last)]).get("")
        after = savings_after(mine, [("", first, last)]).get("")
        transaction.set_rollback(True)
    every = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    assert (in_rehab.days if in_rehab else 0) == sum(any(a <= one < d for a, d in spans) for one in every)
    assert (after.days if after else 0) == sum(any(_is_well(one, span, spans, done) for span in spans) for one in every)


def _is_well(day, span, spans, done):
    """Whether that day after this stay is one that a check covers, thought out a day at a time."""
    left = span[1]
    back = min((a for a, _ in spans[spans.index(span) + 1 :]), default=dt.date.max)
    since = [(on, answer) for on, answer in done if on >= left]
    lapse = min((on for on, answer in since if answer == "no"), default=dt.date.max)
    said = [on for on, answer in since if answer == "yes" and on < lapse and on <= back]
    return left <= day and any(day < on for on in said)


@pytest.fixture
def one_case(make_case):
    return make_case(on=dt.date(2024, 1, 15))


# costs of crime, staff, places


def test_the_pilot_of_the_paper(make_stay):
    """1,108 days in rehab; £464k of costs of crime, £279k of staff, £185k left; then the places, which it left out."""
    begin = dt.date(2021, 7, 1)
    for length in (365, 365, 300, 78):
        make_stay(begin, begin + dt.timedelta(days=length))
    found = table(*PILOT)
    assert found["days"] == 1108
    thousands = {name: round(found[name] / 1000) for name in ("costs_of_crime_central", "staff", "net_central")}
    assert thousands == {"costs_of_crime_central": 464, "staff": 279, "net_central": 185}
    assert found["staff"] == 279_000
    assert found["net_central"] == found["costs_of_crime_central"] - found["staff"]
    assert [found[f"places_{one}"] for one in ("low", "central", "high")] == [10_000, 35_104, 160_000]
    assert found["net_of_places_low"] == found["net_low"] - 160_000
    assert found["net_of_places_high"] == found["net_high"] - 10_000


def test_costs_of_crime_are_never_added_to_goods(make_stay, assess):
    stay = make_stay(march(10), march(20))
    assess(stay.case, march(4), 100)
    before = table()
    UnitCost.objects.update(pounds=1_000_000)
    after = table()
    assert before["goods_not_stolen_central"] == after["goods_not_stolen_central"] == 3000
    assert after["costs_of_crime_central"] == 10_000_000


def test_each_offence_counts_on_the_days_on_which_its_cost_holds(make_stay):
    UnitCost.objects.all().delete()
    said = {"price_year": "2015/16", "source": "A report", "pounds": 100}
    UnitCost.objects.create(offence="Theft", low=1, central=2, high=3, valid_from=march(1), valid_to=march(12), **said)
    UnitCost.objects.create(offence="Robbery", central="0.5", high="0.5", valid_from=march(15), **said)
    make_stay(march(10), march(20))
    found = costs(Placement.objects.all(), [("", FIRST, LAST)])[""]
    assert [(crime.offence, crime.offences.central) for crime in found.crimes] == [
        ("Robbery", Decimal("2.5")),
        ("Theft", 6),
    ]
    assert found.gross == Range(300, 850, 1150)
    assert found.net == Range(None, None, None)  # staff are not asked for


def test_staff_are_counted_by_the_day_and_not_known_where_a_day_is_not(db):
    rows = Setting.objects.filter(key="staff_cost")
    assert staff_cost(*PILOT) == 279_000
    assert staff_cost(march(1), march(1)) == Decimal("764.38")
    assert staff_cost(dt.date(2021, 6, 30), march(1)) is None
    rows.filter(valid_to=None).update(valid_from=dt.date(2030, 1, 1))
    assert staff_cost(march(1), dt.date(2022, 7, 1)) is None
    assert {table(march(1), dt.date(2022, 7, 1))[name] for name in ("staff", "net_central", "net_of_places_low")} == {
        None
    }


def test_places_cost_what_was_booked_for_the_days_of_the_period(make_stay):
    stay = make_stay(march(25), dt.date(2022, 4, 5))
    Placement.objects.filter(pk=stay.pk).update(weekly_price=700)
    found = table()
    assert {found[f"places_{one}"] for one in ("low", "central", "high")} == {700}
    assert table(first=dt.date(2022, 4, 1), last=dt.date(2022, 4, 30))["places_central"] == 400


# broken down


def test_by_unit_and_by_funder(
    make_stay, make_placement, make_funding, make_funder, make_case, make_rehab_unit, assess
):
    stay, other = make_stay(march(10), march(20)), make_stay(march(10), march(12))
    assess(stay.case, march(4), 10)
    funders = make_funder(name="Fund A"), make_funder(name="Fund B")
    for funder in (*funders, funders[0]):  # one of them twice: the stay is extended
        make_funding(stay, funder=funder)
    make_funding(other, "refused", funder=funders[1])
    found = table(by="funder")
    days = {row: value for (measure, row), value in found.items() if measure == "days"}
    assert days == {"Fund A": 10, "Fund B": 10, "No funder recorded": 2}
    assert found["goods_not_stolen_central", "Fund A"] == 300
    assert not any(measure in ("staff", "net_central") for measure, _ in found)
    found = table(by="rehab_unit")
    assert found["days", stay.unit.name] == 12
    assert table(by="month")["staff", "2022-03"] == staff_cost(FIRST, LAST)


def test_few_people_are_hidden_from_who_may_not_open_them(make_stay, assess, follow_up):
    for n in range(5):
        stay = make_stay(march(10), march(20))
        if n:
            assess(stay.case, march(4), 10)
    follow_up(stay.case, march(25))
    assert table(first=dt.date(2020, 1, 1), hides_small=True)["staff"] is None
    found = table(hides_small=True)
    assert found["days"] == 50
    assert found["spend_avoided_high"] == "hidden"  # one person's days are guessed
    assert found["days_after"] == found["spend_avoided_after_central"] == "hidden"
    assert found["costs_of_crime_central"] != "hidden"


def test_the_number_of_queries_does_not_grow(make_stay, make_more, assess, follow_up, django_assert_max_num_queries):
    stay = make_stay(march(10), march(12))
    assess(stay.case, march(5), 10)
    follow_up(stay.case, march(20))
    for more in (0, 8):
        make_more(stay.offender, more)
        for by in ("", "month", "funder", "rehab_unit", "area"):
            with django_assert_max_num_queries(6):
                table(by=by)


# page, file, API, command


ASKED = {"from": "2022-03-01", "to": "2022-03-31", "by": "funder"}


def test_page_file_api_and_command_say_the_same(client, supervisor, make_stay, assess, follow_up):
    stay = make_stay(march(10), march(20))
    assess(stay.case, march(4), 10)
    follow_up(stay.case, march(25))
    client.force_login(supervisor)
    page = client.get("/reports/savings/", ASKED)
    assert page.status_code == 200
    assert "£300" in page.text
    assert "Softer: nobody saw these days" in page.text
    assert "Left after staff and places" in page.text
    assert "No funder recorded" in page.text
    text = client.get("/reports/savings/figures.csv", ASKED).text
    assert "goods_not_stolen_central,No funder recorded,2022-03-01,2022-03-31,300.00,GBP" in text
    rows = client.get("/api/v1/reports/o2r_savings/", ASKED).json()
    out = io.StringIO()
    call_command(
        "report", "o2r_savings", "--json", "--by=funder", stdout=out, **{"from": "2022-03-01", "to": "2022-03-31"}
    )
    assert json.loads(out.getvalue()) == rows
    assert client.get("/reports/savings/", ASKED | {"to": "2022-02-01"}).status_code == 422


def test_person_by_person_leaves_out_whom_the_reader_may_not_read_of(
    client, supervisor, make_stay, assess, cgl_worker, facilitator
):
    stay, other = make_stay(march(10), march(20)), make_stay(march(10), march(20))
    assess(stay.case, march(4), 10)
    other.case.share(by=facilitator, agency=cgl_worker.membership.agency, co_worker=cgl_worker)
    theirs = [{"substance": "heroin", "daily_spend": 40}]
    Assessment.record(other.case, by=cgl_worker, assessed_on=march(9), substances=theirs)
    client.force_login(supervisor)
    text = client.get("/reports/savings/people/", {"from": "2022-03-01", "to": "2022-03-31"}).text
    assert str(stay.offender) in text
    assert "£300" in text
    assert str(other.offender) not in text
