"""What the worker does for webhooks: goes through the record for each, then tells it, in order, what changed."""

import base64
import datetime as dt
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
from urllib.parse import urlsplit

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from partners.audit.models import Event

from . import changes
from .changes import changes_since, rows_of
from .hooks import KEPT, WAITING, Delivery, Hook

PATIENCE = 10  # seconds for all of one exchange
PAUSES = [dt.timedelta(minutes=n) for n in (1, 5, 30, 120, 360, 720)]  # after an attempt that came to nothing
MOST = len(PAUSES) + 1  # attempts, over some twenty hours
PAGE, PAGES = 100, 20  # changes that are gone through for one hook at one time
AT_A_TIME = 200  # deliveries to one hook before others have their turn
GONE = 410  # the receiver wants no more
RESTORED = "The server was brought back from a copy. End this webhook, make another, and have all rows read anew."
UNICAST = ipaddress.ip_network("2000::/3")  # of IPv6 the open internet; what it tells of IPv4, as NAT64, is elsewhere
Status = Delivery.Status


class NotArrived(Exception):
    """A delivery was not taken; says why in a sentence, and the status that was answered, if one was."""

    def __init__(self, sentence, answer=None):
        super().__init__(sentence)
        self.answer = answer


# what there is to tell


def collect():
    """Write a delivery for each change that a live hook is to be told of. Returns those that something waits for."""
    for pk in Hook.objects.live().values_list("pk", flat=True):
        for _ in range(PAGES):
            if not _collect(pk):
                break
    Delivery.objects.filter(made_at__lt=timezone.now() - KEPT).exclude(status__in=WAITING).delete()
    due = Hook.objects.live().filter(next_at__lte=timezone.now())
    return list(due.filter(pk__in=Delivery.objects.waiting().values("hook")).values_list("pk", flat=True))


@transaction.atomic
def _collect(pk):
    """One page of changes for this hook, which moves on with them. Returns whether there may be more."""
    hook = Hook.objects.live().select_for_update(of=["self"], skip_locked=True).filter(pk=pk).first()
    reader = hook and hook.reader
    if not reader:
        return False
    if hook.at_transaction >= changes.horizon()[1]:
        hook.pause(by=None, reason=RESTORED)
        return False
    since = changes_since(reader, hook.place, size=PAGE, kinds=hook.kinds)
    Delivery.objects.bulk_create(
        Delivery(hook=hook, event_id=change.event, kind=change.kind, row=change.id, what=change.what)
        for change in since.changes
    )
    hook.at_transaction, hook.at_event = since.cursor
    hook.save(update_fields=["at_transaction", "at_event"])
    return since.more


# telling it


def send_waiting(pk):
    """Tell this hook what waits for it, the oldest first, until one does not arrive."""
    for _ in range(AT_A_TIME):
        delivery = (
            Delivery.objects.waiting().filter(hook=pk).order_by("event_id", "id").values_list("pk", flat=True).first()
        )
        if delivery is None or not deliver(delivery):
            return


def deliver(pk):
    """Send this one. Returns whether the next may be sent.

    That it is disclosed is in the record before it is sent, each time that it is: where a worker died, or the answer
    was lost, it is sent again under the same id, and the receiver tells by that.
    """
    with transaction.atomic():
        hook = Hook.objects.live().select_for_update(of=["self"], skip_locked=True).filter(deliveries=pk).first()
        delivery = hook and hook.deliveries.waiting().filter(pk=pk).first()
        reader = hook and hook.reader
        if not (delivery and reader) or hook.next_at > timezone.now():
            return False
        found = rows_of(reader, delivery.kind, [delivery.row])
        if not found:
            delivery.settle(Status.WITHHELD, "The row is gone, or no longer the system's to see.")
            return True
        ((row, shown),) = found
        body = message(delivery, shown)
        delivery.settle(Status.SENDING, attempts=delivery.attempts + 1, tried_at=timezone.now())
        Event.objects.record(
            Event.Kind.DISCLOSURE, "delivery.send", by=reader, subject=delivery, offenders=[row.offender_id],
            recipient=hook.system.agency, host=hook.host, with_row=hook.sends_rows, attempt=delivery.attempts,
        )  # fmt: skip
    try:
        answer = post(hook.url, body, signed(hook, delivery, body))
    except NotArrived as error:
        _did_not_arrive(hook, delivery, error)
        return False
    delivery.settle(Status.DELIVERED, answer=answer)
    return True


