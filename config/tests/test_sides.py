"""Whose a step is: of a hat that holds its permission, and of the side that the table of steps names; both."""

import datetime as dt
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from config.tests.mutants import EQUIVALENT, stepped
from offenders.models import Identifier
from referrals.models import Drug, Offence
from referrals.rehab.models import Assessment, FollowUp, Placement, Progress, RehabUnit

STEPS = [(model, verb) for model in stepped() for verb in model.STEPS]
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
    theirs = []
    for user in everyone:
        with holding(user, user.permissions | {needed}):
            theirs += [user] if row.may(user, verb) else []
        with holding(user, user.permissions - {needed}):
            assert not row.may(user, verb)
    assert theirs


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
    assert others or f"side {model.__name__}.{verb}" in EQUIVALENT


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


def test_a_deadline_is_paused_by_a_hat_that_holds_the_permission(make_divert, cranstoun_worker):
    deadline = make_divert("accepted").deadlines.get()
    held = cranstoun_worker.permissions - {"referrals.pause_deadline"}
    with holding(cranstoun_worker, held), pytest.raises(PermissionDenied):
        deadline.pause(by=cranstoun_worker, reason="hospital")
    deadline.pause(by=cranstoun_worker, reason="hospital")


@pytest.mark.parametrize("table", ["drug", "offence"])
def test_the_law_is_not_for_everyone_who_opens_the_back_office(table, signed_in, lead):
    """permission referrals.view_drug, add_drug, change_drug, view_offence, add_offence, change_offence."""
    row = (Drug if table == "drug" else Offence).objects.first()
    browser, address = signed_in(lead), f"/admin/referrals/{table}/"
    for page in (address, f"{address}add/", f"{address}{row.pk}/change/"):
        assert browser.get(page).status_code == 403, page


def test_what_is_recorded_of_a_person_is_not_for_everyone_who_opens_the_back_office(
    signed_in, make_appointment, make_user, cranstoun, lead
):
    """permission offenders.view_address, view_identifier, view_marker, and change_address, change_identifier,
    change_marker, which nobody holds."""
    person = make_appointment().offender
    person.addresses.create(lines="Secret Street", area_id="E08000025", valid_from=timezone.localdate())
    person.markers.create(kind="weapons", valid_from=timezone.localdate())
    Identifier.objects.create(offender=person, kind="custody", value="AB1234")
    for user in (lead, make_user("cranstoun_manager", cranstoun)):
        page = signed_in(user).get(f"/admin/offenders/offender/{person.pk}/change/")
        assert page.status_code == 200
        assert not page.context["inline_admin_formsets"]
