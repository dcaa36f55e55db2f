"""What the scanner says, by a clamd of our own: it is asked, waited for, believed, and told of."""

import socket
import threading

import pytest
from django.urls import reverse

from offenders.documents import scanning, store
from offenders.documents.models import Document
from offenders.workflow import TooLate
from partners.audit.models import Event
from partners.notices.models import Notice

pytestmark = pytest.mark.django_db
# in two parts, so that no scanner takes this file for what it tests
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def clamd(tmp_path, settings):
    """A clamd that finds EICAR, on a socket; `says` what else it is to answer."""
    path = str(tmp_path / "clamd.ctl")
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen()
    settings.CLAMAV, settings.HOLD_UNSCANNED = path, True

    def serve():
        while True:
            try:
                caller, _ = door.accept()
            except OSError:
                return
            with caller, caller.makefile("rb") as said:
                said.readline() if said.peek(1)[:1] == b"n" else said.read(len(b"zINSTREAM\0"))
                content = b""
                while size := int.from_bytes(said.read(4), "big"):
                    content += said.read(size)
                found = b"Eicar-Test-Signature FOUND" if EICAR in content else b"OK"
                caller.sendall(b"stream: " + (clamd.says or found) + b"\n")

    clamd = threading.Thread(target=serve, daemon=True)
    clamd.says = b""
    clamd.start()
    yield clamd
    door.shutdown(socket.SHUT_RDWR)
    door.close()
    clamd.join()


def test_a_file_is_held_until_it_was_scanned(client, clamd, make_case, make_document, facilitator):
    document = make_document(make_case())
    client.force_login(facilitator)
    assert document.status == "held"
    with pytest.raises(TooLate):
        document.opened()
    assert "Being checked for viruses" in client.get(document.get_absolute_url()).text
    assert client.get(reverse("documents:file", args=[document.pk])).status_code == 302
    assert client.get(reverse("api:document-file", args=[document.pk])).status_code == 409
    scanning.scan(document.pk)
    document.refresh_from_db()
    assert document.status == "clean"
    document.opened().close()
    assert Event.objects.about(document).get(verb="document.clear").by is None


def test_a_virus_is_deleted_and_who_added_it_is_told(
    client, clamd, make_case, make_document, facilitator, django_capture_on_commit_callbacks
):
    document = make_document(make_case(), content=EICAR)
    with django_capture_on_commit_callbacks(execute=True):
        scanning.scan(document.pk)
    document.refresh_from_db()
    assert (document.status, document.found) == ("refused", "Eicar-Test-Signature")
    assert document.stored not in {path.name for path in store.files()}
    notice = Notice.objects.get(for_user=facilitator)
    assert str(document.offender) not in notice.text + notice.subject
    assert document.title not in notice.text
    client.force_login(facilitator)
    assert "Eicar-Test-Signature" in client.get(document.get_absolute_url()).text
    scanning.scan(document.pk)  # asked again, it does nothing


def test_a_scanner_that_does_not_say_leaves_the_file_held(clamd, make_case, make_document):
    document = make_document(make_case())
    clamd.says = b"INSTREAM size limit exceeded. ERROR"
    with pytest.raises(Exception):  # noqa: B017, PT011  (whatever it is, the worker tries again)
        scanning.scan(document.pk)
    document.refresh_from_db()
    assert document.status == "held"


def test_a_scanner_that_is_down_leaves_the_file_held(settings, tmp_path, make_case, make_document):
    settings.CLAMAV = str(tmp_path / "nobody.ctl")
    document = make_document(make_case())
    with pytest.raises(Exception):  # noqa: B017, PT011
        scanning.scan(document.pk)
    document.refresh_from_db()
    assert document.status == "held"


def test_where_the_setting_says_so_a_file_is_read_before_it_was_scanned(settings, clamd, make_case, make_document):
    settings.HOLD_UNSCANNED = False
    document = make_document(make_case())
    assert document.status == "unscanned"
    document.opened().close()
    scanning.scan(document.pk)
    document.refresh_from_db()
    assert document.status == "clean"


def test_the_scan_is_a_job_of_the_same_transaction(clamd, make_case, make_document):
    from procrastinate.contrib.django.models import ProcrastinateJob

    document = make_document(make_case())
    assert ProcrastinateJob.objects.filter(task_name="documents.scan", args={"document": str(document.pk)}).exists()
    assert Document.objects.get().status == "held"
