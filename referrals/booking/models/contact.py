import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from referrals.models import Referral


class ContactAttemptQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals the user sees, made by their own team."""
        if not user.has_perm("booking.view_contactattempt"):
            return self.none()
        return self.filter(user.mine(), referral__in=Referral.objects.visible_to(user).values("pk"))

    def reached(self):
        return self.filter(result=ContactAttempt.Result.REACHED)

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
        return self.referral.get_absolute_url()

    @property
    def offender(self):
        return self.referral.offender

    @property
    def offender_id(self):
        return self.referral.offender_id
