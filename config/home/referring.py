"""Panels for whoever puts people forward."""

from django.urls import reverse

from partners.frame.paging import capped_count
from referrals.models import Referral

from .panels import ROWS, Line, Panel, day_words


def refer(user):
    words = "Someone who offends to fund an addiction, and wants out of it. It takes a few minutes."
    return Panel("Refer someone", reverse("referrals:new"), "Start a referral", words=words)


def sent(user):
    """What this user put forward, and what became of it."""
    mine = Referral.objects.visible_to(user).filter(referred_by=user)
    rows = list(mine.with_names().order_by("-referred_on", "-id")[:ROWS])
    lines = [
        Line(str(row.offender), f"{row.became}, sent {day_words(row.referred_on)}", row.get_absolute_url())
        for row in rows
    ]
    words = "" if rows else "You have referred nobody yet. What becomes of the people you refer is shown here."
    url = f"{reverse('referrals:list')}?whose=mine"
    return Panel("My referrals", url, count=capped_count(mine), lines=lines, words=words, shown=rows)
