"""Emergency access: for some hours, with a reason, marked in the record, looked into by someone else."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from offenders.account import tell
from offenders.models import Consent, EmergencyAccess, Entry, Identifier, Note, Offender, Restriction
from offenders.search import recognised, search
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import Agreement, User
from partners.notices.models import Notice
from referrals.models import Referral
from referrals.rehab.models import Case

PNC = "1999/1234567B"
WHY = "She is in the cells and unwell: which drugs?"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def person(make_case, make_offender, officer, facilitator, cgl, cgl_worker):
    """Someone of the O2R team's, shared with CGL, with a note of each kind."""
    offender = make_offender(by=officer, given_names="Zebedee", family_name="Farawayname")
    case = make_case(offender=offender)
    case.share(by=facilitator, agency=cgl)
    Identifier.objects.create(offender=offender, kind="pnc", value=PNC)

    def note(by, category, matters, text):
        Note.write(
            offender, by=by, kind="visit", text=text, happened_at=timezone.now(), category=category, matters=matters
        )

    note(facilitator, "general", [case.pk], "general-note")
    note(facilitator, "general", [], "team-note")
    note(cgl_worker, "health", [case.pk], "health-note")
    return offender


@pytest.fixture
def stranger(make_user, make_agency, make_agreement, police):
    """A facilitator of another force, which has an agreement with ours."""
    agency = make_agency("police")
    make_agreement(police, agency, name="the forces' agreement")
    return make_user("facilitator", agency, _unit(agency), family_name="Stranger")


def _unit(agency):
    return agency.units.create(name="Elsewhere", kind="team", valid_from=dt.date(2020, 1, 1))


@pytest.fixture
def reviewer(make_user, stranger):
    return make_user("supervisor", stranger.membership.agency, stranger.membership.unit, family_name="Reviewer")


def sees(user, person):
    return Offender.objects.visible_to(user).filter(pk=person.pk).exists()


def notes(user):
    return set(Note.objects.visible_to(user).values_list("text", flat=True))


def opened(person, by):
    return EmergencyAccess.open(person, by=by, reason=WHY)


def move(access, by):
    """As if it had been opened so much earlier."""
    rows = EmergencyAccess.objects.filter(pk=access.pk)
    rows.update(opened_at=access.opened_at - by, closes_at=access.closes_at - by)


# what it opens, and what it does not


def test_it_opens_the_person_for_two_hours_and_no_more(person, stranger, make_user):
    assert not sees(stranger, person)
    access = opened(person, stranger)
    assert access.closes_at - access.opened_at == 2 * HOUR
    assert sees(stranger, person)
    assert not sees(make_user("facilitator", access.agency, access.unit), person)  # it is theirs alone
    move(access, 2 * HOUR - dt.timedelta(seconds=30))
    assert sees(stranger, person)
    move(access, 2 * HOUR)
    assert not sees(stranger, person)
    assert notes(stranger) == set()


def test_it_stands_in_for_an_involvement_and_for_nothing_else(person, stranger, restrict):
    opened(person, stranger)
    assert notes(stranger) == {"general-note"}  # not what one team kept to itself, nor health without consent
    assert Entry.objects.visible_to(stranger).filter(offender=person, category="case").exists()
    for model in (Case, Referral):
        assert not model.objects.visible_to(stranger).exists()
    for model in (Offender, Note, Identifier, Consent):
        assert not model.objects.amendable_by(stranger).exists()
    with pytest.raises(PermissionDenied):  # it would open what they may not read
        Consent.record(person, by=stranger, purpose="sharing", agency=stranger.membership.agency, answer="given")
    with pytest.raises(PermissionDenied):
        tell(person, by=stranger)
    Agreement.objects.filter(name="the forces' agreement").update(valid_to=dt.date(2020, 1, 1))
    assert notes(stranger) == set()
    Agreement.objects.filter(name="the forces' agreement").update(valid_to=None)
    restrict(person)
    assert not sees(stranger, person)
    assert notes(stranger) == set()
    with pytest.raises(PermissionDenied):
        opened(person, stranger)


def test_a_line_of_the_timeline_leads_nowhere_that_it_does_not_open(person, stranger, facilitator, client):
    opened(person, stranger)
    case = person.cases.get().get_absolute_url()
    for user, opens_case in ((facilitator, True), (stranger, False)):
        client.force_login(user)
        entries = client.get(reverse("offenders:timeline", args=[person.pk])).context["entries"]
        assert "Brought in to the programme" in {entry["sentence"] for entry in entries}
        leads = {entry["url"] for entry in entries if entry["url"]}
        assert (case in leads) == opens_case
        assert {client.get(lead).status_code for lead in leads} == {200}


