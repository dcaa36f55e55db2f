"""What is asked of several tables of partners at once."""

import calendar
import datetime as dt

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from .dated import midnight
from .models import AccessReview, Agency, Membership
from .settings import setting


def months_before(day, months):
    """The same day of the month so many months ago, or the last there is of it."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def access_reviews_due(day=None):
    """The agencies whose roles were not gone through for longer than the setting says, the longest ago first.

    Each with `reviewed_at`, None where they never were: then it counts from the first role given there.
    """
    (months,) = setting("access_review_months", day)
    since = months_before(day or timezone.localdate(), int(months))
    done = AccessReview.objects.filter(agency=OuterRef("pk"), signed_off_at__isnull=False).order_by("-signed_off_at")
    held = Membership.objects.filter(agency=OuterRef("pk"), user__is_active=True)
    rows = Agency.objects.annotate(reviewed_at=Subquery(done.values("signed_off_at")[:1])).filter(Exists(held.on(day)))
    never = Q(reviewed_at=None) & Exists(held.filter(valid_from__lte=since))
    rows = rows.filter(Q(reviewed_at__lt=midnight(since)) | never)
    return rows.order_by(F("reviewed_at").asc(nulls_first=True), "name")
