"""The ten questions of the record: each answer has what it is asked for, and nothing else."""

import csv
import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.models import EmergencyAccess
from partners.audit.models import Event
from partners.audit.questions import QUESTIONS, QuestionForm, ask
from partners.audit.trial import try_questions

NOW = timezone.now()


@pytest.fixture
def auditor(make_user, police):
    return make_user("auditor", police, family_name="Auditor")


@pytest.fixture
def answer(auditor):
    def answer(name, **said):
        form = QuestionForm({key: str(value) for key, value in said.items()}, question=QUESTIONS[name])
        assert form.is_valid(), form.errors
        rows = ask(form, by=auditor)
        assert all(len(row) == len(QUESTIONS[name].columns) for row in rows)
        return [dict(zip(QUESTIONS[name].columns, row, strict=True)) for row in rows]

    return answer


@pytest.fixture
def see():
    def see(by, *people, verb="offender.view", subject=None, kind="consultation", days_ago=0, **fields):
        subject = subject or (people[0] if people and verb.endswith("view") else None)
        ids = [person.pk for person in people]
        event = Event.objects.record(kind, verb, by=by, offenders=ids, subject=subject, **fields)
        if days_ago:  # the record is not changed: another, of that time, is written
            event.pk, event.at = None, NOW - dt.timedelta(days=days_ago)
            event.save(force_insert=True)
        return event

    return see


def test_who_has_seen_this_person(answer, see, make_offender, officer, facilitator):
    person, other = make_offender(), make_offender()
    see(officer, person)
    see(officer, person, other, verb="offender.list")
    see(facilitator, other)
    rows = answer("who-saw", person=person.reference)
    assert [(row["E-mail address"], row["Records opened"], row["Times shown"]) for row in rows] == [
        (officer.email, 1, 2)
    ]
    gone = answer("who-saw", person=person.pk, since="2020-01-01", until="2020-12-31")
    assert gone == []


def test_who_asked_about_a_person_is_in_their_history(answer, auditor, make_offender):
    person = make_offender()
    answer("who-saw", person=person.reference)
    event = Event.objects.get(verb="audit.question")
    assert (event.by, event.offenders, event.detail["question"]) == (auditor, [person.pk], "who-saw")
    assert "person" not in event.detail["filters"]


def test_whom_a_user_saw(answer, see, make_offender, officer, facilitator):
    person, listed, other = make_offender(), make_offender(), make_offender()
    see(officer, person)
    see(officer, person, listed, verb="offender.list")
    see(facilitator, other)
    rows = {row["Person"]: row for row in answer("what-was-seen", user=officer.email)}
    assert set(rows) == {person.reference, listed.reference}
    assert (rows[person.reference]["Records opened"], rows[person.reference]["Times shown"]) == (1, 2)
    assert rows[listed.reference]["Records opened"] == 0


def test_who_took_what_away(answer, see, make_offender, officer, facilitator):
    person = make_offender()
    see(officer, person, verb="case.export", rows=1)
    see(officer, person, verb="offender.list")
    see(facilitator, person, verb="offender.account", kind="disclosure", to="the person")
    see(facilitator, person, verb="document.download", subject=person)
    rows = answer("what-was-taken")
    assert [(row["E-mail address"], row["For"]) for row in rows] == [
        (facilitator.email, "themselves, as a file"), (facilitator.email, "the person"),
        (officer.email, "themselves, as a file"),
    ]  # fmt: skip
    assert len(answer("what-was-taken", user=officer.email)) == 1


def test_what_was_disclosed_to_an_agency_and_under_what(answer, make_case, facilitator, cgl, police):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    (row,) = answer("what-was-disclosed", agency=cgl.pk)
    assert (row["People"], row["Under"]) == (case.offender.reference, "the O2R agreement")
    assert row["E-mail address"] == facilitator.email
    assert "none: its own work" in {row["Under"] for row in answer("what-was-disclosed", agency=police.pk)}


