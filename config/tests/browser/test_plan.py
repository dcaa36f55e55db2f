"""A throughcare plan: begun, filled, answered by a partner and by someone without an account, and gone through."""

import datetime as dt

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from referrals.rehab.models import Action, ActionLink, Plan

from .conftest import RULES, WIDTHS, choose, follow

pytestmark = pytest.mark.browser
TODAY = timezone.localdate()
EMAIL = "roofs@throughcare.example"


def fill_day(page, day):
    for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        page.get_by_label(part, exact=True).fill(str(value))


def test_a_facilitator_plans_for_someone_who_leaves_soon(
    open_page, look, press, visit, facilitator, make_case, make_placement
):
    case = make_case(on=TODAY - dt.timedelta(days=60))
    stay = make_placement(case=case, on=TODAY - dt.timedelta(days=30))
    stay.expected_departure = TODAY + dt.timedelta(days=14)
    stay.save(update_fields=["expected_departure"])
    page = open_page(facilitator)
    look(page)
    visit(page, "/o2r/?plan=gaps")
    visit(page, case.get_absolute_url())
    press(page, "Fill the throughcare plan")
    press(page, "Begin the plan")
    page.get_by_label("What does the person want?").fill("A home of my own, and to see my daughter")
    press(page, "Begin the plan")
    press(page, "Say who leads it")
    page.get_by_label("Who, if outside these agencies?").fill("Roofs Housing")
    page.get_by_label("What is to be reached?").fill("Their own tenancy")
    press(page, "Say who leads it")
    press(page, "Add something to do")
    press(page, "Add it")
    page.get_by_label("What is to be done?").fill("Hand over the keys to 4 Orchard Row")
    fill_day(page, TODAY + dt.timedelta(days=14))
    press(page, "Add it")
    follow(page, page.locator("#work").get_by_role("link", name="Nothing is needed"))
    page.get_by_label("Why is nothing needed?").fill("They are retired")
    press(page, "Nothing is needed")
    press(page, "Hand over the keys to 4 Orchard Row")
    press(page, "Send a link to answer by")
    page.get_by_label("Their e-mail address").fill(EMAIL)
    press(page, "Send the e-mail")
    visit(page, f"/o2r/plans/{Plan.objects.get().pk}/paper/")
    with page.expect_download() as file:
        page.get_by_role("button", name="Print it for them").click()
    assert file.value.suggested_filename.startswith("plan-")


def test_someone_outside_answers_by_link_with_a_thumb(open_page, facilitator, make_case):
    plan = Plan.begin(make_case(on=TODAY - dt.timedelta(days=60)), by=facilitator)
    housing = plan.domains.get(domain="housing")
    action = Action.add(housing, by=facilitator, partner="Roofs", text="Hand over the keys", due_on=TODAY)
    link = ActionLink.send(action, by=facilitator, email=EMAIL)
    page = open_page(width=390)

    def fits():
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"], "preload": False})
            assert not found.response["violations"]

    page.goto(f"/answer/{link.token}/")
    fits()
    page.get_by_label("Which e-mail address").fill("someone@throughcare.example")
    follow(page, page.get_by_role("button", name="Continue"))
    fits()
    page.get_by_label("Which e-mail address").fill(EMAIL)
    follow(page, page.get_by_role("button", name="Continue"))
    assert page.url.endswith("/answer/")
    assert page.get_by_text("Hand over the keys").is_visible()
    fits()
    choose(page, "Is it done?", "Yes, it is done")
    follow(page, page.get_by_role("button", name="Send the answer"))
    fits()
    page.goto(f"/answer/{link.token}/")
    assert page.get_by_role("heading", name="This link opens no more").is_visible()
    action.refresh_from_db()
    assert action.status == "done"


def test_a_partner_answers_what_is_theirs(
    open_page, look, press, facilitator, make_case, make_agency, make_agreement, make_user, police
):
    roofs = make_agency("charity", name="Roofs")
    make_agreement(police, roofs)
    partner = make_user("throughcare_partner", roofs)
    plan = Plan.begin(make_case(on=TODAY - dt.timedelta(days=60)), by=facilitator)
    housing = plan.domains.get(domain="housing")
    Action.add(housing, by=facilitator, agency=roofs, text="Find a flat in Dudley", due_on=TODAY - dt.timedelta(days=1))
    page = open_page(partner, width=390)
    look(page)
    press(page, "To do under plans")
    press(page, "Find a flat in Dudley")
    press(page, "It will not be done")
    press(page, "It will not be done")
    page.get_by_label("Why will it not be done?").fill("No flat was free")
    press(page, "It will not be done")
    assert page.get_by_text("No flat was free").is_visible()
