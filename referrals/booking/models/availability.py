"""When a worker can be booked: by the week, less leave. Slots are counted from these, not kept."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DecimalRangeField, RangeOperators
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.utils import timezone

from offenders.workflow import insert, the_databases_no
from partners.audit.models import Event
from partners.dated import Dated, DatedQuerySet, days
from partners.frame.templatetags.frame import lower_first
from partners.models import Membership


class Mode(models.TextChoices):
    """How the two of an appointment meet."""

    PHONE = "phone", "By phone"
    VIDEO = "video", "By video"
    SURGERY = "surgery", "At a surgery"
    CUSTODY = "custody", "In custody"

    @property
    def in_words(self):
        """Inside a sentence: by phone."""
        return lower_first(self.label)


ANYWHERE = frozenset({Mode.PHONE, Mode.VIDEO})  # for who lives outside the area too (board paper, paragraph 22)


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


def _seconds(field):
    return Func(F(field), template="extract(epoch from %(expressions)s)", output_field=models.DecimalField())


def _hours():
    """The time of day from start to end as a range of seconds, for constraints."""
    return Func(_seconds("starts"), _seconds("ends"), function="NUMRANGE", output_field=DecimalRangeField())


class WorkersQuerySet(DatedQuerySet):
    """Rows about the workers of an agency."""

    def of_agency(self, user):
        """Those of the user's agency (and unit, unless their hat works agency-wide)."""
        return self.filter(user.mine())

    def visible_to(self, user):
        """The user's own; those of all their agency to who manages them."""
        if not user.has_perm("booking.view_availability"):
            return self.none()
        rows = self.of_agency(user)
        return rows if user.has_perm("booking.change_availability") else rows.filter(worker=user.pk)

    def changeable_by(self, user):
        """Those the user may change: a manager's, all of their agency."""
        return self.of_agency(user) if user.has_perm("booking.change_availability") else self.none()

    def with_names(self):
        return self.select_related("worker", "agency", "unit")


