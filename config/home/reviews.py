"""Panels of supervisors' reviews: those to write, and those of one's own work."""

from datetime import timedelta

from django.urls import reverse
from django.utils.timezone import localdate

from partners.frame.paging import capped_count
from referrals.rehab.models import Case, Review

from .panels import Line, Panel, day_words, few

LATELY = timedelta(days=28)


def due(user):
    """The supervisor's: cases of others to look into, those of a dip sample first."""
    cases = Case.objects.visible_to(user).held_by(user).review_due().exclude(facilitator=user)
    rows = few(cases.with_names().order_by("-is_picked", "review_on", "pk"))
    lines = [
        Line(str(row.offender), f"{row.facilitator}, {note}", reverse("admin:rehab_case_review", args=[row.pk]), late)
        for row in rows
        for note in ["dip sample" if row.is_picked else f"by {day_words(row.review_on)}"]
        for late in [row.review_on < localdate()]
    ]
    words = "" if rows else "Every case was looked into in time."
    url = reverse("admin:rehab_case_team")
    return Panel("Reviews due", url, "Open the team", capped_count(cases), lines, words, rows)


def of_mine(user):
    """The facilitator's: what supervisors saw in their work lately; nothing where they have not looked."""
    rows = Review.objects.visible_to(user).signed().about(user).filter(finished_on__gte=localdate() - LATELY)
    shown = few(rows.with_names().newest_first())
    lines = [
        Line(str(row.offender), f"{row.by}, {day_words(row.finished_on)}", row.get_absolute_url()) for row in shown
    ]
    url = f"{reverse('rehab:reviews')}?whose=mine"
    return Panel("Your cases reviewed", url, count=capped_count(rows), lines=lines, shown=shown) if shown else None
