import datetime as dt
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from offenders.amend import amend
from offenders.models import Entry
from offenders.workflow import TooLate
from partners.audit.models import Event
from referrals.booking.models import ContactAttempt
from referrals.booking.waiting import not_engaging, tried, waiting
from referrals.models import Deadline


def log(referral, by, result="no_answer", **fields):
    return ContactAttempt.record(referral, by=by, method="phone", result=result, **fields)


def test_an_attempt_is_for_the_team_alone(make_appointment, worker, officer):
    referral = make_appointment().referral
    attempt = log(referral, worker)
    assert list(ContactAttempt.objects.visible_to(worker)) == [attempt]
    assert not ContactAttempt.objects.visible_to(officer).exists()
    lines = Entry.objects.filter(sentence="Phone call: No answer")
    assert lines.visible_to(worker).exists()
    assert not lines.visible_to(officer).exists()
    assert Event.objects.get(verb="contactattempt.record").offenders == [referral.offender_id]


def test_who_sent_them_does_not_log(make_appointment, officer):
    with pytest.raises(PermissionDenied):
        log(make_appointment().referral, officer)


def test_who_sent_them_reads_none_of_it_whatever_their_permissions(make_appointment, worker, officer):
    referral = make_appointment("missed").referral
    log(referral, worker, "declined")
    everything = officer.permissions | worker.permissions
    with mock.patch.object(officer, "permissions", everything):
        assert not ContactAttempt.objects.visible_to(officer).exists()
        assert not ContactAttempt.objects.amendable_by(officer).exists()
        assert not waiting(officer).exists()
        assert not not_engaging(officer).exists()
        with pytest.raises(PermissionDenied):
            log(referral, officer)
    with mock.patch.object(worker, "permissions", worker.permissions - {"booking.add_contactattempt"}):
        assert not ContactAttempt.objects.amendable_by(worker).exists()
        with pytest.raises(PermissionDenied):
            log(referral, worker)


@pytest.mark.parametrize(("result", "met"), [("reached", True), ("declined", True), ("message", False)])
def test_an_attempt_that_reached_them_meets_the_deadline(make_appointment, worker, result, met):
    referral = make_appointment().referral
    log(referral, worker, result)
    assert (Deadline.objects.get(referral=referral, kind="first_contact").met_on == timezone.localdate()) is met
    assert waiting(worker).exists() is not met


def test_coming_meets_the_deadline_and_a_correction_opens_it_again(make_appointment, worker):
    appointment = make_appointment("attended")
    deadline = Deadline.objects.get(kind="first_contact")
    assert deadline.met_on
    appointment.correct(by=worker, reason="The wrong answer was chosen", took_place=True, attended=False)
    deadline.refresh_from_db()
    assert deadline.met_on is None


def test_an_amended_attempt_opens_the_deadline_again(make_appointment, worker):
    attempt = log(make_appointment().referral, worker, "reached")
    amend(attempt, {"result": "wrong"}, by=worker, reason="It was the neighbour")
    assert Deadline.objects.get(kind="first_contact").met_on is None
    line = Entry.objects.get(sentence__startswith="Phone call")
    assert line.sentence == "Phone call: Wrong number or address"


def test_an_attempt_is_neither_to_come_nor_before_the_referral(make_appointment, worker):
    referral = make_appointment().referral
    for days in (1, -1):
        with pytest.raises(ValidationError):
            log(referral, worker, occurred_at=timezone.now() + dt.timedelta(days=days))
    assert not ContactAttempt.objects.exists()


def test_nobody_is_to_be_reached_once_it_is_over(make_appointment, worker):
    referral = make_appointment("missed").referral
    referral.disengage(by=worker, reason="Could not be reached")
    with pytest.raises(TooLate):
        log(referral, worker)


def test_not_engaged_is_proposed_after_as_many_attempts_as_the_setting_says(make_appointment, worker, officer):
    referral = make_appointment("missed").referral
    for number in range(3):
        assert not not_engaging(worker).exists(), number
        log(referral, worker)
    assert list(not_engaging(worker)) == [referral]
    assert waiting(worker).get().proposed
    assert not not_engaging(officer).exists()
    assert len(tried(worker, referral)) == 4
    log(referral, worker, "reached")
    assert not not_engaging(worker).exists()


def test_not_engaged_is_not_proposed_while_an_appointment_is_to_come(make_appointment, worker):
    referral = make_appointment().referral
    log(referral, worker, "declined")
    assert not not_engaging(worker).exists()
    referral.appointments.get().cancel(by=worker, asked_by="person", reason="The person asked for it")
    assert list(not_engaging(worker)) == [referral]


def test_its_line_is_on_the_persons_timeline_without_a_link(client, make_divert, cranstoun_worker):
    referral = make_divert()
    ContactAttempt.record(referral, by=cranstoun_worker, method="phone", result="no_answer")
    client.force_login(cranstoun_worker)
    page = client.get(f"/people/{referral.offender_id}/timeline/")
    assert page.status_code == 200
    assert "Phone call: No answer" in page.content.decode()
