"""Documents: who reads them, how they are added, downloaded, amended and removed, and that nothing is left behind."""

from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from offenders.amend import amend
from offenders.documents import store
from offenders.documents.models import Document, plain_name
from offenders.merge import merge
from offenders.models import Entry
from offenders.workflow import TooLate
from partners.audit.models import Event

pytestmark = pytest.mark.django_db


def sent(content=b"Dear Sam", name="letter.txt", **answers):
    """What the form sends."""
    return {
        "file": SimpleUploadedFile(name, content), "kind": "letter", "category": "general", "shared_with": "everyone",
    } | answers  # fmt: skip


def on_disk():
    return {path.name for path in store.files()}


def body(response):
    return b"".join(response.streaming_content)


# adding


def test_a_document_is_added_by_page_and_is_on_the_timeline_and_in_the_record(client, make_case, facilitator):
    case = make_case()
    client.force_login(facilitator)
    response = client.post(reverse("documents:add_to", args=[case.offender_id, case.pk]), sent(title="From the court"))
    assert response.status_code == 302, response.text
    document = Document.objects.get()
    assert response.url == document.get_absolute_url()
    assert (document.title, document.matters, document.content_type) == ("From the court", [case.pk], "text/plain")
    with store.opened(document.stored) as file:
        assert file.read() == b"Dear Sam"
    assert Entry.objects.get(url=document.get_absolute_url()).sentence == "Letter added: From the court"
    event = Event.objects.about(document).get(verb="document.add")
    assert (event.kind, event.offenders) == ("collection", [case.offender_id])


def test_without_a_title_it_takes_the_name_of_the_file(client, make_case, facilitator):
    client.force_login(facilitator)
    address = reverse("documents:add", args=[make_case().offender_id])
    client.post(address, sent(name="../../etc/court \u202etxt.exe.txt"))
    assert Document.objects.get().title == "court txt.exe"


def test_what_is_not_said_is_asked_for_on_the_form(client, make_case, facilitator):
    client.force_login(facilitator)
    response = client.post(reverse("documents:add", args=[make_case().offender_id]), {})
    assert response.status_code == 422
    assert "There is a problem" in response.text
    assert 'enctype="multipart/form-data"' in response.text


def test_a_file_beyond_the_limit_is_refused_with_a_sentence_and_not_kept(client, make_case, facilitator):
    client.force_login(facilitator)
    with mock.patch("offenders.documents.uploads.setting", return_value=[1]):
        response = client.post(reverse("documents:add", args=[make_case().offender_id]), sent(b"a" * 1_000_001))
    assert response.status_code == 422
    assert "This file is larger than" in response.text
    assert not Document.objects.exists()


def test_a_file_that_cannot_be_recorded_is_not_left_on_the_disk(client, make_case, facilitator):
    offender, before = make_case().offender, on_disk()
    client.force_login(facilitator)
    client.raise_request_exception = False
    record = Event.objects.record

    def fail(kind, verb, **more):
        if verb == "document.add":
            raise OSError("no room")
        return record(kind, verb, **more)

    with mock.patch("partners.audit.models.EventQuerySet.record", side_effect=fail):
        assert client.post(reverse("documents:add", args=[offender.pk]), sent()).status_code == 500
    assert not Document.objects.exists()
    assert on_disk() == before


def test_the_same_form_sent_again_adds_one_and_another_file_adds_another(client, make_case, facilitator):
    address = reverse("documents:add", args=[make_case().offender_id])
    client.force_login(facilitator)
    once = "8c2f4b7e-0000-4000-8000-000000000000"
    for content in (b"One", b"One", b"Another"):
        assert client.post(address, sent(content, once=once)).status_code == 302
    assert Document.objects.count() == 2


def test_files_are_taken_at_no_other_address(client, make_case, facilitator):
    case = make_case()
    client.force_login(facilitator)
    note = {"kind": "visit", "text": "Seen", "category": "general", "is_opinion": "fact", "shared_with": "everyone"}
    response = client.post(reverse("offenders:timeline", args=[case.offender_id]), {**note, **sent()})
    assert response.status_code == 400
    assert not case.offender.note_set.exists()


# reading


def test_who_reads_a_document_is_as_with_a_note(
    client, make_case, make_document, facilitator, cgl_worker, officer, make_user, cgl
):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    shared, own = make_document(case), make_document(case, title="Ours", shared=False)
    police = make_document(case, title="Police", category="police")
    for user, reads in ((facilitator, {shared, own, police}), (cgl_worker, {shared}), (officer, set())):
        assert set(Document.objects.visible_to(user)) == reads
        client.force_login(user)
        for document in (shared, own, police):
            for page in ("document", "file"):
                response = client.get(reverse(f"documents:{page}", args=[document.pk]))
                assert response.status_code == (200 if document in reads else 404), (user, document, page)
                if response.streaming:
                    body(response)
    assert not Document.objects.visible_to(make_user("cgl_worker", cgl)).exclude(pk=shared.pk).exists()


