"""Panels for analysts, auditors and administrators."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from partners.audit.models import Event
from partners.dated import midnight
from partners.frame.paging import capped_count
from partners.models import Agreement, Membership

from .panels import ROWS, Line, Panel


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
        for event in events.with_names().order_by("-at", "-id")[:ROWS]
    ]  # fmt: skip
    url = f"{reverse('audit:list')}?kind=refused&since={since}"
    words = "" if lines else "Nobody has asked for what is not theirs to see."
    return Panel("Refused in the last 7 days", url, count=capped_count(events), lines=lines, words=words)


def back_office(user):
    words = "Agencies, units, users, roles, agreements and settings."
    return Panel("Back office", reverse("admin:index"), "Open the back office", words=words)


def agreements_to_review(user):
    today = timezone.localdate()
    rows = Agreement.objects.on().filter(review_on__lte=today + dt.timedelta(days=60)).order_by("review_on", "pk")
    lines = [
        Line(str(row), f"Review by {date_format(row.review_on, 'j F Y')}", overdue=row.review_on < today,
             url=reverse("admin:partners_agreement_change", args=[row.pk]))
        for row in rows[:ROWS]
    ]  # fmt: skip
    words = "" if lines else "No agreement is due for review in the next 60 days."
    url = f"{reverse('admin:partners_agreement_changelist')}?review=due"
    return Panel("Agreements to review", url, count=rows.count(), lines=lines, words=words)


def memberships_ending(user):
    last = timezone.localdate() + dt.timedelta(days=30)
    rows = Membership.objects.on().filter(valid_to__lte=last).order_by("valid_to", "pk")
    lines = [
        Line(str(row.user), f"{row}, ends {date_format(row.valid_to, 'j F Y')}",
             reverse("admin:partners_membership_change", args=[row.pk]))
        for row in rows.select_related("user", "agency", "unit")[:ROWS]
    ]  # fmt: skip
    words = "" if lines else "Nobody's role ends in the next 30 days."
    url = f"{reverse('admin:partners_membership_changelist')}?when=ending"
    return Panel("Roles ending soon", url, count=rows.count(), lines=lines, words=words)
