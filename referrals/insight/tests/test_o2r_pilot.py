"""What the O2R table counts, at its edges, from rows that walked the real steps."""

import datetime as dt
import random
from decimal import Decimal

import pytest

from partners.models import Area, Setting
from referrals.insight.breakdowns import Period, parts_of
from referrals.insight.measures import O2R_PILOT
from referrals.insight.tables import Table, o2r_pilot
from referrals.models import Referral
from referrals.rehab.models import Assessment, Case, FollowUp, Placement
from referrals.rehab.savings import figures_used, savings_for

FIRST, LAST = dt.date(2022, 3, 1), dt.date(2022, 3, 31)
LATER = dt.date(2023, 1, 1)


def march(day):
    return dt.date(2022, 3, day)


def figures(first=FIRST, last=LAST, as_of=LATER):
    """{measure: value} of the whole period; the percentage as "share"."""
    return {
        "share" if row["unit"] == "percent" else row["measure"]: row["value"] for row in o2r_pilot(first, last, as_of)
    }


def broken_down(by, measure, first=FIRST, last=LAST, as_of=LATER):
    rows = o2r_pilot(first, last, as_of, by)
    return {row["breakdown"]: row["value"] for row in rows if row["measure"] == measure and row["unit"] != "percent"}


def test_nothing_is_nought_and_its_share_is_not_known(db):
    assert set(figures().values()) == {0, None}
    assert figures()["share"] is None


def test_rows_have_the_paper_s_keys(db):
    rows = o2r_pilot(FIRST, LAST, LATER)
    assert [(row["measure"], row["unit"]) for row in rows] == [
        ("referrals", "referrals"),
        ("assessed_and_brought_in_or_referred_on", "people"),
        ("rehab_admissions", "admissions"),
        ("stays", "stays"),
        ("rehab_days", "days"),
        ("drug_and_alcohol_spend_avoided", "GBP"),
        ("stolen_goods_prevented", "GBP"),
        ("abstinent_and_not_offending", "people"),
        ("abstinent_and_not_offending", "percent"),
    ]
    assert list(rows[0]) == ["measure", "breakdown", "period_start", "period_end", "value", "unit"]
    assert (rows[0]["period_start"], rows[0]["period_end"]) == ("2022-03-01", "2022-03-31")


def test_referrals_of_the_first_and_last_day_count_and_drafts_do_not(make_referral):
    for day in [dt.date(2022, 2, 28), march(1), march(31), dt.date(2022, 4, 1)]:
        make_referral("submitted", referred_on=day)
    make_referral("draft", referred_on=march(15))
    assert figures()["referrals"] == 2
    assert figures(as_of=march(30))["referrals"] == 1


def test_a_decision_counts_once_it_is_made(make_case, facilitator):
    make_case(on=march(10))
    make_case("assessing", on=march(10)).refer_on(by=facilitator, reason="Probation's own programme", on=march(20))
    make_case("assessing", on=march(10)).turn_down(by=facilitator, reason="Lives elsewhere", on=march(11))
    make_case("assessing", on=march(10))
    name = "assessed_and_brought_in_or_referred_on"
    assert [figures(as_of=march(day))[name] for day in (9, 10, 19, 20)] == [0, 1, 1, 2]
    assert broken_down("decision", "referrals", as_of=march(15)) == {
        "Brought in": 1, "Not suitable": 1, "Not decided yet": 2,
    }  # fmt: skip


def test_a_decision_without_a_day_counts_from_the_assessment_else_from_the_opening(make_case, assess):
    known, unknown = make_case(on=march(10)), make_case(on=march(12))
    assess(known, march(15), 10)
    Case.objects.filter(pk__in=[known.pk, unknown.pk]).update(decided_on=None)
    name = "assessed_and_brought_in_or_referred_on"
    assert [figures(as_of=march(day))[name] for day in (11, 12, 14, 15)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("arrived", "departed", "admissions", "days"),
    [
        (dt.date(2022, 2, 1), march(1), 0, 0),  # left on the first day: that day does not count
        (dt.date(2022, 2, 1), march(2), 0, 1),
        (march(1), march(2), 1, 1),
        (march(5), march(5), 1, 0),  # came and went
        (march(31), dt.date(2022, 4, 9), 1, 1),  # arrived on the last day
        (dt.date(2022, 4, 1), dt.date(2022, 4, 9), 0, 0),
        (dt.date(2022, 2, 1), dt.date(2022, 4, 9), 0, 31),
        (march(30), None, 1, 2),  # still there
    ],
)
def test_days_run_from_arrival_up_to_departure(make_stay, arrived, departed, admissions, days):
    make_stay(arrived, departed)
    found = figures()
    assert (found["rehab_admissions"], found["stays"], found["rehab_days"]) == (admissions, admissions, days)


