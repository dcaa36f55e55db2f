"""Panels of who is away, and whom the user stands in for."""

from django.urls import reverse

from partners.frame.paging import capped_count
from referrals.booking.allocation import Workload
from referrals.models import Cover
from referrals.rehab.allocation import Caseload

from .panels import ROWS, Line, Panel, day_words, few


def yours(user):
    """Whom they stand in for today, until when, and how many people they cannot see in their stead."""
    rows = Cover.objects.visible_to(user).of(user).with_names().order_by("valid_to", "pk")
    lines = []
    for row in rows:
        note = f"until {day_words(row.valid_to)}"
        if left_out := row.left_out:
            note += f"; {left_out} restricted {'person is' if left_out == 1 else 'people are'} left out"
        lines.append(Line(str(row.absent), note, row.get_absolute_url()))
    words = "What is theirs is among yours here and in your lists, with their name beside it."
    return Panel("You cover for", reverse("cover:list"), count=len(lines), lines=lines, words=words) if lines else None


def away(user):
    """Who of the team is away today, and who stands in for each."""
    rows = list(
        Cover.objects.visible_to(user).holding().exclude(covered_by=user).with_names().order_by("valid_to", "pk")
    )
    lines = [
        Line(f"{row.absent}, until {day_words(row.valid_to)}", f"{row.covered_by} stands in", row.get_absolute_url())
        for row in rows[:ROWS]
    ]
    if not lines and not Cover.may_arrange(user):
        return None
    words = "" if lines else "Nobody of your team is away, as far as is arranged."
    buttons = [("Arrange cover", reverse("cover:add"))] if Cover.may_arrange(user) else []
    return Panel("Who is away", reverse("cover:list"), count=len(rows), lines=lines, words=words, buttons=buttons)


def of_who_left(user):
    """The supervisor's: people of someone who does the work in the team no more."""
    return _left(user, Caseload, reverse("rehab:to_allocate"))


def referrals_of_who_left(user):
    return _left(user, Workload, reverse("booking:to_allocate"))


def _left(user, pool, url):
    left = pool.rows(user).filter(has_left=True)
    rows = few(left.order_by("referred_on", "pk"))
    lines = []
    for row in rows:
        address, holder, _ = pool.stands(row)
        lines.append(Line(str(row.offender), f"with {holder}, who is not in the team any more", address))
    if not rows:
        return None
    return Panel("To allocate", url, count=capped_count(left), lines=lines, shown=rows)