def test_who_changed_who_may_act(answer, client, make_user, police, officer):
    administrator = make_user("administrator", police)
    client.force_login(administrator)
    client.get("/admin/partners/membership/")
    hat = officer.memberships.get()
    hat.end(by=administrator, reason="Left the force")
    (row,) = answer("roles")
    assert (row["E-mail address"], row["Reason"]) == (administrator.email, "Left the force")
    assert str(officer) in row["Whose"]
    assert "role: officer" in row["Before"]


def test_who_was_refused_what(answer, client, officer, facilitator):
    client.force_login(officer)
    client.get("/audit/")
    (row,) = answer("refused")
    assert (row["E-mail address"], row["What"]) == (officer.email, "the record, list")
    assert answer("refused", user=facilitator.email) == []


def test_whom_anyone_opened_in_an_emergency(answer, make_offender, facilitator):
    EmergencyAccess.objects.create(
        offender=make_offender(), user=facilitator, agency=facilitator.membership.agency, reason="Collapsed",
        opened_at=NOW, closes_at=NOW + dt.timedelta(hours=2),
    )  # fmt: skip
    (row,) = answer("emergencies")
    assert (row["E-mail address"], row["Why"], row["Status"]) == (facilitator.email, "Collapsed", "To be reviewed")
    assert answer("emergencies", until="2020-01-01", since="2019-01-01") == []


def test_who_read_of_people_who_are_restricted(answer, see, make_case, restrict, facilitator, officer):
    case = make_case()
    see(officer, make_case().offender)
    assert answer("restricted") == []
    restrict(case.offender, facilitator)
    see(facilitator, case.offender)
    see(officer, case.offender, verb="offender.restricted")
    rows = {row["E-mail address"]: row for row in answer("restricted")}
    assert (rows[officer.email]["Times shown"], rows[officer.email]["Told only that they are"]) == (0, 1)
    assert rows[facilitator.email]["Times shown"] == 1
    assert {row["Person"] for row in rows.values()} == {case.offender.reference}


