"""Each step of each workflow is in the record, whatever else the tests of a step look at."""

from datetime import timedelta
from unittest import mock

from django.utils import timezone

from config.tests.mutants import stepped
from offenders.models import EmergencyAccess, Restriction
from partners.audit.models import Event
from referrals.models import Referral
from referrals.rehab.models import Case, Placement


def test_every_step_of_every_workflow_is_recorded(make_placement, facilitator):
    stay = make_placement("requested")
    proposed = Restriction.objects.create(
        offender=stay.offender, what="restrict", reason="Known", proposed_by=facilitator
    )
    now = timezone.now()
    opened = EmergencyAccess.objects.create(
        offender=stay.offender, user=facilitator, agency=facilitator.membership.agency, reason="Known", opened_at=now,
        closes_at=now + timedelta(hours=2),
    )  # fmt: skip
    rows = {Placement: stay, Case: stay.case, Referral: stay.case.referral, Restriction: proposed,
            EmergencyAccess: opened}  # fmt: skip
    assert set(rows) == set(stepped())
    for model, row in rows.items():
        for verb, step in model.STEPS.items():
            setattr(row, row.STATE, next(iter(step.sources)))
            with mock.patch.object(model, "refresh_from_db"), mock.patch.object(model, "save"):
                row._take(verb, by=facilitator, follows=True, reason="Because")
            event = Event.objects.about(row).first()
            assert (event.verb, event.kind) == (f"{model._meta.model_name}.{verb}", "alteration")
            assert (event.by, event.offenders, event.reason) == (facilitator, [row.offender_id], "Because")
