"""Panels for whoever oversees what is resolved out of court."""

from datetime import timedelta

from django.urls import reverse
from django.utils.timezone import localdate

from partners.frame.paging import capped_count
from referrals.models import Resolution

from .panels import Line, Panel, day_words, few

WEEK = timedelta(days=7)


def to_formalise(user):
    """What came to nothing, so that a formal outcome may have followed."""
    rows = Resolution.objects.visible_to(user).to_formalise()
    words = "Every resolution that was refused or declined has its formal outcome recorded, or there is none."
    return _panel("Formal outcomes to record", rows, "to_formalise", words, note=_ended)


def not_engaged(user):
    """Who did not engage, in the last seven days: Divert is not offered to them again."""
    week = Resolution.objects.visible_to(user).not_engaged().filter(referral__ended_on__gt=localdate() - WEEK)
    words = "Nobody's referral ended like that in the last seven days."
    return _panel("Did not engage, this week", week, "not_engaged", words, note=_ended)


def _ended(row):
    return f"{row.referral.get_status_display()}, {day_words(row.referral.ended_on or row.decided_at)}"


def _panel(title, found, stands, words, *, note):
    rows = few(found.with_names().order_by("referral__referred_on", "referral__id"))
    lines = [Line(str(row.offender), note(row), row.get_absolute_url()) for row in rows]
    url = f"{reverse('referrals:resolutions')}?stands={stands}"
    return Panel(title, url, count=capped_count(found), lines=lines, words="" if rows else words, shown=rows)
