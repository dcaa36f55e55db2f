"""A concern for safety is acknowledged by another than wrote it, whichever way they come."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from referrals.booking.models import Intervention


@pytest.fixture
def own(make_appointment, make_user, worker):
    """A manager's own write-up, with a concern."""
    manager = make_user("cranstoun_manager", worker.membership.agency)
    row = Intervention.record(make_appointment("attended"), by=manager, how_it_went="well", concern="Sleeps outside.")
    return row, manager


def test_nobody_acknowledges_what_they_wrote(own, signed_in, make_user, worker):
    row, manager = own
    with pytest.raises(PermissionDenied):
        row.acknowledge(by=manager)
    browser, address = signed_in(manager), reverse("booking:acknowledge", args=[row.pk])
    assert address not in browser.get(row.appointment.get_absolute_url()).text
    assert browser.post(address).status_code == 403
    answer = browser.post(f"/api/v1/interventions/{row.pk}/acknowledge/", {}, content_type="application/json")
    assert answer.status_code == 403
    row.refresh_from_db()
    assert row.acknowledged_by is None
    another = make_user("cranstoun_manager", worker.membership.agency)
    assert address in signed_in(another).get(row.appointment.get_absolute_url()).text
    row.acknowledge(by=another)


def test_the_database_knows(own):
    row, manager = own
    with pytest.raises(IntegrityError), transaction.atomic():
        Intervention.objects.filter(pk=row.pk).update(acknowledged_by=manager, acknowledged_at=row.recorded_at)
