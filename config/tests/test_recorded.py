"""Each step of each workflow, and all that is written besides, is in the record, whatever else the tests look at."""

import datetime as dt
from unittest import mock

from django.urls import reverse
from django.utils import timezone

from offenders import amend
from offenders.duplicates import pair_of
from offenders.merge import merge, review, say_different, unmerge
from offenders.models import Identifier, Note, Restriction
from offenders.search import search
from offenders.steps import StepForm, ask
from partners.audit.models import Event
from partners.models import Agreement, Setting, Unit
from referrals.booking.models import Availability, ContactAttempt, Intervention
from referrals.models import Drug
from referrals.rehab.models import Assessment, FollowUp, Progress, RehabUnit


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


def test_what_is_amended_is_recorded(make_placement, make_appointment, facilitator, provider, worker, officer):
    """Each of these is an alteration: person.amend, note.amend, resolution.amend, contactattempt.amend …"""
    stay, given = make_placement("arrived"), make_appointment("attended")
    case, person = stay.case, stay.offender
    week = Progress.record(stay, by=provider, on=stay.arrived_on, engagement="well", text="Settled")
    seen = Note.write(person, by=facilitator, kind="visit", text="Seen", happened_at=timezone.now(), category="general")
    talk = Intervention.record(given, by=worker, how_it_went="well", agreed="To stop")
    call = ContactAttempt.record(given.referral, by=worker, method="phone", result="reached")
    for row, name, by in (
        (person, "given_names", facilitator), (seen, "text", facilitator), (case, "outcome", facilitator),
        (case.referral, "summary", facilitator), (stay, "needs", facilitator), (week, "text", facilitator),
        (talk, "agreed", worker), (call, "result", worker), (given.referral.resolution, "place", officer),
    ):  # fmt: skip
        amend.record(row, {name: ["As it was", "As it is"]}, by=by, reason="Misheard")
        event = Event.objects.about(row).get(verb=f"{row._meta.model_name}.amend")
        assert (event.kind, event.offenders) == ("alteration", [row.offender_id])


def test_what_helpers_and_their_managers_do_is_recorded(make_divert, make_appointment, make_user, cranstoun, worker):
    """intervention.acknowledge, deadline.resume, availability.change."""
    manager, today = make_user("cranstoun_manager", cranstoun), timezone.localdate()
    talk = Intervention.record(make_appointment("attended"), by=worker, how_it_went="well", concern="Afraid")
    talk.acknowledge(by=manager)
    assert Event.objects.about(talk).get(verb="intervention.acknowledge").kind == "alteration"
    deadline = make_divert("accepted").deadlines.get()
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
    ends = {"values": "3", "source": held.source, "valid_to": today}
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
        client.post(f"/admin/{table}/{made.pk}/change/", sent | {"name": "Newer"})
        assert Event.objects.about(made).filter(verb=f"{table.partition('/')[2]}.change").exists()
    heroin = Drug.objects.on().get(name="Heroin")
    client.post(f"/admin/referrals/drug/{heroin.pk}/change/", {"valid_to": today, "source": "An order"})
    assert Event.objects.about(heroin).get(verb="drug.change").kind == "administration"
    new = {"name": "New drug", "drug_class": "C", "valid_from": today, "source": "An order"}
    client.post("/admin/referrals/drug/add/", new)
    assert Event.objects.about(Drug.objects.get(name="New drug")).get(verb="drug.add").kind == "administration"
    client.post(f"/admin/partners/setting/{held.pk}/change/", ends)
    assert Event.objects.about(held).get(verb="setting.change").kind == "administration"
    new = {"key": held.key, "values": "4", "source": "A newer study",
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


def test_the_page_that_begins_a_case_is_recorded(client, make_referral, facilitator):
    referral = make_referral()
    client.force_login(facilitator)
    assert client.get(f"/o2r/referrals/{referral.pk}/begin/").status_code == 200
    assert Event.objects.about(referral).filter(verb="referral.begin.ask", kind="consultation").exists()
