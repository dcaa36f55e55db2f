"""The pages of money for stays: asking, answering, paying, and what is left of a budget."""

import datetime as dt
from decimal import Decimal

import pytest

from offenders.amend import address
from partners.audit.models import Event
from referrals.rehab.models import Budget, Funding

DAY = dt.date(2026, 3, 2)


@pytest.fixture
def offered(make_placement, make_rehab_unit):
    unit = make_rehab_unit(weekly_price=Decimal("700.00"))
    return make_placement("offered", unit=unit, on=DAY, expected_arrival=DAY, expected_departure=DAY + dt.timedelta(70))


def test_asking_answering_and_booking_by_page(offered, make_funder, sign_in, facilitator, supervisor):
    funder, browser = make_funder(), sign_in(facilitator)
    page = browser.get(f"/o2r/placements/{offered.pk}/")
    assert "£7,000 short" in page.text
    days = {"expected_arrival": "2026-03-02", "expected_departure": "2026-05-11", "on": "2026-03-02"}
    refused = browser.post(f"/o2r/placements/{offered.pk}/book/", days)
    assert refused.status_code == 422
    assert "£0 is agreed" in refused.text
    asked = f"/o2r/placements/{offered.pk}/funding/ask/"
    assert 'value="7000.00"' in browser.get(asked).text
    browser.post(asked, {"funder": funder.pk, "asked": "£7,000", "year": "2025"})
    funding = Funding.objects.get()
    assert "someone else records the answer" in browser.get(f"/o2r/placements/fundings/{funding.pk}/").text
    browser = sign_in(supervisor)
    assert "Funding to answer" in browser.get("/").text
    assert browser.post(f"/o2r/placements/fundings/{funding.pk}/agree/", {"agreed": "8000"}).status_code == 422
    browser.post(f"/o2r/placements/fundings/{funding.pk}/agree/", {"agreed": "7000"})
    browser.post(f"/o2r/placements/fundings/{funding.pk}/pay/", {"amount": "500"})
    browser.post(f"/o2r/placements/fundings/{funding.pk}/pay/", {"amount": "20.50", "is_refund": "back"})
    assert "£20.50 paid back" in browser.get(f"/o2r/placements/fundings/{funding.pk}/").text
    browser = sign_in(facilitator)
    assert browser.post(f"/o2r/placements/{offered.pk}/book/", days).status_code == 302
    assert Event.objects.filter(verb="funding.view", by=facilitator).exists()
    assert funder.name in browser.get("/o2r/placements/fundings/", {"status": "agreed", "year": "2025"}).text


def test_a_supervisor_lets_it_exceed_by_page(offered, sign_in, supervisor):
    browser = sign_in(supervisor)
    said = {"exceed_up_to": "7000", "reason": "The funder answers on Monday"}
    assert browser.post(f"/o2r/placements/{offered.pk}/exceed/", said | {"reason": ""}).status_code == 422
    browser.post(f"/o2r/placements/{offered.pk}/exceed/", said)
    assert "The funder answers on Monday" in browser.get(f"/o2r/placements/{offered.pk}/").text


def test_the_rehab_and_treatment_read_nothing_of_the_money(
    offered, make_funding, sign_in, make_user, cgl_worker, facilitator
):
    offered.case.share(by=facilitator, agency=cgl_worker.membership.agency, co_worker=cgl_worker)
    funding = make_funding(offered)
    for user in (make_user("rehab_provider", offered.unit.agency), cgl_worker):
        browser = sign_in(user)
        assert funding.funder.name not in browser.get(f"/o2r/placements/{offered.pk}/").text
        assert browser.get(f"/o2r/placements/fundings/{funding.pk}/").status_code == 404
        assert browser.get("/o2r/placements/fundings/").status_code == 403


def test_budgets_warn(offered, make_funding, sign_in, supervisor):
    browser = sign_in(supervisor)
    assert "An administrator adds funders" in browser.get("/o2r/placements/budgets/").text
    funding = make_funding(offered, paid=100)
    assert "no budget is recorded" in browser.get("/o2r/placements/budgets/").text
    Budget.objects.create(funder=funding.funder, year=2025, amount=6999)
    text = browser.get("/o2r/placements/budgets/", {"year": "2025"}).text
    assert "Over-committed" in text
    assert "-£1" in text
    assert "no budget is recorded" not in text


def test_lists_take_the_same_queries_for_one_and_for_many(
    offered, make_funding, make_more, sign_in, supervisor, django_assert_max_num_queries
):
    make_funding(offered, paid=5)
    browser = sign_in(supervisor)
    counts = {}
    for number in (0, 10):
        make_more(offered.offender, number)
        for url in ("/o2r/placements/fundings/", "/api/v1/fundings/", "/api/v1/payments/"):
            browser.get(url)
            with django_assert_max_num_queries(counts.get(url, 100)) as ran:
                browser.get(url)
            counts.setdefault(url, len(ran))


def test_what_was_asked_and_paid_is_amended_with_a_reason(offered, make_funding, sign_in, facilitator, supervisor):
    asked, paid = make_funding(offered, "asked"), make_funding(offered, asked=100, paid=60)
    amends = {"reason": "Mistyped", "asked_on": str(asked.asked_on)}
    sign_in(facilitator).post(address(asked), amends | {"asked": "50", "year": "2025"})
    asked.refresh_from_db()
    assert asked.asked == 50
    payment = paid.payments.get()
    amends = {"reason": "Mistyped", "on": str(payment.on)}
    browser = sign_in(supervisor)
    refused = browser.post(address(payment), amends | {"amount": "100.01"})
    assert refused.status_code == 422
    assert "No more can be paid" in refused.text
    browser.post(address(payment), amends | {"amount": "40"})
    payment.refresh_from_db()
    assert payment.amount == 40
