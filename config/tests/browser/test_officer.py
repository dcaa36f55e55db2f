"""An officer, on a phone in the street."""

import datetime as dt

import pytest

from referrals.models import Referral

from .conftest import choose, fill_date

pytestmark = pytest.mark.browser


def begin(page, press):
    press(page, "Offends to fund an addiction (Offender to Rehab)")
    page.get_by_label("Given names").fill("Dean")
    page.get_by_label("Family name").fill("Okafor")
    fill_date(page, "date_of_birth", dt.date(1988, 4, 9))
    press(page, "Continue")


def tell_why(page, press):
    choose(page, "Do they offend to pay for an addiction?", "Yes")
    choose(page, "Where do they mostly offend?", "Birmingham")
    page.get_by_label("Why this person, why now?").fill("Stealing every day. Asked for help.")
    press(page, "Continue")


def test_refers_someone(open_page, look, press, visit, officer):
    page = open_page(officer, width=390)
    look(page)
    press(page, "Offends to fund an addiction (Offender to Rehab)")
    press(page, "Continue")
    page.get_by_role("alert").get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.name") == "given_names"
    page.goto("/")
    begin(page, press)
    tell_why(page, press)
    press(page, "Send the referral")
    referral = Referral.objects.get()
    assert page.get_by_text(referral.reference).first.is_visible()
    assert (referral.status, referral.referred_by) == ("submitted", officer)
    visit(page, "/referrals/")
    press(page, "Dean Okafor")
    visit(page, referral.offender.get_absolute_url())


def test_someone_known_already_is_not_added_twice(open_page, press, officer, make_offender):
    make_offender(by=officer, given_names="Dean", family_name="Okafor", date_of_birth=dt.date(1988, 4, 9))
    page = open_page(officer, width=390)
    begin(page, press)
    page.get_by_role("radio", name="Dean Okafor").first.check()
    press(page, "Continue")
    tell_why(page, press)
    press(page, "Send the referral")
    assert Referral.objects.get().offender == type(Referral.objects.get().offender).objects.get()


def test_two_presses_send_one_referral(open_page, press, officer):
    page = open_page(officer, width=390)
    begin(page, press)
    tell_why(page, press)
    page.evaluate("""() => {
        const form = document.querySelector("form[method=post] button[value=send]").form
        const send = () => fetch(location.href, {method: "POST", body: new URLSearchParams([
            ...new FormData(form), ["action", "send"]])})
        return Promise.all([send(), send()])
    }""")
    assert Referral.objects.count() == 1
