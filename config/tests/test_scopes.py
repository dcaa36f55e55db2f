"""Each scope of what comes with a case asked by itself, by whom it keeps out."""

import datetime as dt
import uuid
from unittest import mock

import pytest
from django.utils import timezone

from offenders.alerts.models import Alert
from offenders.documents.models import Document
from offenders.models import EmergencyAccess, Involvement, NamedUser, Offender, Restriction
from offenders.retention.models import Decision, Hold
from partners.models import Agreement, Membership, Service
from referrals.models import CalendarLink, Cover, Deadline, Journey, Task
from referrals.rehab.models import (
    Absence,
    Action,
    ActionLink,
    FollowUp,
    FollowUpAttempt,
    Funding,
    OutOfUse,
    Overspend,
    Payment,
    Placement,
    PlacementQuestion,
    Plan,
    PlanDomain,
    Preparation,
    Review,
)

OF_A_CASE = {
    Absence: "visible_to held_by amendable_by",
    Action: "visible_to held_by amendable_by",
    ActionLink: "visible_to held_by",
    Document: "visible_to amendable_by removable_by",
    FollowUpAttempt: "visible_to amendable_by",
    Funding: "visible_to held_by amendable_by to_answer",
    Overspend: "visible_to held_by of_another",
    Payment: "visible_to amendable_by",
    PlacementQuestion: "visible_to held_by amendable_by",
    Plan: "visible_to held_by",
    PlanDomain: "visible_to held_by",
    Preparation: "visible_to held_by amendable_by of",
    Review: "visible_to held_by amendable_by",
    Task: "visible_to of_team asked_by amendable_by",
}
ELSEWHERE = {  # of the rehab, or of an agency that shares the case
    Absence: "sent_to",
    Action: "given_to",
    PlacementQuestion: "sent_by",
    Plan: "shared_with",
    PlanDomain: "led_by",
    Preparation: "shared_with",
}


@pytest.fixture
def case(rows, make_funding, facilitator, cgl):
    """A case shared with CGL, with a row of all that comes with one."""
    case, today = rows[Placement].case, timezone.localdate()
    case.share(by=facilitator, agency=cgl)
    make_funding(rows[Placement], paid=700)
    check = FollowUp.objects.create(case=case, due_on=today)
    FollowUpAttempt.record(check, by=facilitator, method="phone", result="no_answer")
    rows[PlacementQuestion].answer(by=facilitator, answer_text="None")
    return case


def seen(user, *tables):
    """{"Absence.visible_to", …}: the scopes that give this user a row."""
    return {
        f"{model.__name__}.{scope}"
        for table in tables
        for model, scopes in table.items()
        for scope in scopes.split()
        if getattr(model.objects, scope)(user).exists()
    }


def every(table):
    return {f"{model.__name__}.{scope}" for model, scopes in table.items() for scope in scopes.split()}


def holding(user, *more, but=()):
    return mock.patch.object(user, "permissions", user.permissions.union(*more).difference(but))


def test_what_comes_with_a_case_is_of_those_who_work_on_it(case, make_user, police, make_agency, supervisor, team):
    """visible_to, held_by, amendable_by, to_answer, of, of_team, asked_by; sent_to, sent_by, shared_with, given_to,
    led_by; and placement, case, funding, plan, action, follow_up, offender: what they ask of the person."""
    unit = police.units.create(name="Another team", kind="team", valid_from=dt.date(2020, 1, 1))
    stranger, house = make_user("supervisor", police, unit), make_user("rehab_provider", make_agency())
    with holding(supervisor, ["rehab.add_absence"]):
        assert seen(supervisor, OF_A_CASE) == every(OF_A_CASE)
    assert not seen(stranger, OF_A_CASE, ELSEWHERE)
    assert not seen(house, OF_A_CASE, ELSEWHERE)
    Offender.objects.update(is_restricted=True)
    held = {f"{model.__name__}.held_by" for model in OF_A_CASE} | {
        "Overspend.of_another", "Preparation.of", "Task.of_team", "Task.asked_by",
    }  # fmt: skip
    assert seen(supervisor, OF_A_CASE) == held & every(OF_A_CASE)


