"""Trying to reach someone who was referred, and whether anyone has."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import TooLate, insert
from partners.audit.models import Event
from partners.roles import Category
from referrals.models import Deadline, Referral
from referrals.workflow import UNDER_WAY

from ..workflow import Status


class ContactAttemptQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals the user sees, made by their own team."""
        if not user.has_perm("booking.view_contactattempt"):
            return self.none()
        return self.filter(user.mine(), referral__in=Referral.objects.visible_to(user).values("pk"))

    def amendable_by(self, user):
        """Those that whoever may log one may correct, as long as the referral is open."""
        if not user.has_perm("booking.add_contactattempt"):
            return self.none()
        return self.visible_to(user).filter(referral__status__in=UNDER_WAY)

    def reached(self):
        return self.filter(result__in=ContactAttempt.REACHED)

    def with_names(self):
        return self.select_related("referral", "referral__offender", "recorded_by")


class ContactAttempt(models.Model):
    """One attempt to reach someone who was referred."""

    class Method(models.TextChoices):
        PHONE = "phone", "Phone call"
        TEXT = "text", "Text message"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"
        VISIT = "visit", "Visit"

    class Result(models.TextChoices):
        REACHED = "reached", "Reached them"
        NO_ANSWER = "no_answer", "No answer"
        MESSAGE = "message", "Left a message"
        WRONG = "wrong", "Wrong number or address"
        DECLINED = "declined", "Reached them: they do not want this"

    REACHED = frozenset({Result.REACHED, Result.DECLINED})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, editable=False, related_name="contact_attempts")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, editable=False, related_name="+")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, editable=False, related_name="+")
    occurred_at = models.DateTimeField("when")
    method = models.CharField(max_length=8, choices=Method)
    result = models.CharField(max_length=10, choices=Result)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")

    objects = ContactAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        default_permissions = ["view", "add"]
        indexes = [models.Index(fields=["referral", "-occurred_at", "-id"], name="contact_attempt_of_referral")]

    def __str__(self):
        return f"{self.get_method_display()}: {self.get_result_display()}"

    def get_absolute_url(self):
        return reverse("booking:contact", args=[self.referral_id])

    @property
    def offender(self):
        return self.referral.offender

    @property
    def offender_id(self):
        return self.referral.offender_id

    @property
    def matters(self):
        return [self.referral_id]

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(str(self), self.occurred_at)]

    @classmethod
    def may_log(cls, user, referral):
        """Whether this user's team is the one that tries to reach this person."""
        theirs = Referral.objects.visible_to(user).received_by(user)
        return user.has_perm("booking.add_contactattempt") and theirs.filter(pk=referral.pk).exists()

    @classmethod
    def record(cls, referral, *, by, method, result, occurred_at=None):
        """Log an attempt, by those to whom the person was referred. One that reached them meets the deadline."""
        if not cls.may_log(by, referral):
            raise PermissionDenied("You may not log contact attempts on this referral.")
        hat = by.membership
        row = cls(
            referral=referral, agency=hat.agency, unit=hat.unit, method=method, result=result, recorded_by=by,
            occurred_at=occurred_at or timezone.now(),
        )  # fmt: skip
        with transaction.atomic():
            referral.refresh_from_db(from_queryset=Referral.objects.select_for_update())
            if referral.status not in UNDER_WAY:
                raise TooLate(f"This referral is {referral.get_status_display().lower()}: nobody is to be reached.")
            row.within_the_referral()
            insert(row, sure_of=["referral", "agency", "unit", "recorded_by"])
            Event.objects.record(
                Event.Kind.COLLECTION, "contactattempt.record", by=by, subject=row, offenders=[referral.offender_id],
                result=result,
            )  # fmt: skip
            Entry.write(
                referral.offender_id, str(row), by=by, at=row.occurred_at, category=Category.GENERAL,
                matters=row.matters, url=row.get_absolute_url(),
            )  # fmt: skip
            keep_first_contact(referral, by=by)
        return row

    def amended(self, was, *, by):
        self.within_the_referral()
        keep_first_contact(self.referral, by=by)

    def within_the_referral(self):
        """Raise where it is of a time before the referral, or still to come."""
        if timezone.localdate(self.occurred_at) < self.referral.referred_on:
            raise ValidationError({"on": "This is before they were referred."}, code="before_the_referral")
        if self.occurred_at > timezone.now() + timedelta(minutes=1):
            raise ValidationError({"on": "This cannot be in the future."}, code="future")


def first_reached_on(referral):
    """The day on which they were first reached, by an attempt or because they came; None while nobody reached them."""
    attempt = referral.contact_attempts.reached().order_by("occurred_at").values_list("occurred_at", flat=True).first()
    came = referral.appointments.filter(status=Status.ATTENDED).order_by("starts_at")
    moments = [moment for moment in (attempt, came.values_list("starts_at", flat=True).first()) if moment]
    return timezone.localdate(min(moments)) if moments else None


def keep_first_contact(referral, *, by):
    """The deadline for first contact is met on the day they were first reached; corrected, it may stand open again."""
    for deadline in Deadline.objects.filter(referral=referral, kind=Deadline.Kind.FIRST_CONTACT):
        deadline.settle(first_reached_on(referral), by=by)
        if referral.ended_on and not deadline.is_over:
            deadline.drop(by=by, on=referral.ended_on)
