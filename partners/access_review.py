"""Who may act for an agency, gone through every few months: each role is kept, or ended and why."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from .audit.models import Event
from .roles import ROLES


class AccessReviewQuerySet(models.QuerySet):
    def open(self):
        return self.filter(signed_off_at=None)

    def with_counts(self):
        """Each with `roles` in its list, and how many of them are `decided`."""
        decided = Count("lines", filter=~Q(lines__decision=""))
        return self.annotate(roles=Count("lines"), decided=decided)


class AccessReview(models.Model):
    """The list of who could act for an agency on a day, and what was decided of each role, signed off by one person.

    A role that is ended in it ends that day. Nobody decides on their own. Once signed off it stays as it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="access_reviews")
    begun_at = models.DateTimeField(default=timezone.now, editable=False)
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="access_reviews_begun"
    )
    signed_off_at = models.DateTimeField(null=True, editable=False)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="access_reviews_signed_off"
    )

    objects = AccessReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "-id"]
        default_permissions = ["view", "add", "change"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=Q(signed_off_at=None), name="agency_has_one_access_review_at_a_time",
                violation_error_message="A review of this agency is open already. Sign that one off first.",
            ),
            models.CheckConstraint(
                name="access_review_signed_off_says_by_whom",
                condition=Q(signed_off_at=None, signed_off_by=None)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.agency}, {timezone.localtime(self.begun_at):%-d %B %Y}"

    @transaction.atomic
    def begin(self, *, by):
        """Draw up the list, as it stands today. Raises ValidationError where nobody holds a role there."""
        self.begun_by = by
        self.save(force_insert=True)
        held = self.agency.memberships.on().filter(user__is_active=True).select_related("user", "unit")
        lines = ReviewedMembership.objects.bulk_create(
            ReviewedMembership(
                review=self, membership=one, user=one.user, name=str(one.user), role=one.role,
                unit_name=str(one.unit or ""), valid_from=one.valid_from, valid_to=one.valid_to,
                last_signed_in_at=one.user.last_login,
            )
            for one in held
        )  # fmt: skip
        if not lines:
            raise ValidationError(f"Nobody holds a role at {self.agency} today.", code="nobody")
        Event.objects.record(
            Event.Kind.ADMINISTRATION, "accessreview.begin", by=by, subject=self, agency=str(self.agency_id),
            roles=len(lines),
        )  # fmt: skip

    @transaction.atomic
    def sign_off(self, *, by):
        """All of it is decided. The database refuses it while anything is not."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        if self.signed_off_at:
            raise ValidationError("This review is signed off already.", code="signed_off")
        self.signed_off_at, self.signed_off_by = timezone.now(), by
        self.save(update_fields=["signed_off_at", "signed_off_by"])
        ended = self.lines.filter(decision=ReviewedMembership.Decision.END).count()
        Event.objects.record(
            Event.Kind.ADMINISTRATION, "accessreview.sign_off", by=by, subject=self, roles=self.lines.count(),
            ended=ended,
        )  # fmt: skip


class ReviewedMembership(models.Model):
    """A role as it stood when the list of an access review was drawn up, and what was decided of it."""

    class Decision(models.TextChoices):
        KEEP = "keep", "Keep"
        END = "end", "End it today"

    review = models.ForeignKey(AccessReview, models.PROTECT, related_name="lines")
    membership = models.ForeignKey("partners.Membership", models.PROTECT, related_name="reviews")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="access_reviewed")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=30, choices=[(name, role.label) for name, role in ROLES.items()])
    unit_name = models.CharField("unit", max_length=120, blank=True)
    valid_from = models.DateField("since")
    valid_to = models.DateField("until", null=True)
    last_signed_in_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=4, choices=Decision, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="access_decided")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["review", "membership"], name="role_is_reviewed_once_in_a_review"),
            models.CheckConstraint(
                name="decision_on_a_role_says_by_whom_and_when",
                condition=Q(decision="", decided_by=None, decided_at=None)
                | ~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_decides_on_their_own_role",
                condition=Q(decided_by=None) | ~Q(decided_by=F("user")),
                violation_error_message="You cannot decide on a role of your own. Ask another administrator.",
            ),
            models.CheckConstraint(
                name="role_that_is_ended_says_why",
                condition=~Q(decision="end") | ~Q(reason=""),
                violation_error_message="Say why the role ends.",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.get_role_display()}"

    @transaction.atomic
    def decide(self, *, by, decision, reason=""):
        """Keep the role, or end it today. Raises ValidationError of one that has been ended: it begins anew."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update(of=["self"]).select_related("review"))
        if self.decision == self.Decision.END:
            raise ValidationError("This role was ended already. Give a new one where that was wrong.", code="ended")
        before = {"decision": self.decision}
        self.decision, self.reason, self.decided_by, self.decided_at = decision, reason, by, timezone.now()
        self.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
        Event.objects.record(
            Event.Kind.ADMINISTRATION, "accessreview.decide", by=by, subject=self.review, before=before,
            after={"decision": decision}, reason=reason, membership=str(self.membership_id),
        )  # fmt: skip
        if decision == self.Decision.END and self.membership.holds():
            self.membership.end(by=by, reason=reason)