def test_a_partner_sees_what_is_shared_and_amends_only_its_own(case, rows, cgl_worker, provider, facilitator):
    """Action.of; Action.amendable_by: by_agency; FollowUpAttempt.amendable_by: agency; PlacementQuestion.amendable_by:
    id, of who neither asks nor answers; Plan and Preparation shared_with, PlanDomain.led_by: lead_agency, plan;
    Absence.sent_to, PlacementQuestion.sent_by: of the rehab; Action.given_to."""
    Agreement.objects.get(name="the O2R agreement").agencies.add(provider.membership.agency)
    assert not seen(cgl_worker, {Action: "given_to amendable_by of", PlanDomain: "led_by"})
    assert not FollowUpAttempt.objects.amendable_by(cgl_worker).exists()
    assert Action.objects.visible_to(cgl_worker).exists()
    assert FollowUpAttempt.objects.visible_to(cgl_worker).exists()
    for permission in ("rehab.ask_placementquestion", "rehab.answer_placementquestion"):
        with holding(cgl_worker, [permission]):
            assert PlacementQuestion.objects.visible_to(cgl_worker).exists()
            assert not PlacementQuestion.objects.amendable_by(cgl_worker).exists()
    with holding(cgl_worker, ["rehab.add_absence"]):
        assert Absence.objects.visible_to(cgl_worker).exists()
        assert not Absence.objects.amendable_by(cgl_worker).exists()
    assert seen(cgl_worker, {Plan: "shared_with", Preparation: "shared_with", Absence: "sent_to"}) == {
        "Plan.shared_with", "Preparation.shared_with",
    }  # fmt: skip
    assert seen(provider, {Absence: "sent_to", PlacementQuestion: "sent_by amendable_by"}) == {
        "Absence.sent_to", "PlacementQuestion.sent_by", "PlacementQuestion.amendable_by",
    }  # fmt: skip
    theirs = cgl_worker.membership.agency
    PlanDomain.objects.filter(pk=rows[PlanDomain].pk).update(lead_agency=theirs, lead_partner="")
    assert PlanDomain.objects.led_by(cgl_worker).get() == rows[PlanDomain]
    over = timezone.localdate() - dt.timedelta(days=1)
    case.offender.involvements.filter(agency=theirs).update(valid_from=over, valid_to=over)
    assert not PlanDomain.objects.led_by(cgl_worker).exists()


def test_what_another_agency_wrote_is_read_as_far_as_agreed(case, rows, cgl_worker, provider, facilitator):
    """agency, id, in FollowUpAttempt.visible_to and readable_by, PlacementQuestion.visible_to and amendable_by;
    category, in Task.visible_to; with_leave of Plan, PlanDomain, Action and PlacementQuestion."""
    scopes = {FollowUpAttempt: "visible_to readable_by"}
    leave = {Plan: cgl_worker, PlanDomain: cgl_worker, Action: cgl_worker, PlacementQuestion: provider}

    def may_read():
        return {model for model, user in leave.items() if model.objects.with_leave(user).filter(may_read=True).exists()}

    assert seen(cgl_worker, scopes) == every(scopes)
    assert PlacementQuestion.objects.amendable_by(facilitator).get().status == "answered"
    assert may_read() == set(leave)
    Agreement.objects.update(categories=["identity", "case"])
    assert not seen(cgl_worker, scopes)
    assert not seen(facilitator, {PlacementQuestion: "visible_to amendable_by"})
    assert not may_read()


