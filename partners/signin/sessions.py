"""Where someone is signed in: Django's sessions, each a row that says whose it is, since when and from where.

The row is the session. One that is gone, or over, lets nobody in on the very next request.
"""

import datetime as dt
import uuid

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from partners.audit.models import Event

COARSELY = dt.timedelta(minutes=1)  # so long a session may be used without its row saying so
TRIES = 5  # wrong answers to “Confirm it is you”, after which the session ends
CONFIRMED = "confirmed_at"

BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Windows": "Windows", "Android": "Android", "iPhone": "an iPhone", "iPad": "an iPad", "Mac OS X": "a Mac",
    "CrOS": "a Chromebook", "Linux": "Linux",
}  # fmt: skip


def device(agent):
    """A browser's own description of itself in words: "Chrome on Windows". It may lie."""
    browser = next((name for sign, name in BROWSERS.items() if f"{sign}/" in agent), "A browser")
    system = next((name for sign, name in SYSTEMS.items() if sign in agent), "a device not known")
    return f"{browser} on {system}"


class SessionQuerySet(models.QuerySet):
    def of(self, user):
        """Where this user is signed in now."""
        return self.filter(user=user, expire_date__gt=timezone.now(), seen_at__gt=timezone.now() - settings.IDLE)

    @transaction.atomic
    def end(self, verb, *, by, user, reason=""):
        """End these sessions of this user, and write down who did, and how many. Returns how many."""
        count, _ = self.filter(user=user).delete()
        own = by == user
        Event.objects.record(
            Event.Kind.SIGN_IN if own else Event.Kind.ADMINISTRATION, verb, by=by, subject=user, reason=reason,
            sessions=count,
        )  # fmt: skip
        return count


class Session(AbstractBaseSession):
    """One browser, and who is signed in with it. Its last moment is its beginning and `SESSION_COOKIE_AGE`."""

    handle = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # its key lets in, so no page shows it
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    device = models.CharField(max_length=60, blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = SessionQuerySet.as_manager()

    class Meta(AbstractBaseSession.Meta):
        default_permissions = []
        ordering = ["-seen_at"]

    @classmethod
    def get_session_store_class(cls):
        return SessionStore

    def used(self, request):
        """It is in use, from there. Written once a minute, beside what the session holds: that may be saved by another
        request at the same moment."""
        now = timezone.now()
        if self.device and self.seen_at > now - COARSELY:
            return
        self.seen_at, self.device = now, device(request.headers.get("User-Agent", ""))
        self.ip_address = request.user.ip_address
        Session.objects.filter(pk=self.pk).update(seen_at=self.seen_at, device=self.device, ip_address=self.ip_address)

    def claim_try(self):
        """Whether one more answer may be tried. Counted before it is looked at, so that many at once are no more."""
        return bool(Session.objects.filter(pk=self.pk, tries__lt=TRIES).update(tries=F("tries") + 1))


class SessionStore(db.SessionStore):
    """Django's sessions in the database, in our table. `row` is the one loaded."""

    row = None

    @classmethod
    def get_model_class(cls):
        return Session

    def _get_session_from_db(self):
        live = Session.objects.select_related("provided__provider").filter(expire_date__gt=timezone.now())
        self.row = live.filter(pk=self.session_key).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def create(self):
        """Each new one makes room: a few that are over go."""
        over = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")
        with transaction.atomic():
            Session.objects.filter(pk__in=over.select_for_update(skip_locked=True).values("pk")[:20]).delete()
        super().create()

    def cycle_key(self):
        """Another key, as after a new password: what an agency's provider is asked about it with goes along."""
        provided = getattr(self.row, "provided", None)
        super().cycle_key()
        if provided:
            provided.session = self.row
            provided.save(force_insert=True)

    def create_model_instance(self, data):
        self.row = super().create_model_instance(data)
        self.row.user_id = data.get(SESSION_KEY)
        self.row.expire_date = self.row.began_at + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return self.row

    def save(self, must_create=False):
        """What it holds is saved, and whose it is; the rest of its row, which other requests write, is left alone."""
        if must_create or self.session_key is None:
            return super().save(must_create)
        data = self._get_session()
        row = Session.objects.filter(pk=self.session_key)
        if not row.update(session_data=self.encode(data), user=data.get(SESSION_KEY)):
            raise UpdateError  # ended meanwhile, and stays so
        return None

    def confirm(self):
        """Whoever has it just gave their password again, or their agency's provider vouched for them again."""
        self[CONFIRMED] = timezone.now().timestamp()
        Session.objects.filter(pk=self.session_key).update(tries=0)

    @property
    def is_recent(self):
        """Whether they gave it within the last minutes."""
        self._get_session()
        since = (timezone.now() - settings.RECENT).timestamp()
        return self.row is not None and max(self.row.began_at.timestamp(), self.get(CONFIRMED, 0)) > since