def test_the_hat_still_says_which_categories(person, make_user, police):
    custody = make_user("custody_officer", police, _unit(police))
    opened(person, custody)
    assert sees(custody, person)
    assert notes(custody) == set()


def test_a_colleague_elsewhere_in_the_agency_amends_nothing_of_the_team(person, make_user, police):
    colleague = make_user("facilitator", police, _unit(police))
    opened(person, colleague)
    assert notes(colleague) == {"general-note"}
    assert not Note.objects.amendable_by(colleague).exists()


def test_a_supervisor_restricts_nobody_they_opened(person, reviewer):
    opened(person, reviewer)
    with pytest.raises(PermissionDenied):
        Restriction.propose(person, by=reviewer, what="restrict", reason="x")


def test_the_work_of_ones_own_team_that_ended_stays_ended(person, make_user, police, npu, officer):
    custody = make_user("custody_officer", police, npu)  # of the unit that sent the referral
    assert Referral.objects.visible_to(custody).exists()
    past = timezone.localdate() - dt.timedelta(days=1)
    person.involvements.filter(unit=npu).update(valid_from=past, valid_to=past)
    assert not Referral.objects.visible_to(custody).exists()
    opened(person, custody)
    assert sees(custody, person)
    assert not Referral.objects.visible_to(custody).exists()


def test_a_role_taken_away_closes_it_at_once(person, stranger):
    opened(person, stranger)
    stranger.membership.role = "resolution_lead"
    stranger.act_as(stranger.membership)
    assert not sees(stranger, person)


def test_who_may_open(person, make_offender, officer, facilitator, stranger, cgl_worker):
    for user in (officer, cgl_worker):
        with pytest.raises(PermissionDenied):
            opened(person, user)
    with pytest.raises(ValidationError, match="are open to you"):
        opened(person, facilitator)


def test_opened_twice_it_is_the_same_one(person, stranger):
    first = opened(person, stranger)
    assert opened(person, stranger) == first
    assert EmergencyAccess.objects.get().closes_at == first.closes_at
    again = {"offender": person, "user": stranger, "agency": first.agency, "reason": WHY}
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.create(
            **again, opened_at=first.opened_at + HOUR, closes_at=first.closes_at + HOUR, unit=None
        )
    first.close(by=stranger)
    assert not sees(stranger, person)
    assert opened(person, stranger) != first


