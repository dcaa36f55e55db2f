import datetime as dt

import pytest
from django.utils import timezone

from referrals.booking import slots
from referrals.booking.models import Appointment


@pytest.fixture
def at(monkeypatch):
    """The clock, set: at("2027-03-28 00:30") is half past midnight in London that day."""

    def set_to(text):
        moment = london(text)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_to


@pytest.fixture
def manager(make_user, cranstoun):
    return make_user("cranstoun_manager", cranstoun, family_name="Manager")


@pytest.fixture
def few(worker, cranstoun):
    """Slots of the worker, from tomorrow on."""
    return slots.free(cranstoun, worker=worker.pk, after=timezone.now() + dt.timedelta(days=1), limit=8)


@pytest.fixture
def booked(make_divert, officer, few):
    """An appointment of an accepted referral, in the first of those slots."""
    return Appointment.book(make_divert(), by=officer, slot=few[0])


def london(text, fold=0):
    return timezone.make_aware(dt.datetime.fromisoformat(text)).replace(fold=fold).astimezone(dt.UTC)
