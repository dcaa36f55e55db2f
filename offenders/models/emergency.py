"""Emergency access: for some hours, with a reason, someone sees a person whom their team has no part in."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, Func, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from offenders.workflow import EMERGENCY_STEPS, Stepped, insert
from partners.audit.models import Event
from partners.frame.templatetags.frame import clock, moment
from partners.models import Membership
from partners.notices.models import Notice
from partners.notices.occasions import Occasion
from partners.settings import setting

from .offender import Offender

OPEN, REVIEW = "offenders.open_emergency", "offenders.review_emergency"


class EmergencyAccessQuerySet(models.QuerySet):
    def live(self):
        """Those that open a door now."""
        now = timezone.now()
        return self.filter(opened_at__lte=now, closes_at__gt=now)

    def of(self, user):
        """Those this user opened for the agency of the hat they wear, while that hat may open any."""
        if not user.has_perm(OPEN):
            return self.none()
        return self.filter(user=user.pk, agency=user.membership.agency_id)

    def of_another(self, user):
        """Those that someone else opened."""
        return self.exclude(user=user.pk)

    def visible_to(self, user):
        """One's own, and for who may review those of their agency; of restricted people only where one is named."""
        if not (user.has_perm(OPEN) or user.has_perm(REVIEW)):
            return self.none()
        people = Offender.objects.open_to(user).filter(pk=OuterRef("offender"))
        rows = self.filter(Exists(people), agency=user.membership.agency_id)
        return rows if user.has_perm(REVIEW) else rows.filter(user=user.pk)

    def to_review(self):
        return self.filter(status=EmergencyAccess.Status.WAITING)

    def with_names(self):
        return self.select_related("offender", "user", "agency", "unit", "reviewed_by")


