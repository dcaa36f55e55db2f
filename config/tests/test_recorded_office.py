"""What administrators, reviewers and auditors do and are asked is in the record, and how one signs in; whatever else
the tests look at."""

import pytest
from django.urls import reverse
from django.utils import timezone

from offenders.documents import panels
from offenders.documents.models import Document
from offenders.retention.models import Group, Schedule
from offenders.subject_access.models import SubjectRequest
from partners.audit.models import Event
from partners.models import AccessReview
from partners.systems.models import Delivery, Hook, System, Token
from referrals.booking.models import Appointment
from referrals.models import CalendarLink, Cover
from referrals.rehab.models import Sample


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
    """hook.renew, hook.replay: administration."""
    hook = Hook(system=system, url="https://cgl.example/changes", kinds=["referral"]).begin(by=administrator)
    hook.renew(by=administrator)
    hook.replay(by=administrator)
    for verb in ("hook.renew", "hook.replay"):
        assert Event.objects.about(hook).get(verb=verb).kind == "administration"
