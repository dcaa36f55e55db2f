"""The private address under which a calendar elsewhere asks for what stands in a user's days."""

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from partners.audit.models import Event

PER_HOUR = 30  # a calendar asks a few times an hour, from each of somebody's devices


class CalendarLinkQuerySet(models.QuerySet):
    def live(self):
        return self.filter(revoked_at=None)

    def of(self, user):
        return self.filter(user=user)

    def revoke(self, *, by):
        """These open no more, from now on. Returns how many did."""
        number = 0
        with transaction.atomic():
            for link in self.live().select_for_update():
                link.revoked_at = timezone.now()
                link.save(update_fields=["revoked_at"])
                Event.objects.record(Event.Kind.ADMINISTRATION, "calendarlink.revoke", by=by, subject=link)
                number += 1
        return number


class CalendarLink(models.Model):
    """The address of one user's calendar, until they withdraw it or have another made.

    Whoever holds the address reads the calendar, which names nobody. It is told once, when it is made: only a hash of
    its token is kept. It shows what its user may see at that moment, so it ends with their last membership.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="calendar_links", editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    asked_at = models.DateTimeField(null=True, editable=False, help_text="When a calendar last asked.")
    hour_began_at = models.DateTimeField(default=timezone.now, editable=False)
    asked = models.PositiveIntegerField(default=0, editable=False, help_text="How often since that hour began.")

    objects = CalendarLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at=None), name="user_has_one_calendar_link_at_a_time",
                violation_error_message="Another address was made at the same moment. Look again.",
            ),
            models.CheckConstraint(
                name="calendar_link_is_revoked_after_it_is_made",
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("made_at")),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Calendar address of {self.user}"

    @classmethod
    def make(cls, *, by):
        """A new link for this user, in place of the one they had. Returns its token, which cannot be told again."""
        token = secrets.token_urlsafe(32)
        with transaction.atomic():
            cls.objects.of(by).revoke(by=by)
            link = cls.objects.create(user=by, token_hash=_hash(token))
            Event.objects.record(Event.Kind.ADMINISTRATION, "calendarlink.make", by=by, subject=link)
        return token

    @classmethod
    def of_token(cls, token):
        """The live link that this token opens, locked; None where there is none, or its user has no hat today."""
        link = cls.objects.live().select_for_update(of=("self",)).select_related("user")
        link = link.filter(token_hash=_hash(token)).first()
        return link if link and link.user.live_memberships else None

    def is_asked_too_often(self):
        """Count that it is asked for now. Whether that is too often in an hour."""
        now = timezone.now()
        if now - self.hour_began_at >= timedelta(hours=1):
            self.hour_began_at, self.asked = now, 0
        self.asked, self.asked_at = self.asked + 1, now
        self.save(update_fields=["hour_began_at", "asked", "asked_at"])
        return self.asked > PER_HOUR


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()
