"""The throughcare plan: who leads what, what is to be done, and where it is empty."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from offenders.models import Entry, Involvement, Note, Offender
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from referrals.models import Task
from referrals.rehab.models import Action, Case, Plan, PlanDomain, gaps
from referrals.rehab.plan.workflow import Domain

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SOON = TODAY + dt.timedelta(days=7)


@pytest.fixture
def case(make_case):
    return make_case(on=TODAY - dt.timedelta(days=60))


@pytest.fixture
def plan(case, facilitator):
    return Plan.begin(case, by=facilitator, goal="A home of my own")


def domain(plan, name="housing"):
    return plan.domains.get(domain=name)


@pytest.fixture
def make_action(plan, facilitator, police):
    def make(name="housing", *, by=None, **fields):
        fields = {"text": "Ring the council", "due_on": SOON} | fields
        if "partner" not in fields:
            fields.setdefault("agency", police)
        return Action.add(domain(plan, name), by=by or facilitator, **fields)

    return make


@pytest.fixture
def partner(make_agency, make_agreement, make_user, police):
    """Someone of a housing charity who takes part."""
    agency = make_agency("charity", name="Roofs")
    make_agreement(police, agency, name="the Roofs agreement", categories=["identity", "case", "general"])
    return make_user("throughcare_partner", agency)


def test_a_plan_begins_with_nine_domains_to_plan(plan, case):
    assert {row.domain for row in plan.domains.all()} == set(Domain)
    assert set(gaps(case)) == set(Domain)
    assert Entry.objects.filter(offender=case.offender, sentence="Throughcare plan begun").exists()


def test_a_case_has_one_plan(plan, case, facilitator):
    with pytest.raises(ValidationError, match="already"):
        Plan.begin(case, by=facilitator)


def test_only_the_team_begins_a_plan(case, cgl, cgl_worker, facilitator):
    case.share(by=facilitator, agency=cgl)
    with pytest.raises(PermissionDenied):
        Plan.begin(case, by=cgl_worker)


def test_a_domain_is_empty_until_someone_leads_and_something_is_to_be_done(plan, case, facilitator, police):
    domain(plan).lead(by=facilitator, lead_agency=police)
    assert Domain.HOUSING in gaps(case)
    action = Action.add(domain(plan), by=facilitator, agency=police, text="Ring the council", due_on=SOON)
    assert Domain.HOUSING not in gaps(case)
    action.drop(by=facilitator, why="They have a tenancy")
    assert Domain.HOUSING in gaps(case)
    domain(plan).set_aside(by=facilitator, why="They have a tenancy")
    assert Domain.HOUSING not in gaps(case)


def test_whoever_does_the_first_thing_leads_until_it_is_said_otherwise(plan, make_action, police):
    make_action()
    assert domain(plan).lead_agency == police


def test_the_database_wants_one_lead(plan):
    for wrong in ({"status": "planned"}, {"lead_partner": "Someone"}, {"status": "not_needed"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlanDomain.objects.filter(pk=domain(plan).pk).update(**wrong)


def test_nothing_is_set_aside_nor_finished_over_what_is_still_to_do(plan, make_action, facilitator):
    action = make_action()
    with pytest.raises(ValidationError, match="still open"):
        domain(plan).set_aside(by=facilitator, why="No need")
    with pytest.raises(ValidationError, match="1 action is still open"):
        plan.finish(by=facilitator)
    action.do(by=facilitator)
    plan.finish(by=facilitator)
    with pytest.raises(ValidationError, match="finished"):
        make_action()
    with pytest.raises(ValidationError, match="finished"):
        action.reopen(by=facilitator, why="Not quite")
    plan.reopen(by=facilitator, why="There is more to do")
    assert plan.status == "open"


def test_a_plan_is_open_again_whatever_it_was(plan, case, facilitator, cgl, cgl_worker):
    Plan.reopen_for(case, by=facilitator, why="Nothing to change")
    plan.finish(by=facilitator)
    case.share(by=facilitator, agency=cgl)
    Plan.reopen_for(case, by=cgl_worker, why="There is more to do")
    plan.refresh_from_db()
    assert plan.status == "open"


def test_an_action_not_done_says_why(make_action, facilitator):
    action = make_action()
    with pytest.raises(ValidationError, match="Say why"):
        action.drop(by=facilitator, why="")


def test_an_answer_is_given_once(make_action, facilitator):
    action = make_action()
    action.do(by=facilitator)
    with pytest.raises(IllegalStep):
        Action.objects.get(pk=action.pk).drop(by=facilitator, why="Again")


def test_a_lapse_reopens_the_plan_whoever_hears_of_it(plan, case, make_placement, facilitator, cgl, cgl_worker):
    case.share(by=facilitator, agency=cgl)
    make_placement("departed", case=case, on=TODAY - dt.timedelta(days=40))
    plan.finish(by=facilitator)
    check = case.follow_ups.order_by("due_on").first()
    check.record(by=cgl_worker, on=TODAY, abstinent="no")
    plan.refresh_from_db()
    assert plan.status == "open"
    assert "abstinent" not in Entry.objects.get(sentence__startswith="Throughcare plan reopened").sentence


# who sees it


def test_an_action_opens_the_person_to_its_agency_until_it_is_answered(plan, case, make_action, partner):
    action = make_action(agency=partner.membership.agency)
    other = make_action("work")
    assert list(Action.objects.visible_to(partner)) == [action]
    assert not Offender.objects.visible_to(partner)  # the action is all they see
    assert not Case.objects.visible_to(partner)
    assert not Plan.objects.visible_to(partner)
    assert not action.may(partner, "reopen")
    assert not other.may(partner, "do")
    action.do(by=partner, why="Keys handed over")
    involvement = Involvement.objects.get(matter=action.pk)
    assert involvement.valid_to == TODAY
    Involvement.objects.filter(pk=involvement.pk).update(valid_from=TODAY - dt.timedelta(1))
    Involvement.objects.filter(pk=involvement.pk).update(valid_to=TODAY - dt.timedelta(1))
    assert not Action.objects.visible_to(partner)


def test_another_agencys_staff_do_not_see_it(make_action, partner, make_user, make_agency, make_agreement, police):
    make_action(agency=partner.membership.agency)
    elsewhere = make_agency("charity")
    make_agreement(police, elsewhere)
    assert not Action.objects.visible_to(make_user("throughcare_partner", elsewhere))


def test_an_action_is_gone_when_the_agreement_ends(make_action, partner):
    make_action(agency=partner.membership.agency)
    partner.membership.agency.agreements.update(valid_to=TODAY - dt.timedelta(1))
    assert not Action.objects.visible_to(partner)


def test_an_action_of_a_restricted_person_is_of_who_is_named(make_action, partner, restrict, case):
    make_action(agency=partner.membership.agency)
    restrict(case.offender)
    assert not Action.objects.visible_to(partner)


def test_what_no_agreement_covers_is_not_given(make_action, partner):
    with pytest.raises(ValidationError, match="No agreement"):
        make_action("health", agency=partner.membership.agency)
    assert not Action.objects.exists()


def test_health_is_read_as_far_as_who_wrote_it_may_show_it(
    plan, case, make_action, facilitator, cgl, cgl_worker, make_consent, police
):
    case.share(by=facilitator, agency=cgl)
    action = make_action("treatment", by=cgl_worker, agency=cgl, text="Methadone, 40 ml")
    work = make_action("work", by=cgl_worker, agency=cgl)
    rows = Action.objects.visible_to(facilitator).with_leave(facilitator)
    assert not rows.get(pk=action.pk).may_read
    assert rows.get(pk=work.pk).may_read
    action.do(by=cgl_worker, why="On 40 ml")
    assert not Entry.objects.visible_to(facilitator).filter(sentence__contains="40 ml").exists()
    make_consent(case.offender, police)
    row = Action.objects.visible_to(facilitator).with_leave(facilitator).get(pk=action.pk)
    assert row.may_read
    assert row.may_read_answer


def test_the_answer_of_another_agency_is_that_agencys(plan, case, make_action, facilitator, cgl, cgl_worker):
    case.share(by=facilitator, agency=cgl)
    action = make_action("treatment", agency=cgl)
    action.do(by=cgl_worker, why="On 40 ml")
    row = Action.objects.visible_to(facilitator).with_leave(facilitator).get()
    assert row.may_read
    assert not row.may_read_answer


def test_who_shares_a_case_adds_only_what_their_own_agency_does(
    make_action, facilitator, case, cgl, cgl_worker, police
):
    case.share(by=facilitator, agency=cgl)
    with pytest.raises(PermissionDenied):
        make_action(by=cgl_worker, agency=police)
    with pytest.raises(PermissionDenied):
        make_action(by=cgl_worker, partner="The landlord", agency=None)


def test_who_leads_a_domain_says_to_what_end_and_others_do_not(plan, case, facilitator, cgl, cgl_worker):
    case.share(by=facilitator, agency=cgl)
    treatment = domain(plan, "treatment")
    with pytest.raises(PermissionDenied):
        treatment.lead(by=cgl_worker, lead_agency=cgl)
    treatment.lead(by=facilitator, lead_agency=cgl)
    treatment.lead(by=cgl_worker, lead_agency=cgl, aim="Off methadone by May")
    assert not PlanDomain.objects.with_leave(facilitator).get(pk=treatment.pk).may_read


def test_who_may_not_read_the_aim_changes_the_lead_and_neither_takes_nor_loses_it(
    plan, case, facilitator, cgl, cgl_worker, sign_in
):
    case.share(by=facilitator, agency=cgl)
    treatment = domain(plan, "treatment")
    treatment.lead(by=facilitator, lead_agency=cgl)
    treatment.lead(by=cgl_worker, lead_agency=cgl, aim="Off methadone by May")
    browser, url = sign_in(facilitator), f"/o2r/domains/{treatment.pk}/lead/"
    assert "methadone" not in browser.get(url).content.decode()
    browser.post(url, {"lead_agency": "", "lead_partner": "The GP", "aim": ""})
    treatment.refresh_from_db()
    assert (treatment.lead_partner, treatment.words, treatment.by_agency) == ("The GP", "Off methadone by May", cgl)
    assert "methadone" not in browser.get(plan.get_absolute_url()).content.decode()


# where it is empty


def leave_on(stay, day):
    stay.expected_departure = day
    stay.save(update_fields=["expected_departure"])


def test_an_empty_plan_is_pressed_as_departure_nears_and_after_it(case, plan, make_placement, facilitator, police):
    began = TODAY - dt.timedelta(days=30)
    stay = make_placement(case=case, on=began)
    leave_on(stay, TODAY + dt.timedelta(days=29))
    assert not Case.objects.lacking_plan()
    leave_on(stay, TODAY + dt.timedelta(days=28))
    assert list(Case.objects.lacking_plan()) == [case]
    stay.depart(by=facilitator, departure_reason="left_early", on=TODAY)
    assert list(Case.objects.lacking_plan()) == [case]
    for row in plan.domains.all():
        row.set_aside(by=facilitator, why="No need")
    assert not Case.objects.lacking_plan()
    assert not Plan.objects.lacking()


def test_a_case_without_a_plan_is_pressed_too_but_not_of_the_dead(case, make_placement, facilitator):
    stay = make_placement(case=case, on=TODAY - dt.timedelta(days=30))
    stay.depart(by=facilitator, departure_reason="completed", on=TODAY)
    assert list(Case.objects.lacking_plan()) == [case]
    Offender.objects.filter(pk=case.offender_id).update(deceased_on=TODAY)
    assert not Case.objects.lacking_plan()


# handover and end


def test_a_new_facilitator_gets_what_was_still_to_do_and_the_note(
    case, make_action, facilitator, supervisor, make_user, police, team
):
    to_do, done = make_action(worker=facilitator), make_action(worker=facilitator)
    done.do(by=facilitator)
    new = make_user("facilitator", police, team)
    task = Task.add(case.offender, by=facilitator, owner=facilitator, matter=case.pk, text="Ring", due_on=SOON)
    case.allocate(by=supervisor, facilitator=new, reason="Leave", note="Their sister helps; ring her first")
    to_do.refresh_from_db(), done.refresh_from_db()
    assert (to_do.worker, done.worker) == (new, facilitator)
    task.refresh_from_db()
    assert task.owner == new
    note = Note.objects.visible_to(new).get()
    assert "ring her first" in note.text
    assert note.happened_at.date() == TODAY
    assert Event.objects.about(to_do).filter(verb="action.hand_over").count() == 1


def test_what_is_still_to_do_ends_with_the_case(case, make_action, facilitator, partner):
    action = make_action(agency=partner.membership.agency)
    case.close(by=facilitator, outcome="Moved away")
    action.refresh_from_db()
    assert (action.status, action.why) == ("not_done", "The case ended")
    assert Involvement.objects.get(matter=action.pk).valid_to == TODAY
