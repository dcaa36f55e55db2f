"""Money that one supervisor alone would bind: by parts, or by a sum that changed under the eyes of the second."""

from decimal import Decimal

import pytest

from offenders.workflow import TooLate
from partners.settings import setting
from referrals.rehab.models import Funding
from referrals.rehab.models.funding import agreed_for


@pytest.fixture
def second(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")


@pytest.fixture
def offered(make_placement):
    return make_placement("offered")


@pytest.fixture
def large():
    return setting("approval_from_pounds")[0]


def test_a_large_sum_in_parts_is_confirmed_too(offered, make_funder, make_funding, supervisor, second, large):
    funder, part = make_funder(), large - 1
    assert make_funding(offered, "agreed", funder=funder, asked=part).status == "agreed"
    rest = make_funding(offered, "agreed", funder=funder, asked=part)
    assert rest.status == "to_confirm"
    assert agreed_for(offered) == part
    rest.confirm(by=second)
    assert agreed_for(offered) == 2 * part
    assert make_funding(offered, "agreed", funder=make_funder(), asked=part).status == "agreed"  # another's money


def test_a_small_sum_is_not_raised_to_be_large_with_another(offered, make_funder, make_funding, supervisor, large):
    funder = make_funder()
    make_funding(offered, "agreed", funder=funder, asked=large - 10)
    small = Funding.ask(offered, by=offered.case.facilitator, funder=funder, asked=large - 10, year=2025)
    small.agree(by=supervisor, agreed=Decimal(9))
    assert small.status == "agreed"
    with pytest.raises(Exception, match="Ask for the rest apart"):
        small.agree(by=supervisor, agreed=large - 10)


def test_who_confirms_confirms_the_sum_they_read(offered, make_funding, sign_in, supervisor, second, large):
    funding = make_funding(offered, "to_confirm", asked=large * 3)
    funding.agree(by=supervisor, agreed=large)
    browser = sign_in(second)
    address = f"/o2r/placements/fundings/{funding.pk}/confirm/"
    shown = browser.get(address).context["form"]
    said = {name: shown[name].value() for name in shown.fields}
    funding.agree(by=supervisor, agreed=large * 3)
    page = browser.post(address, said, follow=True)
    funding.refresh_from_db()
    assert (funding.status, funding.confirmed_by) == ("to_confirm", None)
    assert "another sum" in page.text
    shown = browser.get(address).context["form"]
    browser.post(address, {name: shown[name].value() for name in shown.fields})
    funding.refresh_from_db()
    assert (funding.status, funding.agreed) == ("agreed", large * 3)


def test_a_stale_row_confirms_no_other_sum(offered, make_funding, supervisor, second, large):
    funding = make_funding(offered, "to_confirm", asked=large * 3)
    stale = Funding.objects.get(pk=funding.pk)
    funding.agree(by=supervisor, agreed=large)
    with pytest.raises(TooLate):
        stale.confirm(by=second, agreed=large * 3)
