"""A session that is about to end says so, in a real browser; and what was written is not lost with it."""

import datetime as dt

import pytest
from django.utils import timezone

from config.tests.browser.conftest import PASSWORD, follow
from partners.models import Membership
from partners.signin.sessions import Session

pytestmark = pytest.mark.browser


@pytest.fixture
def soon(settings):
    """Sessions end after so long that the warning comes after a second."""
    settings.IDLE = settings.IDLE_PRIVILEGED = dt.timedelta(seconds=122)


@pytest.fixture
def two_hats(supervisor, police):
    Membership.objects.create(user=supervisor, agency=police, role="auditor", valid_from=timezone.localdate())
    return supervisor


@pytest.mark.parametrize("address", ["/more/", "/admin/"])
def test_it_warns_and_one_may_stay(open_page, look, settings, soon, supervisor, address):
    page = open_page(supervisor)
    page.goto(address)
    page.get_by_text("You will be signed out in 2 minutes").wait_for()
    look(page)
    settings.IDLE = settings.IDLE_PRIVILEGED = dt.timedelta(minutes=30)
    page.get_by_role("button", name="Stay signed in").click()
    page.locator("[data-tc-ending]").wait_for(state="hidden")


def test_what_was_written_is_sent_after_signing_in_again(open_page, look, settings, two_hats):
    settings.IDLE = dt.timedelta(seconds=140)  # time to write, and 20 seconds later the page asks
    page = open_page(two_hats)
    page.goto("/hats/")
    page.get_by_label("Auditor").check()
    Session.objects.update(seen_at=timezone.now() - dt.timedelta(hours=1))
    page.get_by_text("What you wrote on this page is not sent").wait_for(timeout=60_000)
    look(page)
    follow(page, page.get_by_role("button", name="Sign in again"))
    page.get_by_label("E-mail address").fill(two_hats.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    follow(page, page.get_by_role("button", name="Sign in"))
    look(page)
    follow(page, page.get_by_role("button", name="Send it now"))
    assert "Auditor" in page.locator(".tc-hat").inner_text()


def test_where_one_is_signed_in(open_page, visit, press, supervisor):
    open_page(supervisor, width=390)
    page = open_page(supervisor)
    visit(page, "/account/sessions/")
    press(page, "Sign out everywhere but here")
    assert Session.objects.of(supervisor).count() == 1


def test_confirming_in_the_middle_of_something(open_page, visit, look, press, supervisor):
    page = open_page(supervisor)
    Session.objects.update(began_at=timezone.now() - dt.timedelta(hours=1))
    page.goto("/reports/o2r/figures.csv")
    look(page)
    page.get_by_label("Your password").fill("wrong")
    press(page, "Continue")
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, "Continue")
