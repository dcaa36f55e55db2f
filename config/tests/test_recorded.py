"""Each step of each workflow, and all that is written besides, is in the record, whatever else the tests look at."""

import datetime as dt
from unittest import mock

import pytest
from django.urls import reverse
from django.utils import timezone

from offenders import amend
from offenders.documents.models import Document
from offenders.duplicates import pair_of
from offenders.merge import merge, review, say_different, unmerge
from offenders.models import Consent, Identifier, Note, Offender, Restriction
from offenders.search import search
from offenders.steps import StepForm, ask
from partners.audit.models import Event
from partners.models import Agreement, Setting, Unit
from referrals.booking.models import Appointment, Availability, ContactAttempt, Intervention
from referrals.models import Drug, Resolution, Task
from referrals.rehab.models import (
    Absence,
    Action,
    ActionLink,
    Assessment,
    Case,
    FollowUp,
    FollowUpAttempt,
    Funding,
    OutOfUse,
    Payment,
    Placement,
    PlacementQuestion,
    Plan,
    PlanDomain,
    Preparation,
    Progress,
    RehabUnit,
    Review,
)


def test_every_step_of_every_workflow_is_recorded(rows, facilitator):
    for model, row in rows.items():
        for verb, step in model.STEPS.items():
            setattr(row, row.STATE, next(iter(step.sources)))
            with mock.patch.object(model, "refresh_from_db"), mock.patch.object(model, "save"):
                row._take(verb, by=facilitator, follows=True, reason="Because")
            event = Event.objects.about(row).first()
            people = [row.offender_id] if hasattr(row, "offender_id") else []
            assert (event.verb, event.kind) == (
                f"{model._meta.model_name}.{verb}", "alteration" if people else "administration",
            )  # fmt: skip
            assert (event.by, event.offenders, event.reason) == (facilitator, people, "Because")


def test_every_page_that_asks_about_a_step_is_recorded(rows, facilitator, rf):
    request = rf.get("/")
    request.user = facilitator
    for model, row in rows.items():
        for verb in model.STEPS:
            ask(request, StepForm(record=row, user=facilitator), None, record=row, verb=verb, heading="Do", done="Done")
            event = Event.objects.about(row).first()
            assert (event.verb, event.kind) == (f"{model._meta.model_name}.{verb}.ask", "consultation")
            people = [row.offender_id] if hasattr(row, "offender_id") else []
            assert (event.by, event.offenders) == (facilitator, people)


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


def test_what_is_begun_about_a_case_is_recorded(rows, supervisor):
    """plan.begin, action.add, actionlink.send, task.add, placementquestion.ask, preparation.arrange, funding.ask,
    payment.record and review.begin."""
    funding = rows[Funding]
    funding.agree(by=supervisor, agreed=7000)
    rows[Payment] = funding.pay(by=supervisor, amount=700)
    for model, verb, kind in (
        (Plan, "plan.begin", "collection"), (Action, "action.add", "collection"), (Task, "task.add", "collection"),
        (ActionLink, "actionlink.send", "disclosure"), (Preparation, "preparation.arrange", "collection"),
        (PlacementQuestion, "placementquestion.ask", "collection"), (Funding, "funding.ask", "collection"),
        (Payment, "payment.record", "collection"), (Review, "review.begin", "collection"),
    ):  # fmt: skip
        event = Event.objects.about(rows[model]).get(verb=verb)
        assert (event.kind, event.offenders) == (kind, [funding.offender_id])


