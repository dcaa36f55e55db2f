"""Panels for those who give 1:1s, and for who manages them."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from partners.dated import midnight
from partners.frame.paging import capped_count
from partners.frame.templatetags.frame import clock
from referrals.booking.board import COLUMNS, board
from referrals.booking.diary import given, unsaid, unwritten
from referrals.booking.models import Intervention
from referrals.booking.slots import when_and_how
from referrals.booking.waiting import by_age, not_engaging, tried_in_words, waiting
from referrals.booking.workflow import RECORDED, Status
from referrals.models import Cover

from .panels import ROWS, Line, Panel, day_words, few

CONCERNS = 20


def _manages(user):
    return user.has_perm("booking.change_availability")


def _whose(user):
    """Whose work the panels are about: the user's own; for who manages, everyone's."""
    return None if _manages(user) else user


def to_record(user):
    """What is over, and not said or not written up."""
    said, written = unsaid(user, _whose(user)), unwritten(user, _whose(user))
    rows = [*said[:ROWS], *written[:ROWS]][:ROWS]
    lines = [
        Line(str(row.offender), f"{when_and_how(row)}{_by(user, row)}", row.get_absolute_url(), row.status == "booked")
        for row in rows
    ]
    words = "" if rows else "What came of every appointment is recorded."
    count = capped_count(said) + capped_count(written)
    return Panel("To record", reverse("booking:diary"), "Open the diary", count, lines, words, rows)


def _by(user, row):
    """Whose it is, where it is not the user's own: for who manages, and for who covers someone."""
    return "" if row.worker_id == user.pk and not _manages(user) else f", {row.worker}"


def today(user):
    """The worker's own appointments today."""
    if _manages(user):
        return None
    day = timezone.localdate()
    rows = given(user).of_worker(user).filter(starts_at__gte=midnight(day), starts_at__lt=midnight(day + timedelta(1)))
    rows = list(rows.filter(status__in=[Status.BOOKED, *RECORDED]).order_by("starts_at", "pk"))
    lines = [
        Line(f"{clock(row.starts_at)}, {row.offender}", row.get_mode_display(), row.get_absolute_url()) for row in rows
    ]
    words = "" if rows else "Nothing is booked with you today."
    return Panel("Today", reverse("booking:diary"), "Open the diary", len(rows), lines, words, rows)


def not_contacted(user):
    rows = waiting(user)
    rows = rows if _manages(user) else rows.filter(referral__worker__in=Cover.stood_in_for(user))
    first = few(rows.order_by("referred_on", "id"))
    lines = [
        Line(str(row.referral.offender), note, reverse("booking:contact", args=[row.referral_id]), row.is_overdue)
        for row in first
        for note in [row.stands + _covering(user, row.referral)]
    ]
    words = "" if first else "Everyone who was referred has been reached."
    url = reverse("booking:waiting") + ("" if _manages(user) else f"?worker={user.pk}")
    return Panel("Referred, not yet contacted", url, "See all", capped_count(rows), lines, words, first)


def _covering(user, referral):
    theirs = _manages(user) or referral.worker_id == user.pk
    return "" if theirs else f", covering for {referral.worker}"


def to_disengage(user):
    """Those of whom enough was tried."""
    rows = not_engaging(user)
    rows = rows if _manages(user) else rows.filter(worker__in=Cover.stood_in_for(user))
    first = few(rows.select_related("offender", "worker").order_by("referred_on", "id"))
    lines = [
        Line(str(row.offender), tried_in_words(row) + _covering(user, row), reverse("booking:contact", args=[row.pk]))
        for row in first
    ]
    words = "" if first else "Nobody has been tried often enough to be recorded as not engaged."
    url = reverse("booking:to_decide")
    return Panel("Not engaged? To decide", url, "See all", capped_count(rows), lines, words, first)


def concerns(user):
    """Concerns for someone's safety that nobody has acknowledged: all of them."""
    rows = Intervention.objects.visible_to(user).concerns().filter(user.mine("appointment__")).with_names()
    first = list(rows.order_by("recorded_at", "id")[:CONCERNS])
    lines = [
        Line(str(row.offender), f"{row.recorded_by}, {day_words(row.recorded_at)}", row.get_absolute_url())
        for row in first
    ]
    return Panel("Concerns for safety", count=capped_count(rows), lines=lines, shown=first) if first else None


def this_week(user):
    """The manager's figures of this week; no names."""
    first = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    figures = board(user, first, first + timedelta(days=6))["all"]
    lines = [Line(f"{label}: {figures[name]}", overdue=False) for name, label in COLUMNS]
    return Panel("This week", reverse("booking:board"), "Open the board", lines=lines)


def waiting_by_age(user):
    counts = by_age(waiting(user))
    lines = [Line(f"{words}: {number}") for words, number in counts if number]
    words = "" if lines else "Nobody waits."
    number = sum(number for _, number in counts)
    return Panel(
        "Waiting, by days since the referral", reverse("booking:waiting"), "See who waits", number, lines, words
    )
