"""Panels for whoever decides on, and looks into, what others did."""

from django.urls import reverse
from django.utils.timezone import localdate

from offenders.models import Restriction
from partners.frame.paging import capped_count

from .panels import ROWS, Line, Panel, day_words


def restrictions(user):
    """What someone else proposed, for this user to agree to or refuse."""
    proposed = Restriction.objects.visible_to(user).open().of_another(user)
    rows = list(proposed.with_names().order_by("proposed_at", "pk")[:ROWS])
    lines = [
        Line(str(row.offender), f"{row}, {day_words(localdate(row.proposed_at))}", row.get_absolute_url())
        for row in rows
    ]
    words = "" if rows else "Nobody proposes to restrict a person, or to change that."
    url = reverse("admin:offenders_restriction_changelist")
    return Panel("Restrictions to decide", url, count=capped_count(proposed), lines=lines, words=words, shown=rows)
