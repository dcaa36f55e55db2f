"""A deadline counts working days, stands still for a reason, and ends with the referral."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import TooLate
from partners.audit.models import Event
from referrals.models import Deadline

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 30)  # Good Friday and Easter Monday follow


@pytest.fixture
def deadline(make_divert):
    return make_divert("accepted", referred_on=DAY).deadlines.get(kind="first_contact")


def test_it_is_due_some_working_days_later(deadline):
    assert deadline.due_on == dt.date(2026, 4, 8)  # five, over four days on which nobody works
    assert Event.objects.about(deadline).get().verb == "deadline.set"


def test_a_referral_has_one_of_a_kind(deadline, officer):
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        Deadline.set(deadline.referral, "first_contact", by=officer, on=DAY)


def test_it_is_overdue_when_its_last_day_is_over(deadline, cranstoun_worker):
    assert not Deadline.objects.overdue(dt.date(2026, 4, 8)).exists()
    assert Deadline.objects.overdue(dt.date(2026, 4, 9)).get() == deadline
    assert deadline.is_overdue
    deadline.settle(dt.date(2026, 4, 9), by=cranstoun_worker)
    assert not Deadline.objects.overdue(dt.date(2026, 4, 9)).exists()
    assert not deadline.is_overdue


def test_paused_it_stands_still(deadline, cranstoun_worker):
    deadline.pause(by=cranstoun_worker, reason="hospital", on=dt.date(2026, 4, 1))
    assert not Deadline.objects.overdue(dt.date(2026, 5, 1)).exists()
    with pytest.raises(TooLate):
        deadline.pause(by=cranstoun_worker, reason="away", on=dt.date(2026, 4, 2))
    deadline.resume(by=cranstoun_worker, on=dt.date(2026, 4, 9))  # of the days between, four are for work
    assert (deadline.paused_on, deadline.pause_reason, deadline.paused_days) == (None, "", 4)
    assert deadline.due_on == dt.date(2026, 4, 14)
    with pytest.raises(TooLate):
        deadline.resume(by=cranstoun_worker)
    said = set(Entry.objects.filter(matters__contains=[deadline.referral_id]).values_list("sentence", flat=True))
    assert {"Deadline paused: first contact", "Deadline runs again: first contact"} <= said
    assert not any("hospital" in one.lower() for one in said)  # who sent them reads this too
    assert Event.objects.get(verb="deadline.pause").reason == "hospital"


def test_it_is_paused_for_a_reason_that_is_known_and_not_ahead(deadline, cranstoun_worker):
    for said in ({"reason": ""}, {"reason": "ill"}, {"reason": "away", "on": timezone.localdate() + dt.timedelta(1)}):
        with pytest.raises(ValidationError):
            deadline.pause(by=cranstoun_worker, **said)
        deadline.refresh_from_db()
        assert deadline.paused_on is None


def test_it_is_not_for_everyone_to_pause(deadline, officer, lead, make_user, cgl):
    for user in (officer, lead, make_user("cranstoun_worker", cgl)):
        with pytest.raises(PermissionDenied):
            deadline.pause(by=user, reason="away")


def test_who_gives_help_sees_it(deadline, cranstoun_worker, make_user, cgl):
    assert deadline in Deadline.objects.visible_to(cranstoun_worker)
    assert not Deadline.objects.visible_to(make_user("cranstoun_worker", cgl)).exists()


def test_it_ends_with_the_referral_and_comes_back_with_it(deadline, cranstoun_worker, lead):
    deadline.pause(by=cranstoun_worker, reason="custody")
    deadline.referral.disengage(by=cranstoun_worker, reason="Could not be reached")
    deadline.refresh_from_db()
    assert (deadline.dropped_on, deadline.paused_on) == (timezone.localdate(), None)
    deadline.settle(timezone.localdate(), by=cranstoun_worker)
    assert deadline.met_on is None  # it is over
    deadline.referral.reopen(by=lead, reason="Ended by mistake")
    deadline.refresh_from_db()
    assert deadline.dropped_on is None
