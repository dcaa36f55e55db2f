import datetime as dt

import pytest

from referrals.rehab.models import Assessment, FollowUp


@pytest.fixture
def assess(facilitator):
    def make(case, on, *pounds):
        """An assessment of that day: pounds a day for a substance each; without any, an amount nobody gave."""
        names = ["heroin", "crack", "alcohol"]
        rows = [{"substance": name, "daily_spend": each} for name, each in zip(names, pounds, strict=False)]
        return Assessment.record(case, by=facilitator, assessed_on=on, substances=rows)

    return make


@pytest.fixture
def follow_up(facilitator):
    def make(case, on, abstinent="yes", offending="no"):
        return FollowUp.add(case, by=facilitator, on=on, abstinent=abstinent, offending=offending)

    return make


@pytest.fixture
def make_stay(make_case, make_placement, facilitator):
    def make(arrived, departed=None, *, case=None, **referral):
        """A stay of these days; the case, when none is given, began a week before."""
        case = case or make_case(on=arrived - dt.timedelta(days=7), **referral)
        stay = make_placement("arrived", case=case, on=arrived)
        if departed:
            stay.depart(by=facilitator, on=departed, departure_reason="completed")
        case.refresh_from_db()
        return stay

    return make
