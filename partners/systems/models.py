"""Partners' own computer systems, and the tokens that they call the API with."""

import datetime as dt
import hashlib
import secrets
import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format

from partners.audit.models import Event
from partners.models import OF_A_SYSTEM, Membership, User
from partners.roles import ROLES
from partners.settings import setting

from .hooks import Delivery as Delivery
from .hooks import Hook as Hook

# what a person decides, whatever a system is trusted with: who may act, and what was done
FOR_PEOPLE_ALONE = {"partners.open_backoffice", "audit.view_event"}


def may_be_held(role):
    """Whether a system may act in this role."""
    return role in ROLES and FOR_PEOPLE_ALONE.isdisjoint(ROLES[role].permissions)


ROLES_OF_SYSTEMS = [(name, role.label) for name, role in ROLES.items() if may_be_held(name)]


class SystemQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All to whoever looks after them; to a system itself, it alone."""
        return self if user.has_perm("systems.view_system") else self.filter(user=user.pk)

    def open(self):
        """Those that may call."""
        return self.filter(user__is_active=True)

    def with_names(self):
        return self.select_related("agency", "user", "registered_by")

    def with_use(self):
        """Each with the `role` it acts in today, how many `live` tokens it has, and when it called last, `used_at`."""
        held = Membership.objects.on().filter(user=OuterRef("user")).order_by().values("role")[:1]
        live = Q(tokens__revoked_at=None, tokens__expires_at__gt=timezone.now())
        return self.annotate(
            role=Subquery(held), live=Count("tokens", filter=live), used_at=Max("tokens__last_used_at")
        )


class System(models.Model):
    """A computer system of a partner's that calls the API, as a user that nobody signs in as.

    What it may see and do comes from the one role that this user holds at the system's agency; what it did stands in
    the record under its name, and it is in the reviews of who may act like anyone else. It is closed as an account is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="system", editable=False, help_text="Whom it acts as."
    )
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="systems")
    name = models.CharField(max_length=60, help_text="As the agency calls it.")
    contact = models.CharField(
        max_length=200, help_text="Who answers for it at the agency, and how to reach them: a name, phone or e-mail."
    )
    registered_at = models.DateTimeField(default=timezone.now, editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="systems_registered"
    )

    objects = SystemQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        default_permissions = ["view", "add", "change"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "name"], name="system_is_named_once_at_its_agency",
                violation_error_message="This agency has a system of that name already.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.name}, {self.agency}"

    @property
    def is_open(self):
        return self.user.is_active

    @transaction.atomic
    def register(self, *, by, role, unit=None):
        """Take the system in, to act in this role from today on. It can call once it has a token."""
        assert may_be_held(role), role
        self.user = User.objects.create_user(f"{self.pk}{OF_A_SYSTEM}", given_names=self.name, family_name="(system)")
        self.registered_by = by
        self.save(force_insert=True)
        Membership.objects.create(
            user=self.user, agency=self.agency, unit=unit, role=role, valid_from=timezone.localdate()
        )
        after = {"name": self.name, "agency": str(self.agency_id), "role": role, "unit": str(unit.pk) if unit else ""}
        Event.objects.record(Event.Kind.ADMINISTRATION, "system.add", by=by, subject=self, after=after)
        return self


class TokenQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(system__in=System.objects.visible_to(user))

    def live(self):
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def ending(self, days):
        """The live ones that hold for no longer than so many days, the next to end first."""
        last = timezone.now() + dt.timedelta(days=days)
        return self.live().filter(system__user__is_active=True, expires_at__lte=last).order_by("expires_at", "id")

    def with_names(self):
        return self.select_related("system__agency", "system__user", "made_by", "revoked_by")

    def of(self, secret):
        """The token of this secret, whether it holds or not; None where there is none."""
        return self.select_related("system__agency", "system__user").filter(digest=_digest(secret)).first()

    def revoke(self, *, by, reason):
        """Those of them that were not revoked open nothing from now on. Returns how many these were."""
        with transaction.atomic():
            tokens = list(self.filter(revoked_at=None).select_for_update(of=["self"]))
            for token in tokens:
                token.revoked_at, token.revoked_by = timezone.now(), by
                token.save(update_fields=["revoked_at", "revoked_by"])
                Event.objects.record(
                    Event.Kind.ADMINISTRATION, "token.revoke", by=by, subject=token.system, reason=reason,
                    token=str(token),
                )  # fmt: skip
        return len(tokens)