def test_days_after_the_as_of_day_are_not_known(make_stay):
    make_stay(march(5), march(20))
    assert [figures(as_of=march(day))["rehab_days"] for day in (4, 5, 19, 20, 31)] == [0, 1, 15, 15, 15]
    assert figures(as_of=march(4))["rehab_admissions"] == 0


def test_one_person_s_two_stays_are_one_admission(make_stay, assess):
    first = make_stay(march(2), march(4))
    assess(first.case, march(1), 100)
    make_stay(march(4), march(9), case=first.case)
    found = figures()
    assert (found["rehab_admissions"], found["stays"], found["rehab_days"]) == (1, 2, 7)
    assert found["drug_and_alcohol_spend_avoided"] == 700


def test_the_assessment_in_force_on_the_day_says_the_spend(make_stay, assess):
    stay = make_stay(march(10), march(20))
    case = stay.case
    assess(case, march(12), "80.50", "20")
    assess(case, march(15), "10.25")
    # two days before any, three at 100.50, five at 10.25
    assert figures()["drug_and_alcohol_spend_avoided"] == Decimal("352.75")
    assert figures()["stolen_goods_prevented"] == Decimal("1058.25")
    found = savings_for(case.offender, until=march(31))
    assert (found.people, found.days, found.missing_people, found.missing_days) == (1, 10, 1, 2)
    assert found.low == 3 * Decimal("52.05") + 5 * Decimal("10.25")
    assert found.high == found.central + 2 * Decimal("140.47")
    assert found.high_goods == 3 * found.high


def test_of_two_assessments_of_one_day_the_last_recorded_is_in_force(make_stay, assess, cgl_worker, cgl, facilitator):
    stay = make_stay(march(10), march(11))
    stay.case.share(by=facilitator, agency=cgl)
    assess(stay.case, march(9), 100)
    theirs = [{"substance": "heroin", "daily_spend": 40}]
    Assessment.record(stay.case, by=cgl_worker, assessed_on=march(9), substances=theirs)
    assert figures()["drug_and_alcohol_spend_avoided"] == 40


def test_an_assessment_without_an_amount_is_missing_not_nothing(make_stay, assess):
    stay = make_stay(march(10), march(20))
    assess(stay.case, march(3))
    assert figures()["drug_and_alcohol_spend_avoided"] == 0
    assert savings_for(stay.offender, until=LATER).missing_days == 10


def test_the_assessment_of_an_earlier_case_of_the_person_still_holds(make_case, make_stay, assess, facilitator):
    earlier = make_case(on=dt.date(2021, 5, 1))
    assess(earlier, dt.date(2021, 5, 2), 60)
    earlier.close(by=facilitator, outcome="Moved away", on=dt.date(2021, 6, 1))
    make_stay(march(10), march(12), offender=earlier.offender)
    assert figures()["drug_and_alcohol_spend_avoided"] == 120


def test_the_multiplier_of_each_day_is_used_and_three_where_none_holds(make_stay, assess):
    stay = make_stay(march(10), march(20))
    assess(stay.case, march(3), 10)
    Setting.objects.filter(key="goods_multiplier").update(valid_to=march(12))
    Setting.objects.create(
        key="goods_multiplier", values=["2.5"], valid_from=march(15), valid_to=march(16), source="A new survey"
    )
    # 10 to 12 at 3, 13 and 14 at no set figure, 15 and 16 at 2.5, 17 to 19 at none
    assert figures()["stolen_goods_prevented"] == 10 * (3 * 8) + 10 * Decimal("2.5") * 2
    assert [str(row.source) for row in figures_used(FIRST, LAST)].count("A new survey") == 1


