"""Which times are free: by the clock of London, on working days, for whoever asks."""

import datetime as dt

import pytest
from django.utils import timezone

from offenders.workflow import insert
from referrals.booking import slots
from referrals.booking.models import Appointment, Leave


def test_a_worker_who_is_available_has_slots_until_someone_has_them(worker, cranstoun, officer):
    first, second, *_ = slots.free(cranstoun)
    assert first.ends_at - first.starts_at == dt.timedelta(minutes=30)
    Appointment.hold(first, by=officer)
    assert slots.free(cranstoun)[0] == second
    assert slots.find(first.key, cranstoun) is None
    assert slots.find(second.key, cranstoun) == second
