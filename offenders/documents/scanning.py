"""Viruses, as the ClamAV beside us finds them."""

from clamav_client.scanner import ClamdScanner
from django.conf import settings

from offenders.workflow import IllegalStep

from . import store
from .models import Document
from .workflow import UNCHECKED

SECONDS = 60


class NoAnswer(Exception):
    """The scanner did not say whether a file is clean."""


def scan(pk):
    """Have this document's file scanned, and say so on it; of one that is gone meanwhile nothing. May be done twice.

    Raises NoAnswer, or whatever kept the scanner from answering, and then it stands as before.
    """
    document = Document.objects.filter(pk=pk, status__in=UNCHECKED).select_related("by").first()
    if document is None:
        return
    scanner = ClamdScanner({"address": settings.CLAMAV, "timeout": SECONDS})
    with store.opened(document.stored) as file:
        state, found = scanner.client.instream(file).get("stream", ("", ""))
    try:
        if state == "OK":
            document.clear()
        elif state == "FOUND":
            document.refuse(found=found or "a virus")
        else:
            raise NoAnswer(found)
    except IllegalStep:  # it was removed while it was scanned
        pass
