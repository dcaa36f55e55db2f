"""The review groups, and who reviews whose records."""

from django.core.exceptions import PermissionDenied
from django.db import models

from offenders.models import Offender

VIEW, REVIEW, OVERSEE = "retention.view_schedule", "retention.review_schedule", "retention.oversee_schedule"


class Group(models.TextChoices):
    """The review groups, in the order of the figures of the setting “keep_years”."""

    PUBLIC_PROTECTION = "public", "Public protection"
    SERIOUS = "serious", "Serious"
    OTHER = "other", "Other"
    TREATMENT = "treatment", "Treatment"


def reviewable_by(user):
    """The people whose records this user reviews: those their team works with; of an overseer, all not restricted to
    others."""
    if not user.has_perm(VIEW):
        return Offender.objects.none()
    if user.has_perm(OVERSEE):
        return Offender.objects.open_to(user).filter(merged_into=None)
    return Offender.objects.worked_by(user)


def reviews(user, pk):
    """Whether this user decides how long the records of the person with this id are kept."""
    return user.has_perm(REVIEW) and Offender.objects.worked_by(user).filter(pk=pk).exists()


def check_reviews(user, offender):
    """Raise PermissionDenied for who does not."""
    if not reviews(user, offender.pk):
        raise PermissionDenied("You may not decide how long these records are kept.")
