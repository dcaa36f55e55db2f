"""A Cranstoun worker's day, and their manager's look at it."""

import datetime as dt

import pytest
from django.utils import timezone

from conftest import past
from referrals.booking.models import Appointment, ContactAttempt, Intervention
from referrals.booking.models.availability import Leave
from referrals.models import Deadline

from .conftest import choose, fill_date

pytestmark = pytest.mark.browser


@pytest.fixture
def manager(make_user, cranstoun):
    return make_user("cranstoun_manager", cranstoun, family_name="Manager")


def test_a_workers_day(open_page, look, press, visit, make_appointment, worker):
    to_reach = make_appointment("called_off", referred_on=timezone.localdate() - dt.timedelta(days=12)).referral
    came, to_move = make_appointment(), make_appointment()
    past(came)
    page = open_page(worker, width=390)
    look(page)
    press(page, "Open the diary")
    look(page)
    press(page, "Say what happened")
    press(page, "Record what happened")  # nothing answered
    choose(page, "Did it take place?", "Yes")
    choose(page, "Did they attend?", "Yes")
    page.get_by_label("How many minutes late were they?").fill("10")
    press(page, "Record what happened")
    choose(page, "How did it go?", "Took part well")
    page.get_by_role("group", name="What do they use?").get_by_role("checkbox").first.check()
    choose(page, "How often do they have a drink with alcohol in it?", "2 to 3 times a week (3)")
    press(page, "Save")  # two of three questions are open
    choose(page, "How many units on a day when they drink?", "5 to 6 (2)")
    choose(
        page, "How often 6 units or more (women) or 8 or more (men) on one occasion, in the last year?", "Monthly (2)"
    )
    choose(page, "What advice was given?", "Overdose and what to do")
    page.get_by_label("What was agreed?").fill("Two days a week without.")
    page.get_by_label("Is anyone not safe?").fill("Sleeps in a stairwell.")
    press(page, "Save")
    assert page.get_by_text("ask the other seven questions").is_visible()
    assert Intervention.objects.get().audit_c == 7

    visit(page, "/appointments/waiting/")
    press(page, str(to_reach.offender), exact=True)
    choose(page, "How did you try?", "Phone call")
    press(page, "Log the attempt")  # what came of it is open
    choose(page, "What came of it?", "Left a message")
    press(page, "Log the attempt")
    assert ContactAttempt.objects.get().referral == to_reach
    press(page, "Pause the deadline")
    choose(page, "Why is it paused?", "Away")
    press(page, "Pause the deadline")
    assert Deadline.objects.get(referral=to_reach, kind="first_contact").pause_reason == "away"

    visit(page, to_move.get_absolute_url())
    press(page, "Reschedule")
    page.get_by_role("group", name="Which time?").get_by_role("radio").nth(2).check()
    choose(page, "Who asked?", "The person")
    choose(page, "Why?", "Cannot make that time")
    press(page, "Reschedule")
    assert Appointment.objects.get(replaces=to_move).status == "booked"
    assert page.get_by_role("heading", name="How it was moved").is_visible()
    for address in ("/appointments/week/", f"/appointments/?day={timezone.localdate() + dt.timedelta(days=1)}",
                    f"/appointments/hours/{worker.pk}/", "/appointments/waiting/to-decide/"):  # fmt: skip
        visit(page, address)


def test_a_managers_look(open_page, look, press, visit, make_appointment, worker, manager):
    appointment = make_appointment()
    written = make_appointment("attended")
    Intervention.record(written, by=worker, how_it_went="well", concern="Sleeps in a stairwell.")
    page = open_page(manager)
    look(page)
    press(page, str(written.offender), exact=True)
    press(page, "I have read this and see to it")
    visit(page, "/appointments/board/")
    press(page, f"Hours and leave of {worker}")
    press(page, "Add leave")
    day = timezone.localdate(appointment.starts_at)
    fill_date(page, "first", day)
    press(page, "Add leave")
    assert Leave.objects.get().valid_to == day
    assert page.get_by_text("Booked during leave: to be moved").is_visible()
    press(page, "Change")
    page.get_by_label("Until what time?").fill("17:00")
    press(page, "Change hours")
    press(page, "Add hours")
    press(page, "Add hours")
    for address in (f"/appointments/week/?worker={worker.pk}", f"/admin/booking/appointment/{appointment.pk}/change/"):
        visit(page, address)
