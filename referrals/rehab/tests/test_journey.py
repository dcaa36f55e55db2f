import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from offenders.models import Entry, Offender
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from referrals.models import Referral
from referrals.rehab.models import Assessment, Case, FollowUp, Placement, Progress

TODAY = timezone.localdate()


def days_ago(n):
    return TODAY - dt.timedelta(days=n)


def test_one_person_from_referral_to_follow_up(
    make_case, make_placement, facilitator, officer, cgl, cgl_worker, provider
):
    case = make_case(on=days_ago(70))
    assert not Case.objects.visible_to(cgl_worker).exists()
    case.share(by=facilitator, agency=cgl)
    assert Case.objects.visible_to(cgl_worker).get() == case
    substances = [{"substance": "heroin", "daily_spend": "80.00"}, {"substance": "crack", "daily_spend": "60.50"}]
    Assessment.record(case, by=cgl_worker, assessed_on=days_ago(65), substances=substances)
    assert Assessment.objects.visible_to(cgl_worker).with_spend().get().daily_spend == 140.5
    assert not Assessment.objects.visible_to(facilitator).exists()  # health of another agency: not without consent

    assert not Placement.objects.visible_to(provider).exists()
    stay = make_placement(case=case, on=days_ago(50))
    assert Placement.objects.visible_to(provider).get() == stay
    assert not Case.objects.visible_to(provider).exists()
    Progress.record(stay, by=provider, on=days_ago(43), engagement="well", text="Settling in")
    stay.depart(by=provider, departure_reason="completed", move_on="dry_house", on=days_ago(22))
    case.refresh_from_db()
    assert (stay.days(), case.phase) == (28, "throughcare")

    first = FollowUp.objects.visible_to(cgl_worker).first()
    assert first.due_on == days_ago(15)
    first.record(by=cgl_worker, on=days_ago(14), abstinent="yes", offending="no")
    with pytest.raises(ValidationError):
        first.record(by=cgl_worker, on=days_ago(14), abstinent="no")

    # a sentence for each, newest first, and each reader their own part
    told = [entry.sentence for entry in Entry.objects.visible_to(facilitator).newest_first()]
    assert "Departed from rehab: completed" in told
    assert not any("follow-up" in sentence for sentence in told)
    officer_reads = [entry.sentence for entry in Entry.objects.visible_to(officer)]
    assert "Referral completed: brought in" in officer_reads
    assert not any("rehab" in sentence.lower() for sentence in officer_reads)
    assert Event.objects.about(stay).filter(verb="placement.depart").get().by == provider


def test_a_stranger_takes_no_step(make_placement, make_user, make_agency):
    stay = make_placement("requested")
    stranger = make_user("rehab_provider", make_agency())
    assert not Offender.objects.visible_to(stranger).exists()
    with pytest.raises(PermissionDenied):
        stay.offer(by=stranger)


def test_a_step_has_its_time(make_referral, facilitator):
    referral = make_referral("submitted")
    referral.decline(by=facilitator, reason="Lives elsewhere")
    with pytest.raises(IllegalStep, match="this referral is declined"):
        referral.accept(by=facilitator, worker=facilitator)
    assert Referral.objects.get().end_reason == "Lives elsewhere"
