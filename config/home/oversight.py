"""Panels for whoever decides on, and looks into, what others did, and whether two records are of one person."""

from datetime import timedelta

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localdate

from offenders.models import EmergencyAccess, Involvement, LikelyPair, Merge, Offender, Restriction
from partners.frame.paging import capped_count
from partners.models import Agreement
from partners.settings import setting

from .panels import ROWS, Line, Panel, day_words


def restrictions(user):
    """What someone else proposed, for this user to agree to or refuse."""
    proposed = Restriction.objects.visible_to(user).open().of_another(user)
    rows = list(proposed.with_names().order_by("proposed_at", "pk")[:ROWS])
    lines = [Line(str(row.offender), f"{row}, {day_words(row.proposed_at)}", row.get_absolute_url()) for row in rows]
    words = "" if rows else "Nobody proposes to restrict a person, or to change that."
    url = reverse("admin:offenders_restriction_changelist")
    return Panel("Restrictions to decide", url, count=capped_count(proposed), lines=lines, words=words, shown=rows)


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


def emergencies(user):
    """What others opened in an emergency, open or over, that nobody has looked into."""
    waiting = EmergencyAccess.objects.visible_to(user).to_review().of_another(user)
    rows = list(waiting.with_names().order_by("-opened_at", "-pk")[:ROWS])
    lines = [
        Line(f"{row.user}, {row.unit or row.agency}", f"{row.offender.reference}, {when}", row.get_absolute_url())
        for row in rows
        for when in [f"open until {row.until}" if row.is_live else day_words(row.opened_at)]
    ]
    words = "" if rows else "Nobody opened a person in an emergency that is not reviewed."
    url = f"{reverse('offenders:emergencies')}?stands=waiting"
    return Panel("Emergency access to review", url, count=capped_count(waiting), lines=lines, words=words, shown=rows)


def likely_pairs(user):
    pairs = LikelyPair.objects.visible_to(user).open()
    rows = list(pairs.with_names().order_by("-score", "-found_at", "-pk")[:ROWS])
    lines = [Line(f"{row.one} and {row.other}", f"Score {row.score} of 100", row.get_absolute_url()) for row in rows]
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
