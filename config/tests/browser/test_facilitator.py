"""A facilitator takes someone on: from the referral to a rehab."""

import datetime as dt

import pytest
from django.utils import timezone

from referrals.rehab.models import Case, Placement

from .conftest import choose, fill_date, follow

pytestmark = pytest.mark.browser


@pytest.fixture
def team_of_two(facilitator, cgl_worker, rehab_unit):
    """The colleagues, the partner and the rehab that the journey meets."""


def test_from_referral_to_rehab(open_page, look, press, visit, team_of_two, facilitator, make_referral):
    referral = make_referral("submitted", summary="Stealing daily, wants out.", referred_on=timezone.localdate())
    page = open_page(facilitator)
    look(page)
    visit(page, "/o2r/referrals/")
    press(page, "Accept")
    page.get_by_role("radio").first.check()
    press(page, "Accept")
    visit(page, "/o2r/referrals/")
    press(page, "Begin the case")
    press(page, "Begin the case")
    case = Case.objects.get(referral=referral)

    press(page, "Assess the person")
    press(page, "Begin")
    page.get_by_label("Heroin, pounds a day").fill("80")
    page.get_by_text("Saved at").wait_for()  # by itself
    page.reload()
    assert page.get_by_label("Heroin, pounds a day").input_value() == "80.00"
    page.get_by_label("Crack cocaine, pounds a day").fill("60.50")
    page.get_by_label("Stealing from shops").check()
    press(page, "Save and continue")
    page.get_by_label("What offending pays for it?").fill("Spirits and meat, most days.")
    press(page, "Save and continue")
    page.get_by_label("Where do they live?").fill("A sofa.")
    press(page, "Save and continue")
    press(page, "Finish")
    assert page.get_by_text("£140.50").first.is_visible()

    visit(page, case.get_absolute_url())
    press(page, "Bring in")
    press(page, "Bring in")
    press(page, "Set the next action")
    page.get_by_label("What is to be done next?").fill("Phone about the detox bed")
    fill_date(page, "next_action_due", timezone.localdate() + dt.timedelta(days=3))
    press(page, "Set the next action")

    visit(page, f"{case.get_absolute_url()}timeline/")
    page.locator("summary", has_text="Add a contact or note").click()
    look(page)
    choose(page, "What was it?", "Meeting")
    page.get_by_label("What happened?").fill("Met at the library. In good spirits.")
    press(page, "Add to the timeline")
    assert page.get_by_text("Met at the library. In good spirits.").first.is_visible()

    visit(page, f"{case.get_absolute_url()}rehab/")
    press(page, "Request a place")
    page.get_by_role("group", name="Which units?").get_by_role("checkbox").first.check()
    page.get_by_label("What must the unit know to answer?").fill("Heroin and crack. Stable on a script.")
    choose(page, "Do they need detox first?", "No")
    press(page, "Send the request")
    assert Placement.objects.get().case == case
    for tab in ("", "timeline/", "assessment/", "rehab/", "throughcare/", "notes/", "sharing/"):
        visit(page, f"{case.get_absolute_url()}{tab}")
    press(page, "What we tell the person", exact=True)
    with page.expect_download() as printed:
        page.get_by_role("button", name="Print it for them").click()
    assert printed.value.suggested_filename.startswith("account-")
    for address in ("/o2r/", "/o2r/team/", "/o2r/placements/", "/o2r/follow-ups/", "/o2r/units/", "/referrals/"):
        visit(page, address)


def test_finds_a_person_by_a_name_misheard(open_page, look, facilitator, make_case, make_offender, officer):
    make_case(offender=make_offender(by=officer, given_names="John", family_name="Smith"))
    page = open_page(facilitator)
    page.keyboard.press("/")
    page.keyboard.type("Jon Smyth")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    look(page)
    assert page.get_by_role("link", name="John Smith").is_visible()


def test_accepts_without_script(open_page, facilitator, make_referral):
    referral = make_referral("submitted")
    page = open_page(facilitator, java_script_enabled=False)
    page.goto("/o2r/referrals/")
    follow(page, page.get_by_role("link", name="Accept"))
    page.get_by_role("radio").first.check()
    follow(page, page.get_by_role("button", name="Accept"))
    referral.refresh_from_db()
    assert (referral.status, referral.worker) == ("accepted", facilitator)
