import pytest

pytestmark = pytest.mark.browser


def test_sign_in_page_and_home(open_page, look, visit, facilitator):
    page = open_page()
    visit(page, "/sign-in/")
    page.get_by_role("button", name="Sign in").click()
    look(page)
    page = open_page(facilitator)
    look(page)