def test_what_is_written_by_and_by_is_recorded(make_placement, rehab_unit, facilitator):
    """assessment.begin, assessment.keep, assessment.finish, assessment.discard, followupattempt.record, absence.record;
    and of a unit outofuse.add and outofuse.change."""
    stay, today = make_placement("arrived"), timezone.localdate()
    case = stay.case
    Absence.record(stay, by=facilitator, kind="agreed", due_back=timezone.now() + dt.timedelta(hours=2))
    first = Assessment.begin(case, by=facilitator)
    first.keep(by=facilitator, health="Well")
    first.finish(by=facilitator)
    Assessment.begin(case, by=facilitator).discard(by=facilitator)
    check = FollowUp.objects.create(case=case, due_on=today)
    FollowUpAttempt.record(check, by=facilitator, method="phone", result="no_answer")
    assert set(Event.objects.naming(case.offender).values_list("verb", "kind")) >= {
        ("assessment.begin", "collection"), ("assessment.keep", "alteration"), ("assessment.finish", "collection"),
        ("assessment.discard", "erasure"), ("followupattempt.record", "collection"),
        ("absence.record", "collection"),
    }  # fmt: skip
    out = OutOfUse.add(rehab_unit, by=facilitator, places=1, valid_from=today, valid_to=today, reason="repairs")
    out.change(by=facilitator, places=2)
    events = Event.objects.about(out).filter(kind="administration")
    assert set(events.values_list("verb", flat=True)) == {"outofuse.add", "outofuse.change"}


@pytest.fixture
def amendable(rows, make_referral, officer, facilitator, supervisor, provider, worker):
    """[(a record, who may amend it)]: one of each type of record that can be amended."""
    stay, funding, given, now = rows[Placement], rows[Funding], rows[Appointment], timezone.now()
    case, person, agency = stay.case, stay.offender, facilitator.membership.agency
    funding.agree(by=supervisor, agreed=7000)
    Appointment.objects.filter(pk=given.pk).update(status="attended", outcome_recorded_at=now)
    check = FollowUp.objects.create(
        case=case, due_on=now.date(), done_on=now.date(), by=facilitator, agency=agency, recorded_at=now
    )
    reached = {"occurred_at": now, "method": "phone", "result": "reached"}
    whose = {
        facilitator: [
            person,
            Note.write(person, by=facilitator, kind="visit", text="Seen", happened_at=now, category="general"),
            person.aliases.create(given_names="Sammy"),
            person.identifiers.create(kind="custody", value="AB1234"),
            person.addresses.create(lines="1 Road", area_id="E08000025", valid_from=now.date()),
            person.markers.create(kind="violent", valid_from=now.date()),
            Consent.record(person, by=facilitator, purpose="treatment", agency=agency, answer="given", how="in_words"),
            Assessment.record(case, by=facilitator, assessed_on=now.date(), substances=[], health="Well"),
            check,
            FollowUpAttempt.objects.create(follow_up=check, by=facilitator, agency=agency, **reached),
            *(rows[model] for model in (Case, Placement, Preparation, Absence, Action, Task, Funding)),
        ],
        provider: [
            Progress.objects.create(placement=stay, by=provider, on=now.date(), engagement="well", text="Well"),
            rows[PlacementQuestion],
        ],
        worker: [
            Intervention.objects.create(appointment=given, recorded_by=worker, how_it_went="well"),
            ContactAttempt.objects.create(referral=given.referral, recorded_by=worker, agency=given.agency, **reached),
        ],
        officer: [make_referral("submitted"), rows[Resolution]],
        supervisor: [funding.pay(by=supervisor, amount=700), rows[Review]],
    }
    made = [(row, by) for by, theirs in whose.items() for row in theirs]
    made.append((rows[Document], facilitator))
    assert {type(row) for row, _ in made} == {kind.model for kind in amend.KINDS.values()}
    return made


def test_what_is_amended_is_recorded(amendable):
    """Each is an alteration: offender.amend, task.amend, placementquestion.amend, preparation.amend, payment.amend …"""
    for row, by in amendable:
        amend.record(row, {"text": ["As it was", "As it is"]}, by=by, reason="Misheard")
        event = Event.objects.about(row).get(verb=f"{row._meta.model_name}.amend")
        assert (event.kind, event.offenders) == ("alteration", [row.offender_id])


def test_the_page_on_which_any_record_is_amended_is_recorded(amendable, client):
    """Each is a consultation: placement.amend.ask, progress.amend.ask, referral.amend.ask, preparation.amend.ask …"""
    for row, by in amendable:
        client.force_login(by)
        assert client.get(amend.address(row)).status_code == 200, row
        event = Event.objects.about(row).get(verb=f"{row._meta.model_name}.amend.ask")
        assert (event.kind, event.by, event.offenders) == ("consultation", by, [row.offender_id])


