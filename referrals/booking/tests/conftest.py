import datetime as dt

import pytest
from django.utils import timezone


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
