"""Each figure of Divert against rows, and who reads it."""

import datetime as dt
import html
import random
import re
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from partners.audit.models import Event
from partners.models import Area, Unit
from referrals.booking.models import Appointment
from referrals.insight.breakdowns import OF_DIVERT, Period, whole_months
from referrals.insight.tables import DIVERT, TABLES, Table
from referrals.models import Drug, Referral, Resolution

FIRST, LAST, LATER = dt.date(2026, 3, 1), dt.date(2026, 4, 30), dt.date(2026, 6, 30)
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
PAGES = ["/reports/divert/", "/reports/divert/figures.csv?table=divert_engagement", "/api/v1/reports/divert_residence/"]


def day(number, month=3):
    return dt.date(2026, month, number)


def rows(table, first=FIRST, last=LAST, as_of=LATER, by="", **how):
    found = Table(table, Period(first, last, as_of), by, **how).rows()
    return {(row["measure"], row["breakdown"], row["unit"]): row["value"] for row in found}


def part(found, unit):
    """{row of the breakdown: value} in this unit."""
    return {breakdown: value for (_, breakdown, each), value in found.items() if each == unit}


@pytest.fixture
def seen(make_divert, cranstoun_worker):
    def make(on, attended=True, **fields):
        """A referral of a week before, whose first 1:1 was that day."""
        referral = make_divert("accepted", referred_on=on - dt.timedelta(days=7), **fields)
        appointment = Appointment.recall(referral, by=cranstoun_worker, on=on)
        if attended is not None:
            appointment.record(by=cranstoun_worker, took_place=True, attended=attended)
        return referral

    return make


@pytest.fixture
def manager(make_user, cranstoun):
    return make_user("cranstoun_manager", cranstoun)


@pytest.fixture
def analyst(make_user, police):
    return make_user("analyst", police)


def of_area(name, referrals):
    area = Area.objects.get(name=name)
    Referral.objects.filter(pk__in=[referral.pk for referral in referrals]).update(area=area)


def test_referrals_of_the_first_and_last_day_count_and_drafts_and_o2r_do_not(make_divert, make_referral):
    for on in (dt.date(2026, 2, 28), day(1), day(30, 4), day(1, 5)):
        make_divert("submitted", referred_on=on)
    make_divert("draft", referred_on=day(5))
    make_referral("submitted", referred_on=day(5))
    found = rows("divert_referrals")
    assert found["referrals", "", "referrals"] == 2
    assert found["referrals_per_month", "", "referrals/month"] == 1
    assert rows("divert_referrals", as_of=day(29, 4))["referrals", "", "referrals"] == 1


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2022-10-01", "2022-12-31", 3), ("2022-10-02", "2022-12-31", 2), ("2022-10-01", "2022-12-30", 2),
        ("2022-10-02", "2022-10-31", 0), ("2022-10-05", "2022-11-20", 0), ("2021-12-31", "2023-01-01", 12),
        ("2024-02-01", "2024-02-29", 1), ("2024-02-01", "2024-02-28", 0),
    ],
)  # fmt: skip
def test_whole_months(first, last, months):
    assert whole_months(dt.date.fromisoformat(first), dt.date.fromisoformat(last))[0] == months


def test_the_month_that_is_cut_off_is_no_part_of_the_average(make_divert):
    for on in (day(10), day(11), day(10, 4)):
        make_divert("submitted", referred_on=on)
    found = rows("divert_referrals", day(1), day(20, 4))
    assert found["referrals_per_month", "", "referrals/month"] == 2
    assert rows("divert_referrals", day(2), day(20, 4))["referrals_per_month", "", "referrals/month"] is None
    months = part(rows("divert_referrals", day(1), day(20, 4), by="month"), "referrals/month")
    assert months == {"2026-03": 2, "2026-04": None}


def test_engaged_is_who_attended_the_first_appointment_by_the_day(seen, make_divert, cranstoun_worker):
    seen(day(10)), seen(day(20)), seen(day(12), attended=False), seen(day(12), attended=None)
    seen(day(11)).disengage(by=cranstoun_worker, reason="Did not come to the course")
    make_divert("submitted", referred_on=day(4))
    name = "engaged_at_least_initial_1to1"
    counts = [rows("divert_engagement", as_of=on)[name, "", "referrals"] for on in (day(9), day(10), day(19), day(20))]
    assert counts == [0, 1, 2, 3]
    assert rows("divert_engagement")[name, "", "percent"] == Decimal("50.0000")
    assert rows("divert_engagement", day(1, 5), day(31, 5))[name, "", "percent"] is None


def test_what_is_corrected_counts_as_it_is_now(seen, cranstoun_worker):
    appointment = seen(day(10)).appointments.get()
    appointment.correct(by=cranstoun_worker, reason="The wrong person", took_place=True, attended=False)
    assert rows("divert_engagement")["engaged_at_least_initial_1to1", "", "referrals"] == 0


