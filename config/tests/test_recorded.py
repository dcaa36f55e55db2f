"""Each step of each workflow, and all that is written besides, is in the record, whatever else the tests look at."""

import datetime as dt
from unittest import mock

import pytest
from django.utils import timezone

from config.tests.mutants import stepped
from offenders.models import EmergencyAccess, Note, Restriction
from offenders.steps import StepForm, ask
from partners.audit.models import Event
from referrals.booking.models import Appointment
from referrals.models import Referral
from referrals.rehab.models import Assessment, FollowUp, Progress


@pytest.fixture
def rows(make_placement, make_divert, facilitator):
    """A row of each model that has steps."""
    stay = make_placement("requested")
    proposed = Restriction.objects.create(
        offender=stay.offender, what="restrict", reason="Known", proposed_by=facilitator
    )
    opened = EmergencyAccess.objects.create(
        offender=stay.offender, user=facilitator, agency=facilitator.membership.agency, reason="Collapsed",
        opened_at=timezone.now(), closes_at=timezone.now() + dt.timedelta(hours=2),
    )  # fmt: skip
    resolution = make_divert("submitted").resolution
    booked = Appointment(referral=resolution.referral, offender=resolution.offender, starts_at=timezone.now())
    rows = {type(row): row for row in (stay, stay.case, stay.case.referral, proposed, opened, resolution, booked)}
    assert set(rows) == set(stepped())
    return rows


def test_every_step_of_every_workflow_is_recorded(rows, facilitator):
    for model, row in rows.items():
        for verb, step in model.STEPS.items():
            setattr(row, row.STATE, next(iter(step.sources)))
            with mock.patch.object(model, "refresh_from_db"), mock.patch.object(model, "save"):
                row._take(verb, by=facilitator, follows=True, reason="Because")
            event = Event.objects.about(row).first()
            assert (event.verb, event.kind) == (f"{model._meta.model_name}.{verb}", "alteration")
            assert (event.by, event.offenders, event.reason) == (facilitator, [row.offender_id], "Because")


def test_every_page_that_asks_about_a_step_is_recorded(rows, facilitator, rf):
    request = rf.get("/")
    request.user = facilitator
    for model, row in rows.items():
        for verb in model.STEPS:
            ask(request, StepForm(record=row, user=facilitator), None, record=row, verb=verb, heading="Do", done="Done")
            event = Event.objects.about(row).first()
            assert (event.verb, event.kind) == (f"{model._meta.model_name}.{verb}.ask", "consultation")
            assert (event.by, event.offenders) == (facilitator, [row.offender_id])


def test_what_is_written_is_recorded(make_placement, facilitator, provider):
    stay, now = make_placement("arrived"), timezone.now()
    case = stay.case
    Progress.record(stay, by=provider, on=stay.arrived_on, engagement="well", text="Settled")
    Assessment.record(case, by=facilitator, assessed_on=now.date(), substances=[], health="Well")
    stay.depart(by=facilitator, on=stay.arrived_on, departure_reason="completed")
    FollowUp.objects.filter(case=case).earliest("due_on").record(by=facilitator, on=now.date(), text="Seen")
    Note.write(case.offender, by=facilitator, kind="visit", text="Seen", happened_at=now, category="general")
    recorded = set(Event.objects.naming(case.offender).values_list("verb", "kind"))
    assert recorded >= {
        ("offender.add", "collection"), ("referral.draft", "collection"), ("case.begin", "collection"),
        ("placement.request", "collection"), ("progress.record", "collection"), ("follow_up.record", "collection"),
        ("assessment.record", "collection"), ("note.add", "collection"), ("involvement.open", "disclosure"),
    }  # fmt: skip


@pytest.mark.parametrize("verb", sorted(Referral.STEPS))
def test_who_does_not_hold_the_permission_of_a_step_of_a_referral_does_not_take_it(
    verb, make_referral, officer, facilitator, supervisor
):
    referral, needed = make_referral("submitted"), Referral.permission(verb)
    for user in (officer, facilitator, supervisor):
        kept = user.permissions - {needed}
        with mock.patch.object(user, "permissions", kept):
            assert not referral.may(user, verb)
