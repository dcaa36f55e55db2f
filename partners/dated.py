"""Rows that are true between two days, both included; and when a day begins."""

import datetime as dt

from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone


def midnight(day):
    """When this day begins, on the clock of the place."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def on(day=None, prefix=""):
    """Q: rows valid on that day (today when left out). `prefix` reaches them over a relation: "agreement__"."""
    day = day or timezone.localdate()
    begun = Q(**{f"{prefix}valid_from__lte": day})
    return begun & (Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gte": day}))


def days(begin="valid_from", end="valid_to", *, last=True):
    """The days from one field to the other as a range, for constraints; `last`: whether the last day is among them."""
    bounds = RangeBoundary(inclusive_lower=True, inclusive_upper=last)
    return Func(begin, end, bounds, function="DATERANGE", output_field=DateRangeField())


class DatedQuerySet(models.QuerySet):
    def on(self, day=None):
        """Rows valid on that day; today when left out."""
        return self.filter(on(day))

    def not_over(self, day=None):
        """Those that hold on that day or later; today when left out."""
        return self.exclude(valid_to__lt=day or timezone.localdate())


class Dated(models.Model):
    """Something that holds from one day to another, both included; open-ended without the second."""

    valid_from = models.DateField("from")
    valid_to = models.DateField("to", null=True, blank=True, help_text="The last day. Leave empty while it holds.")

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="The last day cannot be before the first.",
            )
        ]

    def holds(self, day=None):
        day = day or timezone.localdate()
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