def test_a_file_is_downloaded_and_never_shown_in_our_name(client, make_case, make_document, facilitator):
    document = make_document(make_case(), title='Court: "A/B" \u202efdp.exe\r\nX: 1')
    client.force_login(facilitator)
    response = client.get(reverse("documents:file", args=[document.pk]))
    assert body(response) == b"Dear Sam"
    assert response["Content-Disposition"] == 'attachment; filename="Court A B fdp.exe X 1.txt"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    event = Event.objects.about(document).get(verb="document.download")
    assert (event.kind, event.by, event.offenders) == ("consultation", facilitator, [document.offender_id])


def test_a_file_missing_from_the_disk_is_said_and_no_fault(client, make_case, make_document, facilitator):
    document = make_document(make_case())
    store.remove(document.stored)
    client.force_login(facilitator)
    response = client.get(reverse("documents:file", args=[document.pk]), follow=True)
    assert "This file is missing" in response.text
    assert client.get(reverse("api:document-file", args=[document.pk])).status_code == 409


def test_the_list_costs_the_same_for_one_and_for_fifty(
    client, make_case, make_document, facilitator, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    case = make_case()
    client.force_login(facilitator)
    addresses = [
        reverse("documents:of_person", args=[case.offender_id]), reverse("rehab:case_documents", args=[case.pk]),
        f"{reverse('api:document-list')}?offender={case.offender_id}",
    ]  # fmt: skip
    make_document(case)
    counts = []
    for more in (0, 49):
        for _ in range(more):
            make_document(case)
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]


def test_a_document_goes_where_its_person_is_merged_to(make_case, make_referral, make_document, supervisor):
    kept, gone = make_case(), make_referral("accepted", referred_on=timezone.localdate())
    make_document(gone)
    merge(kept.offender, gone.offender, choices={}, by=supervisor, reason="One person")
    make_document(gone)  # added for who is gone a moment after: it goes to the one kept too
    assert Document.objects.filter(offender=kept.offender).count() == 2


# changing


def test_who_may_read_a_document_is_amended_with_a_reason(make_case, make_document, facilitator, cgl_worker, cgl):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    document = make_document(case)
    amend(document, {"matters": [], "title": "Renamed"}, by=facilitator, reason="Names a colleague")
    assert not Document.objects.visible_to(cgl_worker).exists()
    line = Entry.objects.get(url=document.get_absolute_url(), kind="record")
    assert (line.sentence, line.matters) == ("Letter added: Renamed", [])


def test_only_its_author_or_a_supervisor_removes_a_file(
    client, make_case, make_document, facilitator, supervisor, make_user, police, team
):
    colleague = make_user("facilitator", police, team)
    case = make_case()
    for user, may in ((colleague, False), (facilitator, True), (supervisor, True)):
        document = make_document(case)
        client.force_login(user)
        response = client.post(reverse("documents:remove", args=[document.pk]), {"reason": "Of another person"})
        assert response.status_code == (302 if may else 403)


def test_a_removed_file_is_gone_and_why_stays(
    client, make_case, make_document, facilitator, django_capture_on_commit_callbacks
):
    document = make_document(make_case())
    client.force_login(facilitator)
    address = reverse("documents:remove", args=[document.pk])
    assert client.post(address, {}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"reason": "Of another person"})
    assert document.stored not in on_disk()
    page = client.get(document.get_absolute_url())
    assert "Of another person" in page.text
    assert "Download" not in page.text
    assert client.get(reverse("documents:file", args=[document.pk])).status_code == 302
    assert Event.objects.about(document).get(verb="document.remove").reason == "Of another person"
    document.refresh_from_db()
    with pytest.raises(TooLate):
        document.remove(by=facilitator, reason="Again")


def test_no_file_is_removed_under_a_legal_hold(client, make_case, make_document, facilitator):
    document, agency = make_document(make_case()), facilitator.membership.agency
    hold = document.offender.holds.create(by=facilitator, agency=agency, reason="An inquest", reference="I 12")
    client.force_login(facilitator)
    address, answers = reverse("documents:remove", args=[document.pk]), {"reason": "Of another person"}
    response = client.post(address, answers)
    assert response.status_code == 422
    assert "A legal hold stands" in response.text
    assert document.stored in on_disk()
    type(hold).objects.filter(pk=hold.pk).update(
        status="lifted", lifted_by=facilitator, lifted_at=timezone.now(), lifted_why="It is over"
    )
    assert client.post(address, answers).status_code == 302


