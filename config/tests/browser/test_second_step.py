"""Signing in with more than a password: an app, recovery codes, a passkey."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from config.tests.browser.conftest import follow, sign_in
from partners.audit.models import Event

pytestmark = pytest.mark.browser


def test_setting_up_an_app_and_signing_in_with_a_recovery_code(open_page, visit, press, look, officer, settings):
    settings.MFA_REQUIRED = True
    page = open_page(officer)
    assert page.get_by_role("heading", level=1).inner_text() == "How you sign in"
    look(page)
    press(page, "Set up an authenticator app")
    secret = page.locator(".tc-key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    press(page, "Set it up")
    press(page, "Make recovery codes")
    code = page.locator("code").first.inner_text()
    press(page, "I have kept them")
    visit(page, "/account/security/")
    press(page, "Change your password")
    follow(page, page.get_by_role("button", name="Sign out"))
    sign_in(page, officer)
    look(page)
    page.get_by_label("Code").fill("000000")
    press(page, "Continue")
    page.get_by_label("Code").fill(code)
    press(page, "Continue")
    assert page.get_by_text("That recovery code cannot be used again. You have 9 more.").is_visible()


def test_a_passkey_takes_the_place_of_the_password(open_page, visit, press, look, officer, settings):
    settings.MFA_REQUIRED = True
    page = open_page(officer)
    key = page.context.new_cdp_session(page)
    key.send("WebAuthn.enable")
    options = dict.fromkeys(
        ["hasResidentKey", "hasUserVerification", "isUserVerified", "automaticPresenceSimulation"], True
    )
    key.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"protocol": "ctap2", "transport": "internal"}})
    press(page, "Add a passkey")
    page.get_by_label("What do you call it?").fill("Blue key")
    press(page, "Add a passkey")
    assert page.get_by_role("heading", level=1).inner_text() == "Recovery codes"
    visit(page, "/account/security/")
    assert page.get_by_text("Blue key").first.is_visible()
    follow(page, page.get_by_role("button", name="Sign out"))
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('No key was touched')) }")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("Your browser gave no passkey").wait_for()
    page.reload()
    press(page, "Use a passkey")
    assert page.get_by_role("button", name="Sign out").is_visible()
    follow(page, page.get_by_role("button", name="Sign out"))
    sign_in(page, officer)
    look(page)
    press(page, "Use your passkey")
    assert Event.objects.filter(verb="second_step.use", by=officer, detail__means="passkey").exists()


def test_the_way_back_in_for_whoever_forgot_the_password(open_page, visit, press, officer):
    page = open_page()
    visit(page, "/sign-in/")
    press(page, "Forgot your password, or have none yet?")
    page.get_by_label("E-mail address").fill(officer.email)
    press(page, "Send me a link")
    assert page.get_by_role("heading", level=1).inner_text() == "Check your e-mail"
    visit(page, "/account/forgotten/MQ/none/")
