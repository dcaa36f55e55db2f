"""Who carries messages: a folder in development, GOV.UK Notify where its key is set."""

import logging

from django.conf import settings
from django.utils import timezone

logger = logging.getLogger(__name__)


class Refused(Exception):
    """The provider will never send this message; says why in a sentence."""


class Unreachable(Exception):
    """The provider did not answer, or not now. Whether it has the message is not known."""


def sender():
    """What carries messages here: `send(notice)` returns the provider's id for it; `find(notice)` that of one it has
    already, or ""; `state(notice)` what it knows of one it has: a status and, of one that failed, why.

    They raise Refused or Unreachable.
    """
    if settings.NOTIFY_API_KEY:
        from .notify import Notify

        return Notify()
    return Folder()


class Folder:
    """In development each message is a file in .data/outbox/: nothing leaves the machine."""

    def send(self, notice):
        settings.OUTBOX.mkdir(parents=True, exist_ok=True)
        file = settings.OUTBOX / f"{timezone.localtime():%Y-%m-%d %H.%M.%S} {notice.channel} {notice.pk}.txt"
        heading = f"To: {notice.to}\n" + (f"Subject: {notice.subject}\n" if notice.subject else "")
        file.write_text(f"{heading}\n{notice.body}\n")
        logger.info("A message was written to %s", file)
        return "folder"

    def find(self, notice):
        return "folder" if any(settings.OUTBOX.glob(f"*{notice.pk}.txt")) else ""

    def state(self, notice):
        return notice.Status.DELIVERED, ""