def test_every_authority_has_a_row_and_so_have_outside_and_not_known(make_divert):
    made = [make_divert("submitted", referred_on=day(n)) for n in range(1, 9)]
    of_area("Birmingham", made[:5])
    of_area("Outside the force area", made[5:7])
    found = rows("divert_residence")
    assert list(part(found, "referrals").items()) == [
        ("Birmingham", 5), ("Coventry", 0), ("Dudley", 0), ("Sandwell", 0), ("Solihull", 0), ("Walsall", 0),
        ("Wolverhampton", 0), ("Outside WMP area", 2), ("Not known", 1),
    ]  # fmt: skip
    shares = part(found, "percent")
    assert (shares["Birmingham"], shares["Outside WMP area"]) == (Decimal("62.5000"), Decimal("25.0000"))
    assert {name for name, _, unit in found if unit == "percent"} == {"share_of_referrals"}


def test_substance_and_class(make_divert):
    for name, times in (("Cannabis", 9), ("Cocaine", 1)):
        for n in range(times):
            make_divert("submitted", referred_on=day(1 + n), drug=Drug.objects.on(day(1)).get(name=name))
    make_divert("submitted", referred_on=day(3), drug=None)
    assert part(rows("divert_substance"), "percent") == {
        "Cannabis": Decimal("81.8182"), "Cocaine": Decimal("9.0909"), "Not known": Decimal("9.0909"),
    }  # fmt: skip
    assert part(rows("divert_substance", by="class"), "referrals") == {"Class A": 1, "Class B": 9, "Not known": 1}


def test_formal_outcomes_count_by_their_day(make_divert, lead):
    for on, outcome in ((day(1), "charged"), (day(2), "charged"), (day(3), "cautioned"), (day(3, 5), "cautioned")):
        referral = make_divert("submitted", referred_on=dt.date(2026, 2, 2))
        referral.resolution.formalise(by=lead, formal_outcome=outcome, formal_on=on, formal_reason="declined")
    found = rows("possession_outcomes")
    assert (found["charges", "", "outcomes"], found["cautions", "", "outcomes"]) == (2, 1)
    assert rows("possession_outcomes", as_of=day(1))["charges", "", "outcomes"] == 1
    assert rows("possession_outcomes", by="month")["charges", "2026-03", "outcomes"] == 2


def test_breakdowns_of_who_sent_and_who_was_sent(make_divert, make_offender, officer):
    person = make_offender(by=officer, sex="2", ethnicity="W1", date_of_birth=dt.date(2000, 3, 2))
    make_divert("submitted", referred_on=day(1), offender=person, route="custody")
    make_divert("submitted", referred_on=day(2), offender=make_offender(by=officer, date_of_birth=None))
    Referral.objects.filter(referred_on=day(2)).update(from_unit=Unit.objects.get(name="Force CID"))
    wanted = {
        "sex": {"Female": 1, "Not known": 1}, "ethnicity": {"White British": 1, "Not known": 1},
        "age_band": {"25 to 34": 1, "Not known": 1}, "agency": {"WMP": 2}, "unit": {"Birmingham": 1, "Force CID": 1},
        "route": {"In custody": 1, "Not known": 1}, "financial_year": {"2025/26": 2, "2026/27": 0},
    }  # fmt: skip
    for by, expected in wanted.items():
        assert part(rows("divert_residence", by=by), "referrals") == expected, by


def naive(first, last, as_of):
    """The figures in plain Python, referral by referral."""
    sent = [r for r in Referral.objects.filter(pathway="divert").exclude(status="draft")
            if first <= r.referred_on <= min(last, as_of)]  # fmt: skip
    came = [r for r in sent if any(a.status == "attended" and a.day <= as_of for a in r.appointments.all())]
    formal = [r for r in Resolution.objects.exclude(formal_on=None) if first <= r.formal_on <= min(last, as_of)]
    return [len(sent), len(came), *(sum(r.formal_outcome == what for r in formal) for what in ("charged", "cautioned"))]


def test_agrees_with_counting_one_by_one(seen, make_divert, lead):
    chance = random.Random(7)
    for _ in range(14):
        on = day(1) + dt.timedelta(days=chance.randrange(70))
        referral = seen(on, chance.choice([True, True, False, None]))
        if chance.random() < 0.5:
            referral.resolution.formalise(
                by=lead, formal_outcome=chance.choice(["charged", "cautioned"]), formal_reason="other",
                formal_on=on + dt.timedelta(days=chance.randrange(20)),
            )  # fmt: skip
    for _ in range(8):
        first = day(1) + dt.timedelta(days=chance.randrange(40))
        last, as_of = (first + dt.timedelta(days=chance.randrange(60)) for _ in range(2))
        found = [value for (_, _, unit), value in rows(DIVERT, first, last, as_of, "sex").items() if unit != "percent"]
        assert found == (naive(first, last, as_of) if any(found) else [])
        by_area = rows(DIVERT, first, last, as_of, "month")
        sent = sum(value for (name, _, _), value in by_area.items() if name == "referrals")
        assert sent == naive(first, last, as_of)[0]


