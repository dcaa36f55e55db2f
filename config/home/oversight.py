"""Panels for whoever decides on, and looks into, what others did, and whether two records are of one person."""

from datetime import timedelta

from django.http import QueryDict
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localdate

from offenders.models import Involvement, LikelyPair, Offender
from partners.frame.paging import COUNTED, capped_count
from partners.models import Agreement
from partners.settings import setting
from referrals.oversight.approvals import number_of, queue_page, waiting
from referrals.oversight.quality import checks_of

from .panels import ROWS, Line, Panel, day_words, few


def approvals(user):
    """Everything that waits for this user's word, the longest waiting first; concerns have a panel of their own."""
    queue = waiting(user)
    queue.pop("concern", None)
    page = queue_page(queue, QueryDict(), size=ROWS)
    lines = [
        Line(
            line.about,
            f"{line.label}: {line.what.rstrip('.')}, by {line.asked_by}, since {day_words(line.since)}",
            line.url,
        )
        for line in page.rows
    ]
    words = "" if lines else "Nothing waits for your decision."
    shown = [line.row for line in page.rows]
    url = reverse("oversight:approvals")
    return Panel("To approve", url, count=number_of(queue), lines=lines, words=words, shown=shown) if queue else None


def agreements_ending(user):
    """The agreements that end soon, with how many of the people this user works with others lose sight of."""
    today, (days,) = localdate(), setting("agreement_warning_days")
    soon = Agreement.objects.on().filter(valid_to__lte=today + timedelta(days=int(days)))
    live = Involvement.objects.live().filter(valid_to=None, offender__in=Offender.objects.visible_to(user))
    lines = []
    for row in soon.filter(agencies=user.membership.agency).order_by("valid_to", "pk"):
        people, _ = live.resting_on(row).people_and_agencies()
        if people:
            lost = f"Then {people} {'person is' if people == 1 else 'people are'} out of someone's sight"
            lines.append(Line(capfirst(f"{row} ends {day_words(row.valid_to)}"), lost))
    words = "An administrator can renew them."
    return Panel("Agreements that end soon", count=len(lines), lines=lines[:ROWS], words=words) if lines else None


def gaps(user):
    """What is missing or odd in the team's records, the most first; no names."""
    counted = [(capped_count(check.rows(user)), name, check) for name, check in checks_of(user).items()]
    found = sorted((one for one in counted if one[0]), key=lambda one: -one[0])
    lines = [
        Line(check.title, f"{COUNTED:,}+" if number > COUNTED else f"{number}", reverse("oversight:gaps", args=[name]))
        for number, name, check in found[:ROWS]
    ]
    words = "" if lines else "Nothing that is looked for is missing in your team's records."
    return Panel("Data quality", reverse("oversight:quality"), count=len(found), lines=lines, words=words)


def likely_pairs(user):
    pairs = LikelyPair.objects.visible_to(user).open()
    rows = few(pairs.with_names().order_by("-score", "-found_at", "-pk"))
    lines = [Line(f"{row.one} and {row.other}", f"Score {row.score} of 100", row.get_absolute_url()) for row in rows]
    words = "" if rows else "Nobody looks like someone recorded twice."
    url = reverse("offenders:pairs")
    return Panel("Likely duplicates", url, count=capped_count(pairs), lines=lines, words=words, shown=rows)