@transaction.atomic
def _did_not_arrive(hook, delivery, error):
    """It waits, and all after it; or it is given up."""
    if delivery.attempts < MOST and error.answer != GONE:
        delivery.settle(Status.QUEUED, str(error), answer=error.answer)
        Hook.objects.filter(pk=hook.pk).update(next_at=timezone.now() + PAUSES[delivery.attempts - 1])
    else:
        delivery.settle(Status.FAILED, str(error), answer=error.answer)
        hook.pause(by=None, reason=str(error))


def message(delivery, shown):
    """What is sent: which row changed and how, and where the hook asks for it the row, as it is shown now."""
    data = {
        "kind": delivery.kind, "id": delivery.row,
        "address": f"{settings.SITE_URL}{reverse(f'api:{delivery.kind}-detail', args=[delivery.row])}",
    } | ({"row": shown} if delivery.hook.sends_rows else {})  # fmt: skip
    said = {"type": delivery.what, "timestamp": delivery.event.at.isoformat(), "data": data}
    return json.dumps(said, cls=DjangoJSONEncoder).encode()


def signed(hook, delivery, body):
    """The headers, by Standard Webhooks: who checks the signature knows who sent it, when, and that it is whole."""
    at = int(timezone.now().timestamp())
    text = f"{delivery.pk}.{at}.".encode() + body
    marks = [base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode() for key in hook.keys]
    return {
        "Content-Type": "application/json", "User-Agent": "Throughcare", "Connection": "close",
        "webhook-id": str(delivery.pk), "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }  # fmt: skip


# the exchange


def is_public(text):
    """Whether this IP address is of the open internet: not of this machine, its network, or a tunnel into one."""
    ip = ipaddress.ip_address(text.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    tunnel = ip.version == 6 and (ip not in UNICAST or ip.sixtofour or ip.teredo)
    return ip.is_global and not ip.is_multicast and not tunnel


def connect(host, port):
    """A connection to the address that the name has now, looked up once: what was checked is what is connected to."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotArrived("No address is known for its name.") from None
    if not settings.HOOKS_ANYWHERE and not all(is_public(address[0]) for *_, address in found):
        raise NotArrived("Its name leads to an address that is not of the open internet. Nothing was sent there.")
    kind, *_, address = found[0]
    connection = socket.socket(kind, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE)
    connection.connect(address)
    return connection


def post(url, body, headers):
    """Send it, and return the status that says it was taken. Goes nowhere else, and waits so long and no longer."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https"
    if not (is_safe or settings.HOOKS_ANYWHERE):
        raise NotArrived("It is sent to https:// alone.")
    port = parts.port or (443 if is_safe else 80)
    exchange = http.client.HTTPConnection(parts.hostname, port)
    watch = threading.Timer(PATIENCE, lambda: exchange.sock and exchange.sock.shutdown(socket.SHUT_RDWR))
    watch.daemon = True
    try:
        exchange.sock = connect(parts.hostname, port)
        watch.start()
        if is_safe:
            exchange.sock = ssl.create_default_context().wrap_socket(exchange.sock, server_hostname=parts.hostname)
        exchange.request("POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, headers)
        status = exchange.getresponse().status
    except ssl.SSLCertVerificationError:
        raise NotArrived("Its certificate does not hold for its name.") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise NotArrived(f"It could not be reached, or did not answer within {PATIENCE} seconds.") from None
    finally:
        watch.cancel()
        exchange.close()
    if 300 <= status < 400:
        raise NotArrived(f"It answered {status}, to send us elsewhere. We go to no other address.", status)
    if not 200 <= status < 300:
        raise NotArrived(f"It answered {status}.", status)
    return status
