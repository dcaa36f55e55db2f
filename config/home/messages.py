"""The panel of messages that did not arrive."""

from django.db.models import Q
from django.urls import reverse

from offenders.undelivered import undelivered, whom, with_people
from partners.frame.paging import capped_count
from referrals.models import Referral
from referrals.rehab.models import Case

from .panels import ROWS, Line, Panel, day_words


def not_delivered(user):
    """Those this user wrote, or that were to people whose worker they are; the list has the team's too."""
    referrals = Referral.objects.visible_to(user).filter(worker=user)
    theirs = Q(matter__in=referrals.values("pk")) | Q(matter__in=Case.objects.visible_to(user).of(user).values("pk"))
    rows = undelivered(user).filter(theirs | Q(by=user) | Q(for_user=user))
    if not (count := capped_count(rows)):
        return None
    first = with_people(rows.order_by("-send_at", "-id")[:ROWS], user)
    lines = [
        Line(f"{row.get_channel_display()} to {whom(row)}", f"{day_words(row.send_at)}: {row.problem}", url)
        for row in first
        for url in [reverse("offenders:see_to_notice", args=[row.pk])]
    ]
    return Panel("Messages not delivered", reverse("offenders:undelivered"), count=count, lines=lines, shown=first)
