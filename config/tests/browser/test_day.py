"""Somebody's day: what waits, one thing put off, the calendar; and their supervisor's look at the team's."""

import datetime as dt

import pytest
from django.utils import timezone

from referrals.models import Cover, Task

from .conftest import fill_date

pytestmark = pytest.mark.browser


def test_a_day(open_page, visit, press, make_case, facilitator, supervisor, make_user, police, team, make_appointment):
    today = timezone.localdate()
    case, colleague = make_case(), make_user("facilitator", police, team, family_name="Colleague")
    case.plan(by=facilitator, next_action="Ask about the flat", next_action_due=today - dt.timedelta(days=2))
    for text, due_on in (("Phone the hostel", today), ("Write to the court", today - dt.timedelta(days=9))):
        Task.add(case.offender, by=facilitator, owner=facilitator, matter=case.pk, text=text, due_on=due_on)
    Cover.arrange(
        by=supervisor, absent=colleague, covered_by=facilitator, first=today, last=today + dt.timedelta(days=4),
        reason="leave",
    )  # fmt: skip
    page = open_page(facilitator)
    visit(page, "/day/")
    assert page.get_by_text("Ask about the flat").is_visible()
    press(page, "Phone the hostel")
    press(page, "Put off")
    press(page, "Put off")
    assert page.get_by_role("alert").get_by_text("There is a problem").is_visible()
    fill_date(page, "until", today + dt.timedelta(days=3))
    page.get_by_label("Why?").fill("They are shut until then")
    press(page, "Put off")
    assert page.get_by_text("They are shut until then").is_visible()
    visit(page, "/tasks/")
    assert not page.get_by_text("Phone the hostel").is_visible()
    press(page, "Put off")
    assert page.get_by_text("Phone the hostel").is_visible()

    visit(page, "/day/")
    press(page, "See it in your own calendar")
    press(page, "Make an address")
    address = page.get_by_label("The address of your calendar").input_value()
    assert address.endswith(".ics")
    visit(page, "/calendar/")
    press(page, "Withdraw the address")

    page = open_page(supervisor)
    visit(page, "/day/")
    press(page, "My team")
    assert page.get_by_text("Write to the court").is_visible()
    assert page.get_by_text(f"{facilitator} stands in").is_visible()


def test_a_workers_day(open_page, visit, make_appointment, worker, make_user, cranstoun):
    make_appointment()
    visit(open_page(worker), "/day/")
    visit(open_page(make_user("cranstoun_manager", cranstoun)), "/day/team/")