class EmergencyAccess(Stepped):
    """One user's sight of one person for some hours, without an involvement; looked into by someone else afterwards."""

    class Status(models.TextChoices):
        WAITING = "waiting", "To be reviewed"
        REVIEWED = "reviewed", "Reviewed"

    class Outcome(models.TextChoices):
        NEEDED = "needed", "It was needed"
        NOT_NEEDED = "not_needed", "It was not needed"

    STEPS = EMERGENCY_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="emergencies")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="emergencies")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="emergencies")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, related_name="emergencies")
    reason = models.TextField()
    opened_at = models.DateTimeField(editable=False)
    closes_at = models.DateTimeField(editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="emergencies_reviewed"
    )
    reviewed_at = models.DateTimeField(null=True, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, editable=False)
    note = models.TextField(blank=True, editable=False, help_text="What was looked into, and what follows.")

    objects = EmergencyAccessQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name = "emergency access"
        verbose_name_plural = "emergency accesses"
        default_permissions = ["view"]
        permissions = [
            ("open_emergency", "Can open a person in an emergency"),
            ("review_emergency", "Can review what others opened in an emergency"),
        ]
        indexes = [models.Index(fields=["user", "closes_at"], name="emergency_of_user")]
        constraints = [
            models.CheckConstraint(name="emergency_closes_after_it_opens", condition=Q(closes_at__gt=F("opened_at"))),
            models.CheckConstraint(name="emergency_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="emergency_is_reviewed_by_another",
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("user")),
                violation_error_message="Whoever opened it cannot review it. Ask another supervisor.",
            ),
            models.CheckConstraint(
                name="reviewed_emergency_says_by_whom_and_what",
                condition=Q(status="waiting", reviewed_by=None, reviewed_at=None, outcome="")
                | Q(status="reviewed", reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(outcome=""),
            ),
            ExclusionConstraint(
                name="emergency_is_opened_once_at_a_time",
                expressions=[
                    ("offender", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    ("agency", RangeOperators.EQUAL),
                    (
                        Func("opened_at", "closes_at", RangeBoundary(), function="TSTZRANGE",
                             output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="You have opened this person already.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.user}, {moment(self.opened_at)}"

    def get_absolute_url(self):
        return reverse("offenders:emergency", args=[self.pk])

    @classmethod
    def permission(cls, verb):
        return OPEN if verb == "close" else REVIEW

    @property
    def caption(self):
        """Whom it is about, for who looks into it and may not know them: no name."""
        return f"{self.offender.reference}, opened by {self}"

    @property
    def is_live(self):
        return self.opened_at <= timezone.now() < self.closes_at

    @property
    def until(self):
        return clock(self.closes_at)

    @property
    def events(self):
        """All that the record says was seen or done in it; the database marks them (see the migration)."""
        within = Event.objects.filter(by=self.user_id, at__range=(self.opened_at, self.closes_at))
        return within.filter(detail__emergency__contains=[str(self.pk)])

    @classmethod
    @transaction.atomic
    def open(cls, offender, *, by, reason):
        """Open the person to this user from now on, for the hours of the setting. Opened again, it is the same one."""
        found = Offender.objects.findable_by(by).filter(pk=offender.pk)
        if not (by.has_perm(OPEN) and found.exists()):
            raise PermissionDenied("You may not open this person in an emergency.")
        Offender.objects.select_for_update(no_key=True).only("pk").get(pk=offender.pk)  # and then look
        if not found.known_whole_to(by).exists():
            raise ValidationError(
                "Two records were made one of this person, which is to be reviewed first. Ask the O2R supervisors."
            )
        if Offender.objects.worked_by(by).filter(pk=offender.pk).exists():
            raise ValidationError("Your team works with this person. Their pages are open to you.")
        if already := cls.objects.live().of(by).filter(offender=offender).first():
            return already
        (hours,), now, hat = setting("emergency_access_hours"), timezone.now(), by.membership
        closes_at = now + timedelta(hours=float(hours))
        access = cls(
            offender=offender, user=by, agency=hat.agency, unit=hat.unit, reason=reason, opened_at=now,
            closes_at=closes_at,
        )  # fmt: skip
        insert(access, sure_of=["offender", "user", "agency", "unit"])
        Event.objects.record(
            Event.Kind.DISCLOSURE, "emergencyaccess.open", by=by, subject=access, offenders=[offender.pk],
            recipient=hat.agency, reason=reason,
        )  # fmt: skip
        access._tell(f"Opened in an emergency by {hat.agency}, until {access.until}", by=by, at=now)
        access._tell_reviewers(by=by)
        return access

    def close(self, *, by):
        """Whoever opened it is done before its time."""
        self._take("close", by=by, closes_at=min(self.closes_at, timezone.now()))

    def review(self, *, by, outcome, note):
        """Someone else looked into it. What is still open is closed."""
        now = timezone.now()
        self._take(
            "review", by=by, reason=note, outcome=outcome, note=note, reviewed_by=by, reviewed_at=now,
            closes_at=min(self.closes_at, now),
        )  # fmt: skip

    @property
    def reviewers(self):
        """Who may look into it: of its agency, not whoever opened it; of a restricted person the named alone."""
        from .sharing import NamedUser

        users = Membership.objects.holding(REVIEW).filter(agency=self.agency_id).users().exclude(pk=self.user_id)
        if self.offender.is_restricted:
            users = users.filter(pk__in=NamedUser.objects.on().filter(offender=self.offender_id).values("user"))
        return users

    def _tell_reviewers(self, *, by):
        """They are told at once, in an e-mail that names nobody."""
        where = f"{settings.SITE_URL}{reverse('offenders:emergencies')}"
        for user in self.reviewers:
            Notice.send(
                key=f"emergency {self.pk} {user.pk}", channel=Notice.Channel.EMAIL, to=user.email, for_user=user,
                occasion=Occasion.EMERGENCY, about=[self.offender_id], tells_of=self.pk, by=by,
                subject="A record was opened in an emergency",
                text=f"Someone opened a record in an emergency. Sign in to review it: {where}",
            )  # fmt: skip

    @property
    def matters(self):
        return self.offender.matters

    def _tell(self, sentence, *, by, at, **told):
        """The timeline says that it was opened; what was looked into afterwards is for who reviews."""
        if self.status == self.Status.WAITING:
            super()._tell(sentence, by=by, at=at)
