"""Money for a stay: who asks, who records the answer, and that nothing is booked beyond what is agreed."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from offenders.models import Entry
from offenders.workflow import IllegalStep
from partners.settings import setting
from referrals.rehab.models import Budget, Funding, Payment, Placement
from referrals.rehab.models.funder import cost_of, financial_year
from referrals.rehab.models.funding import agreed_for, must_be_covered
from referrals.rehab.workflow import FUNDING_STEPS, Answer
from referrals.tests.test_races import at_once

DAY = dt.date(2026, 3, 2)
LEAVES = DAY + dt.timedelta(days=70)  # ten weeks
COST = Decimal(7000)


@pytest.fixture
def priced(make_rehab_unit):
    return make_rehab_unit(weekly_price=Decimal("700.00"))


@pytest.fixture
def offered(make_placement, priced):
    return make_placement("offered", unit=priced, on=DAY)


def book(stay, *, by, leaves=LEAVES):
    stay.book(by=by, expected_arrival=DAY, expected_departure=leaves, on=DAY)


# the life of a funding


@pytest.mark.parametrize("status", Answer.values)
def test_steps_are_taken_in_their_time_only(status, offered, make_funding, make_user, supervisor):
    said = {
        "agree": {"agreed": Decimal(50)}, "refuse": {"reason": "No"}, "withdraw": {"reason": "Not needed"},
        "pay": {"amount": Decimal(10)}, "confirm": {},
    }  # fmt: skip
    second = make_user("supervisor", supervisor.membership.agency, supervisor.membership.unit)
    for verb, step in FUNDING_STEPS.items():
        if not step.by_hand:
            continue
        funding = make_funding(offered, status, asked=100)
        if status in step.sources:
            getattr(funding, verb)(by=second, **said[verb])
            assert funding.status == (step.target or status)
        else:
            with pytest.raises(IllegalStep):
                getattr(funding, verb)(by=second, **said[verb])
        if funding.status in ("asked", "to_confirm", "agreed"):
            Payment.objects.filter(funding=funding).delete()
            funding.withdraw(by=supervisor, reason="Cleared")


def test_answers_and_payments_are_the_supervisors(
    offered, make_funding, facilitator, cgl_worker, make_user, supervisor
):
    funding = make_funding(offered, "asked")
    for user in (facilitator, cgl_worker):
        with pytest.raises(PermissionDenied):
            funding.agree(by=user, agreed=COST)
    with pytest.raises(PermissionDenied):
        Funding.ask(offered, by=cgl_worker, funder=funding.funder, asked=1, year=2025)
    funding.agree(by=supervisor, agreed=COST)
    with pytest.raises(PermissionDenied):
        funding.pay(by=facilitator, amount=Decimal(1))


def test_who_asked_does_not_record_the_answer(offered, make_funding, supervisor):
    funding = make_funding(offered, "asked", by=supervisor)
    with pytest.raises(ValidationError, match="Someone else records the answer"):
        funding.agree(by=supervisor, agreed=COST)
    assert not Funding.objects.to_answer(supervisor).exists()


def test_a_funder_is_asked_once_at_a_time(offered, make_funding):
    first = make_funding(offered, "asked")
    with pytest.raises(ValidationError, match="has been asked"):
        make_funding(offered, "asked", funder=first.funder)


def test_no_more_is_agreed_than_was_asked(offered, make_funding, supervisor):
    with pytest.raises(ValidationError, match="Ask for the rest"):
        make_funding(offered, "asked", asked=100).agree(by=supervisor, agreed=Decimal("100.01"))


def test_money_is_seen_by_the_team_alone(
    offered, make_funding, facilitator, supervisor, provider, cgl_worker, make_user
):
    offered.case.share(by=facilitator, agency=cgl_worker.membership.agency, co_worker=cgl_worker)
    there = make_user("rehab_provider", offered.unit.agency)
    funding = make_funding(offered, "agreed")
    for user, seen in [(facilitator, True), (supervisor, True), (cgl_worker, False), (there, False)]:
        assert Funding.objects.visible_to(user).filter(pk=funding.pk).exists() is seen
        assert Placement.objects.visible_to(user).filter(pk=offered.pk).exists()
        assert Entry.objects.visible_to(user).filter(sentence__contains="agreed to £").exists() is seen


# a large sum


@pytest.fixture
def large():
    return setting("approval_from_pounds")[0]


@pytest.fixture
def second(make_user, supervisor):
    return make_user("supervisor", supervisor.membership.agency, supervisor.membership.unit, family_name="Second")


def test_a_large_sum_counts_once_a_third_confirms_it(offered, make_funding, facilitator, supervisor, second, large):
    funding = make_funding(offered, "to_confirm")
    assert (funding.status, funding.agreed, agreed_for(offered)) == ("to_confirm", large, 0)
    assert not Funding.objects.to_confirm(supervisor).exists()
    for user in (facilitator, supervisor):
        with pytest.raises(PermissionDenied):
            funding.confirm(by=user)
    assert Funding.objects.to_confirm(second).get() == funding
    funding.confirm(by=second)
    assert (funding.status, funding.confirmed_by, agreed_for(offered)) == ("agreed", second, large)


def test_a_penny_less_is_agreed_at_once(offered, make_funding, large):
    assert make_funding(offered, "agreed", asked=large - Decimal("0.01")).status == "agreed"


def test_the_second_may_refuse_or_another_sum_be_recorded(offered, make_funding, supervisor, second, large):
    refused, lowered = make_funding(offered, "to_confirm"), make_funding(offered, "to_confirm")
    refused.refuse(by=second, reason="Too much")
    assert (refused.status, refused.agreed) == ("refused", None)
    lowered.agree(by=supervisor, agreed=large - 1)
    assert (lowered.status, lowered.confirmed_by) == ("agreed", None)


def test_what_is_agreed_is_not_raised_to_a_large_sum(offered, make_funding, supervisor, second, large):
    small = make_funding(offered, "asked", asked=large + 2)
    small.agree(by=supervisor, agreed=large - 1)
    with pytest.raises(ValidationError, match="Ask for the rest apart"):
        small.agree(by=supervisor, agreed=large)
    confirmed = make_funding(offered, "asked", asked=large + 2)
    confirmed.agree(by=supervisor, agreed=large + 1)
    confirmed.confirm(by=second)
    with pytest.raises(ValidationError, match="Ask for the rest apart"):
        confirmed.agree(by=supervisor, agreed=large + 2)
    confirmed.agree(by=supervisor, agreed=large)
    assert (confirmed.agreed, confirmed.confirmed_by) == (large, second)


def test_the_database_lets_no_large_sum_count_unconfirmed(
    offered, make_funding, facilitator, supervisor, second, large
):
    funding = make_funding(offered, "to_confirm", asked=large + 1)
    today = timezone.localdate()
    confirmed = {"status": "agreed", "confirmed_by": second, "confirmed_on": today}
    rows = Funding.objects.filter(pk=funding.pk)
    for change in (
        {"status": "agreed"},
        confirmed | {"confirmed_by": supervisor},
        confirmed | {"confirmed_by": facilitator},
        confirmed | {"agreed": large},
        {"confirmed_by": second},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    rows.update(**confirmed)
    for change in ({"confirmed_by": None, "confirmed_on": None}, {"asked": large + 9, "agreed": large + 9}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    rows.update(agreed=large)


def test_nothing_is_booked_on_what_is_to_be_confirmed(offered, make_funding, facilitator, second):
    funding = make_funding(offered, "to_confirm")
    with pytest.raises(ValidationError, match="£0 is agreed"):
        book(offered, by=facilitator)
    funding.confirm(by=second)
    book(offered, by=facilitator)


# payments


def test_no_more_is_paid_than_is_agreed(offered, make_funding, supervisor):
    funding = make_funding(offered, "agreed", asked=100)
    funding.pay(by=supervisor, amount=Decimal(60))
    with pytest.raises(ValidationError, match="No more can be paid"):
        funding.pay(by=supervisor, amount=Decimal("40.01"))
    funding.pay(by=supervisor, amount=Decimal(40))
    with pytest.raises(ValidationError, match="Look at the payments first"):
        funding.agree(by=supervisor, agreed=Decimal("99.99"))
    with pytest.raises(ValidationError, match="Look at the payments first"):
        funding.withdraw(by=supervisor, reason="Not needed")
    with pytest.raises(ValidationError, match="nor more be paid back"):
        funding.pay(by=supervisor, amount=Decimal(101), is_refund=True)
    funding.pay(by=supervisor, amount=Decimal(100), is_refund=True)
    funding.withdraw(by=supervisor, reason="Not needed")


# the gate


def test_nothing_is_booked_beyond_what_is_agreed(offered, make_funding, facilitator):
    make_funding(offered, "agreed", asked=COST - 1)
    make_funding(offered, "asked", asked=1)
    make_funding(offered, "refused", asked=1)
    with pytest.raises(ValidationError, match=r"costs £7,000, and £6,999 is agreed"):
        book(offered, by=facilitator)
    assert Placement.objects.get(pk=offered.pk).status == "offered"
    make_funding(offered, "agreed", asked=1)
    book(offered, by=facilitator)
    assert (offered.weekly_price, offered.cost) == (Decimal(700), COST)


def test_a_priced_stay_has_a_last_day(offered, make_funding, facilitator):
    make_funding(offered, "agreed", asked=8400)
    book(offered, by=facilitator, leaves=None)
    assert offered.cost == 8400  # the usual twelve weeks
    with pytest.raises(IntegrityError), transaction.atomic():
        Placement.objects.filter(pk=offered.pk).update(expected_departure=None)


def test_a_stay_without_a_price_is_not_gated(make_placement, facilitator, offered):
    stay = make_placement("offered", on=DAY)
    book(stay, by=facilitator)
    assert stay.cost is None
    offered.book(by=facilitator, expected_arrival=DAY, is_priced=False, on=DAY)  # as an import writes it up
    assert offered.cost is None


def test_the_price_is_that_of_the_booking(offered, priced, make_funding, facilitator):
    make_funding(offered, "agreed")
    book(offered, by=facilitator)
    priced.weekly_price = Decimal(1400)
    priced.save()
    offered.refresh_from_db()
    book(offered, by=facilitator, leaves=LEAVES - dt.timedelta(days=7))
    assert offered.cost == Decimal(6300)


def test_a_supervisors_word_lets_it_exceed(offered, facilitator, supervisor):
    said = {"exceed_up_to": COST, "reason": "The funder answers on Monday"}
    with pytest.raises(PermissionDenied):
        offered.exceed(by=facilitator, **said)
    offered.exceed(by=supervisor, **said)
    book(offered, by=facilitator)
    offered.refresh_from_db()
    assert (offered.exceed_up_to, offered.exceed_by, offered.exceed_why) == (COST, supervisor, said["reason"])
    with pytest.raises(ValidationError, match=r"A supervisor allowed £7,000"):
        book(offered, by=facilitator, leaves=LEAVES + dt.timedelta(days=1))


def test_an_extension_is_gated_too(offered, make_funding, facilitator, supervisor):
    make_funding(offered, "agreed")
    book(offered, by=facilitator)
    offered.arrive(by=facilitator, on=DAY)
    later = LEAVES + dt.timedelta(days=7)
    must_be_covered(offered, LEAVES, by=facilitator)
    with pytest.raises(ValidationError, match=r"costs £7,700"):
        must_be_covered(offered, later, by=facilitator)
    with pytest.raises(PermissionDenied):
        must_be_covered(offered, later, by=facilitator, why="They need it")
    must_be_covered(offered, later, by=supervisor, why="They need it")
    Placement.objects.filter(pk=offered.pk).update(expected_departure=later)


def test_an_early_arrival_is_a_fact_and_a_late_one_costs_less(offered, make_funding, facilitator):
    make_funding(offered, "agreed")
    book(offered, by=facilitator)
    Placement.objects.filter(pk=offered.pk).update(status="arrived", arrived_on=DAY - dt.timedelta(days=1))
    Placement.objects.filter(pk=offered.pk).update(
        arrived_on=DAY + dt.timedelta(days=7), expected_departure=LEAVES + dt.timedelta(days=7)
    )


@pytest.mark.parametrize("change", [{"expected_departure": LEAVES + dt.timedelta(days=1)}, {"weekly_price": 701}])
def test_the_database_refuses_to_exceed_whoever_writes(change, offered, make_funding, facilitator):
    make_funding(offered, "agreed")
    book(offered, by=facilitator)
    with pytest.raises(IntegrityError, match="more than is agreed"), transaction.atomic():
        Placement.objects.filter(pk=offered.pk).update(**change)


def test_what_a_booking_rests_on_is_not_taken_away(offered, make_funding, facilitator, supervisor):
    funding = make_funding(offered, "agreed")
    book(offered, by=facilitator)
    for take in (
        lambda: funding.withdraw(by=facilitator, reason="Budget cut"),
        lambda: funding.agree(by=supervisor, agreed=COST - 1),
    ):
        with pytest.raises(ValidationError, match="booked on this money"):
            take()
    with pytest.raises(IntegrityError), transaction.atomic():
        Funding.objects.filter(pk=funding.pk).delete()
    offered.exceed(by=supervisor, exceed_up_to=COST, reason="Found elsewhere")
    funding.withdraw(by=facilitator, reason="Budget cut")


@pytest.mark.parametrize("verb", ["decline", "withdraw", "not_arrive"])
def test_a_stay_that_does_not_come_about_lets_its_money_go(verb, make_placement, priced, make_funding, facilitator):
    stay = make_placement("requested", unit=priced, on=DAY)
    fundings = [
        make_funding(stay, "asked"), make_funding(stay, "agreed"), make_funding(stay, "agreed", paid=500),
        make_funding(stay, "to_confirm"),
    ]  # fmt: skip
    if verb == "not_arrive":
        stay.offer(by=facilitator, on=DAY)
        book(stay, by=facilitator)
    getattr(stay, verb)(by=facilitator, reason="It did not work out", on=DAY)
    for funding in fundings:
        funding.refresh_from_db()
    assert [one.status for one in fundings] == ["withdrawn", "withdrawn", "agreed", "withdrawn"]
    assert fundings[2].agreed == 500
    with pytest.raises(ValidationError, match="did not come about"):
        make_funding(stay, "asked")


@pytest.mark.django_db(transaction=True)
def test_who_books_and_who_takes_the_money_away_wait_for_each_other(
    make_placement, priced, make_funding, facilitator, supervisor
):
    for _ in range(3):
        stay = make_placement("offered", unit=priced, on=DAY)
        funding = make_funding(stay, "agreed")
        results = at_once(
            lambda pk=stay.pk: book(Placement.objects.get(pk=pk), by=facilitator),
            lambda pk=funding.pk: Funding.objects.get(pk=pk).withdraw(by=supervisor, reason="Budget cut"),
        )
        assert [type(result) for result in results if result] == [ValidationError]
        stay.refresh_from_db()
        funding.refresh_from_db()
        assert (stay.status, funding.status) in [("booked", "agreed"), ("offered", "withdrawn")]


# what it costs, and what is left


@given(st.integers(0, 1_000_000), st.integers(0, 800))
def test_a_stay_costs_a_seventh_of_the_price_for_each_night(pence, nights):
    cost = cost_of(Decimal(pence) / 100, DAY, DAY + dt.timedelta(days=nights))
    assert abs(cost * 700 - pence * nights) <= Decimal("3.5")
    assert cost.as_tuple().exponent == -2


def test_a_financial_year_begins_in_april():
    assert [financial_year(dt.date(2026, month, 1)) for month in (3, 4)] == [2025, 2026]


def test_a_budget_says_what_is_asked_committed_spent_and_left(make_placement, priced, make_funding):
    stay = make_placement("offered", unit=priced, on=DAY)
    funding = make_funding(stay, "agreed", asked=1000, paid=300)
    budget = Budget.objects.create(funder=funding.funder, year=2025, amount=1500)
    make_funding(stay, "agreed", asked=200, funder=funding.funder, paid=200)
    make_funding(stay, "refused", asked=999, funder=funding.funder)
    make_funding(stay, "asked", asked=400, funder=funding.funder)
    make_funding(stay, "agreed", asked=5000, funder=funding.funder, year=2026)
    found = Budget.objects.with_totals().get(pk=budget.pk)
    assert (found.asked, found.committed, found.spent, found.left) == (400, 1200, 500, 300)
    assert (found.is_over, found.would_be_over) == (False, True)
