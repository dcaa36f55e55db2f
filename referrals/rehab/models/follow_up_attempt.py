import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone

from offenders.models import Entry, shown_to
from offenders.workflow import TooLate, insert
from partners.audit.models import Event
from partners.roles import Category

from .follow_up import FollowUp


class FollowUpAttemptQuerySet(models.QuerySet):
    def readable_by(self, user):
        """Those whose agency may show this hat general notes."""
        return self.filter(shown_to(user, category=Category.GENERAL, offender="follow_up__case__offender"))

    def visible_to(self, user):
        """Those for follow-ups the user sees, as far as the agency that made them may show them."""
        return self.readable_by(user).filter(follow_up__in=FollowUp.objects.visible_to(user).values("pk"))

    def amendable_by(self, user):
        """Those that the user's own agency made."""
        rows = self.visible_to(user) if user.has_perm("rehab.record_followup") else self.none()
        return rows.filter(agency=user.membership.agency_id)

    def with_names(self):
        return self.select_related("follow_up__case__offender", "by", "agency")


class FollowUpAttempt(models.Model):
    """One attempt to reach someone for a check after rehab."""

    class Method(models.TextChoices):
        PHONE = "phone", "Phone call"
        TEXT = "text", "Text message"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"
        VISIT = "visit", "Visit"
        THROUGH = "through", "Through someone who knows them"

    class Result(models.TextChoices):
        NO_ANSWER = "no_answer", "No answer"
        MESSAGE = "message", "Left a message"
        WRONG = "wrong", "Wrong number or address"
        LATER = "later", "Reached them: not now"
        REACHED = "reached", "Reached them"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    follow_up = models.ForeignKey(FollowUp, models.PROTECT, editable=False, related_name="attempts")
    occurred_at = models.DateTimeField("when")
    method = models.CharField(max_length=8, choices=Method)
    result = models.CharField(max_length=10, choices=Result)
    text = models.CharField("what helps the next one", max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="follow_up_attempts")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, editable=False, related_name="follow_up_attempts")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = FollowUpAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        default_permissions = []
        verbose_name = "follow-up attempt"
        indexes = [models.Index(fields=["follow_up", "-occurred_at", "-id"], name="attempt_of_follow_up")]

    def __str__(self):
        return f"{self.get_method_display()}: {self.get_result_display().lower()}"

    def get_absolute_url(self):
        return self.follow_up.get_absolute_url()

    @property
    def offender(self):
        return self.follow_up.offender

    @property
    def offender_id(self):
        return self.follow_up.offender_id

    @property
    def matters(self):
        return self.follow_up.matters

    @property
    def sentence(self):
        return f"{self.follow_up}, attempt. {self}"

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(self.sentence, self.occurred_at)]

    @classmethod
    def record(cls, follow_up, *, by, method, result, occurred_at=None, text=""):
        """Log an attempt for a check that is still to do."""
        seen = FollowUp.objects.visible_to(by).filter(pk=follow_up.pk)
        if not (by.has_perm("rehab.record_followup") and seen.exists()):
            raise PermissionDenied("You may not record this follow-up.")
        attempt = cls(
            follow_up=follow_up, by=by, agency=by.membership.agency, method=method, result=result, text=text,
            occurred_at=occurred_at or timezone.now(),
        )  # fmt: skip
        with transaction.atomic():
            held = FollowUp.objects.select_for_update(of=("self",)).select_related("case").get(pk=follow_up.pk)
            if held.done_on:
                raise TooLate("This follow-up is already recorded.")
            if held.case.closed_on:
                raise TooLate("This case is closed: nobody is to be reached.")
            attempt.within_the_case()
            insert(attempt, sure_of=["follow_up", "by", "agency"])
            Event.objects.record(
                Event.Kind.COLLECTION, "followupattempt.record", by=by, subject=attempt,
                offenders=[attempt.offender_id], result=result,
            )  # fmt: skip
            Entry.write(
                attempt.offender_id, attempt.sentence, by=by, at=attempt.occurred_at, category=Category.GENERAL,
                matters=attempt.matters, url=attempt.get_absolute_url(),
            )  # fmt: skip
        return attempt

    def amended(self, was, *, by):
        self.within_the_case()

    def within_the_case(self):
        """Raise where it is of a time before the case, or still to come."""
        if timezone.localdate(self.occurred_at) < self.follow_up.case.opened_on:
            raise ValidationError({"on": "This is before the case was opened."}, code="before_the_case")
        if self.occurred_at > timezone.now() + timedelta(minutes=1):
            raise ValidationError({"on": "This cannot be in the future."}, code="future")
