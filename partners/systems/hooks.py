"""Webhooks: where a partner's system is told of changes as they come, and what became of each."""

import base64
import datetime as dt
import re
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from partners.audit.models import Event
from partners.models import Membership, User
from partners.notices.models import Notice
from partners.notices.occasions import Occasion

from .changes import KINDS, cursor_of

SALT = "systems.hook"
BOTH_SIGN = dt.timedelta(hours=24)  # after a secret is renewed, for the receiver to change over
KEPT = dt.timedelta(days=30)  # deliveries, which hold nothing of anyone; the record of what was disclosed stays
ADDRESS = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?(/[!\"$-~]*)?", re.IGNORECASE | re.ASCII)
ANY_ADDRESS = re.compile(ADDRESS.pattern.replace("https", "https?", 1), ADDRESS.flags)


def check_address(text):
    """Raises ValidationError unless it is one that we may send to, as far as its words tell."""
    try:
        is_one = (ANY_ADDRESS if settings.HOOKS_ANYWHERE else ADDRESS).fullmatch(text) and urlsplit(text).port != 0
    except ValueError:  # no port is as high
        is_one = False
    if not is_one:
        raise ValidationError("Enter an address that begins with https:// and holds no name, password or #.")


def check_kind(text):
    if text not in KINDS.values():
        raise ValidationError(f"“{text}” is not a kind of row that changes are told of.")


class HookQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All to whoever looks after them; to a system, its own."""
        return self if user.has_perm("systems.view_hook") else self.filter(system__user=user.pk)

    def changeable_by(self, user):
        """Those that the user may pause, resume, and have sent again: the same people, and the system itself."""
        return self if user.has_perm("systems.change_hook") else self.filter(system__user=user.pk)

    def resumable_by(self, user):
        """Of those, all to who looks after them; to a system not what one of these paused."""
        rows = self.changeable_by(user)
        if user.has_perm("systems.change_hook"):
            return rows
        return rows.filter(Q(paused_by=None) | Q(paused_by=user.pk))

    def live(self):
        return self.filter(paused_at=None, ended_at=None)

    def with_names(self):
        return self.select_related("system__agency", "system__user", "made_by")


class Hook(models.Model):
    """An address of a partner's system that is told of changes of these kinds, in their order, one at a time.

    What it is told is what its system may read at the moment of sending. Where one delivery does not arrive, those
    after it wait; where it has been tried often enough, it is given up and the hook pauses until someone resumes it.
    Its secret is made from the server's own key, and kept nowhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("systems.System", models.PROTECT, related_name="hooks")
    url = models.CharField(
        "address", max_length=300, validators=[check_address], help_text="Where the system listens: https://…"
    )
    kinds = ArrayField(models.CharField(max_length=20, validators=[check_kind]))
    sends_rows = models.BooleanField(
        "send the rows themselves",
        default=False,
        help_text="Each delivery holds the row as the API shows it; else only which row changed.",
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="hooks_made", editable=False)
    secret_number = models.PositiveIntegerField(default=1, editable=False)
    older_until = models.DateTimeField(null=True, editable=False, help_text="Until when the secret before signs too.")
    paused_at = models.DateTimeField(null=True, editable=False)
    paused_why = models.CharField(max_length=300, blank=True, editable=False)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="hooks_paused", editable=False,
        help_text="Nobody where it was given up.",
    )  # fmt: skip
    ended_at = models.DateTimeField(null=True, editable=False)
    next_at = models.DateTimeField(default=timezone.now, editable=False, help_text="Nothing is sent before this.")
    # how far the record has been gone through for it (see changes.py)
    at_transaction = models.BigIntegerField(editable=False)
    at_event = models.BigIntegerField(editable=False)

    objects = HookQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = "webhook"
        default_permissions = ["view", "add", "change"]
        constraints = [
            models.UniqueConstraint(
                fields=["system", "url"], condition=Q(ended_at=None), name="address_is_told_once_for_a_system",
                violation_error_message="This system has a webhook to that address already.",
            ),
            models.CheckConstraint(
                name="webhook_names_an_address", condition=Q(url__regex=r"^https?://[^/@#\s]+(/[^#\s]*)?$"),
                violation_error_message="Enter an address that begins with https:// and holds no name, password or #.",
            ),
            models.CheckConstraint(
                name="webhook_is_of_some_kind", condition=Q(kinds__len__gt=0),
                violation_error_message="Select at least one kind.",
            ),
            models.CheckConstraint(
                name="paused_webhook_says_why",
                condition=Q(paused_at=None, paused_why="") | Q(paused_at__isnull=False) & ~Q(paused_why=""),
                violation_error_message="Say why it is paused.",
            ),
            models.CheckConstraint(
                name="who_paused_a_webhook_goes_with_it", condition=Q(paused_by=None) | Q(paused_at__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.system.name} at {self.host}"

    def get_absolute_url(self):
        return reverse("admin:systems_hook_change", args=[self.pk])

    @property
    def host(self):
        return self.url.partition("://")[2].partition("/")[0]

    @property
    def stands(self):
        return "Ended" if self.ended_at else "Paused" if self.paused_at else "Live"

    @property
    def place(self):
        return self.at_transaction, self.at_event

    @property
    def reader(self):
        """As whom its changes are read, looked up anew; None where its system may read nothing today."""
        from .models import may_be_held

        user = User.objects.get(pk=self.system.user_id)
        return user if user.membership and may_be_held(user.membership.role) else None

    @property
    def keys(self):
        """What a delivery is signed with, by the newest first: of the server's key, and of those before it that it
        still knows; for a day after it was renewed, of the secret before too."""
        numbers = [self.secret_number]
        if self.older_until and self.older_until > timezone.now():
            numbers.append(self.secret_number - 1)
        return [
            salted_hmac(SALT, f"{self.pk} {number}", secret=key, algorithm="sha256").digest()
            for number in numbers
            for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        ]

    @property
    def secret(self):
        """What the receiver checks signatures with; told when it is made, and when it is renewed."""
        return f"whsec_{base64.b64encode(self.keys[0]).decode()}"

    @transaction.atomic
    def begin(self, *, by):
        """From now on it is told of what changes. Raises ValidationError where its fields are wrong."""
        self.made_by, (self.at_transaction, self.at_event) = by, cursor_of("now")
        self.full_clean()
        self.save(force_insert=True)
        self._record("add", by, after={"url": self.url, "kinds": self.kinds, "sends_rows": self.sends_rows})
        return self

    @transaction.atomic
    def pause(self, *, by, reason):
        """Nothing is sent until it is resumed, and nothing of what comes meanwhile is lost. `by` is None where it was
        given up: then administrators are told."""
        self._lock()
        if self.stands != "Live":
            return
        self._change("pause", by, reason=reason, paused_at=timezone.now(), paused_why=reason[:300], paused_by=by)
        if by is None:
            for user in Membership.objects.holding("systems.change_hook").users():
                Notice.send(
                    key=f"hook {self.pk} {self.paused_at.isoformat()} {user.pk}", occasion=Occasion.SYSTEM,
                    channel=Notice.Channel.EMAIL, to=user.email, for_user=user, by=None,
                    subject="A partner's webhook was paused",
                    text=f"What was sent to {self} did not arrive. See why, and resume it when it is put right:\n"
                    f"{settings.SITE_URL}{self.get_absolute_url()}",
                )  # fmt: skip

    @transaction.atomic
    def resume(self, *, by):
        """It is told again, first of what waits."""
        self._lock()
        if self.stands == "Paused":
            self._change("resume", by, paused_at=None, paused_why="", paused_by=None, next_at=timezone.now())

    @transaction.atomic
    def renew(self, *, by, at_once=False):
        """Another secret. The one before signs too for a day, unless it must not `at_once`."""
        self._lock()
        until = None if at_once else timezone.now() + BOTH_SIGN
        self._change("renew", by, secret_number=self.secret_number + 1, older_until=until)

    @transaction.atomic
    def end(self, *, by):
        """It is told nothing more, nor what waits."""
        self._lock()
        if not self.ended_at:
            self._change("end", by, ended_at=timezone.now())
            self.deliveries.waiting().update(status=Delivery.Status.WITHHELD, problem="The webhook was ended.")

    @transaction.atomic
    def replay(self, *, by, deliveries=None):
        """Those that did not arrive (or these) wait again, to be sent as the rows are then. Returns how many."""
        self._lock()
        if self.ended_at:
            return 0
        rows = self.deliveries.filter(status=Delivery.Status.FAILED) if deliveries is None else deliveries
        number = rows.exclude(status__in=WAITING).update(status=Delivery.Status.QUEUED, attempts=0, problem="")
        self._change("replay", by, deliveries=number, next_at=timezone.now())
        return number

    def _lock(self):
        self.refresh_from_db(from_queryset=Hook.objects.select_for_update())

    def _change(self, verb, by, *, reason="", deliveries=None, **fields):
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=list(fields))
        self._record(verb, by, reason=reason, **({} if deliveries is None else {"deliveries": deliveries}))

    def _record(self, verb, by, **detail):
        Event.objects.record(Event.Kind.ADMINISTRATION, f"hook.{verb}", by=by, subject=self, **detail)


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(hook__in=Hook.objects.visible_to(user))

    def waiting(self):
        return self.filter(status__in=WAITING)

    def with_names(self):
        return self.select_related("hook__system__agency")


class Delivery(models.Model):
    """One change that a hook is told of, and what became of it. It holds nothing of whom the change is about."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENDING = "sending", "Being sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Not delivered"
        WITHHELD = "withheld", "Not sent"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hook = models.ForeignKey(Hook, models.PROTECT, related_name="deliveries")
    event = models.ForeignKey("audit.Event", models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=20)
    row = models.CharField(max_length=40, help_text="The id of the row that changed.")
    what = models.CharField(max_length=60)
    made_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField("last tried", null=True)
    answer = models.PositiveSmallIntegerField(null=True, help_text="The status of the last answer, as in 200.")
    problem = models.CharField(max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-event_id", "-id"]
        verbose_name_plural = "deliveries"
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["hook", "-event", "-id"], name="delivery_of_hook"),
            models.Index(
                fields=["hook", "event"], name="delivery_waiting", condition=Q(status__in=["queued", "sending"])
            ),
            models.Index(fields=["made_at"], name="delivery_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["hook", "event"], name="change_is_told_once_to_a_webhook"),
            models.CheckConstraint(
                name="delivery_that_failed_says_why", condition=~Q(status__in=["failed", "withheld"]) | ~Q(problem="")
            ),
        ]

    def __str__(self):
        return f"{self.what}, {self.get_status_display().lower()}"

    @property
    def may_be_replayed(self):
        return self.status not in WAITING and not self.hook.ended_at

    def settle(self, status, problem="", **fields):
        """Save what became of it, or came of one attempt."""
        for name, value in {"status": status, "problem": problem[:300], **fields}.items():
            setattr(self, name, value)
        self.save(update_fields=["status", "problem", *fields])


WAITING = (Delivery.Status.QUEUED, Delivery.Status.SENDING)
