"""What a calendar's file says besides what is shown of it."""

import datetime as dt

import pytest
from django.utils import timezone
from icalendar import Calendar

from config.day.calendar import address_of
from offenders.models import Offender
from referrals.models import CalendarLink, Task

pytestmark = pytest.mark.django_db


def fed(client, token):
    return client.get(f"/calendar/{address_of(token).split('/calendar/')[1]}")


def test_no_name_of_an_entry_says_what_kind_of_work_it_is(client, make_placement, facilitator):
    today = timezone.localdate()
    stay = make_placement("booked", on=today)
    stay.case.plan(by=facilitator, next_action="Phone the court", next_action_due=today)
    Task.add(stay.offender, by=facilitator, owner=facilitator, matter=stay.case_id, text="Phone", due_on=today)
    token = CalendarLink.make(by=facilitator)
    answer = fed(client, token)
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert len(events) >= 3
    text = answer.content.decode().lower()
    for word in ("arriv", "depart", "action", "task-", "deadline", "follow", "back-", str(stay.pk)):
        assert word not in text, word
    names = {str(event["uid"]) for event in events}
    assert len(names) == len(events)
    again = Calendar.from_ical(fed(client, token).content).walk("VEVENT")
    assert {str(event["uid"]) for event in again} == names


def test_a_calendar_tells_nothing_of_an_emergency_nor_after_an_involvement(client, make_case, facilitator):
    today = timezone.localdate()
    case = make_case()
    Task.add(case.offender, by=facilitator, owner=facilitator, matter=case.pk, text="Phone", due_on=today)
    token = CalendarLink.make(by=facilitator)
    assert case.offender.reference in fed(client, token).text
    Offender.objects.get(pk=case.offender_id).involvements.update(valid_to=today - dt.timedelta(days=1))
    assert case.offender.reference not in fed(client, token).text