def test_what_any_record_that_can_be_amended_is_and_was_is_recorded_when_shown(amendable, client):
    """Each is a consultation: placement.history, placement.view, progress.history, preparation.view …; over the API
    some have a word of their own: follow_up.history, follow_up_attempt.view, contact_attempt.history."""
    for row, by in amendable:
        name = "offender" if isinstance(row, Offender) else amend.word(type(row))
        verb = name if name.startswith(("follow", "contact")) else row._meta.model_name
        client.force_login(by)
        for page, shown in (("detail", "view"), ("history", "history")):
            address = reverse(f"api:{name.replace('_', '-')}-{page}", args=[row.pk])
            assert client.get(address).status_code == 200, address
            event = Event.objects.about(row).get(verb=f"{verb}.{shown}")
            assert (event.kind, event.by, event.offenders) == ("consultation", by, [row.offender_id])


def test_what_helpers_and_their_managers_do_is_recorded(make_divert, make_appointment, make_user, cranstoun, worker):
    """intervention.acknowledge, deadline.resume, availability.change."""
    manager, today = make_user("cranstoun_manager", cranstoun), timezone.localdate()
    talk = Intervention.record(make_appointment("attended"), by=worker, how_it_went="well", concern="Afraid")
    talk.acknowledge(by=manager)
    assert Event.objects.about(talk).get(verb="intervention.acknowledge").kind == "alteration"
    deadline = make_divert("accepted").deadlines.get(kind="first_contact")
    deadline.pause(by=worker, reason="hospital")
    deadline.resume(by=worker)
    assert Event.objects.about(deadline).filter(verb__in=["deadline.pause", "deadline.resume"]).count() == 2
    hours = Availability.add(
        by=manager, worker=manager, valid_from=today + dt.timedelta(days=9), weekday=0, starts=dt.time(9),
        ends=dt.time(12), mode="phone",
    )  # fmt: skip
    hours.change(by=manager, on=today, ends=dt.time(11))
    assert Event.objects.about(hours).get(verb="availability.change").kind == "administration"


def test_what_a_person_says_and_who_may_see_them_is_recorded(make_case, make_consent, facilitator, supervisor, police):
    offender = make_case().offender
    consent = make_consent(offender, police)
    consent.withdraw(by=facilitator, how="phone", reason="Changed their mind")
    Restriction.propose(offender, by=supervisor, what="restrict", reason="Known to a colleague")
    recorded = set(Event.objects.naming(offender).values_list("verb", "kind"))
    assert recorded >= {
        ("consent.record", "collection"), ("consent.withdraw", "alteration"), ("restriction.propose", "collection"),
    }  # fmt: skip


def test_what_is_decided_of_two_records_is_recorded(client, make_referral, supervisor, make_user, police, team):
    second = make_user("supervisor", police, team)
    one, other, third = (make_referral("submitted").offender for _ in range(3))
    say_different(pair_of(one, third), by=supervisor, reason="Brothers")
    done = merge(one, other, choices={}, by=supervisor, reason="One person")
    client.force_login(second)
    for page in ("review_merge", "unmerge"):
        assert client.get(reverse(f"offenders:{page}", args=[done.pk])).status_code == 200
    review(done, by=second)
    unmerge(done, by=supervisor, reason="Brothers too")
    assert set(Event.objects.naming(one).values_list("verb", "kind")) >= {
        ("likelypair.different", "alteration"), ("offender.merge", "combination"), ("merge.review", "alteration"),
        ("offender.unmerge", "combination"), ("merge.review.ask", "consultation"),
        ("merge.unmerge.ask", "consultation"),
    }  # fmt: skip


