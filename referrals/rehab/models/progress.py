"""What a rehab says of each week of a stay."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone

from offenders.models import Entry, shown_to
from offenders.workflow import day_of, insert
from partners.audit.models import Event
from partners.roles import Category
from referrals.rehab import what_follows
from referrals.rehab.workflow import Stay

from .placement import Placement


class ProgressQuerySet(models.QuerySet):
    def visible_to(self, user):
        """That of placements the user sees, as far as the rehab that wrote it may show it."""
        if not user.membership:
            return self.none()
        may_read = shown_to(
            user, category=Category.GENERAL, agency="placement__unit__agency", offender="placement__offender"
        )
        return self.filter(may_read, placement__in=Placement.objects.visible_to(user))

    def amendable_by(self, user):
        """Those of stays in the user's own rehab, where the user records progress."""
        if not user.has_perm("rehab.add_progress"):
            return self.none()
        return self.filter(placement__in=Placement.objects.visible_to(user).sent_to(user))

    def with_names(self):
        return self.select_related("placement", "by", "placement__offender")


class Progress(models.Model):
    """A week in rehab, as the provider saw it."""

    class Engagement(models.TextChoices):
        WELL = "well", "Engaging well"
        MIXED = "mixed", "Up and down"
        POORLY = "poorly", "Not engaging"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="progress")
    on = models.DateField("week ending")
    engagement = models.CharField(max_length=8, choices=Engagement)
    text = models.TextField("how the week went")
    concern = models.TextField(
        blank=True, help_text="Anything that worries you about their safety or whether they will stay."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="progress_written")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-recorded_at", "-id"]
        default_permissions = ["view", "add"]
        verbose_name_plural = "progress"
        constraints = [
            models.UniqueConstraint(
                fields=["placement", "on"], name="progress_is_recorded_once_a_week",
                violation_error_message="Progress for this week is already recorded.",
            )
        ]  # fmt: skip

    def __str__(self):
        return f"Week ending {self.on:%Y-%m-%d}"

    def get_absolute_url(self):
        return self.placement.get_absolute_url()

    @property
    def offender_id(self):
        return self.placement.offender_id

    @property
    def offender(self):
        return self.placement.offender

    @property
    def matters(self):
        return self.placement.matters

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(self.sentence, self.on)]

    @property
    def sentence(self):
        told = f"Week in rehab, {self.get_engagement_display().lower()}: {self.text}"
        return f"{told} Concern: {self.concern}" if self.concern else told

    def amended(self, was, *, by):
        self.within_the_stay()

    def within_the_stay(self):
        """Raise where the person was not in rehab that week."""
        stay = self.placement
        there = stay.status in (Stay.ARRIVED, Stay.DEPARTED) and stay.arrived_on <= self.on
        last = stay.departed_on and stay.departed_on + timedelta(days=6)
        if not there or (last and self.on > last):
            raise ValidationError("Progress is recorded for weeks in which the person was in rehab.", code="not_there")

    @classmethod
    def record(cls, placement, *, by, on, engagement, text, concern="", owner=None):
        """Log a week. Only while the person is there, by the rehab that has them. A concern of late is a task of this
        owner, of the facilitator where none is named."""
        if not placement.may_log(by):
            raise PermissionDenied("You may not record progress on this placement.")
        row = cls(placement=placement, by=by, on=on, engagement=engagement, text=text, concern=concern)
        row.within_the_stay()
        at = day_of(on)
        with transaction.atomic():
            insert(row, sure_of=["by"])
            Event.objects.record(
                Event.Kind.COLLECTION, "progress.record", by=by, subject=row, offenders=[placement.offender_id]
            )
            Entry.write(
                placement.offender_id, row.sentence, by=by, at=at, category=Category.GENERAL, matters=placement.matters,
                url=placement.get_absolute_url(),
            )  # fmt: skip
            if concern and what_follows.is_lately(on):
                what_follows.raise_concern(placement, concern, by=by, owner=owner)
        return row