def test_a_total_is_rounded_once_to_the_penny_halves_up(make_stay, assess):
    Setting.objects.filter(key="goods_multiplier").update(values=["2.50"])
    for pounds in ("0.01", "0.01", "0.01"):
        stay = make_stay(march(10), march(11))
        assess(stay.case, march(3), pounds)
    assert figures()["stolen_goods_prevented"] == Decimal("0.08")  # 0.075, not three times 0.03


def test_the_latest_follow_up_by_the_day_decides(make_stay, follow_up):
    stays = [make_stay(march(2 + n), march(20)) for n in range(3)]
    follow_up(stays[0].case, march(25))
    follow_up(stays[1].case, march(25))
    follow_up(stays[1].case, march(28), abstinent="unknown")
    follow_up(stays[2].case, march(25), offending="yes")
    follow_up(stays[2].case, march(25))  # the same day, recorded later
    assert [figures(as_of=march(day))["abstinent_and_not_offending"] for day in (24, 26, 28)] == [0, 3, 2]
    assert figures()["share"] == Decimal("66.6667")


def test_breakdowns(make_stay, make_offender, assess):
    birmingham, outside = Area.objects.get(name="Birmingham"), Area.objects.get(code="OUTSIDE")
    woman = make_offender(sex="2", ethnicity="W1", date_of_birth=dt.date(1990, 3, 2))
    make_stay(march(8), march(10), area=birmingham, offender=woman)
    make_stay(march(8), march(13), area=outside)
    make_stay(march(8), march(9), offender=make_offender(date_of_birth=None))
    assert list(broken_down("area", "rehab_days").items()) == [
        ("Birmingham", 2), ("Outside WMP area", 5), ("Not known", 1),
    ]  # fmt: skip
    assert broken_down("sex", "rehab_admissions") == {"Female": 1, "Not known": 2}
    assert broken_down("ethnicity", "rehab_admissions") == {"White British": 1, "Not known": 2}
    february = {"first": dt.date(2022, 2, 1)}
    assert broken_down("age_band", "referrals", **february) == {"25 to 34": 2, "Not known": 1}
    assert broken_down("agency", "referrals", **february) == {"WMP": 3}
    assert broken_down("unit", "referrals", **february) == {"Birmingham": 3}
    assert broken_down("facilitator", "referrals", **february) == {"Ama Facilitator": 3}


def test_by_month_each_row_has_its_own_days(make_stay):
    make_stay(dt.date(2022, 3, 30), dt.date(2022, 5, 3))
    rows = o2r_pilot(dt.date(2022, 3, 15), dt.date(2022, 5, 20), LATER, "month")
    days = [row for row in rows if row["measure"] == "rehab_days"]
    assert [(r["breakdown"], r["period_start"], r["period_end"], r["value"]) for r in days] == [
        ("2022-03", "2022-03-15", "2022-03-31", 2),
        ("2022-04", "2022-04-01", "2022-04-30", 30),
        ("2022-05", "2022-05-01", "2022-05-20", 2),
    ]
    assert broken_down("financial_year", "rehab_days", last=dt.date(2022, 5, 20)) == {"2021/22": 2, "2022/23": 32}
    assert broken_down("financial_year", "stays", last=dt.date(2022, 5, 20)) == {"2021/22": 1, "2022/23": 0}


def test_a_long_period_has_every_month_once(db):
    parts = parts_of(Period(dt.date(2020, 12, 31), dt.date(2022, 1, 1), LATER), "month")
    assert [parts[0].name, parts[-1].name, len(parts)] == ["2020-12", "2022-01", 14]
    years = parts_of(Period(dt.date(2021, 3, 31), dt.date(2022, 4, 1), LATER), "financial_year")
    assert [part.name for part in years] == ["2020/21", "2021/22", "2022/23"]


# against the plainest way to count


