"""A user's days in a calendar of their own: its private address, and what it is answered."""

import datetime as dt
import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from icalendar import Calendar, Event

from partners.audit.models import Event as Recorded
from partners.middleware import came_from
from referrals.models import CalendarLink

from . import items, may

BEHIND, AHEAD = dt.timedelta(days=14), dt.timedelta(days=60)  # what a calendar is told of
WHERE = "Sign in to Throughcare to see what it is."


def calendar(request):
    """Whether there is an address, since when, and when it was last asked for. The address itself is told once."""
    return _page(request)


@require_POST
def make(request):
    """Make an address, in place of the one there was, and tell it."""
    _must_have_days(request.user)
    return _page(request, address=address_of(CalendarLink.make(by=request.user)))


@require_POST
def revoke(request):
    """The address opens no more."""
    _must_have_days(request.user)
    CalendarLink.objects.of(request.user).revoke(by=request.user)
    messages.success(request, "The address opens no more. What your calendar has read stays there: delete it there.")
    return redirect("calendar")


def address_of(token):
    """Where the calendar of this token is."""
    return f"{settings.SITE_URL}{reverse('calendar_feed', args=[token])}"


def _page(request, address=""):
    _must_have_days(request.user)
    link = CalendarLink.objects.of(request.user).live().first()
    return render(request, "day/calendar.html", {"link": link, "address": address, "ahead": AHEAD.days})


def _must_have_days(user):
    if not may(user):
        raise PermissionDenied("Nothing of your role stands in a calendar.")


@login_not_required
@never_cache
@require_safe
def feed(request, token):
    """What a calendar is told: when there is an appointment or something to do, for which reference, and no more.

    It is of what the user sees in each of their hats at this moment, but of nobody who is restricted.
    """
    link = CalendarLink.of_token(token)
    if link is None:
        raise Http404
    if link.is_asked_too_often():
        later = {"Retry-After": "3600"}
        return HttpResponse("Asked too often. Try again in an hour.", "text/plain", 429, headers=later)
    today, found = timezone.localdate(), {}
    for hat in link.user.in_each_hat():
        hat.request_id, hat.ip_address = request.id, came_from(request)
        told = [item for item in items(hat, today + AHEAD, first=today - BEHIND)[0] if not item.person.is_restricted]
        Recorded.objects.record(
            Recorded.Kind.DISCLOSURE, "calendarlink.feed", by=hat, subject=link,
            offenders=[item.row.offender_id for item in told], to="their own calendar",
        )  # fmt: skip
        found |= {f"{item.what} {item.row.pk}": item for item in told}
    return HttpResponse(as_calendar(found), "text/calendar; charset=utf-8")


def as_calendar(found):
    """{id: Item} as an iCalendar file."""
    told = Calendar()
    told.add("prodid", "-//Throughcare//")
    told.add("version", "2.0")
    told.add("x-wr-calname", "Throughcare")
    for name, item in found.items():
        event = Event()
        event.add("uid", f"{uuid.uuid5(uuid.NAMESPACE_OID, name)}@throughcare")  # the same each time, and says nothing
        event.add("dtstamp", timezone.now().astimezone(dt.UTC))
        what = item.what if item.what == "Appointment" else "To do"  # a kind of work may say what it is about
        event.add("summary", f"{what}, {item.person.reference}")
        event.add("description", WHERE)
        event.add("class", "PRIVATE")
        event.add("dtstart", item.at.astimezone(dt.UTC) if item.at else item.day)
        if end := getattr(item.row, "ends_at", None):
            event.add("dtend", end.astimezone(dt.UTC))
        told.add_component(event)
    return told.to_ical()
