"""What every role meets: signing in, a mistake, the keyboard, no script."""

import pytest

pytestmark = pytest.mark.browser


def test_signing_in_says_what_is_wrong_and_leads_to_it(open_page, visit, press):
    page = open_page()
    visit(page, "/sign-in/")
    press(page, "Sign in")
    page.get_by_role("link", name="Enter your e-mail address").click()
    assert page.evaluate("document.activeElement.name") == "username"


@pytest.mark.parametrize("role", ["officer", "facilitator", "supervisor", "cgl_worker", "provider"])
def test_home_of_each_role(open_page, look, request, role):
    look(open_page(request.getfixturevalue(role)))


def test_slash_jumps_to_the_search_box_and_the_skip_link_to_the_content(open_page, facilitator):
    page = open_page(facilitator)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    assert page.evaluate("document.activeElement.value") == ""


def test_pages_of_errors(open_page, look, facilitator):
    page = open_page(facilitator)
    for address in ("/people/11111111-1111-4111-8111-111111111111/", "/audit/", "/referrals/?colour=red"):
        assert page.goto(address).status in (400, 403, 404)
        look(page)