def test_what_a_hat_does_not_read_it_does_not_see_even_of_its_own_agency(case, make_user, police, team, supervisor):
    """exists Consent, in FollowUpAttempt.visible_to, readable_by and amendable_by, PlacementQuestion.visible_to and
    amendable_by; category, exists Consent, in Task.visible_to and amendable_by, and in Document.visible_to,
    amendable_by and removable_by."""
    other = make_user("analyst", police, team)
    scopes = {FollowUpAttempt: "visible_to readable_by amendable_by", PlacementQuestion: "visible_to amendable_by",
              Task: "visible_to amendable_by", Document: OF_A_CASE[Document]}  # fmt: skip
    with holding(other, supervisor.permissions):
        assert Plan.objects.visible_to(other).exists()
        assert not seen(other, scopes)
    assert seen(supervisor, scopes) == every(scopes)


def test_money_is_answered_once_by_someone_else(case, rows, facilitator, supervisor):
    """Funding.to_answer: not asked_by, status."""
    assert Funding.objects.to_answer(supervisor).get() == rows[Funding]
    assert not Funding.objects.to_answer(facilitator).exists()
    rows[Funding].refuse(by=supervisor, reason="No money")
    assert not Funding.objects.to_answer(supervisor).exists()


def test_a_large_sum_is_confirmed_by_a_third_of_the_team(rows, make_funding, make_user, police, team, supervisor):
    """Funding.of_two_others: placement, not asked_by, not answered_by; Funding.to_confirm: the same, and status."""
    funding, third = make_funding(rows[Placement], "to_confirm"), make_user("supervisor", police, team)
    unit = police.units.create(name="Another team", kind="team", valid_from=dt.date(2020, 1, 1))
    stranger, large = make_user("supervisor", police, unit), Funding.objects.filter(pk=funding.pk)
    for user, may in ((third, True), (supervisor, False), (stranger, False)):
        assert large.of_two_others(user).exists() is large.to_confirm(user).exists() is may, user
    large.update(asked_by=third)
    assert not large.of_two_others(third).exists()
    assert not large.to_confirm(third).exists()
    large.update(asked_by=stranger)
    funding.refuse(by=supervisor, reason="No money")
    assert not large.to_confirm(third).exists()


def test_who_signed_a_review_off_amends_it(case, supervisor, make_user, police, team):
    """Review.amendable_by: by, case, status."""
    scope = {Review: "amendable_by"}
    assert not seen(make_user("supervisor", police, team), scope)
    assert seen(supervisor, scope)
    begun = Review.begin(case, by=supervisor)
    assert begun not in Review.objects.amendable_by(supervisor)
    assert begun in Review.objects.visible_to(supervisor)


def test_an_answer_is_amended_once_there_is_one(case, facilitator):
    """PlacementQuestion.amendable_by: status."""
    assert PlacementQuestion.objects.amendable_by(facilitator).exists()
    PlacementQuestion.objects.update(status="asked", answer_text="", answered_by=None, answered_at=None)
    assert not PlacementQuestion.objects.amendable_by(facilitator).exists()


def test_a_task_is_of_its_owner_and_of_who_works_on_its_matter(case, rows, supervisor, cgl_worker, facilitator):
    """Task.of; Task.visible_to: matters, owner; Task.amendable_by: id, matters, owner; Task.asked_by: kind, agency,
    unit."""
    task, rows = rows[Task], Task.objects.filter(pk=rows[Task].pk)
    assert rows.of(facilitator).get() == task
    assert not rows.of(cgl_worker).exists()
    assert rows.visible_to(cgl_worker).exists()
    assert not rows.amendable_by(cgl_worker).exists()
    assert rows.asked_by(facilitator).exists()
    rows.update(kind="concern")
    assert not rows.asked_by(facilitator).exists()
    rows.update(kind="hand", matter=task.pk, matters=[task.pk])
    assert not rows.visible_to(cgl_worker).exists()
    assert rows.of_team(supervisor).exists()
    assert not rows.amendable_by(supervisor).exists()


