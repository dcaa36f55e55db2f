"""Someone away from the rehab for a while, whose place is kept."""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils import timezone

from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from referrals.rehab import what_follows
from referrals.rehab.workflow import ABSENCE_STEPS, Away, Stay

from .placement import Placement


class AbsenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of stays that the user sees."""
        if not user.has_perm("rehab.view_absence"):
            return self.none()
        return self.filter(placement__in=Placement.objects.visible_to(user).values("pk"))

    def held_by(self, user):
        """Those of stays on the user's team's cases."""
        return self.filter(placement__in=Placement.objects.held_by(user).values("pk"))

    def sent_to(self, user):
        """Those of stays in a rehab of the user's agency."""
        return self.filter(placement__in=Placement.objects.sent_to(user).values("pk"))

    def amendable_by(self, user):
        """Those that whoever may record one may correct, of the rehab and of the team."""
        if not user.has_perm("rehab.add_absence"):
            return self.none()
        stays = Placement.objects.sent_to(user) | Placement.objects.held_by(user)
        return self.visible_to(user).filter(placement__in=stays.values("pk"))

    def away(self):
        return self.filter(status=Away.AWAY)

    def overdue(self):
        """Those away who were due back before now."""
        return self.away().filter(due_back__lt=timezone.now())

    def with_names(self):
        return self.select_related("placement__offender", "placement__unit", "placement__case__referral", "by")


class Absence(Stepped):
    """A time someone who lives in a rehab is away from it. Their place is kept, and the days count as days in rehab.

    They come back; or the stay ends before they do.
    """

    STEPS = ABSENCE_STEPS

    class Kind(models.TextChoices):
        AGREED = "agreed", "Time away that was agreed"
        APPOINTMENT = "appointment", "An appointment"
        HOSPITAL = "hospital", "Hospital"
        COURT = "court", "Court, probation or police"
        UNAGREED = "unagreed", "Went without agreeing it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="absences", editable=False)
    kind = models.CharField("why", max_length=12, choices=Kind)
    left_at = models.DateTimeField("when they left")
    due_back = models.DateTimeField("when they are due back")
    returned_at = models.DateTimeField("when they came back", null=True, blank=True, editable=False)
    status = models.CharField(max_length=10, choices=Away, default=Away.AWAY, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["-left_at", "-id"]
        default_permissions = ["view", "add"]
        permissions = [("return_absence", "Absence: record the return")]
        indexes = [models.Index(fields=["due_back", "id"], name="absence_now", condition=Q(status="away"))]
        constraints = [
            models.CheckConstraint(
                name="absence_is_due_to_end_after_it_begins", condition=Q(due_back__gt=F("left_at")),
                violation_error_message="They are due back after they left.",
            ),
            models.CheckConstraint(
                name="return_is_not_before_leaving", condition=Q(returned_at=None) | Q(returned_at__gte=F("left_at")),
                violation_error_message="They cannot come back before they left.",
            ),
            models.CheckConstraint(
                name="return_is_recorded_with_its_time",
                condition=Q(status="returned", returned_at__isnull=False) | ~Q(status="returned") & Q(returned_at=None),
            ),
            ExclusionConstraint(
                name="person_is_away_once_at_a_time",
                expressions=[
                    ("placement", RangeOperators.EQUAL),
                    (
                        Func(
                            "left_at", "returned_at", RangeBoundary(), function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="They are recorded as away at that time already.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Away: {self.get_kind_display().lower()}"

    def get_absolute_url(self):
        return self.placement.get_absolute_url()

    @property
    def return_url(self):
        return reverse("rehab:absence_return", args=[self.pk])

    @property
    def offender(self):
        return self.placement.offender

    @property
    def offender_id(self):
        return self.placement.offender_id

    @property
    def matters(self):
        return self.placement.matters

    @property
    def is_overdue(self):
        return self.status == Away.AWAY and self.due_back < timezone.now()

    def amendable_fields(self, user):
        return {"kind", "left_at", "due_back"} | ({"returned_at"} if self.returned_at else set())

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(self.sentence, self.left_at), (self.STEPS["return"].sentence, self.returned_at)]

    @property
    def sentence(self):
        return f"Away from rehab: {self.get_kind_display().lower()}"

    @classmethod
    def may_record(cls, user, stay):
        """Whether this user may say that someone is away: of the rehab that has them, or of the team."""
        theirs = Placement.objects.sent_to(user) | Placement.objects.held_by(user)
        seen = Placement.objects.visible_to(user).filter(pk=stay.pk, pk__in=theirs.values("pk"))
        return user.has_perm("rehab.add_absence") and seen.exists()

    @classmethod
    def record(cls, stay, *, by, kind, due_back, left_at=None):
        """Someone is away. One who went without agreeing it is a concern that somebody looks into."""
        if not cls.may_record(by, stay):
            raise PermissionDenied("You may not record absences from this stay.")
        if stay.status != Stay.ARRIVED:
            raise ValidationError("Absences are recorded while the person is in rehab.", code="not_there")
        row = cls(placement=stay, by=by, kind=kind, left_at=left_at or timezone.now(), due_back=due_back)
        row.within_the_stay()
        with transaction.atomic():
            insert(row, sure_of=["placement", "by"])
            Event.objects.record(
                Event.Kind.COLLECTION, "absence.record", by=by, subject=row, offenders=[row.offender_id]
            )
            row._tell(row.sentence, by=by, at=row.left_at)
            if kind == cls.Kind.UNAGREED:
                text = "They went without agreeing it. Find out where they are."
                what_follows.raise_concern(stay, text, by=by, days=0)
        return row

    def return_(self, *, by, returned_at=None):
        """They came back."""
        at = returned_at or timezone.now()
        if at > timezone.now():
            raise ValidationError("This cannot have happened in the future.", code="future")
        self._take("return", by=by, on=timezone.localdate(at), returned_at=at)

    def amended(self, was, *, by):
        self.within_the_stay()

    def within_the_stay(self):
        """Raise where the person was not in rehab then."""
        stay, day = self.placement, timezone.localdate(self.left_at)
        there = stay.status in (Stay.ARRIVED, Stay.DEPARTED) and stay.arrived_on <= day
        if not there or (stay.departed_on and day > stay.departed_on):
            raise ValidationError("Absences are recorded of days on which the person was in rehab.", code="not_there")
        if self.left_at > timezone.now():
            raise ValidationError("They cannot have left in the future.", code="future")
