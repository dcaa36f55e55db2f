"""What the worker does with a message: send it once, and later ask what became of it."""

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone

from partners.audit.models import Event

from .models import Notice
from .senders import Refused, Unreachable, sender

MOST = 7  # attempts to send one message
ASKED_FOR = dt.timedelta(days=4)  # a phone may be off for three before Notify gives up
Status = Notice.Status
logger = logging.getLogger(__name__)


class TryAgain(Exception):
    """The message is to be tried again later."""


def deliver(pk):
    """Send this message if it is still to be sent; raises TryAgain where that is to be tried again.

    Twice is never: its row is locked while the provider is asked, and that it is about to be is committed before. So
    one that is marked and not locked was left by a worker that died: the provider is asked whether it has it.
    """
    with transaction.atomic():
        notice = _locked(pk)
        if notice is None or notice.status not in (Status.QUEUED, Status.SENDING):
            return
        if notice.attempts >= MOST:
            notice.settle(Status.FAILED, notice.problem or "It could not be sent.")
            return
        now = timezone.now()
        if notice.status == Status.QUEUED and (later := notice.earliest(now)) > now:
            notice.settle(Status.QUEUED, notice.problem, send_at=later)
            notice.schedule()
            return
        attempt = notice.attempts + 1
        notice.settle(Status.SENDING, attempts=attempt)
    with transaction.atomic():
        notice = _locked(pk)
        if (notice.status, notice.attempts) == (Status.SENDING, attempt):  # else another worker took it up
            _hand_over(notice)
    if notice.status == Status.QUEUED:
        raise TryAgain(notice.problem)


def _locked(pk):
    """The message, ours alone; None where there is none. Raises TryAgain while another has it."""
    notice = Notice.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if notice is None and Notice.objects.filter(pk=pk).exists():
        raise TryAgain("Another worker has it.")
    return notice


def _hand_over(notice):
    """Give it to the provider, unless that has it already, after an attempt of which we never heard the end."""
    try:
        carrier = sender()
        provider_id = carrier.find(notice) if notice.attempts > 1 else ""
        if not provider_id and (unwanted := notice.unwanted()):
            notice.settle(Status.UNWANTED, unwanted)
            return
        if not provider_id and (why_not := notice.why_not()):
            notice.settle(Status.WITHHELD, why_not)
            return
        provider_id = provider_id or carrier.send(notice)
    except Refused as error:
        notice.settle(Status.FAILED, str(error))
    except Unreachable as error:
        notice.settle(Status.FAILED if notice.attempts >= MOST else Status.QUEUED, str(error))
    else:
        notice.settle(Status.SENT, provider_id=provider_id, sent_at=timezone.now())
        Event.objects.record(Event.Kind.DISCLOSURE, "notice.send", by=None, subject=notice, offenders=notice.about)


def ask_what_became():
    """Ask the provider about what was sent in the last days and has not arrived or failed yet."""
    carrier, since = sender(), timezone.now() - ASKED_FOR
    for notice in Notice.objects.filter(status=Status.SENT, sent_at__gt=since).order_by("sent_at"):
        try:
            status, problem = carrier.state(notice)
        except (Refused, Unreachable) as error:
            logger.warning("What became of message %s is not known: %s", notice.pk, error)
            continue
        arrived = {"delivered_at": timezone.now()} if status == Status.DELIVERED else {}
        if status != Status.SENT:
            notice.settle(status, problem, **arrived)