def test_a_task_that_another_agency_wrote_is_amended_as_far_as_agreed(case, rows, cgl, officer, facilitator):
    """Task.visible_to and Task.amendable_by: category, and category, exists Consent."""
    task = Task.objects.filter(pk=rows[Task].pk)
    task.update(agency=cgl, category="general")

    def seen_by(user):
        with holding(user, ["referrals.view_task", "referrals.do_task"]):
            task.update(owner=user, matters=[case.pk, case.referral.pk])
            return {task.visible_to(user).exists(), task.amendable_by(user).exists()}

    assert seen_by(facilitator) == {True}
    assert seen_by(officer) == {False}
    Agreement.objects.update(categories=["identity", "case"])
    assert seen_by(facilitator) == {False}
    task.update(category="case")
    assert seen_by(officer) == {True}


def test_places_out_of_use_are_of_units_that_the_user_sees(rehab_unit, facilitator, provider, make_user, make_agency):
    """OutOfUse.visible_to, OutOfUse.changeable_by."""
    today, house = timezone.localdate(), make_user("rehab_provider", make_agency())
    OutOfUse.add(rehab_unit, by=facilitator, places=1, valid_from=today, valid_to=today, reason="repairs")
    scopes = {OutOfUse: "visible_to changeable_by"}
    assert seen(provider, scopes) == every(scopes)
    assert not seen(house, scopes)


def test_a_document_is_read_where_its_matter_is_and_amended_and_removed_by_its_own(
    case, make_user, police, team, cgl_worker, facilitator
):
    """Document.visible_to: category; Document.visible_to, amendable_by and removable_by: matters, offender;
    Document.amendable_by and removable_by: agency; Document.removable_by: by."""
    scopes, day = {Document: OF_A_CASE[Document]}, dt.date(2020, 1, 1)
    with holding(cgl_worker, ["documents.widen_document"]):
        assert seen(cgl_worker, scopes) == {"Document.visible_to"}
    assert seen(facilitator, scopes) == every(scopes)
    assert seen(make_user("facilitator", police, team), scopes) == {"Document.visible_to", "Document.amendable_by"}
    stranger = make_user("supervisor", police, police.units.create(name="Another team", kind="team", valid_from=day))
    Involvement.objects.create(
        offender=case.offender, agency=police, unit=stranger.membership.unit, basis="custody", matter=uuid.uuid4(),
        opened_by=police, recorded_by=stranger, valid_from=day,
    )  # fmt: skip
    assert Offender.objects.visible_to(stranger).exists()
    assert not seen(stranger, scopes)
    Agreement.objects.update(categories=["identity", "case"])
    assert not seen(cgl_worker, scopes)


def test_what_is_decided_of_records_is_of_those_who_work_with_the_person(rows, facilitator, supervisor, provider):
    """Decision._of_reviewers; Decision.of_another, Decision.of_oneself and Hold.of_reviewers: offender;
    Hold.of_reviewers: exists Involvement of the agency that placed it."""
    scopes = {Decision: "of_another", Hold: "of_reviewers"}
    assert seen(supervisor, scopes) == every(scopes)
    assert Decision.objects.of_oneself(facilitator).exists()
    Hold.objects.update(agency=provider.membership.agency)
    assert not Hold.objects.of_reviewers(supervisor).exists()
    Hold.objects.update(agency=supervisor.membership.agency)
    Offender.objects.update(is_restricted=True)
    assert not seen(supervisor, scopes)
    assert not Decision.objects.of_oneself(facilitator).exists()


def test_a_deadline_is_of_the_team_that_has_to_meet_it(rows, cranstoun_worker, officer):
    """Deadline.of_team."""
    assert Deadline.objects.of_team(cranstoun_worker).exists()
    assert not Deadline.objects.of_team(officer).exists()