def test_who_signed_in_from_an_address(answer, client, officer):
    client.post("/sign-in/", {"username": officer.email, "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    client.post("/sign-in/", {"username": "nobody@throughcare.example", "password": "x"}, REMOTE_ADDR="192.0.2.7")
    client.post("/sign-in/", {"username": officer.email, "password": "wrong"}, REMOTE_ADDR="192.0.2.8")
    rows = answer("signed-in", address="192.0.2.7")
    assert {row["What"] for row in rows} == {"failed to sign in"}
    assert [row["E-mail address"] for row in rows] == ["", officer.email]


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
def test_what_was_shown_after_consent_was_withdrawn(
    how, answer, see, make_case, make_consent, facilitator, police, cgl_worker
):
    offender = make_case().offender
    consent = make_consent(offender, police)
    see(facilitator, offender, days_ago=1)
    assert answer("after-withdrawal", person=offender.reference) == []
    if how == "withdrawn":
        consent.withdraw(by=facilitator, how="phone", reason="Changed their mind")
    else:
        make_consent(offender, police, answer="refused")
    see(facilitator, offender, verb="case.view", subject=offender)
    see(cgl_worker, offender, verb="case.view", subject=offender)
    rows = answer("after-withdrawal", person=offender.reference)
    assert {row["E-mail address"] for row in rows} == {facilitator.email}
    assert all(row["Shown"] >= row["Withdrawn"] for row in rows)


def test_there_are_ten():
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_has_a_page_a_file_and_an_answer_by_the_api(signed_in, auditor, officer, make_offender, police, see, name):
    person = make_offender()
    see(officer, person)
    client, question = signed_in(auditor), QUESTIONS[name]
    said = {"person": person.reference, "user": officer.email, "agency": police.pk, "address": "192.0.2.7"}
    said = {field: said[field] for field in question.asks}
    assert question.title in client.get("/audit/questions/").content.decode()
    before = client.get(f"/audit/questions/{name}/")
    assert (before.status_code, "There is a problem" in before.content.decode()) == (200, False)
    page = client.get(f"/audit/questions/{name}/", said)
    assert page.status_code == 200
    assert person.family_name not in page.content.decode()
    lines = list(csv.reader(io.StringIO(client.get(f"/audit/questions/{name}/export.csv", said).content.decode())))
    assert [cell.lstrip("\ufeff") for cell in lines[0]] == question.columns
    told = client.get(f"/api/v1/audit/questions/{name}/", said).json()
    assert (told["columns"], len(told["rows"])) == (question.columns, len(lines) - 1)
    assert Event.objects.filter(verb="audit.question", by=auditor, detail__question=name).count() >= 3
    assert signed_in(officer).get(f"/audit/questions/{name}/", said).status_code == 403


def test_who_is_asked_about_stands_in_no_address(signed_in, auditor, officer, see, make_offender):
    person, client = make_offender(), signed_in(auditor)
    see(officer, person)
    to = client.post("/audit/questions/who-saw/", {"person": person.reference}).url
    assert person.reference not in to
    page = client.get(to).content.decode()
    assert str(officer) in page
    lines = client.get(to.replace("?", "export.csv?")).content.decode()
    assert officer.email in lines


def test_what_is_wrong_is_said(signed_in, auditor):
    client = signed_in(auditor)
    for said, words in (
        ({"person": "PN00XX"}, "Nobody has this reference"),
        ({"person": ""}, "Enter person"),
        ({"person": "PN00XX", "since": "2026-02-02", "until": "2026-01-01"}, "cannot be before the first"),
    ):
        answer = client.get("/audit/questions/who-saw/", said)
        assert (answer.status_code, words in answer.content.decode()) == (422, True)
        assert client.get("/audit/questions/who-saw/export.csv", said).status_code == 400
        assert client.get("/api/v1/audit/questions/who-saw/", said).status_code == 400
    assert client.get("/audit/questions/who-saw/?name=Smith").status_code == 400
    assert client.get("/audit/questions/nothing/").status_code == 404


def test_an_answer_too_long_is_refused_not_cut(signed_in, auditor, officer, see, monkeypatch):
    monkeypatch.setattr("partners.audit.questions.LARGEST_EXPORT", 2)
    for _ in range(3):
        see(officer, kind="refused", verb="404", address="x")
    client = signed_in(auditor)
    assert client.get("/audit/questions/refused/").status_code == 400
    assert client.get("/audit/questions/refused/export.csv").status_code == 400


def test_an_answer_of_many_costs_as_many_queries_as_of_one(answer, see, make_offender, make_user, police, cgl):
    """Of each question that names people or users in its lines."""
    person = make_offender()

    def costs():
        for verb, fields in (
            ("offender.view", {}), ("case.export", {}), ("404", {"kind": "refused", "address": "x"}),
            ("involvement.open", {"kind": "disclosure", "recipient": cgl}),
        ):  # fmt: skip
            see(make_user("officer", police), person, make_offender(), verb=verb, **fields)
        counts = []
        for name, said in (
            ("who-saw", {"person": person.pk}), ("what-was-taken", {}), ("refused", {}),
            ("what-was-disclosed", {"agency": cgl.pk}),
        ):  # fmt: skip
            with CaptureQueriesContext(connection) as queries:
                answer(name, **said)
            counts.append(len(queries))
        return counts

    answer("refused")  # who asks is looked up once
    first = costs()
    for _ in range(4):
        last = costs()
    assert first == last


def test_the_command_asks_as_an_auditor(auditor, officer, see, make_offender):
    person = make_offender()
    see(officer, person)
    out = io.StringIO()
    call_command("ask_record", "who-saw", by=auditor.email, person=person.reference, stdout=out)
    assert officer.email in out.getvalue()
    assert Event.objects.get(verb="audit.question").by == auditor
    with pytest.raises(CommandError, match="may not read"):
        call_command("ask_record", "refused", by=officer.email)
    with pytest.raises(CommandError, match="Nobody has"):
        call_command("ask_record", "who-saw", by=auditor.email, person="PN1")


def test_each_is_timed(db):
    timings = list(try_questions(500, say=lambda words: None))
    assert [timing.question for timing in timings] == list(QUESTIONS)
    assert {timing.question for timing in timings if timing.lines} >= {"who-saw", "what-was-seen", "signed-in"}
    assert str(timings[0]._replace(seconds=61)).endswith("SLOW")
