from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from partners.dated import days

from .deadline import Deadline


class Pause(models.Model):
    """Days on which a deadline was paused, and why: from the first up to, not including, the day it ran again."""

    deadline = models.ForeignKey(Deadline, models.PROTECT, related_name="pauses")
    since = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=12, choices=Deadline.PauseReason)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["since", "until", "id"]
        default_permissions = []
        constraints = [
            models.CheckConstraint(name="pause_ends_after_it_begins", condition=Q(until__gte=F("since"))),
            ExclusionConstraint(
                name="deadline_is_paused_once_at_a_time",
                expressions=[
                    ("deadline", RangeOperators.EQUAL),
                    (days("since", "until", last=False), RangeOperators.OVERLAPS),
                ],
                violation_error_message="It was paused on some of these days already.",
            ),
        ]

    def __str__(self):
        span = f"{self.since:%-d %B %Y} to {self.until:%-d %B %Y}"
        return f"{span}: {self.get_reason_display().lower()}, {self.by}; ended by {self.ended_by}"
