"""By when something has to be done for a referral, kept as a day so that it can be listed, paused and measured."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .referral import Referral


class DeadlineQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals the user sees."""
        if not user.has_perm("referrals.view_deadline"):
            return self.none()
        return self.filter(referral__in=Referral.objects.visible_to(user).values("pk"))

    def running(self):
        """Those neither met, nor dropped, nor paused."""
        return self.filter(met_on=None, dropped_on=None, paused_on=None)

    def overdue(self, on=None):
        return self.running().filter(due_on__lt=on or timezone.localdate())


class Deadline(models.Model):
    """The last day for one thing on one referral, counted in working days of England. It can be paused for a reason."""

    class Kind(models.TextChoices):
        FIRST_CONTACT = "first_contact", "First contact"

    class PauseReason(models.TextChoices):
        CUSTODY = "custody", "In custody"
        HOSPITAL = "hospital", "In hospital"
        AWAY = "away", "Away"
        SENDER = "sender", "Waiting for the sender"
        OTHER = "other", "Another reason"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="deadlines")
    kind = models.CharField(max_length=20, choices=Kind)
    set_on = models.DateField()
    due_on = models.DateField()
    met_on = models.DateField(null=True, editable=False)
    dropped_on = models.DateField(null=True, editable=False, help_text="The referral ended before it was met.")
    paused_on = models.DateField(null=True, editable=False)
    pause_reason = models.CharField(max_length=12, choices=PauseReason, blank=True, editable=False)
    paused_days = models.PositiveIntegerField(default=0, editable=False, help_text="Working days it stood still.")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        default_permissions = ["view"]
        permissions = [("pause_deadline", "Can pause a deadline, with a reason, and let it run again")]
        indexes = [
            models.Index(
                fields=["due_on", "id"], name="deadline_running",
                condition=Q(met_on=None, dropped_on=None, paused_on=None),
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(fields=["referral", "kind"], name="deadline_is_set_once_for_a_referral"),
            models.CheckConstraint(name="deadline_is_due_after_it_is_set", condition=Q(due_on__gte=F("set_on"))),
            models.CheckConstraint(
                name="paused_deadline_says_why",
                condition=Q(paused_on=None, pause_reason="") | (Q(paused_on__isnull=False) & ~Q(pause_reason="")),
                violation_error_message="Say why the deadline is paused.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} by {self.due_on:%-d %B %Y}"
