"""The ten most likely misuses by people who work here: each is walked over the pages as they would do it.

Each leaves its mark in the record, and is put before a reviewer, by the rules of offenders/alerts or as an emergency;
and where one of the ten questions of the record is of it, that finds it.
"""

import datetime as dt

import pytest
from django.utils import timezone

from offenders.alerts import rules
from offenders.alerts.models import Alert
from offenders.documents.models import Document
from offenders.models import Consent, EmergencyAccess, Identifier, Note
from partners.audit.models import Event
from partners.audit.questions import QUESTIONS, QuestionForm
from partners.models import Setting

pytestmark = pytest.mark.django_db
PNC = "1999/1234567B"
KIND = Event.Kind
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def auditor(make_user, police):
    """Six people in a day are very many; one at night, or in being refused, is one too few to ask about."""
    Setting.objects.filter(key="alert_people").update(values=[6])
    Setting.objects.filter(key="alert_hours").update(values=[0, 0])
    return make_user("auditor", police, family_name="Auditor")


@pytest.fixture
def theirs(make_case):
    """So many cases, begun lately."""
    return lambda many=1, **fields: [make_case(on=TODAY() - dt.timedelta(days=30), **fields) for _ in range(many)]


@pytest.fixture
def someone(theirs, make_offender, officer):
    """Someone of the O2R team's, with a number to be found by."""
    offender = make_offender(by=officer, given_names="Zebedee", family_name="Farawayname")
    Identifier.objects.create(offender=offender, kind="pnc", value=PNC)
    (case,) = theirs(offender=offender)
    return case


@pytest.fixture
def outsider(make_user, make_agency, make_agreement, police):
    """A facilitator of another force, which has an agreement with ours."""
    agency = make_agency("police")
    make_agreement(police, agency, name="the forces' agreement")
    unit = agency.units.create(name="Elsewhere", kind="team", valid_from=dt.date(2020, 1, 1))
    return make_user("facilitator", agency, unit, family_name="Outsider")


def alerts(user):
    """The rules by which reading of this user is in the queue; each rests on events of theirs."""
    rules.look()
    found = Alert.objects.open().filter(user=user)
    assert all(alert.read.exists() and not alert.read.exclude(by=user).exists() for alert in found)
    return {alert.rule for alert in found}


def marks(user, *kinds, **how):
    return Event.objects.filter(by=user, kind__in=kinds or [KIND.CONSULTATION], **how)


def answers(question, **said):
    form = QuestionForm(said, question=QUESTIONS[question])
    assert form.is_valid(), form.errors
    since = timezone.now() - dt.timedelta(days=2)
    return QUESTIONS[question].answer(form.cleaned_data | {"begins": since, "ends": timezone.now()})


def test_someone_looks_up_their_own_family(signed_in, theirs, make_offender, officer, facilitator):
    """By a search, though they open nobody; and by opening one."""
    brother = make_offender(by=officer, given_names="Josh", family_name="Facilitator")
    theirs(offender=brother)
    client = signed_in(facilitator)
    assert "Josh" in client.post("/people/search/", {"q": "Facilitator"}).content.decode()
    assert marks(facilitator, verb="offender.search", offenders__contains=[brother.pk]).exists()
    assert alerts(facilitator) >= {"namesake"}
    sister = make_offender(by=officer, given_names="Ann", family_name="Officer")
    theirs(offender=sister)
    assert signed_in(officer).get(f"/people/{sister.pk}/").status_code == 200
    assert marks(officer, subject_id=str(sister.pk), offenders__contains=[sister.pk]).exists()
    assert alerts(officer) >= {"namesake"}


def test_someone_reads_very_many_in_a_day(signed_in, theirs, facilitator):
    client, cases = signed_in(facilitator), theirs(7)
    for case in cases:
        assert client.get(f"/people/{case.offender_id}/").status_code == 200
    assert alerts(facilitator) >= {"many"}
    assert {case.offender.reference for case in cases} <= {
        row[0] for row in answers("what-was-seen", user=facilitator.email)
    }


def test_someone_reads_at_night(signed_in, theirs, facilitator):
    Setting.objects.filter(key="alert_hours").update(values=[0, 24])  # whenever the test is run
    for case in theirs(2):
        signed_in(facilitator).get(f"/people/{case.offender_id}/timeline/")
    assert alerts(facilitator) == {"night"}
    assert marks(facilitator).filter(request_id__isnull=False, ip_address__isnull=False).count() >= 2


def test_someone_opens_in_an_emergency_and_reads_on(signed_in, someone, outsider, make_user):
    client, person = signed_in(outsider), someone.offender
    page = client.post("/people/search/", {"q": PNC}).content.decode()
    handle = page.split('name="person" value="')[1].split('"')[0]
    client.post("/people/emergencies/open/", {"person": handle, "reason": "He is unwell in a cell"})
    access = EmergencyAccess.objects.get(user=outsider)
    for path in ("", "timeline/"):
        assert client.get(f"/people/{person.pk}/{path}").status_code == 200
    read = marks(outsider, subject_id=str(person.pk), pk__gt=Event.objects.about(access).earliest("pk").pk)
    assert read.count() >= 2
    reviewer = make_user("supervisor", outsider.membership.agency, outsider.membership.unit)
    assert str(access.pk) in signed_in(reviewer).get("/people/emergencies/").content.decode()
    assert access.reason in {row[6] for row in answers("emergencies")}


