"""Whose a step is: of a hat that holds its permission, and of the side that the table of steps names; both."""

import datetime as dt
from unittest import mock

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from config.tests.mutants import EQUIVALENT, stepped
from offenders.documents.models import Document
from offenders.models import Identifier
from offenders.subject_access.models import SubjectLine, SubjectRequest
from partners.signin.models import Provider
from partners.systems.models import Hook, System
from referrals.models import Cover, Drug, Offence, Resolution, Task
from referrals.rehab.models import (
    Absence,
    Action,
    ActionLink,
    Assessment,
    Budget,
    FollowUp,
    Funder,
    Funding,
    Placement,
    PlacementQuestion,
    Plan,
    Preparation,
    Progress,
    RehabUnit,
    UnitCost,
)

STEPS = [(model, verb) for model in stepped() for verb in model.STEPS]
SIGHT = {"retention.view_schedule"}  # without which nobody sees what the steps are of
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
    """Those that time or a program takes, of no side or of nobody, are nobody's."""
    row, needed = rows[model], model.permission(verb)
    theirs, by_someone = [], bool(set(model.STEPS[verb].whose) - {"of_nobody"})
    for user in everyone:
        with holding(user, user.permissions | {needed, *SIGHT}):
            theirs += [user] if row.may(user, verb) else []
        with holding(user, user.permissions - {needed}):
            assert not row.may(user, verb)
    assert bool(theirs) == by_someone


@pytest.mark.parametrize(("model", "verb"), STEPS, ids=[f"side {model.__name__}.{verb}" for model, verb in STEPS])
def test_a_step_is_of_a_side_not_of_whoever_sees_it(model, verb, rows, everyone, facilitator, cgl):
    row, needed = rows[model], model.permission(verb)
    for case in row.offender.cases.all() if hasattr(row, "offender") else ():
        case.share(by=facilitator, agency=cgl)
    if model is SubjectLine:  # who answers a request sees its texts, and decides on them while it is being reviewed
        SubjectRequest.objects.update(status="identified")
    seen, others = model.objects.filter(pk=row.pk), []
    for user in everyone:
        with holding(user, user.permissions | {needed, *SIGHT}):
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


@pytest.mark.parametrize(
    "permission",
    [
        "referrals.add_task", "rehab.add_absence", "rehab.add_action", "rehab.arrange_preparation", "rehab.ask_funding",
        "rehab.ask_placementquestion", "rehab.begin_plan", "rehab.link_action",
    ],
)  # fmt: skip
def test_what_is_begun_about_a_case_is_of_a_hat_that_holds_the_permission(
    permission, make_case, make_placement, make_funder, facilitator, provider
):
    today, soon = timezone.localdate(), timezone.now() + dt.timedelta(hours=2)
    user = provider if permission == "rehab.ask_placementquestion" else facilitator
    stay = make_placement("arrived" if permission == "rehab.add_absence" else "requested", on=today)
    case, funder = stay.case, make_funder()
    course = {"kind": "course", "starts_on": today, "place": "The library"}
    to_do = {"by": facilitator, "text": "Find a flat", "due_on": today}
    domain = Plan.begin(make_case(), by=facilitator).domains.first()
    action = Action.add(domain, partner="Roofs", **to_do)
    begin = {
        "referrals.add_task": lambda: Task.add(case.offender, owner=user, matter=case.pk, **to_do),
        "rehab.add_absence": lambda: Absence.record(stay, by=user, kind="agreed", due_back=soon),
        "rehab.add_action": lambda: Action.add(domain, partner="Roofs", **to_do),
        "rehab.arrange_preparation": lambda: Preparation.arrange(case, by=user, **course),
        "rehab.ask_funding": lambda: Funding.ask(stay, by=user, funder=funder, asked=700, year=2025),
        "rehab.ask_placementquestion": lambda: PlacementQuestion.ask(stay, by=user, text="Which script?"),
        "rehab.begin_plan": lambda: Plan.begin(case, by=user),
        "rehab.link_action": lambda: ActionLink.send(action, by=user, email="roofs@throughcare.example"),
    }[permission]
    with holding(user, user.permissions - {permission}), pytest.raises(PermissionDenied):
        begin()
    begin()


