"""What administrators, reviewers and auditors do and are asked is in the record, and how one signs in; whatever else
the tests look at."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from offenders.documents import panels
from offenders.documents.models import Document
from offenders.models import Entry, Offender
from offenders.retention.disposal import erase
from offenders.retention.models import Group, Hold, Schedule
from offenders.subject_access.models import SubjectRequest
from partners.audit.models import Event
from partners.models import AccessReview
from partners.systems.models import Delivery, Hook, System, Token
from referrals.booking.models import Appointment
from referrals.models import CalendarLink, Cover, Drug, Resolution
from referrals.rehab.models import Budget, Overspend, Sample


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police, family_name="Administrator")


@pytest.fixture
def system(cgl, administrator):
    return System(agency=cgl, name="Carenotes", contact="Records").register(
        by=administrator, role="cgl_worker", unit=None
    )


def test_the_pages_of_the_back_office_that_ask_are_recorded(signed_in, administrator, system, officer, police, cgl):
    """Administration: system.token.ask, system.revoke.ask, system.close.ask; user.close.ask, user.sign_out.ask,
    user.second_step.ask; hook.pause.ask, hook.resume.ask, hook.replay.ask, hook.renew.ask, hook.end.ask;
    delivery.replay.ask; accessreview.sign_off.ask; agreement.renew.ask."""
    token, _ = Token.make(system, by=administrator, scope="write")
    hook = Hook(system=system, url="https://cgl.example/changes", kinds=["referral"]).begin(by=administrator)
    delivery = Delivery.objects.create(
        hook=hook, event=Event.objects.earliest("pk"), kind="referral", row="1", what="referral.accept",
        status="failed", problem="It answered 500.",
    )  # fmt: skip
    review = AccessReview(agency=police)
    review.begin(by=administrator)
    browser = signed_in(administrator)
    for row, verbs, *more in (
        (system, "token close"), (system, "revoke", token.pk), (officer, "close sign_out second_step"),
        (hook, "pause resume replay renew end"), (delivery, "replay"), (review, "sign_off"),
        (cgl.agreements.get(), "renew"),
    ):  # fmt: skip
        for verb in verbs.split():
            address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{verb}", args=[row.pk, *more])
            assert browser.get(address).status_code == 200, address
            assert Event.objects.about(row).get(verb=f"{row._meta.model_name}.{verb}.ask").kind == "administration"


def test_who_goes_through_the_roles_is_recorded(signed_in, administrator, police):
    """reviewedmembership.list."""
    review = AccessReview(agency=police)
    review.begin(by=administrator)
    signed_in(administrator).get(f"/admin/partners/accessreview/{review.pk}/roles/")
    assert Event.objects.about(review).get(verb="reviewedmembership.list").kind == "administration"


def test_what_an_administrator_does_with_systems_and_users_is_recorded(signed_in, administrator, system, officer):
    """Administration: token.make, system.change, user.change."""
    Token.make(system, by=administrator, scope="write")
    browser = signed_in(administrator)
    none = {"tokens-TOTAL_FORMS": 0, "tokens-INITIAL_FORMS": 0}
    browser.post(f"/admin/systems/system/{system.pk}/change/", {"contact": "The duty desk"} | none)
    assert set(Event.objects.about(system).filter(kind="administration").values_list("verb", flat=True)) >= {
        "token.make", "system.change",
    }  # fmt: skip
    page = f"/admin/partners/user/{officer.pk}/change/"
    form = browser.get(page).context["adminform"].form
    none = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    said = {name: value for name, value in form.initial.items() if value not in (None, False)}
    assert browser.post(page, said | none | {"family_name": "Renamed"}).status_code == 302
    assert Event.objects.about(officer).get(verb="user.change").kind == "administration"


def test_what_is_looked_into_and_kept_of_a_person_is_recorded(rows, signed_in, supervisor, make_user, police):
    """sample.draw, schedule.choose, subjectrequest.receive; and of a sample sample.view, which is
    administration."""
    person, today = rows[Document].offender, timezone.localdate()
    sample = Sample.draw(by=supervisor, size=1)
    Schedule.of(person).choose(by=supervisor, group=Group.PUBLIC_PROTECTION, reason="Elsewhere")
    auditor = make_user("auditor", police)
    other = rows[Appointment].offender
    SubjectRequest.receive(other, by=auditor, asked_on=today, how="post", answer_to="12 Long Lane")
    assert set(Event.objects.naming(person).values_list("verb", "kind")) >= {
        ("sample.draw", "collection"), ("schedule.choose", "alteration"),
    }  # fmt: skip
    assert Event.objects.naming(other).get(verb="subjectrequest.receive").kind == "collection"
    signed_in(supervisor).get(f"/admin/rehab/sample/{sample.pk}/change/")
    assert Event.objects.about(sample).get(verb="sample.view").kind == "administration"


def test_documents_are_recorded_where_they_are_shown_with_something_else(rows, facilitator):
    """document.list: of a person, and of a matter."""
    letter = rows[Document]
    for show in (
        lambda: panels.documents(facilitator, letter.offender, {}),
        lambda: panels.of_matter(facilitator, letter.offender, letter.matters[0]),
    ):
        before = Event.objects.filter(verb="document.list").count()
        assert letter in show()["documents"]
        assert Event.objects.filter(verb="document.list", kind="consultation").count() == before + 1


def test_how_one_signs_in_is_recorded_when_looked_at_and_ended(signed_in, officer):
    """account_security.view, session.end_others: of sign_in."""
    browser = signed_in(officer)
    browser.get("/account/security/")
    browser.post("/account/sessions/others/end/")
    assert set(Event.objects.filter(kind="sign_in", by=officer).values_list("verb", flat=True)) >= {
        "account_security.view", "session.end_others",
    }  # fmt: skip


def test_what_is_made_by_hand_is_recorded(supervisor, officer, make_user, police, team):
    """calendarlink.make, cover.add: administration."""
    CalendarLink.make(by=officer)
    assert Event.objects.get(verb="calendarlink.make", by=officer).kind == "administration"
    today, second = timezone.localdate(), make_user("facilitator", police, team)
    cover = Cover.arrange(by=supervisor, absent=second, covered_by=supervisor, first=today, last=today, reason="leave")
    assert Event.objects.about(cover).get(verb="cover.add").kind == "administration"


def test_what_an_administrator_does_with_a_hook_is_recorded(administrator, system):
    """hook.add, hook.renew, hook.replay: administration."""
    hook = Hook(system=system, url="https://cgl.example/changes", kinds=["referral"]).begin(by=administrator)
    hook.renew(by=administrator)
    hook.replay(by=administrator)
    for verb in ("hook.add", "hook.renew", "hook.replay"):
        assert Event.objects.about(hook).get(verb=verb).kind == "administration"


def test_what_is_asked_before_a_change_that_affects_others_is_recorded(
    signed_in, administrator, cgl, rows, make_funder
):
    """agreement.change.ask, drug.change.ask, budget.change.ask; and budget.change, once it was read: administration."""
    browser, today = signed_in(administrator), timezone.localdate().isoformat()
    agreement, budget = cgl.agreements.get(), Budget.objects.create(funder=make_funder(), year=2026, amount=9000)
    drug = Drug.objects.on().get(name="Cannabis")
    Resolution.objects.filter(pk=rows[Resolution].pk).update(drug=drug)
    covers = {"agencies": [agency.pk for agency in agreement.agencies.all()], "categories": agreement.categories}
    for row, sent in (
        (agreement, {"name": "Renamed", "purpose": "Care", "valid_from": agreement.valid_from} | covers),
        (drug, {"valid_to": today, "source": "An order"}),
        (budget, {"funder": budget.funder.pk, "year": 2026, "amount": 9500}),
    ):
        name = row._meta.model_name
        address = reverse(f"admin:{row._meta.app_label}_{name}_change", args=[row.pk])
        assert "Before it is saved" in browser.post(address, sent).text
        assert Event.objects.about(row).get(verb=f"{name}.change.ask").kind == "administration"
    assert browser.post(address, sent | {"told": "1"}).status_code == 302
    assert Event.objects.about(budget).get(verb="budget.change").kind == "administration"


def test_what_a_supervisor_is_asked_is_recorded(signed_in, supervisor, police, make_case):
    """agency.cover.ask, case.review.ask: consultations."""
    browser, case = signed_in(supervisor), make_case()
    for address, row, verb in (
        (reverse("cover:add"), police, "agency.cover.ask"),
        (reverse("admin:rehab_case_review", args=[case.pk]), case, "case.review.ask"),
    ):
        assert browser.get(address).status_code == 200
        assert Event.objects.about(row).get(verb=verb).kind == "consultation"


def test_what_is_set_and_asked_about_a_person_is_recorded(make_placement, make_divert, facilitator):
    """deadline.set, overspend.ask: collections."""
    deadline = make_divert("accepted").deadlines.get(kind="first_contact")
    wish = Overspend.ask(make_placement("offered"), by=facilitator, up_to=6000, why="It begins on Monday")
    for row, verb in ((deadline, "deadline.set"), (wish, "overspend.ask")):
        event = Event.objects.about(row).get(verb=verb)
        assert (event.kind, event.offenders) == ("collection", [row.offender_id])


def test_how_long_records_are_kept_is_recorded(make_referral, facilitator, supervisor, make_user, police, team):
    """hold.place, a collection; decision.kept, decision.propose, alterations; decision.erase, an erasure."""
    referral = make_referral("submitted")
    referral.decline(by=facilitator, reason="Not of this force")
    person, then = referral.offender, timezone.now() - dt.timedelta(days=4000)
    Entry.objects.filter(offender=person).update(happened_at=then)
    Offender.objects.filter(pk=person.pk).update(recorded_at=then)
    hold = Hold.place(person, by=supervisor, reason="Inquest", reference="C 4")
    assert Event.objects.about(hold).get(verb="hold.place").kind == "collection"
    hold.lift(by=supervisor, reason="It is over")
    schedule = Schedule.of(person)
    disposal = schedule.dispose(by=supervisor, reason="Six years without notice")
    assert Event.objects.about(disposal).get(verb="decision.propose").kind == "alteration"
    disposal.take_back(by=supervisor, reason="A civil claim")
    until = timezone.localdate() + dt.timedelta(days=9)
    kept = schedule.keep(by=supervisor, until=until, reason="A civil claim")
    assert Event.objects.about(kept).get(verb="decision.kept").kind == "alteration"
    Schedule.objects.filter(pk=person.pk).update(kept_until=None)
    disposal = schedule.dispose(by=supervisor, reason="Six years without notice")
    disposal.confirm(by=make_user("supervisor", police, team))
    erase(disposal.pk)
    assert Event.objects.about(disposal).get(verb="decision.erase").kind == "erasure"


def test_that_a_link_to_a_new_password_was_asked_for_is_recorded(client, officer):
    """password.ask: of sign_in."""
    assert client.post(reverse("signin:forgotten"), {"email": officer.email}).status_code == 302
    assert Event.objects.get(verb="password.ask", by=officer).kind == "sign_in"
