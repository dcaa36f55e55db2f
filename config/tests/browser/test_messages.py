"""A message that did not arrive, from the home page to what was done instead; and what one wants to hear."""

import datetime as dt

import pytest
from django.utils import timezone

from config.tests.browser.conftest import choose
from partners.notices.models import Notice
from referrals.models import Task

pytestmark = pytest.mark.browser


@pytest.fixture
def untold(make_referral, officer, facilitator, supervisor, make_case):
    """Someone who could not be texted twice, and a task that the facilitator was given."""
    referral, case = make_referral(), make_case()
    for key in ("one", "two"):
        Notice.send(
            key=key, channel="sms", to="0121 496 0000", text="Your appointment is on Monday.", by=officer,
            about=[referral.offender_id], matter=referral.pk,
        )  # fmt: skip
    due_on = timezone.localdate() + dt.timedelta(days=3)
    Task.add(case.offender, by=supervisor, owner=facilitator, text="Phone the hostel", due_on=due_on, matter=case.pk)
    return referral.offender


def test_what_did_not_arrive_is_seen_to(open_page, visit, press, look, untold, facilitator):
    page = open_page(facilitator)
    assert page.get_by_role("link", name="Text message to").count() == 2
    press(page, "Messages to you")
    page.get_by_text("Someone gave you a task").wait_for()
    press(page, "Not delivered")
    page.get_by_text("This is not a number that can be texted.").first.wait_for()
    press(page, "Seen to")
    press(page, "It is seen to")
    page.get_by_role("heading", name="There is a problem").wait_for()
    page.get_by_label("What did you do instead?").fill("Rang his mother, and corrected the number")
    press(page, "It is seen to")
    page.get_by_text("There is none now.").wait_for()


def test_one_chooses_what_one_hears(open_page, visit, press, facilitator):
    page = open_page(facilitator)
    visit(page, "/notices/")
    press(page, "What you hear")
    choose(page, "A task that someone gave you", "In a daily digest")
    press(page, "Save")
    page.get_by_text("Saved. It holds").wait_for()
    assert page.get_by_role("group", name="A task that someone gave you").get_by_label("In a daily digest").is_checked()
