"""Some of what is due is paused, as in any week."""

import datetime as dt

from django.utils import timezone

from referrals.models import Deadline

REASONS = [("custody", 4), ("hospital", 2), ("away", 1)]


def pause_some(*users):
    """Of what each of these users has to see done, one or two are paused, and one was and runs again."""
    today = timezone.localdate()
    for user in users:
        rows = Deadline.objects.visible_to(user).running().filter(set_on__lt=today).order_by("-due_on", "pk")
        for row, (reason, days_ago) in zip(rows[: len(REASONS)], REASONS, strict=False):
            row.pause(by=user, reason=reason, on=max(row.set_on, today - dt.timedelta(days=days_ago)))
        if row := Deadline.objects.visible_to(user).filter(pauses=None, status="paused", pause_reason="away").first():
            row.resume(by=user)