def test_someone_searches_for_one_stranger_again_and_again(signed_in, someone, outsider):
    client = signed_in(outsider)
    for _ in range(2):
        assert "Farawayname" in client.post("/people/search/", {"q": PNC}).content.decode()
    assert marks(outsider, verb="offender.search", offenders__contains=[someone.offender_id]).count() == 2
    assert alerts(outsider) == {"no_part"}
    assert outsider.email in str(answers("who-saw", person=someone.offender.reference))


def test_someone_takes_a_whole_list_away(signed_in, theirs, facilitator):
    cases = theirs(3)
    file = signed_in(facilitator).get("/o2r/caseload.csv")
    assert all(case.offender.reference in file.content.decode() for case in cases)
    (event,) = marks(facilitator, verb="case.export")
    assert set(event.offenders) == {case.offender_id for case in cases}
    assert [facilitator.email in map(str, row) for row in answers("what-was-taken", user=facilitator.email)] == [True]
    assert alerts(facilitator) == {"taken"}


def test_someone_takes_documents_of_others_cases(signed_in, theirs, facilitator, make_user, police, team, cgl_worker):
    other = make_user("facilitator", police, team)
    letters = [
        Document.add(
            case.offender, by=facilitator, kind="letter", title="A letter", category="general", content=b"Dear Sam",
            content_type="text/plain", matters=[case.pk],
        )
        for case in theirs(7)
    ]  # fmt: skip

    def takes(user):
        files = [signed_in(user).get(f"/documents/{letter.pk}/file/") for letter in letters]
        assert all(b"Dear Sam" in file.getvalue() for file in files if file.status_code == 200)
        return {file.status_code for file in files}

    assert takes(other) == {200}
    read = {pk for event in marks(other) for pk in event.offenders}
    assert read == {letter.offender_id for letter in letters}
    assert alerts(other) == {"many", "taken"}
    assert takes(cgl_worker) == {404}  # whose agency has no part in them
    assert marks(cgl_worker, KIND.REFUSED).count() == 7
    assert alerts(cgl_worker) == {"refused"}


def test_someone_asks_for_a_restricted_person_by_their_id(
    signed_in, theirs, restrict, facilitator, make_user, police, team
):
    (case,) = theirs()
    restrict(case.offender)
    assert signed_in(facilitator).get(f"/people/{case.offender_id}/").status_code == 404
    (event,) = marks(facilitator, KIND.REFUSED)
    assert event.detail["asked"] == {"pk": str(case.offender_id)}
    assert alerts(facilitator) == {"restricted"}
    assert str(case.offender_id) in str(answers("refused"))


def test_an_administrator_gives_a_role_to_themselves_or_to_a_friend(signed_in, make_user, police, team):
    administrator, friend = make_user("administrator", police), make_user()
    client, role = signed_in(administrator), {"agency": police.pk, "unit": team.pk, "role": "supervisor"}
    for user in (administrator, friend):
        client.post("/admin/partners/membership/add/", role | {"user": user.pk, "valid_from": TODAY().isoformat()})
    assert administrator.memberships.get().role == "administrator"
    given = friend.memberships.get()
    assert Event.objects.about(given).get(verb="membership.add").by == administrator
    assert [administrator.email in map(str, row) for row in answers("roles")].count(True) == 1
    assert alerts(administrator) == {"roles"}


def test_someone_reads_on_after_their_role_or_the_consent_ended(
    signed_in, theirs, facilitator, officer, cgl, cgl_worker
):
    (case,) = theirs()
    case.share(by=facilitator, agency=cgl)
    given = Consent.record(
        case.offender, by=facilitator, purpose="sharing", agency=facilitator.membership.agency, answer="given",
        how="in_words", answered_on=TODAY(), words="Yes",
    )  # fmt: skip
    Note.write(
        case.offender, by=cgl_worker, kind="visit", text="health-note", happened_at=timezone.now(), category="health",
        matters=[case.pk],
    )  # fmt: skip
    client, notes = signed_in(facilitator), f"/people/{case.offender_id}/timeline/"
    assert "health-note" in client.get(notes).content.decode()
    given.withdraw(by=facilitator, how="phone", reason="Changed their mind")
    assert "health-note" not in client.get(notes).content.decode()
    shown = answers("after-withdrawal", person=case.offender.reference)
    assert [facilitator.email in map(str, row) for row in shown].count(True) >= 1
    facilitator.memberships.update(valid_to=TODAY() - dt.timedelta(days=1))
    before = marks(facilitator).count()
    assert client.get(notes)["Location"].startswith("/hats/")
    assert client.get(f"/api/v1/offenders/{case.offender_id}/").status_code == 403
    assert marks(facilitator).count() == before
    assert [event.detail["asked"] for event in marks(facilitator, KIND.REFUSED)] == [{"pk": str(case.offender_id)}] * 2
    assert alerts(facilitator) == {"refused"}
