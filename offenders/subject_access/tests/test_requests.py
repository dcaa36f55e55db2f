"""From the request to the answer: who is told what, and what waits for a person to read it."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.tests.pdf import text_of
from offenders.merge import merge, review, unmerge
from offenders.models import Identifier, Note
from offenders.subject_access.answer import answer
from offenders.subject_access.compile import clear, compile_request
from offenders.subject_access.models import KEPT, SubjectLine, SubjectRequest
from offenders.workflow import IllegalStep
from partners.audit.models import Event

TODAY = timezone.localdate()


@pytest.fixture
def auditor(make_user, police):
    return make_user("auditor", police, family_name="Auditor")


@pytest.fixture
def case(make_case, facilitator, cgl):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    return case


def write(person, by, text, category="general", matters=()):
    return Note.write(
        person, by=by, kind="visit", text=text, happened_at=timezone.now(), category=category, matters=matters
    )


@pytest.fixture
def ask(auditor, case):
    def ask(until="received", *, by=None, person=None, asked_on=TODAY):
        by = by or auditor
        person = person or case.offender
        asked = SubjectRequest.receive(person, by=by, asked_on=asked_on, how="post", answer_to="12 Long Lane")
        if until != "received":
            asked.identify(by=by, identity="Passport", on=asked_on)
        if until == "to_review":
            asked.compile(by=by)
            compile_request(asked.pk)
            asked.refresh_from_db()
        return asked

    return ask


def texts(asked):
    return {line.words for line in asked.lines.all() if line.words}


def test_the_time_runs_from_the_day_it_is_known_who_they_are(ask, auditor):
    asked = ask(asked_on=TODAY - dt.timedelta(days=40))
    assert asked.is_overdue
    asked.identify(by=auditor, identity="Passport", on=TODAY - dt.timedelta(days=1))
    assert asked.due_on == TODAY + dt.timedelta(days=29)
    assert not asked.is_overdue


def test_nothing_is_brought_together_before_it_is_known_who_asks(ask, auditor):
    asked = ask()
    with pytest.raises(IllegalStep):
        asked.compile(by=auditor)
    with pytest.raises(IntegrityError, match="nothing_is_told_before"), transaction.atomic():
        SubjectRequest.objects.update(status="to_review")


def test_an_agency_tells_what_it_wrote_and_names_who_else_holds_something(ask, case, facilitator, cgl_worker, cgl):
    write(case.offender, facilitator, "Seen with his sister Ann", matters=[case.pk])
    write(case.offender, cgl_worker, "Started on a script", "health", matters=[case.pk])
    asked = ask("to_review")
    said = " ".join(texts(asked))
    assert "Seen with his sister Ann" in said
    assert "script" not in said
    assert asked.status == "to_review"
    assert asked.parts_done == asked.parts

    told = answer(asked, by=facilitator)
    others = next(section for section in told.sections if section.heading == "Who else holds something")
    assert [row.label for row in others.rows] == [cgl.name]
    assert any("Part 3" in words for words in told.opening)


def test_treatment_tells_under_the_general_regulation_and_knows_no_markers(ask, case, make_user, cgl, cgl_worker):

    case.offender.markers.create(kind="violent", detail="Known to carry", valid_from=TODAY)
    write(case.offender, cgl_worker, "Started on a script", "health", matters=[case.pk])
    officer = make_user("auditor", cgl)
    asked = ask("to_review", by=officer)
    assert any("General Data Protection" in words for words in answer(asked, by=officer).opening)
    assert any("script" in words for words in texts(asked))
    assert not any("carry" in words for words in texts(asked))


def test_the_police_do_not_tell_the_health_number_that_they_do_not_read(ask, case):
    Identifier.objects.create(offender=case.offender, kind="nhs", value="9434765919")
    Identifier.objects.create(offender=case.offender, kind="pnc", value="1999/1234567B")
    facts = str([line.facts for line in ask("to_review").lines.all()])
    assert "1999/1234567B" in facts
    assert "9434765919" not in facts


def test_no_member_of_staff_is_named_and_who_looked_is_told_by_role(ask, case, facilitator, client):
    client.force_login(facilitator)
    client.get(f"/people/{case.offender.pk}/")
    lines = list(ask("to_review").lines.all())
    assert "Facilitator" not in str([(line.words, line.facts) for line in lines if line.section != "Who has looked"])
    assert "O2R facilitator" in lines[-1].words
    assert lines[-1].status == "held"  # it may tell of what is looked into


def test_words_are_held_back_until_someone_read_them(ask, case, facilitator, auditor):

    write(case.offender, facilitator, "Seen with his sister Ann", matters=[case.pk])
    asked = ask("to_review")
    line = asked.lines.get(what="Note")
    assert line.status == "held"
    assert "sister" not in str(answer(asked, by=auditor))
    with pytest.raises(ValidationError, match="to be decided on"):
        asked.send(by=auditor, sent_how="post")
    with pytest.raises(IntegrityError, match="to be decided"), transaction.atomic():
        SubjectRequest.objects.update(status="sent", ended_on=TODAY, ended_by=auditor, sent_how="post")
    line.redact(by=auditor, told="Text: Seen with […]", why="It names his sister")
    assert "sister" not in str(answer(asked, by=auditor))
    assert "Seen with […]" in str(answer(asked, by=auditor))
    line.withhold(by=auditor, why="All of it is about his sister")
    assert line.told == ""
    assert "Visit" not in str(answer(asked, by=auditor).sections)  # nor the facts beside them
    line.release(by=auditor)
    assert "Seen with his sister Ann" in str(answer(asked, by=auditor))


def test_why_a_text_is_left_out_is_not_in_the_record(ask, case, facilitator, auditor):
    write(case.offender, facilitator, "Seen", matters=[case.pk])
    line = ask("to_review").lines.get(what="Note")
    line.withhold(by=auditor, why="All of it is about his sister")
    event = Event.objects.about(line).get(verb="subjectline.withhold")
    assert (event.offenders, event.reason) == ([case.offender_id], "")


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"status": "withheld"}, "subject_line_decided_says_by_whom|words_left_out_say_why"),
        ({"told": "A part"}, "words_told_in_part_say_which"),
        ({"why": "Because"}, "words_left_out_say_why"),
    ],
)
def test_what_is_decided_is_said_whole(ask, case, facilitator, wrong, constraint):
    write(case.offender, facilitator, "Seen", matters=[case.pk])
    asked = ask("to_review")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        asked.lines.filter(what="Note").update(**wrong)


def decide_all(asked, by):
    for line in asked.lines.held():
        line.release(by=by)


def test_the_answer_is_a_disclosure_and_is_cleared_some_time_after(ask, auditor):
    asked = ask("to_review")
    decide_all(asked, auditor)
    asked.send(by=auditor, sent_how="post")
    event = Event.objects.about(asked).get(verb="subjectrequest.answer")
    assert (event.kind, event.detail["to"], event.offenders) == ("disclosure", "the person", [asked.offender_id])
    with pytest.raises(PermissionDenied):
        asked.lines.first().withhold(by=auditor, why="Too late")
    assert clear(TODAY + KEPT) == 0
    assert clear(TODAY + KEPT + dt.timedelta(days=1)) == 1
    assert not SubjectLine.objects.exists()
    assert Event.objects.about(asked).get(kind="erasure").offenders == [asked.offender_id]
    assert clear(TODAY + KEPT + dt.timedelta(days=2)) == 0


def test_a_refusal_says_why(ask, auditor):
    asked = ask()
    asked.refuse(by=auditor, reason="It was never confirmed who asked")
    assert (asked.status, asked.refusal) == ("refused", "It was never confirmed who asked")
    with pytest.raises(IntegrityError, match="ended_subject_request"), transaction.atomic():
        SubjectRequest.objects.update(refusal="")
    ask()  # who was refused may ask again


def test_one_asks_once_at_a_time(ask):
    ask()
    with pytest.raises(ValidationError, match="asked already"):
        ask()


def test_it_is_for_the_agency_that_was_asked(ask, make_user, cgl, auditor, facilitator):
    asked = ask()
    other = make_user("auditor", cgl)
    assert not SubjectRequest.objects.visible_to(other).exists()
    assert not SubjectRequest.objects.visible_to(facilitator).exists()
    with pytest.raises(PermissionDenied):
        asked.refuse(by=other, reason="Not ours")


def test_of_a_restricted_person_only_who_is_named_answers(ask, case, restrict, facilitator, auditor, signed_in):
    asked = ask()
    restrict(case.offender, facilitator)
    assert not SubjectRequest.objects.visible_to(auditor).exists()
    asked.delete()
    said = {"person": case.offender.reference, "asked_on": str(TODAY), "how": "post", "answer_to": "Home"}
    page = signed_in(auditor).post("/subject-access/new/", said)
    assert page.status_code == 422
    assert "restricted to named people" in page.content.decode()
    assert Event.objects.filter(verb="offender.restricted", by=auditor).exists()


def test_a_request_of_a_merged_record_is_of_the_person_who_is_restricted_since(
    ask, make_referral, supervisor, make_user, police, team, restrict, facilitator, auditor, signed_in
):
    kept, gone = make_referral("submitted").offender, make_referral("submitted").offender
    asked = ask("to_review", person=gone)
    review(merge(kept, gone, choices={}, by=supervisor, reason="One person"), by=make_user("supervisor", police, team))
    assert SubjectRequest.objects.visible_to(auditor).get() == asked
    kept.refresh_from_db()
    restrict(kept, facilitator)
    assert not SubjectRequest.objects.visible_to(auditor).exists()
    assert not SubjectLine.objects.visible_to(auditor).exists()
    assert signed_in(auditor).get(f"/api/v1/subject-requests/{asked.pk}/told/").status_code == 404


def test_what_was_merged_into_them_is_theirs(ask, make_referral, facilitator, supervisor, make_user, police, team):
    kept, gone = make_referral("submitted").offender, make_referral("submitted").offender
    write(gone, facilitator, "Before it was known who he is")
    done = merge(kept, gone, choices={}, by=supervisor, reason="One person")
    review(done, by=make_user("supervisor", police, team))
    kept.refresh_from_db()
    assert any("Before it was known" in words for words in texts(ask("to_review", person=kept)))


def test_brought_together_again_it_is_the_same(ask, case, facilitator):
    write(case.offender, facilitator, "Seen", matters=[case.pk])
    asked = ask("identified")
    SubjectRequest.objects.update(status="compiling", parts=9)
    SubjectLine.objects.create(request=asked, number=1, section="Old", what="Old", status="released")
    compile_request(asked.pk)
    first = list(asked.lines.values_list("section", "what", "number"))
    assert ("Old", "Old", 1) not in first
    compile_request(asked.pk)  # it is done
    assert list(asked.lines.values_list("section", "what", "number")) == first


def test_the_pages(signed_in, case, auditor, facilitator, officer):
    write(case.offender, facilitator, "Seen with his sister Ann", matters=[case.pk])
    client = signed_in(auditor)
    assert "Nobody has asked" in client.get("/subject-access/").content.decode()
    wrong = client.post("/subject-access/new/", {"person": "PN00XX", "how": "post"})
    assert (wrong.status_code, "Nobody has this reference" in wrong.content.decode()) == (422, True)
    said = {"person": case.offender.reference, "asked_on": str(TODAY), "how": "post", "answer_to": "12 Long Lane"}
    at = client.post("/subject-access/new/", said).url
    again = client.post("/subject-access/new/", said)
    assert (again.status_code, "asked already" in again.content.decode()) == (422, True)
    assert "Who asks what is held" in client.get("/").content.decode()
    assert client.post(f"{at}identify/", {"identity": ""}).status_code == 422
    client.post(f"{at}identify/", {"identity": "Passport, seen at the desk"})
    client.post(f"{at}compile/")
    assert "0 of" in client.get(at).content.decode()
    asked = SubjectRequest.objects.get()
    compile_request(asked.pk)
    page = client.get(at).content.decode()
    assert "Review the texts" in page
    assert client.post(f"{at}send/", {"sent_how": "post"}).status_code == 422
    note = asked.lines.get(what="Note")
    shown = client.get(f"/subject-access/texts/{note.pk}/").content.decode()
    assert "Seen with his sister Ann" in shown
    assert Event.objects.about(note).get(verb="subjectline.view").offenders == [case.offender_id]
    whole = {"told": note.words, "why": "His sister"}
    assert client.post(f"/subject-access/texts/{note.pk}/redact/", whole).status_code == 422
    done = client.post(f"/subject-access/texts/{note.pk}/redact/", {"told": "Text: Seen", "why": "His sister"})
    assert done.url.startswith(("/subject-access/texts/", at))
    decide_all(asked, auditor)
    pdf = client.get(f"{at}answer.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert "sister" not in text_of(pdf.content)
    assert "What we hold about you" in text_of(pdf.content)
    told = client.get(f"{at}answer.json").json()
    assert told["agency"] == asked.agency.name
    assert Event.objects.about(asked).filter(verb="subjectrequest.export", by=auditor).count() == 2
    assert client.post(f"{at}send/", {"sent_how": "post"}).status_code == 302
    assert "By post on" in client.get(at).content.decode()
    for address in (at, f"/subject-access/texts/{note.pk}/"):
        assert signed_in(officer).get(address).status_code == 404
    assert signed_in(officer).get("/subject-access/new/").status_code == 403


def test_the_api(signed_in, ask, case, auditor, facilitator):
    write(case.offender, facilitator, "Seen", matters=[case.pk])
    client, asked = signed_in(auditor), ask("to_review")
    shown = client.get(f"/api/v1/subject-requests/{asked.pk}/")
    assert shown.json()["steps"] == ["send", "refuse"]
    (line,) = [row for row in client.get(f"/api/v1/subject-lines/?request={asked.pk}&status=held").json()["results"]
               if row["what"] == "Note"]  # fmt: skip
    one = f"/api/v1/subject-lines/{line['id']}/"
    how = {"content_type": "application/json"}
    headers = {"If-Match": client.get(one)["ETag"], "Idempotency-Key": "1"}
    done = client.post(f"{one}withhold/", {"why": "His sister"}, headers=headers, **how)
    assert (done.status_code, done.json()["status"]) == (200, "withheld")
    again = client.post(f"{one}withhold/", {"why": "His sister"}, headers=headers, **how)
    assert (again.status_code, again.json()) == (200, done.json())
    told = client.get(f"/api/v1/subject-requests/{asked.pk}/told/").json()
    assert told["title"] == "What we hold about you"
    said = {"person": case.offender.reference, "asked_on": str(TODAY), "how": "post", "answer_to": "Home"}
    again = client.post("/api/v1/subject-requests/", said, headers={"Idempotency-Key": "2"}, **how)
    assert (again.status_code, "asked already" in again.json()["detail"]) == (400, True)
    asked.refuse(by=auditor, reason="Not the person")
    assert client.get(f"/api/v1/subject-requests/{asked.pk}/told/").status_code == 404


def test_a_list_of_many_costs_what_one_does(signed_in, ask, auditor, make_case):
    client = signed_in(auditor)
    ask()
    client.get("/subject-access/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/subject-access/")
        counts.append(len(queries))
        for _ in range(4):
            ask(person=make_case().offender)
    assert counts[0] == counts[1]


def test_of_someone_the_agency_never_worked_with_it_holds_nothing(ask, make_user, cranstoun, case):
    other = make_user("auditor", cranstoun)
    with pytest.raises(ValidationError, match="never worked with this person"):
        ask(by=other)
    assert not SubjectRequest.objects.exists()


def test_who_is_asked_about_is_named_once_it_is_known_who_asks(ask, auditor, signed_in):
    asked, browser = ask(), signed_in(auditor)
    assert str(asked.person) not in browser.get(asked.get_absolute_url()).text
    asked.identify(by=auditor, identity="Passport")
    assert str(asked.person) in browser.get(asked.get_absolute_url()).text


def test_that_a_number_was_looked_for_stays_in_the_record_though_nothing_came_of_it(
    case, auditor, restrict, facilitator, signed_in
):
    browser, said = signed_in(auditor), {"person": case.offender.reference, "asked_on": str(TODAY)}
    events = Event.objects.naming(case.offender).filter(by=auditor)
    assert browser.post("/api/v1/subject-requests/", said, content_type="application/json").status_code == 400
    assert events.get().verb == "subjectrequest.find"
    restrict(case.offender, facilitator)
    assert browser.post("/api/v1/subject-requests/", said, content_type="application/json").status_code == 400
    assert events.latest("pk").verb == "offender.restricted"


def test_what_was_merged_and_was_not_one_person_is_told_to_neither(
    ask, make_referral, supervisor, make_user, police, team
):
    kept, gone = make_referral("submitted").offender, make_referral("submitted").offender
    done = merge(kept, gone, choices={}, by=supervisor, reason="One person")
    review(done, by=make_user("supervisor", police, team))
    unmerge(done, by=supervisor, reason="Brothers")
    kept.refresh_from_db()
    for line in ask("to_review", person=kept).lines.all():
        assert gone.reference not in f"{line.facts}"
