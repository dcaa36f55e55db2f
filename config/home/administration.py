"""Panels for analysts, auditors and administrators."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from partners.audit.models import Event
from partners.dated import midnight
from partners.frame.paging import capped_count
from partners.models import AccessReview, Agreement, Membership
from partners.operations import access_reviews_due
from partners.systems.ending import SOON
from partners.systems.models import Token

from .panels import ROWS, Line, Panel, few


def report(user):
    words = "Referrals, admissions, days in rehab and what they saved, for any period. Figures, never names."
    return Panel("The programme's figures", reverse("insight:programme"), "Open the report", words=words)


def divert_report(user):
    words = "Referrals, who engaged, where people lived and what they had on them, for any period."
    return Panel("Divert's figures", reverse("insight:divert"), "Open Divert's report", words=words)


def record(user):
    words = "Search what was done and seen by person, user, kind and time."
    return Panel("The record", reverse("audit:list"), "Search the record", words=words)


def refused(user):
    since = timezone.localdate() - dt.timedelta(days=7)
    events = Event.objects.visible_to(user).filter(kind=Event.Kind.REFUSED, at__gte=midnight(since))
    lines = [
        Line(str(event.by), f"{event.detail.get('address', event.verb)}, {date_format(event.at, 'j F')}",
             reverse("audit:event", args=[event.pk]))
        for event in few(events.with_names().order_by("-at", "-id"))
    ]  # fmt: skip
    url = f"{reverse('audit:list')}?kind=refused&since={since}"
    words = "" if lines else "Nobody has asked for what is not theirs to see."
    return Panel("Refused in the last 7 days", url, count=capped_count(events), lines=lines, words=words)


def back_office(user):
    words = "Agencies, units, users, roles, agreements, settings, ways to sign in, and partners' systems."
    return Panel("Back office", reverse("admin:index"), "Open the back office", words=words)


def agreements_to_review(user):
    today = timezone.localdate()
    rows = Agreement.objects.on().filter(review_on__lte=today + dt.timedelta(days=60)).order_by("review_on", "pk")
    lines = [
        Line(capfirst(row), f"Review by {date_format(row.review_on, 'j F Y')}", overdue=row.review_on < today,
             url=reverse("admin:partners_agreement_change", args=[row.pk]))
        for row in rows[:ROWS]
    ]  # fmt: skip
    words = "" if lines else "No agreement is due for review in the next 60 days."
    url = f"{reverse('admin:partners_agreement_changelist')}?review=due"
    return Panel("Agreements to review", url, count=rows.count(), lines=lines, words=words)


def access_reviews(user):
    """The agencies whose list of who may act there is to be gone through again: all, as no other page has them."""
    agencies, begun = access_reviews_due(), dict(AccessReview.objects.open().values_list("agency", "pk"))
    lines = [
        Line(str(row), f"{last}, begun" if row.pk in begun else last, _review_of(row, begun.get(row.pk)), overdue=True)
        for row in agencies
        for last in [f"Last on {date_format(row.reviewed_at, 'j F Y')}" if row.reviewed_at else "Never yet"]
    ]
    words = "" if lines else "Who may act was gone through at each agency in time."
    url = reverse("admin:partners_accessreview_changelist")
    return Panel("Access reviews due", url, "Open those begun and done", count=len(lines), lines=lines, words=words)


def _review_of(agency, begun):
    """Where to go on with an agency's review, or to begin it."""
    if begun:
        return reverse("admin:partners_accessreview_roles", args=[begun])
    return f"{reverse('admin:partners_accessreview_add')}?agency={agency.pk}"


def memberships_ending(user):
    last = timezone.localdate() + dt.timedelta(days=30)
    rows = Membership.objects.on().filter(valid_to__lte=last).order_by("valid_to", "pk")
    lines = [
        Line(str(row.user), f"{row}, ends {date_format(row.valid_to, 'j F Y')}",
             reverse("admin:partners_membership_change", args=[row.pk]))
        for row in few(rows.select_related("user", "agency", "unit"))
    ]  # fmt: skip
    words = "" if lines else "Nobody's role ends in the next 30 days."
    url = f"{reverse('admin:partners_membership_changelist')}?when=ending"
    return Panel("Roles ending soon", url, count=rows.count(), lines=lines, words=words)


def tokens_ending(user):
    rows = Token.objects.ending(SOON).visible_to(user)
    lines = [
        Line(str(row.system), f"{row}, ends {date_format(row.expires_at, 'j F Y')}",
             reverse("admin:systems_system_change", args=[row.system_id]))
        for row in few(rows.with_names())
    ]  # fmt: skip
    words = "" if lines else f"No token of a partner system ends in the next {SOON} days."
    url = reverse("admin:systems_system_changelist")
    return Panel("Tokens ending soon", url, "Open partner systems", count=rows.count(), lines=lines, words=words)