def test_what_an_administrator_adds_and_changes_is_recorded(client, make_user, police, rehab_unit):
    """Agreements, units, settings and houses in the back office: administration, add and change."""
    client.force_login(make_user("administrator", police))
    today = timezone.localdate().isoformat()
    house = {"agency": rehab_unit.agency.pk, "name": "New house", "places": 4, "takes": "mixed", "valid_from": today,
             "out_of_use-TOTAL_FORMS": 0, "out_of_use-INITIAL_FORMS": 0}  # fmt: skip
    unit = {"agency": police.pk, "name": "New team", "kind": "team", "valid_from": today}
    agreement = {"name": "New", "purpose": "Care", "agencies": [police.pk], "categories": ["identity", "case"],
                 "valid_from": today}  # fmt: skip
    held = Setting.objects.on().get(key="goods_multiplier")
    ends = {"values": "3", "source": held.source, "valid_to": today, "told": "1"}
    hat = make_user("officer", police).memberships.get()
    client.post(f"/admin/partners/membership/{hat.pk}/change/", {"valid_to": today})
    assert Event.objects.about(hat).get(verb="membership.change").kind == "administration"
    for table, model, sent in (
        ("rehab/rehabunit", RehabUnit, house), ("partners/unit", Unit, unit),
        ("partners/agreement", Agreement, agreement),
    ):  # fmt: skip
        assert client.post(f"/admin/{table}/add/", sent).status_code == 302, table
        made = model.objects.get(name=sent["name"])
        assert Event.objects.about(made).get(kind="administration").verb == f"{table.partition('/')[2]}.add"
        client.post(f"/admin/{table}/{made.pk}/change/", sent | {"name": "Newer", "told": "1"})
        assert Event.objects.about(made).filter(verb=f"{table.partition('/')[2]}.change").exists()
    heroin = Drug.objects.on().get(name="Heroin")
    client.post(f"/admin/referrals/drug/{heroin.pk}/change/", {"valid_to": today, "source": "An order", "told": "1"})
    assert Event.objects.about(heroin).get(verb="drug.change").kind == "administration"
    new = {"name": "New drug", "drug_class": "C", "valid_from": today, "source": "An order", "told": "1"}
    client.post("/admin/referrals/drug/add/", new)
    assert Event.objects.about(Drug.objects.get(name="New drug")).get(verb="drug.add").kind == "administration"
    client.post(f"/admin/partners/setting/{held.pk}/change/", ends)
    assert Event.objects.about(held).get(verb="setting.change").kind == "administration"
    new = {"key": held.key, "values": "4", "source": "A newer study", "told": "1",
           "valid_from": timezone.localdate() + timezone.timedelta(days=1)}  # fmt: skip
    client.post("/admin/partners/setting/add/", new)
    added = Setting.objects.get(source="A newer study")
    assert Event.objects.about(added).get(kind="administration").verb == "setting.add"


def test_what_the_journey_of_a_referral_shows_of_a_person_is_recorded(client, make_offender, make_referral, officer):
    offender = make_referral("submitted").offender
    client.force_login(officer)
    at = client.post("/referrals/new/", {"offender": str(offender.pk), "pathway": "o2r"}).url
    client.post(at, {"source": "officer", "funds_addiction": "yes", "summary": "Steals to buy"})
    client.get(at.replace("why", "check"))
    assert Event.objects.naming(offender).filter(verb="referral.check", kind="consultation").exists()


def test_what_the_pages_on_the_street_show_of_someone_known_is_recorded(client, make_referral, officer):
    """referral.new, where the pathway is to be chosen; referral.happened, referral.fits, referral.terms."""
    offender = make_referral("submitted").offender
    client.force_login(officer)
    client.post("/referrals/new/", {"offender": str(offender.pk)})
    at = client.post("/referrals/new/", {"offender": str(offender.pk), "pathway": "divert"}).url
    client.get(at)
    said = {"drug": "Cannabis", "offence": "92E", "purpose": "own", "is_aggravating": "no", "place": "Broad Street",
            "quantity": "2 grams"}  # fmt: skip
    fits = client.post(at, said).url
    client.get(fits)
    client.get(client.post(fits).url)
    shown = Event.objects.naming(offender).filter(by=officer, kind="consultation").values_list("verb", flat=True)
    assert set(shown) >= {"referral.new", "referral.happened", "referral.fits", "referral.terms"}


