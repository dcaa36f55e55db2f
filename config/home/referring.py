"""Panels for whoever puts people forward."""

from django.urls import reverse

from partners.frame.paging import capped_count
from partners.frame.templatetags.frame import moment
from referrals.models import Journey, Referral
from referrals.pathways import ABOUT, pathways_for
from referrals.workflow import Status

from .panels import ROWS, Line, Panel, day_words, few


def refer(user):
    address = reverse("referrals:new")
    buttons = [(ABOUT[pathway].found, f"{address}?pathway={pathway}") for pathway in pathways_for(user)]
    return Panel("Refer someone", buttons=buttons) if buttons else None


def unfinished(user):
    """The referrals this user began and left. The names are those that they typed themselves."""
    rows = list(Journey.objects.visible_to(user).unfinished())
    lines = [
        Line(row.whom, f"{row.get_pathway_display()}, begun {moment(row.begun_at)}. Next: {row.stands}.", url)
        for row in rows[:ROWS]
        for url in [row.get_absolute_url()]
    ]
    return Panel("Not finished", reverse("referrals:new"), count=len(rows), lines=lines) if rows else None


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
    rows = few(referrals.with_names().order_by("-referred_on", "-id"))
    lines = [
        Line(str(row.offender), row.became if row.status == Status.DRAFT else f"{row.became}, sent {day}", url)
        for row in rows
        for day, url in [(day_words(row.referred_on), row.get_absolute_url())]
    ]
    url = f"{reverse('referrals:list')}?whose={whose}"
    return Panel(title, url, count=capped_count(referrals), lines=lines, words="" if rows else words, shown=rows)
