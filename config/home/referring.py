"""Panels for whoever puts people forward."""

from django.urls import reverse

from partners.frame.paging import capped_count
from referrals.models import Referral
from referrals.workflow import Status

from .panels import ROWS, Line, Panel, day_words


def refer(user):
    words = "Someone who offends to fund an addiction, and wants out of it. It takes a few minutes."
    return Panel("Refer someone", reverse("referrals:new"), "Start a referral", words=words)


def sent(user):
    """What this user put forward, and what became of it."""
    mine = Referral.objects.visible_to(user).filter(referred_by=user)
    words = "You have referred nobody yet. What becomes of the people you refer is shown here."
    return _became("My referrals", mine, "mine", words)


def team(user):
    """What others of the user's team put forward, for teams that only send."""
    if user.has_perm("referrals.accept_referral"):
        return None
    rows = Referral.objects.visible_to(user)
    theirs = rows.filter(pk__in=Referral.objects.sent_by(user).values("pk")).exclude(referred_by=user)
    return _became("My team's referrals", theirs, "sent", "Nobody else of your team has referred anyone yet.")


def _became(title, referrals, whose, words):
    rows = list(referrals.with_names().order_by("-referred_on", "-id")[:ROWS])
    lines = [
        Line(str(row.offender), row.became if row.status == Status.DRAFT else f"{row.became}, sent {day}", url)
        for row in rows
        for day, url in [(day_words(row.referred_on), row.get_absolute_url())]
    ]
    url = f"{reverse('referrals:list')}?whose={whose}"
    return Panel(title, url, count=capped_count(referrals), lines=lines, words="" if rows else words, shown=rows)