@pytest.mark.parametrize("table", [name for name in TABLES if not name.startswith("o2r")])
def test_the_number_of_queries_does_not_grow(table, seen, make_more, django_assert_max_num_queries):
    referral = seen(day(10))
    for more in (0, 8):
        make_more(referral.offender, more)
        for by in ("", "month", *OF_DIVERT):
            with django_assert_max_num_queries(4 if table == "divert_deadlines" else 3):  # a median by itself
                Table(table, Period(FIRST, LAST, LATER), by).rows()


# small numbers


def test_who_sees_no_names_sees_no_small_number_nor_what_gives_it_away(seen, make_divert):
    made = [seen(day(8)) for _ in range(7)] + [seen(day(9), attended=False) for _ in range(2)]
    found = rows("divert_engagement", hides_small=True)
    name = "engaged_at_least_initial_1to1"
    assert found["referrals", "", "referrals"] == 9
    assert (found[name, "", "referrals"], found[name, "", "percent"]) == ("hidden", "hidden")  # two did not engage
    of_area("Birmingham", made[:7])
    of_area("Coventry", made[7:])
    shares = rows("divert_residence", hides_small=True)
    assert shares["referrals", "Coventry", "referrals"] != 2
    assert shares["share_of_referrals", "Coventry", "percent"] == "hidden"
    assert shares["share_of_referrals", "Birmingham", "percent"] == "hidden"
    assert rows("divert_residence")["referrals", "Coventry", "referrals"] == 2


# pages


def test_the_page_shows_figures_charts_and_rows_that_open(signed_in, seen, lead):
    referral = seen(day(10))
    page = signed_in(lead).get("/reports/divert/", {**MARCH, "by": "area"})
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("Engaged, at least in the first 1:1", "1 (100%)", "Where those referred lived", "Outside WMP area",
                  "Of which class it was", "Charges and cautions"):  # fmt: skip
        assert words in text
    assert str(referral.offender) not in text
    for address in re.findall(r'href="(/reports/divert/[^"]+)"', text):
        assert signed_in(lead).get(html.unescape(address)).status_code == 200, address
    behind = signed_in(lead).get(reverse("insight:divert_cases"), {**MARCH, "measure": "engaged_at_least_initial_1to1"})
    assert str(referral.offender) in behind.content.decode()
    assert Event.objects.filter(verb="report.view", detail__table="divert").count() == 1
    assert Event.objects.filter(verb__startswith="report.cases").first().offenders == [referral.offender_id]


@pytest.mark.parametrize("address", PAGES)
def test_the_figures_are_for_those_who_may_read_them(
    address, signed_in, officer, cranstoun_worker, facilitator, lead, manager, supervisor, analyst
):
    asked = f"{address}{'&' if '?' in address else '?'}from=2026-03-01&to=2026-03-31"
    for user in (officer, cranstoun_worker, facilitator):
        assert signed_in(user).get(asked).status_code == 403
    for user in (lead, manager, supervisor, analyst):
        assert signed_in(user).get(asked).status_code == 200


def test_each_programme_has_readers_of_its_own(signed_in, lead, manager, supervisor, analyst):
    for user in (lead, manager):
        assert signed_in(user).get("/api/v1/reports/o2r_pilot/", MARCH).status_code == 403
        assert signed_in(user).get("/reports/o2r/", MARCH).status_code == 403
    asked = {**MARCH, "measure": "referrals"}
    for user, status in ((lead, 200), (manager, 200), (supervisor, 403), (analyst, 403)):
        assert signed_in(user).get("/reports/divert/cases/", asked).status_code == status


def test_a_name_of_another_table_or_breakdown_is_refused_in_a_sentence(signed_in, lead):
    client = signed_in(lead)
    assert (
        "There is no breakdown “decision” here"
        in client.get("/reports/divert/", {**MARCH, "by": "decision"}).content.decode()
    )
    assert client.get("/reports/divert/figures.csv", {**MARCH, "table": "o2r_pilot"}).status_code == 400
    assert client.get("/reports/divert/figures.csv", MARCH).status_code == 400
    with pytest.raises(CommandError, match="There is no breakdown “facilitator” here"):
        call_command("report", "divert_residence", "--from=2026-03-01", "--to=2026-03-31", "--by=facilitator")


def test_the_file_holds_the_same_rows_as_the_api(signed_in, seen, manager):
    seen(day(10))
    client = signed_in(manager)
    told = client.get("/api/v1/reports/divert_engagement/", MARCH).json()
    lines = client.get("/reports/divert/figures.csv", {**MARCH, "table": "divert_engagement"}).content.decode()
    assert [row["value"] for row in told] == [1, 1, 100]
    assert "engaged_at_least_initial_1to1,,2026-03-01,2026-03-31,100.0000,percent" in lines
