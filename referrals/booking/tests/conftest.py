import datetime as dt

import pytest
from django.utils import timezone

from referrals.models import Referral


@pytest.fixture
def make_divert(make_offender, officer, worker):
    def make(status="accepted", *, offender=None, **fields):
        by = officer
        referral = Referral.draft(
            by=by, offender=offender or make_offender(by=by), pathway="divert", source="officer", **fields
        )
        if status in ("submitted", "accepted"):
            referral.submit(by=by)
        if status == "accepted":
            referral.take_up(by=by, worker=worker)
        return referral

    return make


@pytest.fixture
def at(monkeypatch):
    """The clock, set: at("2027-03-28 00:30") is half past midnight in London that day."""

    def set_to(text):
        moment = london(text)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_to


def london(text, fold=0):
    return timezone.make_aware(dt.datetime.fromisoformat(text)).replace(fold=fold).astimezone(dt.UTC)