@pytest.mark.parametrize("model", [Agreement, Membership, NamedUser, Service])
def test_what_is_dated_holds_from_its_first_day_to_its_last(model, cgl, facilitator, make_offender):
    """Agreement.on, Membership.on, NamedUser.on, Service.on: valid_from, valid_to."""
    today, day, person = timezone.localdate(), dt.timedelta(days=1), make_offender()
    NamedUser.objects.create(offender=person, user=facilitator, recorded_by=facilitator, valid_from=today)
    row = model.objects.filter(pk=model.objects.first().pk)
    for first, last, holds in ((today, today, True), (today + day, None, False), (today - day, today - day, False)):
        row.update(valid_from=first, valid_to=last)
        assert row.on().exists() is holds


def test_a_stay_that_ended_is_not_live(make_placement):
    """Placement.live."""
    stay, over = make_placement("arrived"), make_placement("departed")
    assert {stay, over} == set(Placement.objects.all())
    assert Placement.objects.live().get() == stay


@pytest.mark.parametrize("model", [Alert, EmergencyAccess, Overspend, Restriction])
def test_what_is_of_another_is_not_of_oneself(model, rows, facilitator, supervisor):
    """Alert.of_another, EmergencyAccess.of_another, Overspend.of_another, Restriction.of_another."""
    assert model.objects.of_another(supervisor).get() == rows[model]
    assert not model.objects.of_another(facilitator).exists()


def test_a_calendar_address_is_of_the_user_who_made_it(facilitator, supervisor):
    """CalendarLink.of."""
    for user in (facilitator, supervisor):
        CalendarLink.make(by=user)
    assert CalendarLink.objects.of(facilitator).get().user == facilitator


def test_cover_is_of_its_team_and_of_who_stands_in_while_it_holds(rows, make_user, police, team, make_agency):
    """Cover.visible_to, Cover.of_team and Cover.of: agency, unit; Cover.of: covered_by, status; Cover.of and Cover.on:
    valid_from, valid_to."""
    cover, today, day = Cover.objects.filter(pk=rows[Cover].pk), timezone.localdate(), dt.timedelta(days=1)
    unit = police.units.create(name="Another team", kind="team", valid_from=dt.date(2020, 1, 1))
    colleague = make_user("supervisor", police, team)
    assert seen(colleague, {Cover: "visible_to of_team"})
    assert not cover.of(colleague).exists()
    for said, stands_in, holds in (
        ({"valid_from": today + day, "valid_to": today + day}, False, False),
        ({"valid_from": today - day, "valid_to": today - day}, False, False),
        ({"status": "cancelled"}, False, True),
        ({}, True, True),
    ):
        cover.update(**{"covered_by": colleague, "status": "arranged", "valid_from": today, "valid_to": today} | said)
        assert cover.of(colleague).exists() is stands_in, said
        assert cover.on().exists() is holds, said
    for hat in ({"agency": police, "unit": unit, "role": "facilitator"},
                {"agency": make_agency(), "role": "cranstoun_manager"}):  # fmt: skip
        colleague.act_as(Membership.objects.create(user=colleague, valid_from=dt.date(2020, 1, 1), **hat))
        assert not seen(colleague, {Cover: "visible_to of_team of"}), hat


def test_a_journey_is_of_the_hat_it_was_begun_in(officer, make_user, police, npu):
    """Journey.visible_to."""
    journey = Journey.objects.create(user=officer, membership=officer.membership, pathway="o2r")
    assert Journey.objects.visible_to(officer).get() == journey
    assert not Journey.objects.visible_to(make_user("officer", police, npu)).exists()


def test_who_was_merged_into_another_is_not_worked_with(make_referral, make_offender, facilitator):
    """Offender.worked_by: merged_into, even where an involvement stayed behind."""
    person = make_referral().offender
    worked = Offender.objects.worked_by(facilitator).filter(pk=person.pk)
    assert worked.exists()
    Offender.objects.filter(pk=person.pk).update(merged_into=make_offender())
    assert not worked.all().exists()
