"""Nothing is done twice: a request sent again gets the answer of the first.

Every POST that changes something carries a key: the API's in its `Idempotency-Key`, a form's in the token that
`{% csrf_token %}` puts into it. The first one to come claims the key, in the transaction of what it does; the same
one at the same moment waits for it, and a later one is answered from the receipt.
"""

import datetime as dt
import hashlib
import re

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.db import connection, models, transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .audit.models import Event
from .middleware import is_api

KEPT_FOR = dt.timedelta(hours=24)  # whoever lost an answer tries again within a day; answers hold names, so no longer
READS = {"offenders:search", "api:offender-search", "api:rehab-unit-fits"}  # asked by POST, and changing nothing
# whose answer holds a secret that is told once, so that no receipt keeps it; done again, it replaces the first
SECRETS = {"calendar_make", "api:calendar-list", "signin:codes"}
FIELD, HEADER = "once", "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,255}")
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
READINGS = (Event.Kind.CONSULTATION, Event.Kind.REFUSED, Event.Kind.SIGN_IN)
# what apps above say of people: functions of (user, ids), true when the user sees all of them there today
SEES = []

CLAIM = """
    WITH expired AS (
        DELETE FROM partners_receipt WHERE id IN (
            SELECT id FROM partners_receipt WHERE at < %(expired)s ORDER BY at LIMIT 100 FOR UPDATE SKIP LOCKED
        )
    )
    INSERT INTO partners_receipt (membership_id, key, fingerprint, request_id, at, status, headers, body)
    VALUES (%(membership_id)s, %(key)s, %(fingerprint)s, %(request_id)s, %(at)s, 0, '{}', '')
    ON CONFLICT (membership_id, key) DO NOTHING
    RETURNING id
"""


class Receipt(models.Model):
    """What came of one request that changed something: the same one again is answered from it."""

    membership = models.ForeignKey("partners.Membership", models.CASCADE, related_name="receipts")
    key = models.CharField(max_length=330)  # of a form: its token and the fingerprint
    fingerprint = models.CharField(max_length=64)
    request_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now, db_index=True)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        default_permissions = []
        constraints = [models.UniqueConstraint(fields=["membership", "key"], name="key_is_used_once")]

    def __str__(self):
        return f"{self.key} at {self.at:%Y-%m-%d %H:%M}"

    def claim(self):
        """Claim the key. Returns None, or the receipt of the request that had claimed it before.

        Waits for a request with the same key that is not done yet. A few receipts that expired make room.
        """
        while True:  # again where what stood in the way is gone: it came to nothing, or expired
            with connection.cursor() as cursor:
                cursor.execute(CLAIM, vars(self) | {"expired": self.at - KEPT_FOR})
                if claimed := cursor.fetchone():
                    (self.pk,) = claimed
                    return None
            if earlier := Receipt.objects.filter(membership=self.membership, key=self.key).first():
                return earlier

    def settle(self, response, *, api):
        """Keep what was answered; where nothing was done, the key is free again.

        A page that says no redirects too, and one that only asks further: the record tells them from a change.
        """
        if api:
            done = 200 <= response.status_code < 300
        else:
            done = 300 <= response.status_code < 400 and self.events.exclude(kind__in=READINGS).exists()
        if not done:
            self.delete()
            return
        self.status, self.body = response.status_code, response.content.decode()
        self.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        self.save(update_fields=["status", "body", "headers"])

    @property
    def events(self):
        """What the record says of the request that it answers."""
        return Event.objects.filter(by=self.membership.user_id, at__gte=self.at, request_id=self.request_id)

    @property
    def offenders(self):
        """The people whom that request concerned."""
        return {pk for ids in self.events.values_list("offenders", flat=True) for pk in ids}


class OnceMiddleware:
    """Claims the key of each POST by someone with a hat, in a transaction around the view's own.

    Comes last, so that what is answered again is answered only to whom the view would be.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method != "POST" or not request.user.is_authenticated:
            return self.get_response(request)
        request.receipt = None
        with transaction.atomic():
            response = self.get_response(request)
            if request.receipt:
                request.receipt.settle(response, api=is_api(request))
        return response

    def process_view(self, request, view, args, kwargs):
        if request.method != "POST":
            return None
        api = is_api(request)
        if not api:  # taken out of what was sent: no form need know it
            request.POST = request.POST.copy()
            token = request.POST.pop(FIELD, [None])[-1]
        if not request.user.is_authenticated or not request.user.membership:
            return None
        if request.resolver_match.view_name in READS | SECRETS:
            return None
        try:
            if api:
                body = _said(request) if request.content_type == "multipart/form-data" else request.body
                return self._once(request, request.headers.get(HEADER), body)
            return self._once(request, token, _said(request)) if token else None
        except RequestDataTooBig:
            return _no(413, "too_large", "This is too long. Send less at once.")

    def _once(self, request, token, body):
        """None where the view is to answer: this is the first of its kind. Otherwise the answer."""
        api = is_api(request)
        if token is None:
            return _no(400, "key_missing", f"Send a key of your own making, a new one for each change, as “{HEADER}”.")
        if not KEY.fullmatch(token):
            sentence = f"“{HEADER}” takes 1 to 255 visible characters of ASCII, without spaces."
            return _no(400, "key_invalid", sentence) if api else None
        # by a key of the server's: among what is sent are passwords, which a plain hash would let guess from a copy
        said = f"POST {request.get_full_path()}\n".encode() + body
        sent = salted_hmac("partners.once", said, algorithm="sha256").hexdigest()
        # another body under the token of a form is another form: what someone typed is not thrown away
        key = token if api else f"{token} {sent}"
        hat = request.user.membership
        receipt = Receipt(membership=hat, key=key, fingerprint=sent, request_id=request.id, status=0)
        earlier = receipt.claim()
        if earlier is None:
            request.receipt = receipt
            return None
        if earlier.fingerprint != sent:
            return _no(422, "key_reused", "This key was used for something else. Nothing was done; send a new key.")
        return self._again(request, earlier)

    def _again(self, request, receipt):
        """The answer of the first. An API's shows people, so only while the user sees them; a page's is an address."""
        named = receipt.offenders
        if is_api(request) and not any(sees(request.user, named) for sees in SEES):
            return _no(404, "not_found", "There is nothing here, or it is not yours to see.")
        Event.objects.record(
            Event.Kind.CONSULTATION, "once.replay", by=request.user, offenders=named, request=receipt.request_id
        )
        if not is_api(request):
            messages.info(request, "This had been saved already.")
        return HttpResponse(receipt.body, status=receipt.status, headers=receipt.headers)


def _said(request):
    """What a form says, and what its files hold."""
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    parts = [sent.urlencode().encode()]
    for name, files in request.FILES.lists():
        for file in files:
            parts.append(f"{name} {file.name} {hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
            file.seek(0)
    return b"\n".join(parts)


def _no(status, code, sentence):
    return JsonResponse({"code": code, "detail": sentence}, status=status)