class OfWorker(Dated):
    """Something about when a worker can be booked, which a manager of their agency says."""

    class Meta(Dated.Meta):
        abstract = True

    @classmethod
    def _add(cls, *, by, worker, **fields):
        hat = by.membership
        team = Membership.objects.on().filter(user=worker, agency=hat.agency)
        if not (by.has_perm("booking.add_availability") and team.filter(by.mine()).exists()):
            raise PermissionDenied("You may not say when this worker can be booked.")
        row = cls(worker=worker, agency=hat.agency, unit=team.first().unit, **fields)
        insert(row, sure_of=["worker", "agency", "unit"])
        row._record("add", by=by, after=row._said())
        return row

    def _change(self, verb, *, by, **fields):
        """Lock, check, change, record."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        if not type(self).objects.changeable_by(by).filter(pk=self.pk).exists():
            raise PermissionDenied("You may not change when this worker can be booked.")
        before = self._said()
        for name, value in fields.items():
            setattr(self, name, value)
        self.clean_fields()
        with the_databases_no(self):
            self.save()
        self._record(verb, by=by, before=before, after=self._said())

    def _said(self):
        names = [field.attname for field in self._meta.concrete_fields if not field.primary_key]
        return {name: str(value) for name in names if (value := getattr(self, name)) not in (None, "")}

    def _record(self, verb, *, by, **detail):
        verb = f"{self._meta.model_name}.{verb}"
        Event.objects.record(Event.Kind.ADMINISTRATION, verb, by=by, subject=self, **detail)


class Availability(OfWorker):
    """One stretch of a weekday, week after week, in which a worker can be booked, in one mode."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="availabilities")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="availabilities")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, blank=True, related_name="availabilities")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    starts = models.TimeField("from")
    ends = models.TimeField("until")
    slot_minutes = models.PositiveSmallIntegerField(
        "minutes a slot", default=30, validators=[MinValueValidator(10), MaxValueValidator(240)]
    )
    mode = models.CharField(max_length=8, choices=Mode)
    place = models.CharField(max_length=120, blank=True, help_text="Of a surgery or custody suite.")

    SAID = ("weekday", "starts", "ends", "mode", "place", "slot_minutes")

    objects = WorkersQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["worker", "weekday", "starts", "id"]
        verbose_name_plural = "availability"
        default_permissions = ["view", "add", "change"]
        indexes = [models.Index(fields=["agency", "weekday", "valid_from"], name="availability_of_agency")]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="worker_is_available_in_one_way_at_a_time",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (_hours(), RangeOperators.OVERLAPS),
                    (days(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="This worker is available at some of that time already. Change that first.",
            ),
            models.CheckConstraint(
                name="availability_ends_later_the_same_day",
                condition=Q(ends__gt=F("starts")),
                violation_error_message="The end has to be later the same day.",
            ),
            models.CheckConstraint(
                name="availability_at_a_place_says_where",
                condition=~Q(mode__in=["surgery", "custody"]) | ~Q(place=""),
                violation_error_message="Say where: the surgery or the custody suite.",
            ),
            models.CheckConstraint(
                name="slot_is_ten_minutes_to_four_hours", condition=Q(slot_minutes__gte=10, slot_minutes__lte=240)
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.starts:%H:%M} to {self.ends:%H:%M}, {self.get_mode_display()}"

    @classmethod
    @transaction.atomic
    def add(cls, *, by, worker, valid_from, **fields):
        """From this day on the worker can be booked at this time of the week. Raises ValidationError where they can
        be already."""
        return cls._add(by=by, worker=worker, valid_from=valid_from, **fields)

    @transaction.atomic
    def change(self, *, by, on, **fields):
        """It is otherwise from that day on: this ends the day before, and what it gives way to is returned.

        What has not begun by then is changed itself.
        """
        if on < timezone.localdate():
            raise ValidationError({"on": "Hours are changed from today or a later day."}, code="past")
        if on <= self.valid_from:
            self._change("change", by=by, valid_from=on, **fields)
            return self
        if self.valid_to and on > self.valid_to:
            raise ValidationError({"on": "They end before that day."}, code="after_the_end")
        after = {name: getattr(self, name) for name in self.SAID} | {"valid_to": self.valid_to} | fields
        self._change("end", by=by, valid_to=on - timedelta(days=1))
        return self._add(by=by, worker=self.worker, valid_from=on, **after)

    @transaction.atomic
    def end(self, *, by, on):
        """Its last day. What is booked after it stays booked."""
        if on < timezone.localdate() - timedelta(days=1):
            raise ValidationError({"on": "Hours end today or later."}, code="past")
        self._change("end", by=by, valid_to=on)


class Leave(OfWorker):
    """Days on which a worker cannot be booked. Why is nobody's business here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="leave")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="leave")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, blank=True, related_name="leave")

    objects = WorkersQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["-valid_from", "id"]
        verbose_name_plural = "leave"
        default_permissions = []  # goes with availability
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="leave_says_its_last_day",
                condition=Q(valid_to__isnull=False),
                violation_error_message="Say the last day of the leave.",
            ),
            ExclusionConstraint(
                name="worker_is_on_leave_once_at_a_time",
                expressions=[("worker", RangeOperators.EQUAL), (days(), RangeOperators.OVERLAPS)],
                violation_error_message="This worker is on leave on some of these days already.",
            ),
        ]

    def __str__(self):
        return f"{self.worker}, {self.valid_from:%-d %B} to {self.valid_to:%-d %B %Y}"

    @classmethod
    @transaction.atomic
    def add(cls, *, by, worker, first, last):
        """From the one day to the other the worker cannot be booked. What is booked then stays, to be moved."""
        return cls._add(by=by, worker=worker, valid_from=first, valid_to=last)

    @transaction.atomic
    def end(self, *, by, on):
        """Its last day, sooner or later than was said."""
        self._change("end", by=by, valid_to=on)
