"""A restriction takes two people; to whoever it does not name, the person does not exist."""

import datetime as dt
import re
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry, Identifier, Note, Offender, Restriction
from offenders.search import Restricted, likely_matches, restricted, search
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import User
from referrals.models import Referral

PNC, NHS = "1999/1234567B", "9434765919"
BORN = dt.date(1985, 5, 2)
RESTRICT, CHANGE, END = Restriction.What


@pytest.fixture
def third(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Third")


@pytest.fixture
def person(make_case, make_offender, officer):
    offender = make_offender(
        by=officer, given_names="Zebedee", family_name="Hiddenname", date_of_birth=BORN, phone="07700 900123"
    )
    make_case(offender=offender)
    Identifier.objects.create(offender=offender, kind="pnc", value=PNC)
    Identifier.objects.create(offender=offender, kind="nhs", value=NHS)
    return offender


def propose(person, by, what=RESTRICT, users=(), reason="A relative of a colleague"):
    return Restriction.propose(person, by=by, what=what, users=users, reason=reason)


def sees(user, person):
    return Offender.objects.visible_to(user).filter(pk=person.pk).exists()


def named(person):
    return {row.user for row in person.named_users.on()}


# two people


def test_it_begins_changes_and_ends_when_another_agrees(
    person, supervisor, second_supervisor, facilitator, officer, cgl_worker
):
    proposal = propose(person, supervisor, users=[facilitator])
    assert sees(officer, person)  # nothing has changed
    with pytest.raises(PermissionDenied):
        proposal.agree(by=supervisor)
    with pytest.raises(PermissionDenied):
        proposal.agree(by=facilitator)
    proposal.agree(by=second_supervisor)
    assert named(person) == {supervisor, second_supervisor, facilitator}
    assert [sees(user, person) for user in (supervisor, second_supervisor, facilitator)] == [True] * 3
    assert not sees(officer, person)
    assert not Offender.objects.findable_by(officer).filter(pk=person.pk).exists()
    with pytest.raises(IllegalStep, match="agreed"):
        proposal.refuse(by=second_supervisor, reason="No")

    propose(person, second_supervisor, CHANGE).agree(by=supervisor)
    assert named(person) == {supervisor, second_supervisor}
    assert not sees(facilitator, person)
    propose(person, second_supervisor, END).agree(by=supervisor)
    assert sees(officer, person)
    assert not named(person)
    told = Event.objects.filter(verb="restriction.agree", offenders=[person.pk])
    assert told.count() == 3
    assert Entry.objects.filter(offender=person, sentence="No longer restricted").exists()
    assert not Entry.objects.filter(offender=person, sentence__contains="relative").exists()


def test_refused_nothing_changes_and_nobody_else_is_told(person, supervisor, second_supervisor, officer):
    proposal = propose(person, supervisor)
    with pytest.raises(ValidationError, match="decided first"), transaction.atomic():
        propose(person, second_supervisor)
    with pytest.raises(ValidationError, match="why not"), transaction.atomic():
        proposal.refuse(by=second_supervisor, reason="")
    proposal.refuse(by=second_supervisor, reason="She has left the force")
    assert sees(officer, person)
    assert not Entry.objects.filter(offender=person, kind="step", url=proposal.get_absolute_url()).exists()
    propose(person, second_supervisor)  # there is room for another
    with pytest.raises(ValidationError, match="not restricted"):
        propose(person, supervisor, END)


def test_two_of_the_named_can_always_end_it(person, supervisor, second_supervisor):
    proposal = propose(person, supervisor)
    supervisor.memberships.update(role="facilitator")  # the next day
    with pytest.raises(ValidationError, match="only Ama Second is"), transaction.atomic():
        proposal.agree(by=second_supervisor)
    assert not Offender.objects.get(pk=person.pk).is_restricted
    assert Restriction.objects.get().status == "proposed"


def test_the_database_refuses_what_one_person_decides_alone(person, supervisor, second_supervisor):
    proposal = propose(person, supervisor)
    rows = Restriction.objects.filter(pk=proposal.pk)
    for change in (
        {"status": "agreed", "decided_by": supervisor, "decided_at": timezone.now()},
        {"status": "agreed"},
        {"status": "refused", "decided_by": second_supervisor, "decided_at": timezone.now()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


def test_who_may_not_see_the_person_may_not_restrict_them(make_offender, make_user, person, supervisor, facilitator):
    elsewhere = make_offender()
    for offender, user in ((elsewhere, supervisor), (person, facilitator)):
        with pytest.raises(PermissionDenied):
            propose(offender, user)


def test_the_pages(person, client, supervisor, second_supervisor, facilitator):
    url, sharing = (reverse(f"offenders:{name}", args=[person.pk]) for name in ("restrict", "sharing"))
    client.force_login(facilitator)
    assert client.get(url).status_code == 403
    client.force_login(supervisor)
    assert client.post(url, {"people": "nobody@example.com", "reason": "x"}).status_code == 422
    assert client.post(url, {"people": facilitator.email.upper(), "reason": "A cousin"}).status_code == 302
    agree, refuse = (
        reverse(f"offenders:restriction_{verb}", args=[Restriction.objects.get().pk]) for verb in ("agree", "refuse")
    )
    assert "You proposed this" in client.get(sharing).content.decode()
    assert client.get(agree).status_code == 403
    home = client.get("/").content.decode()
    assert "Nothing waits for your decision" in home

    client.force_login(facilitator)
    assert "A cousin" not in client.get(sharing).content.decode()
    assert client.get(agree).status_code == 404
    client.force_login(second_supervisor)
    assert "Hiddenname" in client.get("/").content.decode()
    assert "A cousin" in client.get(agree).content.decode()
    assert client.post(refuse, {"reason": ""}).status_code == 422
    assert client.post(agree, {}).url == sharing
    assert client.post(refuse, {"reason": "Late"}).status_code == 302  # and the message says why
    assert "is agreed" in client.get(sharing).content.decode()
    assert "and you are one of the people named" in client.get(sharing).content.decode()
    assert client.post(reverse("offenders:unrestrict", args=[person.pk]), {"reason": "Over"}).status_code == 302
    assert Offender.objects.get(pk=person.pk).is_restricted
    assert "Hiddenname" in client.get("/admin/offenders/restriction/").content.decode()


def test_the_api(person, client, supervisor, second_supervisor, officer):
    client.force_login(supervisor)
    asked = {"offender": str(person.pk), "what": "restrict", "people": "", "reason": "A cousin"}
    made = client.post("/api/v1/restrictions/", asked, content_type="application/json")
    assert (made.status_code, made.json()["steps"]) == (201, [])
    url = f"/api/v1/restrictions/{made.json()['id']}/"
    assert client.post(f"{url}agree/", {}, content_type="application/json").status_code == 403
    assert client.post("/api/v1/restrictions/", asked, content_type="application/json").status_code == 400
    client.force_login(officer)
    assert client.get(url).status_code == 403
    client.force_login(second_supervisor)
    assert client.get(url).json()["steps"] == ["agree", "refuse"]
    assert client.post(f"{url}agree/", {}, content_type="application/json").json()["status"] == "agreed"
    late = client.post(f"{url}refuse/", {"reason": "x"}, content_type="application/json")
    assert (late.status_code, late.json()["code"]) == (409, "too_late")


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_holds(person, supervisor, second_supervisor, third):
    for _ in range(3):
        proposal = propose(person, supervisor, users=[second_supervisor, third])
        barrier, results = threading.Barrier(2), {}

        def decide(pk, user, verb, proposal=proposal, barrier=barrier, results=results):
            try:
                barrier.wait()
                getattr(Restriction.objects.get(pk=proposal.pk), verb)(by=User.objects.get(pk=pk), reason="Well")
                results[verb] = ""
            except IllegalStep as error:
                results[verb] = str(error)
            finally:
                connection.close()

        jobs = [
            threading.Thread(target=decide, args=(user.pk, user, verb))
            for user, verb in ((second_supervisor, "agree"), (third, "refuse"))
        ]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        assert (
            len([told for told in results.values() if "You cannot" in told]) == 1 == len(set(results.values()) & {""})
        )
        proposal.refresh_from_db()
        person.refresh_from_db()
        assert person.is_restricted == (proposal.status == "agreed") == (results["agree"] == "")
        if person.is_restricted:
            propose(person, supervisor, END).agree(by=second_supervisor)


# to whoever is not named


def test_a_restricted_person_is_nowhere(person, client, restrict, facilitator, officer, supervisor, make_case):
    case = make_case()  # someone else, so that the lists are not empty
    note = Note.write(
        person, by=facilitator, kind="visit", text="Zebedee was in", happened_at=timezone.now(), category="general",
        matters=person.matters,
    )  # fmt: skip
    theirs, referral = person.cases.get(), person.referrals.get()
    client.force_login(facilitator)
    pages = [
        "/", "/o2r/", "/referrals/", "/o2r/placements/", "/o2r/follow-ups/", "/o2r/to-assess/",
        *(f"/people/{person.pk}/{tab}" for tab in ("", "timeline/", "sharing/", "restrict/", "add/alias/")),
        note.get_absolute_url(), theirs.get_absolute_url(), referral.get_absolute_url(),
        *(f"/api/v1/{name}/" for name in ("referrals", "cases", "placements", "follow-ups")),
        f"/api/v1/offenders/{person.pk}/", f"/api/v1/cases/{theirs.pk}/", f"/api/v1/referrals/{referral.pk}/",
        f"/api/v1/entries/?offender={person.pk}",
    ]  # fmt: skip
    before = " ".join(client.get(page).content.decode() for page in pages)
    assert "Hiddenname" in before
    restrict(person)
    for page in pages:
        text = client.get(page).content.decode()
        assert not re.search(rf"Hiddenname|Zebedee|{person.reference}|{referral.reference}|{PNC}", text), page
    for page in pages[6:]:
        if str(case.pk) not in page and "/api/v1/" not in page:
            assert client.get(page).status_code == 404, page
    for typed in ("Hiddenname", "Zebedee Hiddenname 2 May 1985", "07700 900123", referral.reference):
        found = client.post("/people/search/", {"q": typed}).content.decode()
        assert "Zebedee" not in found.replace(typed, "")
        assert "Restricted" not in found
        answer = client.post("/api/v1/offenders/search/", {"q": typed}, content_type="application/json").json()
        assert answer == {"results": [], "known": [], "restricted": [], "more": False, "opens": None}
    assert client.post("/referrals/new/", {"offender": str(person.pk)}).status_code == 404
    client.force_login(supervisor)
    assert "Hiddenname" in client.get("/referrals/").content.decode()


def test_their_address_answers_as_one_that_never_was(person, client, restrict, facilitator):
    restrict(person)
    client.force_login(facilitator)
    never = "0" * 8 + str(person.pk)[8:]
    for page in ("/people/{}/", "/people/amend/person/{}/", "/people/{}/restrict/", "/api/v1/offenders/{}/"):
        answers = []
        for pk in (str(person.pk), never):
            response = client.get(page.format(pk))
            body = re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{64}", b"", response.content)  # the request's own id
            answers.append((response.status_code, body, sorted(response.headers)))
        assert answers[0] == answers[1]


@pytest.mark.parametrize("typed", ["Zebedee Hiddenname", "Hiddenname 2 May 1985", "07700 900123"])
def test_a_search_by_name_does_the_same_for_restricted_and_nobody(person, restrict, officer, facilitator, typed):
    def asked(user, text):
        with CaptureQueriesContext(connection) as queries:
            found = search(user, text)
        return len(queries), found

    restrict(person)
    for user in (officer, facilitator):
        search(user, "Somebody")  # what is asked once, of the user
        hidden = asked(user, typed)
        nobody = asked(user, typed.replace("Hiddenname", "Qwxyzzyton").replace("900123", "900987"))
        assert hidden == nobody
    with CaptureQueriesContext(connection) as hidden:
        assert likely_matches(officer, "Zebedee", "Hiddenname", BORN) == []
    with CaptureQueriesContext(connection) as nobody:
        assert likely_matches(officer, "Wilhelmina", "Qwxyzzyton", BORN) == []
    assert len(hidden) == len(nobody)


# the stub


def test_a_whole_number_gives_the_stub_to_whoever_has_cause(
    person, restrict, officer, facilitator, supervisor, cgl_worker, provider, make_user, cranstoun
):
    restrict(person)
    stub = Restricted(("Ama Supervisor, Offender to Rehab team", "Ama Second, Offender to Rehab team"))
    for typed in (PNC, f"PNC {PNC.lower()}", person.reference):
        assert [set(one.contact) for one in search(officer, typed).restricted] == [set(stub.contact)]
    assert Event.objects.filter(verb="offender.restricted", by=officer, offenders=[person.pk]).count() == 3
    # not the number of the health service, for those who may not search by it; nor with anything beside it
    for typed in (NHS, f"Hiddenname {PNC}", PNC[:-1], "07700 900123"):
        assert search(officer, typed).restricted == []
    # nor to those without cause, nor instead of the person to those named
    for user in (cgl_worker, provider, make_user("cranstoun_worker", cranstoun)):
        assert search(user, PNC).restricted == []
    assert search(supervisor, PNC).rows == [person]
    assert search(supervisor, PNC).restricted == []


def test_whose_team_works_with_the_person_has_cause(person, restrict, facilitator, cgl, cgl_worker):
    person.cases.get().share(by=facilitator, agency=cgl)
    restrict(person)
    assert len(search(cgl_worker, PNC).restricted) == 1
    assert len(search(cgl_worker, NHS).restricted) == 1
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    person.involvements.filter(agency=cgl).update(valid_from=yesterday, valid_to=yesterday)
    assert search(cgl_worker, PNC).restricted == []


def test_the_stub_on_pages_and_api_names_whom_to_ask_and_nobody_else(person, restrict, client, officer):
    restrict(person)
    client.force_login(officer)
    page = client.post("/people/search/", {"q": PNC}).content.decode()
    assert "Ask Ama S" in page
    assert not re.search(rf"Hiddenname|Zebedee|{person.reference}|{person.pk}|1985", page)
    answer = client.post("/api/v1/offenders/search/", {"q": PNC}, content_type="application/json").json()
    assert [list(one) for one in answer["restricted"]] == [["contact"]]


def test_nobody_is_added_again_under_the_number_of_someone_restricted(person, restrict, client, officer):
    restrict(person)
    client.force_login(officer)
    who = {"given_names": "Robin", "family_name": "Newcomer", "age": "30", "pnc": PNC}
    for pathway, then in (("o2r", "why"), ("divert", "happened")):
        first = client.get("/referrals/new/", {"pathway": pathway}).url
        at = first.partition("who/")[0]
        assert client.post(first, who | {"pnc": "12/3"}).status_code == 422
        assert client.post(first, who).status_code == 302
        page = client.get(f"{at}match/").content.decode()
        assert "Do not add a new record" in page
        assert "Zebedee" not in page
        assert client.get(f"{at}{then}/").url == f"{at}match/"
    asked = who | {"source": "officer", "funds_addiction": "yes", "is_new_person": True}
    refused = client.post("/api/v1/referrals/", asked, content_type="application/json")
    assert (refused.status_code, refused.json()["fields"].keys()) == (400, {"pnc"})
    assert Event.objects.naming(person).filter(verb="offender.restricted").count() == 3  # the page's and the API's
    assert not Referral.objects.filter(offender__family_name="Newcomer").exists()
    assert restricted(officer, [("pnc", "2001/0000001A")]) == []


def test_the_number_of_someone_new_is_kept(client, officer):
    client.force_login(officer)
    asked = {"given_names": "Robin", "family_name": "Newcomer", "age": 30, "pnc": PNC, "source": "officer",
             "funds_addiction": "yes", "offending_area": "E08000025"}  # fmt: skip
    made = client.post("/api/v1/referrals/", asked, content_type="application/json")
    assert made.status_code == 201, made.json()
    assert Identifier.objects.get().value == PNC