def test_resolutions_are_overseen_by_a_hat_that_holds_the_permission(make_divert, lead):
    """permission referrals.oversee_resolution."""
    resolution = make_divert("submitted").resolution
    held = lead.permissions - {"referrals.oversee_resolution"}
    for permissions, overseen in ((lead.permissions, [resolution]), (held, [])):
        with holding(lead, permissions):
            assert list(Resolution.objects.overseen_by(lead).filter(pk=resolution.pk)) == overseen


def test_who_is_away_is_known_to_a_hat_that_holds_the_permission(rows, supervisor):
    """permission referrals.view_cover."""
    held = supervisor.permissions - {"referrals.view_cover"}
    for permissions, seen in ((supervisor.permissions, [rows[Cover]]), (held, [])):
        with holding(supervisor, permissions):
            assert list(Cover.objects.visible_to(supervisor)) == seen


def test_the_rehab_units_are_seen_by_a_hat_that_holds_the_permission_even_those_of_its_agency(rehab_unit, provider):
    assert RehabUnit.objects.visible_to(provider).get() == rehab_unit
    with holding(provider, provider.permissions - {"rehab.view_rehabunit"}):
        assert not RehabUnit.objects.visible_to(provider).exists()


def test_a_deadline_is_paused_by_a_hat_that_holds_the_permission(make_divert, cranstoun_worker):
    deadline = make_divert("accepted").deadlines.get(kind="first_contact")
    held = cranstoun_worker.permissions - {"referrals.pause_deadline"}
    with holding(cranstoun_worker, held), pytest.raises(PermissionDenied):
        deadline.pause(by=cranstoun_worker, reason="hospital")
    deadline.pause(by=cranstoun_worker, reason="hospital")


def test_a_document_is_amended_by_a_hat_that_holds_the_permission(rows, facilitator):
    """permission documents.amend_document."""
    assert Document.objects.amendable_by(facilitator).get() == rows[Document]
    with holding(facilitator, facilitator.permissions - {"documents.amend_document"}):
        assert not Document.objects.amendable_by(facilitator).exists()


def test_an_administrator_sees_none_of_the_casework(signed_in, make_user, police):
    """permission booking.change_appointment, change_contactattempt, change_intervention; documents.change_document;
    offenders.change_emergencyaccess, change_likelypair, change_merge, change_restriction; referrals.change_deadline,
    change_referral, change_resolution, change_task; rehab.change_absence, change_action, change_assessment,
    change_case, change_followup, change_funding, change_placement, change_placementquestion, change_plan,
    change_preparation, change_review; retention.change_decision, change_hold, change_schedule: nobody holds them."""
    browser = signed_in(make_user("administrator", police))
    for model in admin.site._registry:
        if hasattr(model, "offender_id"):
            address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            assert browser.get(address).status_code == 403, model


@pytest.mark.parametrize("model", [Drug, Offence, Funder, Budget, UnitCost, Provider, System, Hook])
def test_what_administrators_look_after_is_not_for_everyone_who_opens_the_back_office(
    model, signed_in, lead, make_funder
):
    """permission referrals.view_drug, add_drug, change_drug, view_offence, add_offence, change_offence; and
    rehab.view_funder, add_funder, change_funder, view_budget, add_budget, change_budget, view_unitcost, add_unitcost,
    change_unitcost; signin.add_provider, systems.add_system, systems.add_hook."""
    Budget.objects.create(funder=make_funder(), year=2025, amount=7000)
    browser, address = signed_in(lead), f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    for page in ("", "add/", *(f"{row.pk}/change/" for row in model.objects.all()[:1])):
        assert browser.get(f"{address}{page}").status_code == 403, page


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
