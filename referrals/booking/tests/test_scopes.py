"""Each scope of Divert asked by itself, by whom it keeps out: on the way to a page another may say no before it."""

import datetime as dt
from unittest import mock

import pytest
from django.utils import timezone

from offenders.models import Offender
from partners.models import Membership
from referrals.booking.models import Appointment, Availability, ContactAttempt, Intervention, Leave
from referrals.models import Referral

TODAY = timezone.localdate()
LONG_AGO = dt.date(2018, 1, 1)


def holding(user, *more, but=()):
    """The user with these permissions too, and without those."""
    return mock.patch.object(user, "permissions", user.permissions.union(*more).difference(but))


@pytest.fixture
def attended(make_appointment):
    return make_appointment("attended")


@pytest.fixture
def written(attended, worker):
    return Intervention.record(attended, by=worker, how_it_went="well", agreed="To cut down")


def test_an_appointment_is_given_by_the_unit_it_is_of(attended, make_user, cranstoun, worker):
    """Appointment.given_by: unit, of a hat that does not work agency-wide."""
    unit = cranstoun.units.create(name="Elsewhere", kind="team", valid_from=LONG_AGO)
    other = make_user("cranstoun_worker", cranstoun, unit)
    assert Appointment.objects.given_by(worker).get() == attended
    with holding(other, but={"partners.work_agency_wide"}):
        assert not Appointment.objects.given_by(other).exists()


def test_an_appointment_is_sent_by_the_team_of_its_referral(attended, officer, worker):
    """Appointment.sent_by."""
    assert Appointment.objects.sent_by(officer).get() == attended
    assert not Appointment.objects.sent_by(worker).exists()


def test_a_hold_is_of_who_made_it_for_one_referral_until_it_is_booked(make_appointment, officer, worker):
    """Appointment.held_by: recorded_by, held_for, status."""
    row = make_appointment()
    rows, key = Appointment.objects.filter(pk=row.pk), row.referral_id
    rows.update(held_for=key)
    assert not rows.held_by(officer, key).exists()
    rows.update(status="held", held_until=row.starts_at, referral=None, offender=None)
    assert rows.held_by(officer, key).exists()
    assert not rows.held_by(worker, key).exists()
    assert not rows.held_by(officer, row.pk).exists()


@pytest.mark.parametrize("model", [Availability, Leave])
def test_hours_and_leave_are_of_ones_own_agency_and_without_managing_it_ones_own(
    model, manager, make_user, cranstoun, make_agency
):
    """Availability and Leave: of_agency; visible_to: agency, worker; changeable_by."""
    worker, colleague = (make_user("cranstoun_worker", cranstoun) for _ in range(2))
    stranger = make_user("cranstoun_manager", (elsewhere := make_agency()))
    said = {"valid_from": TODAY, "valid_to": TODAY}
    if model is Availability:
        said |= {"weekday": 0, "starts": dt.time(9), "ends": dt.time(12), "mode": "phone"}
    row = model.objects.create(worker=worker, agency=cranstoun, **said)
    for user in (worker, manager, colleague):
        assert model.objects.of_agency(user).get() == row
    assert model.objects.changeable_by(manager).get() == row
    for user, sees in ((worker, True), (manager, True), (colleague, False), (stranger, False)):
        assert model.objects.visible_to(user).exists() is sees, user
    assert not model.objects.of_agency(stranger).exists()
    assert not model.objects.changeable_by(stranger).exists()
    there = {"user": worker, "agency": elsewhere, "role": "cranstoun_worker", "valid_from": LONG_AGO}
    worker.act_as(Membership.objects.create(**there))
    assert not model.objects.visible_to(worker).exists()


def test_an_attempt_is_read_while_they_are_seen_and_amended_while_the_referral_is_open(make_divert, cranstoun_worker):
    """ContactAttempt.visible_to: referral; ContactAttempt.amendable_by: referral, status."""
    referral = make_divert("accepted")
    attempt = ContactAttempt.record(referral, by=cranstoun_worker, method="phone", result="no_answer")
    people = Offender.objects.filter(pk=referral.offender_id)
    for is_restricted in (False, True):
        people.update(is_restricted=is_restricted)
        for scope in ("visible_to", "amendable_by"):
            seen = getattr(ContactAttempt.objects, scope)(cranstoun_worker)
            assert seen.exists() is not is_restricted, scope
    people.update(is_restricted=False)
    referral.disengage(by=cranstoun_worker, reason="Could not be reached")
    assert ContactAttempt.objects.visible_to(cranstoun_worker).get() == attempt
    assert not ContactAttempt.objects.amendable_by(cranstoun_worker).exists()


def test_what_happened_is_read_and_amended_while_they_are_seen(written, worker):
    """Intervention.visible_to: referral; Intervention.amendable_by: referral."""
    for is_restricted in (False, True):
        Offender.objects.filter(pk=written.offender_id).update(is_restricted=is_restricted)
        for scope in ("visible_to", "amendable_by"):
            assert getattr(Intervention.objects, scope)(worker).exists() is not is_restricted, scope


def test_what_happened_is_amended_by_who_reads_health(written, make_user, cranstoun, worker):
    """Intervention.amendable_by: exists Consent, though of one's own agency."""
    other = make_user("analyst", cranstoun)
    with holding(other, worker.permissions):
        assert Referral.objects.visible_to(other).exists()
        assert not Intervention.objects.amendable_by(other).exists()


def test_what_happened_is_read_by_another_agency_as_far_as_agreed_and_not_amended(
    send_divert, worker, cgl_worker, cranstoun, make_agreement
):
    """Intervention.visible_to: agency, id; Intervention.amendable_by: agency."""
    agreed = make_agreement(cgl_worker.membership.agency, cranstoun, categories=["identity", "case"])
    with holding(cgl_worker, worker.permissions, {"referrals.add_resolution"}):
        appointment = send_divert(by=cgl_worker).appointments.get()
        Appointment.objects.update(status="attended", outcome_recorded_at=timezone.now())
        appointment.refresh_from_db()
        row = Intervention.record(appointment, by=worker, how_it_went="well")
        assert not Intervention.objects.visible_to(cgl_worker).exists()
        type(agreed).objects.filter(pk=agreed.pk).update(categories=["identity", "case", "health"])
        assert Intervention.objects.visible_to(cgl_worker).get() == row
        assert not Intervention.objects.amendable_by(cgl_worker).exists()


def test_a_referral_is_overseen_once_sent_where_it_has_a_resolution(make_divert, make_referral, lead):
    """Referral.overseen_by: id, not status."""
    sent, draft, without = make_divert("submitted"), make_divert("draft"), make_referral("submitted")
    assert set(Referral.objects.overseen_by(lead).filter(pk__in=[sent.pk, draft.pk, without.pk])) == {sent}


def test_of_a_referral_who_gives_the_help_does_not_read_the_rules(make_divert, officer, cranstoun_worker, lead):
    """Referral.with_leave."""
    make_divert("accepted")
    for user, reads in ((officer, True), (lead, True), (cranstoun_worker, False)):
        assert Referral.objects.with_leave(user).get().reads_rules is reads, user