class Token(models.Model):
    """What a system shows with each call, until it ends or is revoked. A system has two at the most, to change over.

    Its secret is told once, when it is made: only a hash of it is kept, of 256 random bits, so that nothing slower is
    needed. It opens what its system's role opens at that moment; to `read` alone, where it says so.
    """

    class Scope(models.TextChoices):
        READ = "read", "Read only"
        WRITE = "write", "Read and write"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey(System, models.PROTECT, related_name="tokens", editable=False)
    prefix = models.CharField("token", max_length=12, editable=False, help_text="How its secret begins.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField("may", max_length=5, choices=Scope)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="tokens_made")
    expires_at = models.DateTimeField("ends", editable=False)
    revoked_at = models.DateTimeField("revoked", null=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="tokens_revoked"
    )
    last_used_at = models.DateTimeField("last used", null=True, editable=False, help_text="To the hour.")

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        default_permissions = []
        indexes = [models.Index(fields=["expires_at"], name="token_ending", condition=Q(revoked_at=None))]
        constraints = [
            models.CheckConstraint(name="token_ends_after_it_is_made", condition=Q(expires_at__gt=F("made_at"))),
            models.CheckConstraint(
                name="token_revoked_says_by_whom",
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.prefix}…"

    @property
    def stands(self):
        return "Revoked" if self.revoked_at else "Ended" if self.expires_at <= timezone.now() else "Holds"

    @classmethod
    @transaction.atomic
    def make(cls, system, *, by, scope):
        """A new token for this system. Returns it and its secret, which cannot be told again.

        Raises ValidationError where the system is closed, and the database's own no where it has two.
        """
        if not User.objects.select_for_update(no_key=True).get(pk=system.user_id).is_active:
            raise ValidationError("This system is closed. Nothing can call as it.", code="closed")
        (days,) = setting("token_days")
        prefix = f"tc_{secrets.token_hex(4)}"
        secret, now = f"{prefix}_{secrets.token_urlsafe(32)}", timezone.now()
        token = cls.objects.create(
            system=system, prefix=prefix, digest=_digest(secret), scope=scope, made_at=now, made_by=by,
            expires_at=now + dt.timedelta(days=int(days)),
        )  # fmt: skip
        Event.objects.record(
            Event.Kind.ADMINISTRATION, "token.make", by=by, subject=system, token=str(token), scope=scope,
            expires_at=token.expires_at,
        )  # fmt: skip
        return token, secret

    def why_not(self):
        """(code, sentence) of why it opens nothing; None where it does."""
        if not self.system.is_open:
            return "system_closed", "This system is closed."
        if self.revoked_at:
            return "token_revoked", "This token was revoked. Ask for another one."
        if self.expires_at <= timezone.now():
            return "token_expired", f"This token ended on {date_format(self.expires_at, 'j F Y')}. Ask for another one."
        return None

    def note_use(self):
        """Keep that it is used, to the hour: a call writes it once in an hour."""
        now = timezone.now()
        if self.last_used_at and now - self.last_used_at < dt.timedelta(hours=1):
            return
        Token.objects.filter(pk=self.pk).update(last_used_at=now)
        User.objects.filter(pk=self.system.user_id).update(last_login=now)


def _digest(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


# one statement, so that of calls at the same moment none goes uncounted; the row's own minute may be ahead of a call
# that waited for it
COUNT = """
    INSERT INTO systems_calls AS held (who, minute, number)
    VALUES (%s, date_trunc('minute', clock_timestamp()), 1)
    ON CONFLICT (who) DO UPDATE SET
        number = CASE WHEN held.minute < EXCLUDED.minute THEN 1 ELSE held.number + 1 END,
        minute = greatest(held.minute, EXCLUDED.minute)
    RETURNING number, ceil(extract(epoch FROM minute + interval '1 minute' - clock_timestamp()))::int
"""


class Calls(models.Model):
    """How many calls a system has made in its latest minute, or an address with tokens that do not hold."""

    who = models.CharField(max_length=60, primary_key=True)
    minute = models.DateTimeField()
    number = models.PositiveIntegerField()

    class Meta:
        default_permissions = []

    def __str__(self):
        return f"{self.who}: {self.number}"

    @classmethod
    def count(cls, who):
        """Count one more. Returns how many there are in this minute, and the seconds until the next."""
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [who])
            number, seconds = cursor.fetchone()
        return number, max(1, seconds)

    @classmethod
    def forget(cls):
        """Let go of those of more than an hour ago, which count no more."""
        cls.objects.filter(minute__lt=timezone.now() - dt.timedelta(hours=1)).delete()