def naive(first, last, as_of):
    """The table, a day at a time, in Python."""
    every = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    every = [day for day in every if day <= as_of]
    referrals = [r for r in Referral.objects.exclude(status="draft") if r.referred_on in every]
    decided = [
        r for r in referrals
        if (case := Case.objects.filter(referral=r).first())
        and case.decision in ("brought_in", "referred_on") and case.decided_on <= as_of
    ]  # fmt: skip
    stays = list(Placement.objects.filter(arrived_on__isnull=False))
    admitted = {s.offender_id for s in stays if s.arrived_on in every}
    days, spend, goods = 0, Decimal(0), Decimal(0)
    for stay in stays:
        assessments = sorted(
            Assessment.objects.with_spend().filter(case__offender=stay.offender_id),
            key=lambda a: (a.assessed_on, a.recorded_at),
        )
        for day in every:
            if stay.arrived_on <= day and (stay.departed_on is None or day < stay.departed_on):
                pounds = ([a.daily_spend for a in assessments if a.assessed_on <= day] or [None])[-1] or 0
                times = Setting.objects.on(day).get(key="goods_multiplier").values[0]
                days, spend, goods = days + 1, spend + pounds, goods + pounds * times
    well = 0
    for person in admitted:
        done = FollowUp.objects.filter(case__offender=person, done_on__lte=as_of)
        if latest := max(done, key=lambda f: (f.done_on, f.recorded_at), default=None):
            well += (latest.abstinent, latest.offending) == ("yes", "no")
    return [len(referrals), len(decided), len(admitted), days, spend, goods, well]


@pytest.mark.parametrize("seed", range(2))
def test_agrees_with_counting_day_by_day(seed, make_case, make_stay, assess, follow_up, facilitator):
    chance = random.Random(seed)
    Setting.objects.filter(key="goods_multiplier").update(valid_to=dt.date(2022, 3, 10))
    Setting.objects.create(key="goods_multiplier", values=["2"], valid_from=dt.date(2022, 3, 11), source="Another")

    def after(day, most):
        return day + dt.timedelta(days=chance.randint(0, most))

    for _ in range(9):
        day = after(dt.date(2022, 1, 15), 60)
        case = make_case(chance.choice(["preparing", "preparing", "assessing"]), on=day)
        for when in sorted({after(day, 60) for _ in range(chance.randint(0, 3))}):
            assess(case, when, *[Decimal(chance.randint(0, 9999)) / 100 for _ in range(chance.randint(0, 2))])
        for _ in range(chance.randint(0, 2)):
            arrived = day = after(day, 12)
            departed = day = after(day, 20) if chance.random() < 0.8 else None
            make_stay(arrived, departed, case=case)
            if not departed:
                break
            follow_up(case, after(day, 30), chance.choice(["yes", "no"]), chance.choice(["no", "no", "unknown"]))
    for _ in range(6):
        first = after(dt.date(2022, 1, 10), 60)
        last, as_of = after(first, 60), after(first, 80)
        found = figures(first, last, as_of)
        found.pop("share"), found.pop("stays")
        assert list(found.values()) == naive(first, last, as_of)
        for by in ("month", "area"):
            parts = broken_down(by, "rehab_days", first, last, as_of)
            assert sum(parts.values()) == found["rehab_days"]


def test_the_number_of_queries_does_not_grow(make_stay, make_more, assess, django_assert_num_queries):
    stay = make_stay(march(10), march(12))
    assess(stay.case, march(5), 10)
    for more in (0, 8):
        make_more(stay.offender, more)
        for by in ("", "month", "financial_year", "area", "ethnicity", "age_band", "decision"):
            with django_assert_num_queries(6):
                assert Table("o2r_pilot", Period(FIRST, LAST, LATER), by).rows()


def test_every_figure_opens_to_what_it_counts(make_stay, make_case, follow_up):
    stay = make_stay(march(18), march(20))
    make_stay(march(24), case=stay.case)
    follow_up(stay.case, march(25))
    make_case("assessing", on=march(28))
    period = Period(FIRST, LAST, LATER)
    behind = {measure.name: measure.referrals(period).count() for measure in O2R_PILOT}
    assert behind == {
        "referrals": 2, "assessed_and_brought_in_or_referred_on": 1, "rehab_admissions": 1, "stays": 1,
        "rehab_days": 1, "drug_and_alcohol_spend_avoided": 1, "stolen_goods_prevented": 1,
        "abstinent_and_not_offending": 1,
    }  # fmt: skip
