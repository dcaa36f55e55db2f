import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils import timezone

from offenders.models import Offender
from offenders.workflow import Stepped
from referrals.models import Referral

from ..workflow import APPOINTMENT_STEPS, TOOK_TIME, Status
from .availability import Mode


def _time():
    """From start to end as a range, for constraints."""
    bounds = RangeBoundary(inclusive_lower=True, inclusive_upper=False)
    return Func("starts_at", "ends_at", bounds, function="TSTZRANGE", output_field=DateTimeRangeField())


class AppointmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals the user sees. A hold is nobody's but its own page's."""
        if not user.has_perm("booking.view_appointment"):
            return self.none()
        return self.filter(referral__in=Referral.objects.visible_to(user).values("pk")).exclude(status=Status.HELD)

    def given_by(self, user):
        """Those that the user's team gives."""
        return self.filter(user.mine())

    def sent_by(self, user):
        """Those of referrals that the user's team sent."""
        return self.filter(referral__in=Referral.objects.sent_by(user).values("pk"))

    def of_worker(self, user):
        return self.filter(worker=user)

    def taking_time(self, now=None):
        """Those whose time nothing else may have: kept, or to come, or held by someone for the moment."""
        held_no_longer = Q(status=Status.HELD, held_until__lte=now or timezone.now())
        return self.filter(status__in=TOOK_TIME).exclude(held_no_longer)

    def with_names(self):
        return self.select_related("offender", "worker", "referral", "referral__offender", "agency", "unit")


class Appointment(Stepped):
    """One worker, one person, one time.

    Held while a form is finished, then booked; recorded when its time is past: attended, missed, or it did not take
    place. One that is rescheduled stays as it was, and another replaces it.
    """

    STEPS = APPOINTMENT_STEPS

    class Kind(models.TextChoices):
        ONE_TO_ONE = "one_to_one", "1:1"
        FOLLOW_UP = "follow_up", "Follow-up 1:1"

    class AskedBy(models.TextChoices):
        PERSON = "person", "The person"
        WORKER = "worker", "The worker"
        OFFICER = "officer", "The officer"
        OTHER = "other", "Someone else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, null=True, editable=False, related_name="appointments")
    offender = models.ForeignKey(Offender, models.PROTECT, null=True, editable=False, related_name="appointments")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ONE_TO_ONE)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="appointments")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, blank=True, related_name="appointments")
    starts_at = models.DateTimeField("starts")
    ends_at = models.DateTimeField("ends")
    mode = models.CharField(max_length=8, choices=Mode)
    place = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.BOOKED, editable=False)
    held_until = models.DateTimeField(null=True, editable=False)
    late_minutes = models.PositiveSmallIntegerField("minutes late", null=True, blank=True, editable=False)
    change_reason = models.CharField("why it was changed", max_length=200, blank=True, editable=False)
    change_asked_by = models.CharField(
        "who asked for the change", max_length=8, choices=AskedBy, blank=True, editable=False
    )
    replaces = models.OneToOneField("self", models.PROTECT, null=True, editable=False, related_name="replaced_by")
    outcome_recorded_at = models.DateTimeField(null=True, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="appointments_recorded"
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        default_permissions = ["view"]
        permissions = [
            ("book_appointment", "Can book an appointment"),
            *(
                (f"{verb}_appointment", f"Appointment: {step.label.lower()}")
                for verb, step in APPOINTMENT_STEPS.items()
            ),
        ]
        indexes = [
            models.Index(fields=["worker", "starts_at", "id"], name="appointment_of_worker"),
            models.Index(fields=["agency", "starts_at", "id"], name="appointment_of_agency"),
            models.Index(fields=["referral", "starts_at"], name="appointment_of_referral"),
            models.Index(fields=["held_until"], name="appointment_held", condition=Q(status="held")),
            models.Index(fields=["agency", "starts_at"], name="appointment_to_come", condition=Q(status="booked")),
        ]
        constraints = [
            ExclusionConstraint(
                name="worker_sees_one_person_at_a_time",
                expressions=[("worker", RangeOperators.EQUAL), (_time(), RangeOperators.OVERLAPS)],
                condition=Q(status__in=sorted(TOOK_TIME)),
                violation_error_message="This time has just been taken. Choose another.",
            ),
            ExclusionConstraint(
                name="person_has_one_appointment_at_a_time",
                expressions=[("offender", RangeOperators.EQUAL), (_time(), RangeOperators.OVERLAPS)],
                condition=Q(status__in=sorted(TOOK_TIME)),
                violation_error_message="They have another appointment at that time. Choose another time.",
            ),
            models.CheckConstraint(
                name="appointment_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="The end has to be after the start.",
            ),
            models.CheckConstraint(
                name="only_a_hold_is_about_nobody",
                condition=(
                    Q(status="held", referral=None, offender=None, held_until__isnull=False)
                    | (~Q(status="held") & Q(referral__isnull=False, offender__isnull=False, held_until=None))
                ),
            ),
            models.CheckConstraint(
                name="changed_appointment_says_why_and_who_asked",
                condition=~Q(status__in=["rescheduled", "cancelled"]) | (~Q(change_reason="") & ~Q(change_asked_by="")),
                violation_error_message="Say why, and who asked.",
            ),
            models.CheckConstraint(
                name="recorded_appointment_says_when",
                condition=~Q(status__in=["attended", "missed", "called_off"]) | Q(outcome_recorded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_at_a_place_says_where",
                condition=~Q(mode__in=["surgery", "custody"]) | ~Q(place=""),
                violation_error_message="Say where: the surgery or the custody suite.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} on {timezone.localtime(self.starts_at):%-d %B %Y, %H:%M}"

    def get_absolute_url(self):
        return reverse("booking:appointment", args=[self.pk])

    @property
    def matters(self):
        return [self.referral_id]
