"""Whose a step is: of a hat that holds its permission, and of the side that the table of steps names; both."""

import datetime as dt
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from config.tests.mutants import stepped
from referrals.rehab.models import Assessment, FollowUp, Placement, Progress, RehabUnit

STEPS = [(model, verb) for model in stepped() for verb, step in model.STEPS.items() if step.by_hand]
pytestmark = pytest.mark.django_db


@pytest.fixture
def everyone(officer, facilitator, supervisor, provider, cgl_worker, cranstoun_worker, lead):
    return officer, facilitator, supervisor, provider, cgl_worker, cranstoun_worker, lead


def holding(user, permissions):
    return mock.patch.object(user, "permissions", frozenset(permissions))


@pytest.mark.parametrize(
    ("model", "verb"), STEPS, ids=[f"permission {model.permission(verb)} {verb}" for model, verb in STEPS]
)
def test_a_step_is_of_a_hat_that_holds_its_permission(model, verb, rows, everyone):
    row, needed = rows[model], model.permission(verb)
    theirs = [user for user in everyone if row.may(user, verb)]
    assert theirs
    for user in theirs:
        with holding(user, user.permissions - {needed}):
            assert not row.may(user, verb)


@pytest.mark.parametrize(("model", "verb"), STEPS, ids=[f"side {model.__name__}.{verb}" for model, verb in STEPS])
def test_a_step_is_of_a_side_not_of_whoever_sees_it(model, verb, rows, everyone, facilitator, cgl):
    row, needed = rows[model], model.permission(verb)
    for case in row.offender.cases.all():
        case.share(by=facilitator, agency=cgl)
    seen, others = model.objects.filter(pk=row.pk), []
    for user in everyone:
        with holding(user, user.permissions | {needed}):
            if seen.visible_to(user) and not any(getattr(seen, side)(user) for side in model.STEPS[verb].whose):
                others.append(user)
                assert not row.may(user, verb)
    assert others


@pytest.mark.parametrize(
    "permission", ["rehab.assess_case", "rehab.record_followup", "rehab.request_placement", "rehab.add_progress"]
)
def test_what_is_recorded_is_of_a_hat_that_holds_the_permission(
    permission, make_case, make_placement, rehab_unit, facilitator, provider
):
    today = timezone.localdate()
    began = today - dt.timedelta(days=40)
    stay = make_placement("departed", case=make_case(on=began), on=began)
    due = FollowUp.objects.filter(case=stay.case).earliest("due_on")
    user = provider if permission == "rehab.add_progress" else facilitator
    record = {
        "rehab.assess_case": lambda: Assessment.record(
            stay.case, by=user, assessed_on=today, substances=[], health="Well"
        ),
        "rehab.record_followup": lambda: due.record(by=user, on=today, text="Seen"),
        "rehab.request_placement": lambda: Placement.request(stay.case, by=user, unit=rehab_unit),
        "rehab.add_progress": lambda: Progress.record(
            stay, by=user, on=stay.arrived_on, engagement="well", text="Settled"
        ),
    }[permission]
    with holding(user, user.permissions - {permission}), pytest.raises(PermissionDenied):
        record()
    record()


def test_the_rehab_units_are_seen_by_a_hat_that_holds_the_permission_even_those_of_its_agency(rehab_unit, provider):
    assert RehabUnit.objects.visible_to(provider).get() == rehab_unit
    with holding(provider, provider.permissions - {"rehab.view_rehabunit"}):
        assert not RehabUnit.objects.visible_to(provider).exists()