def test_a_file_that_is_gone_is_not_said_to_be_there_again(make_case, make_document, facilitator):
    document = make_document(make_case())
    document.remove(by=facilitator, reason="Of another person")
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(status="clean", removed_by=None, removed_at=None, removed_why="")


def test_an_emergency_shows_documents_and_takes_none(client, make_case, make_document, make_user, make_agency, officer):
    from offenders.models import EmergencyAccess, Involvement

    case = make_case()
    document = make_document(case)
    elsewhere = make_agency("police")
    other = make_user("facilitator", elsewhere)
    assert not Involvement.objects.filter(agency=elsewhere).exists()
    EmergencyAccess.open(case.offender, by=other, reason="Collapsed")
    client.force_login(other)
    assert client.post(reverse("documents:add", args=[case.offender_id]), sent()).status_code == 403
    assert document.agency_id != elsewhere.pk


# over the API


def test_the_api_takes_a_file_lists_it_and_gives_it_back(client, make_case, facilitator):
    case = make_case()
    client.force_login(facilitator)
    response = client.post(
        reverse("api:document-list"), sent(title="A form", offender=str(case.offender_id), matter=str(case.pk))
    )
    assert response.status_code == 201, response.text
    told = response.json()
    assert (told["title"], told["content_type"], told["status"]) == ("A form", "text/plain", "unscanned")
    listed = client.get(reverse("api:document-list"), {"offender": case.offender_id}).json()["results"]
    assert [row["id"] for row in listed] == [told["id"]]
    assert body(client.get(reverse("api:document-file", args=[told["id"]]))) == b"Dear Sam"
    patched = client.patch(
        reverse("api:document-detail", args=[told["id"]]), {"title": "B", "reason": "Misread"}, "application/json"
    )
    assert patched.json()["title"] == "B"
    removed = client.post(
        reverse("api:document-step", args=[told["id"], "remove"]), {"reason": "Wrong"}, "application/json"
    )
    assert removed.json()["status"] == "removed"


def test_the_api_does_a_thing_once_for_its_key_and_refuses_the_key_for_another_file(client, make_case, facilitator):
    case = make_case()
    client.force_login(facilitator)

    def send(content):
        answers = sent(content, offender=str(case.offender_id))
        return client.post(reverse("api:document-list"), answers, headers={"Idempotency-Key": "one"})

    assert [send(b"One").status_code, send(b"One").status_code, send(b"Two").status_code] == [201, 201, 422]
    assert Document.objects.count() == 1


def test_the_api_refuses_what_is_no_form_of_its_own(client, make_case, facilitator):
    client.force_login(facilitator)
    address = reverse("api:document-list")
    assert client.post(address, {"offender": "x"}, "application/json").status_code == 400
    assert client.post(address, sent(surprise="1")).status_code == 400
    offender = make_case().offender
    assert client.post(address, sent(offender=str(offender.pk), matter=str(offender.pk))).status_code == 400
    assert not Document.objects.exists()


# the folder


def test_files_of_no_document_are_found_and_deleted_when_asked(make_case, make_document, capsys):
    import os

    document, stray, young = make_document(make_case()), store.keep(b"Left behind"), store.keep(b"Just now")
    path = next(path for path in store.files() if path.name == stray)
    os.utime(path, (timezone.now().timestamp() - 7200,) * 2)
    call_command("check_files")
    assert stray in capsys.readouterr().out
    assert {stray, young, document.stored} <= on_disk()
    call_command("check_files", remove=True)
    assert stray not in on_disk()
    assert {young, document.stored} <= on_disk()
    store.remove(document.stored)
    call_command("check_files")
    assert f"Without its file: document {document.pk}" in capsys.readouterr().out


def test_files_lie_where_only_the_server_reads_them(make_case, make_document):
    document = make_document(make_case())
    path = next(path for path in store.files() if path.name == document.stored)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("letter", "letter"), ("../../etc/passwd", "etc passwd"), ("a\u202egnp.exe", "a gnp.exe"), (" . ", ""),
        ("a\0b\nc", "a b c"), ("CON<>|", "CON"), ("é" * 200, "é" * 100), ("\ud800x", "x"),
    ],
)  # fmt: skip
def test_a_name_is_what_it_looks_like(said, name):
    assert plain_name(said) == name