@pytest.mark.django_db(transaction=True)
def test_of_two_openings_at_once_one_row_comes(person, stranger):
    barrier, made = threading.Barrier(2), []

    def press():
        try:
            barrier.wait()
            made.append(opened(person, User.objects.get(pk=stranger.pk)).pk)
        finally:
            connection.close()

    jobs = [threading.Thread(target=press) for _ in range(2)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert made == [EmergencyAccess.objects.get().pk] * 2
    assert Event.objects.filter(verb="emergencyaccess.open").count() == 1


def test_the_database_refuses_what_cannot_be(person, stranger, reviewer):
    rows = EmergencyAccess.objects.filter(pk=opened(person, stranger).pk)
    now = timezone.now()
    review = {"status": "reviewed", "reviewed_at": now, "outcome": "needed"}
    for change in (
        review | {"reviewed_by": stranger}, review | {"reviewed_by": None}, review | {"reviewed_by": reviewer} | {
            "outcome": ""}, {"closes_at": now - 5 * HOUR}, {"reason": ""},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    assert rows.update(**review, reviewed_by=reviewer) == 1


# the mark


def test_everything_seen_in_it_is_marked_by_the_database(person, make_offender, stranger, facilitator, client):
    access, another = opened(person, stranger), make_offender()
    client.force_login(stranger)
    client.get(f"/people/{person.pk}/timeline/")
    client.get(f"/api/v1/offenders/{person.pk}/")
    Event.objects.shown("offender.list", [another, person], by=stranger)
    Event.objects.bulk_create([Event(kind="consultation", verb="offender.bulk", by=stranger, offenders=[person.pk])])
    unmarked = [("another.person", stranger, another), ("another.user", facilitator, person)]
    for verb, by, offender in unmarked:
        Event.objects.shown(verb, [offender], by=by)
    Event.objects.record("sign_in", "user.sign_in", by=stranger)
    verbs = set(access.events.values_list("verb", flat=True))
    assert verbs >= {"emergencyaccess.open", "offender.view", "entry.list", "offender.list", "offender.bulk"}
    assert not verbs & {"another.person", "another.user", "user.sign_in"}
    assert Event.objects.get(verb="offender.list").detail["rows"] == 2
    move(access, 2 * HOUR)
    Event.objects.shown("after.it", [person], by=stranger)
    assert "emergency" not in Event.objects.get(verb="after.it").detail


# the pages


def test_from_the_search_to_the_page_and_back(person, client, stranger):
    client.force_login(stranger)
    url = reverse("offenders:open_emergency")
    page = client.post("/people/search/", {"q": PNC}).content.decode()
    (known,) = search(stranger, PNC).known
    assert "Open in an emergency" in page
    assert known.handle.split(":")[0] in page
    asked = client.post(url, {"person": known.handle})
    assert "A supervisor sees it at once" in asked.content.decode()
    for reason in ("", "ill"):
        assert client.post(url, {"person": known.handle, "reason": reason}).status_code == 422
    assert not EmergencyAccess.objects.exists()
    home = f"/people/{person.pk}/"
    assert client.get(home).status_code == 404
    assert client.post(url, {"person": known.handle, "reason": WHY}).url == home
    assert client.post(url, {"person": known.handle, "reason": WHY}).url == home
    access = EmergencyAccess.objects.get()
    for tab in ("", "timeline/", "sharing/"):
        text = client.get(f"{home}{tab}").content.decode()
        assert f"Emergency access until {access.until}." in text
        assert "Amend the facts" not in text
        assert "Record an answer" not in text
        assert "What we tell the person" not in text
    for write in ("add/alias/", "consents/add/", "account/"):
        assert client.get(f"{home}{write}").status_code == 403
    assert client.get(reverse("offenders:amend", args=["person", person.pk])).status_code == 403
    amended = client.patch(f"/api/v1/offenders/{person.pk}/", {"reason": "x"}, content_type="application/json")
    assert amended.status_code == 403
    note = {"kind": "visit", "text": "Seen in the cells", "category": "general", "is_opinion": "fact",
            "shared_with": "everyone"}  # fmt: skip
    assert client.post(f"{home}timeline/", note).status_code == 302
    assert Note.objects.get(text="Seen in the cells").matters == []
    assert client.post(reverse("offenders:emergency_close", args=[access.pk])).url == "/"
    assert client.get(home).status_code == 404
    assert "Emergency access until" not in client.get("/").content.decode()


def test_a_handle_is_of_one_search_and_one_user(person, stranger, facilitator, officer, reviewer):
    (known,) = search(stranger, PNC).known
    assert recognised(stranger, known.handle) == person
    assert recognised(reviewer, known.handle) is None
    for handle in ("", str(person.pk), known.handle[:-1]):
        assert recognised(stranger, handle) is None
    assert search(stranger, "Farawayname").known == []
    known = search(officer, "Zebedee Farawayname 27 March 1990").rows
    assert not hasattr(known[0], "handle")


def test_the_queue_and_its_review(person, client, stranger, reviewer, supervisor):
    access = opened(person, stranger)
    queue, url = reverse("offenders:emergencies"), access.get_absolute_url()
    review = reverse("offenders:emergency_review", args=[access.pk])
    answers = {"outcome": "not_needed", "note": "The duty nurse had asked already"}
    client.force_login(supervisor)  # of another agency
    assert WHY not in client.get(queue).content.decode()
    assert client.get(url).status_code == client.get(review).status_code == 404
    client.force_login(stranger)
    assert client.get(queue).status_code == 403
    assert client.get(review).status_code == 403
    with pytest.raises(PermissionDenied):
        access.review(by=stranger, **answers)

    client.force_login(reviewer)
    assert "Ama Stranger" in client.get("/").content.decode()
    for page in (queue, url, review, "/admin/offenders/emergencyaccess/"):
        text = client.get(page).content.decode()
        assert person.reference in text
        assert "Farawayname" not in text
    assert "emergency access: open" in client.get(url).content.decode()
    assert client.get(f"{queue}?stands=reviewed").content.decode().count(person.reference) == 0
    assert client.post(review, {"outcome": "needed"}).status_code == 422
    assert client.post(review, answers).url == url
    assert not sees(stranger, person)  # the review closed it
    assert client.post(review, answers).status_code == 302
    with pytest.raises(IllegalStep):
        access.review(by=reviewer, **answers)
    text = client.get(url).content.decode()
    assert "It was not needed" in text
    assert client.get(f"{queue}?outcome=needed").content.decode().count(person.reference) == 0
    assert Event.objects.filter(verb="emergencyaccess.review", offenders=[person.pk]).count() == 1


def test_a_colleague_does_not_read_why(person, client, stranger, make_user):
    access = opened(person, stranger)
    client.force_login(make_user("facilitator", access.agency, access.unit))
    assert client.get(access.get_absolute_url()).status_code == 404
    assert client.get("/api/v1/emergencies/").json()["results"] == []
    assert person.reference not in client.get("/").content.decode()


def test_nobody_reviews_their_own(person, reviewer):
    access = opened(person, reviewer)
    assert not access.may(reviewer, "review")
    with pytest.raises(PermissionDenied):
        access.review(by=reviewer, outcome="needed", note="Me")


def test_the_team_that_works_with_them_is_told_who_and_when_not_why(person, client, stranger, facilitator):
    access = opened(person, stranger)
    client.force_login(facilitator)
    for tab in ("timeline", "sharing"):
        text = client.get(reverse(f"offenders:{tab}", args=[person.pk])).content.decode()
        assert str(access.agency) in text or str(access.unit) in text
        assert "emergency" in text
        assert WHY not in text


def test_the_api(person, client, stranger, reviewer):
    client.force_login(stranger)
    json = {"content_type": "application/json"}
    (known,) = client.post("/api/v1/offenders/search/", {"q": PNC}, **json).json()["known"]
    refused = client.post("/api/v1/emergencies/", {"person": str(person.pk), "reason": WHY}, **json)
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["person"])
    made = client.post("/api/v1/emergencies/", {"person": known["handle"], "reason": WHY}, **json)
    assert (made.status_code, made.json()["steps"]) == (201, ["close"])
    url = f"/api/v1/emergencies/{made.json()['id']}/"
    assert client.post(f"{url}review/", {"outcome": "needed", "note": "x"}, **json).status_code == 403
    assert client.post(f"{url}close/", {}, **json).status_code == 200
    client.force_login(reviewer)
    assert len(client.get("/api/v1/emergencies/?stands=waiting").json()["results"]) == 1
    done = client.post(f"{url}review/", {"outcome": "needed", "note": "Rightly so"}, **json)
    assert (done.status_code, done.json()["status"]) == (200, "reviewed")
    assert client.post(f"{url}review/", {"outcome": "needed", "note": "x"}, **json).status_code == 409


# who is told


def test_who_may_review_an_emergency_is_told_at_once(make_offender, officer, facilitator, supervisor, make_user):
    person = make_offender(by=officer, family_name="Farawayname")
    gone = make_user("supervisor", supervisor.membership.agency, supervisor.membership.unit, is_active=False)
    access = EmergencyAccess.open(person, by=facilitator, reason="Collapsed in the cells")
    notice = Notice.objects.about(access).get()
    assert (notice.for_user, notice.to, notice.status) == (supervisor, supervisor.email, "queued")
    assert gone not in access.reviewers
    for said in ("Farawayname", person.reference, "cells", "Facilitator"):
        assert said not in notice.subject + notice.body
    assert list(Notice.objects.visible_to(supervisor)) == [notice]
    assert not Notice.objects.visible_to(facilitator).exists()
    assert EmergencyAccess.open(person, by=facilitator, reason="Again") == access
    assert Notice.objects.count() == 1


def test_whoever_opens_it_and_other_agencies_are_not_told_to_review_it(make_offender, officer, supervisor, reviewer):
    access = EmergencyAccess.open(make_offender(by=officer), by=supervisor, reason="Collapsed")
    assert not {supervisor, reviewer} & set(access.reviewers)


def test_of_a_restricted_person_the_named_alone_are_told(make_offender, officer, facilitator, supervisor, restrict):
    person = make_offender(by=officer)
    access = EmergencyAccess(offender=person, user=facilitator, agency=facilitator.membership.agency)
    assert list(access.reviewers) == [supervisor]
    person.is_restricted = True
    assert not access.reviewers.exists()
    person.named_users.create(user=supervisor, recorded_by=supervisor, valid_from=dt.date(2024, 1, 1))
    assert list(access.reviewers) == [supervisor]
