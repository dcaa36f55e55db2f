"""Panels for whoever decides whether two records are of one person."""

from django.urls import reverse

from offenders.models import LikelyPair, Merge
from partners.frame.paging import capped_count

from .panels import ROWS, Line, Panel, day_words


def likely_pairs(user):
    pairs = LikelyPair.objects.visible_to(user).open()
    rows = list(pairs.with_names().order_by("-score", "-found_at", "-pk")[:ROWS])
    lines = [Line(f"{row.one} and {row.other}", f"{row.score} of 100", row.get_absolute_url()) for row in rows]
    words = "" if rows else "Nobody looks like someone recorded twice."
    url = reverse("offenders:pairs")
    return Panel("Likely duplicates", url, count=capped_count(pairs), lines=lines, words=words, shown=rows)


def merges_to_review(user):
    merges = Merge.objects.visible_to(user).to_review().exclude(by=user)
    rows = list(merges.with_names().order_by("at", "pk")[:ROWS])
    lines = [Line(str(row.kept), f"{row.by}, {day_words(row.at)}", row.get_absolute_url()) for row in rows]
    words = "" if rows else "No merge waits for a second look."
    url = f"{reverse('offenders:merges')}?state=to_review"
    return Panel("Merges to review", url, count=capped_count(merges), lines=lines, words=words, shown=rows)