def test_the_page_that_asks_about_something_new_is_recorded(
    client, make_case, make_appointment, make_user, make_agency, facilitator, worker
):
    """case.request_placement.ask, appointment.write_up.ask, referral.book.ask, offender.emergency.ask; and
    offender.sharing, of the page on who sees and who has seen them."""
    case, given = make_case(), make_appointment("attended")
    Identifier.objects.create(offender=case.offender, kind="pnc", value="1999/1234567B")
    stranger = make_user("facilitator", make_agency("police"))
    (known,) = search(stranger, "1999/1234567B").known
    opening, sharing = reverse("offenders:open_emergency"), reverse("offenders:sharing", args=[case.offender.pk])
    for user, address, verb, person in (
        (facilitator, reverse("rehab:placement_request", args=[case.pk]), "case.request_placement.ask", case.offender),
        (facilitator, sharing, "offender.sharing", case.offender),
        (worker, reverse("booking:write_up", args=[given.pk]), "appointment.write_up.ask", given.offender),
        (worker, reverse("booking:book", args=[given.referral.pk]), "referral.book.ask", given.offender),
        (stranger, opening, "offender.emergency.ask", case.offender),
    ):
        client.force_login(user)
        answer = client.post(address, {"person": known.handle}) if address == opening else client.get(address)
        assert answer.status_code == 200, verb
        assert Event.objects.naming(person).get(verb=verb, by=user).kind == "consultation"


def test_the_page_that_asks_about_what_comes_with_a_case_is_recorded(
    client, rows, make_case, rehab_unit, facilitator, provider
):
    """rehabunit.out_of_use.ask and outofuse.change.ask; and of a person placement.ask_question.ask, case.assess.ask,
    case.begin_plan.ask, offender.task.ask, assessment.write.ask, assessment.finish.ask, assessment.discard.ask …; and
    over the API the view of what is not amended: outofuse.view, plan.view, plan_domain.view, actionlink.view."""
    stay, case, other, today = rows[Placement], rows[Case], make_case(), timezone.localdate()
    check = FollowUp.objects.create(case=case, due_on=today)
    out = OutOfUse.add(rehab_unit, by=facilitator, places=1, valid_from=today, valid_to=today, reason="repairs")
    begun = Assessment.begin(case, by=facilitator)
    for user, name, row, verb in (
        (facilitator, "rehab:out_of_use_add", rehab_unit, "rehabunit.out_of_use.ask"),
        (facilitator, "rehab:out_of_use_change", out, "outofuse.change.ask"),
        (provider, "rehab:question_ask", stay, "placement.ask_question.ask"),
        (facilitator, "rehab:funding_ask", stay, "placement.ask_funding.ask"),
        (facilitator, "rehab:follow_up_add", case, "case.add_follow_up.ask"),
        (facilitator, "rehab:preparation_arrange", case, "case.arrange_preparation.ask"),
        (facilitator, "rehab:assess", other, "case.assess.ask"),
        (facilitator, "rehab:plan_begin", other, "case.begin_plan.ask"),
        (facilitator, "rehab:assessment_life", begun, "assessment.write.ask"),
        (facilitator, "rehab:assessment", begun, "assessment.finish.ask"),
        (facilitator, "rehab:assessment_discard", begun, "assessment.discard.ask"),
        (facilitator, "rehab:follow_up_attempt", check, "followup.attempt.ask"),
        (facilitator, "rehab:follow_up_record", check, "followup.record.ask"),
        (facilitator, "tasks:add", case, "offender.task.ask"),
        (facilitator, "rehab:action_add", rows[PlanDomain], "plandomain.add_action.ask"),
        (facilitator, "rehab:action_link", rows[Action], "action.link.ask"),
        (facilitator, "api:out-of-use-detail", out, "outofuse.view"),
        (facilitator, "api:plan-detail", rows[Plan], "plan.view"),
        (facilitator, "api:plan-domain-detail", rows[PlanDomain], "plan_domain.view"),
        (facilitator, "api:action-link-detail", rows[ActionLink], "actionlink.view"),
    ):
        client.force_login(user)
        assert client.get(reverse(name, args=[row.pk])).status_code == 200, name
        assert Event.objects.get(verb=verb, by=user).kind == "consultation"


def test_the_page_that_begins_a_case_is_recorded(client, make_referral, facilitator):
    referral = make_referral()
    client.force_login(facilitator)
    assert client.get(f"/o2r/referrals/{referral.pk}/begin/").status_code == 200
    assert Event.objects.about(referral).filter(verb="referral.begin.ask", kind="consultation").exists()
