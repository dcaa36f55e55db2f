import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.hashers import identify_hasher
from django.core import signing
from django.urls import reverse

from config.tests.test_access import routes
from partners.audit.models import Event
from partners.notices.models import Notice
from partners.roles import ROLES
from partners.signin.codes import RecoveryCode
from partners.signin.password import link_of
from partners.signin.second_step import OPEN, SET_UP, SecondSteps

PASSWORD = "a long enough password"
SECURITY = "/account/security/"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.MFA_REQUIRED = True


@pytest.fixture
def later(monkeypatch):
    """Move the clock that codes go by."""
    now, moved = time.time, [0]
    monkeypatch.setattr(time, "time", lambda: now() + moved[0])

    def later(seconds=30):
        moved[0] += seconds

    return later


def sign_in(client, user):
    return client.post("/sign-in/", {"username": user.email, "password": PASSWORD})


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def set_up(client, later):
    def set_up(user):
        """Set up an authenticator app, make recovery codes, and sign out. Returns the secret and the codes."""
        sign_in(client, user)
        page = client.get(reverse("mfa_activate_totp")).content.decode()
        secret = re.search(r"tc-key\">([\w ]+)<", page)[1].replace(" ", "")
        answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
        assert answer["Location"] == reverse("signin:codes")
        codes = re.findall(r"<code>([^<]+)</code>", client.post(reverse("signin:codes")).content.decode())
        assert client.get("/").status_code == 200
        client.post("/sign-out/")
        return secret, codes

    return set_up


def test_without_a_second_step_nothing_opens_to_any_role(client, make_user, police):
    for role in ROLES:
        assert sign_in(client, make_user(role, police))["Location"] == "/"
        for address in ("/", "/roles/", "/referrals/", "/audit/", "/admin/", "/notices/", "/account/password/"):
            assert client.get(address)["Location"] == SECURITY, (role, address)
            assert client.post(address)["Location"] == SECURITY, (role, address)
        answer = client.get("/api/v1/referrals/")
        assert (answer.status_code, answer.json()["code"]) == (403, "second_step_missing")
        assert client.get(SECURITY).status_code == 200
        client.post("/sign-out/")


def test_every_address_asks_for_the_second_step_but_those_that_set_it_up(client, officer):
    sign_in(client, officer)
    for name, route, _ in routes():
        if "<" in route or "(" in route or "$" in route or name in OPEN | SET_UP:
            continue
        answer = client.get(f"/{route}")
        there = answer.headers.get("Location", "")
        assert answer.status_code in (403, 301) or there == SECURITY, (name, answer.status_code, there)


def test_the_code_comes_between_the_password_and_everything_else(client, officer, set_up, later):
    secret, _ = set_up(officer)
    later()
    answer = client.post("/sign-in/?next=/referrals/", {"username": officer.email, "password": PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert (wrong.status_code, "That is not right" in wrong.content.decode()) == (422, True)
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})["Location"] == "/referrals/"
    assert client.get("/referrals/").status_code == 200
    verbs = list(Event.objects.filter(by=officer).values_list("verb", flat=True))
    assert {"second_step.add", "recovery_codes.make", "second_step.fail", "second_step.use", "sign_in"} <= set(verbs)


def test_a_code_is_used_once(client, signed_in, officer, set_up, later):
    secret, _ = set_up(officer)
    sign_in(client, officer)
    at_once = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert at_once.status_code == 422, "the code that set it up signs nobody in"
    later()
    code = code_of(secret)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    client.post("/sign-out/")
    sign_in(client, officer)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 422
    later()
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 422


def test_an_account_closed_between_the_password_and_the_code_is_closed(client, officer, set_up, later):
    secret, _ = set_up(officer)
    later()
    sign_in(client, officer)
    signed_in_before = Event.objects.filter(verb="sign_in").count()
    officer.is_active = False
    officer.save()
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})["Location"] == "/sign-in/"
    assert "This account is closed" in client.get("/sign-in/").content.decode()
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert Event.objects.filter(verb="sign_in").count() == signed_in_before


def test_codes_are_tried_no_more_often_than_passwords(client, officer, set_up, later):
    secret, _ = set_up(officer)
    sign_in(client, officer)
    for number in range(8):
        client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    later()
    page = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert (page.status_code, "too many tries" in page.content.decode()) == (422, True)
    later(15 * 60)
    sign_in(client, officer)
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 302


def test_a_recovery_code_stands_in_once_and_is_kept_as_a_hash(client, officer, set_up):
    _, codes = set_up(officer)
    assert len(set(codes)) == 10
    for kept in RecoveryCode.objects.values_list("code", flat=True):
        assert identify_hasher(kept)
        assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    sign_in(client, officer)
    assert client.post(reverse("mfa_authenticate"), {"code": codes[3].upper()}).status_code == 302
    assert "You have 9 more" in client.get("/").content.decode()
    client.post("/sign-out/")
    sign_in(client, officer)
    assert client.post(reverse("mfa_authenticate"), {"code": codes[3]}).status_code == 422
    assert client.post(reverse("mfa_authenticate"), {"code": codes[4]}).status_code == 302


def test_a_recovery_code_is_its_users_alone(officer, supervisor):
    """RecoveryCode.unused: user, used_at; RecoveryCode.spend."""
    codes = RecoveryCode.objects.make(by=officer)
    assert RecoveryCode.objects.unused(officer).count() == len(codes)
    assert not RecoveryCode.objects.unused(supervisor).exists()
    assert not RecoveryCode.objects.spend(supervisor, codes[0])
    assert RecoveryCode.objects.spend(officer, codes[0])
    assert RecoveryCode.objects.unused(officer).count() == len(codes) - 1


def test_new_recovery_codes_end_the_old(client, officer, set_up):
    _, codes = set_up(officer)
    new = RecoveryCode.objects.make(by=officer)
    assert not RecoveryCode.objects.spend(officer, codes[0])
    assert RecoveryCode.objects.spend(officer, new[0])
    assert not RecoveryCode.objects.spend(officer, new[0])


def test_the_secret_of_the_app_is_not_kept_as_it_is(officer, set_up, settings):
    secret, _ = set_up(officer)
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another one, after a change of keys"
    assert SecondSteps().decrypt(kept) == secret


def test_the_last_second_step_stays_where_one_is_required(client, officer, set_up, later, settings):
    secret, _ = set_up(officer)
    later()
    sign_in(client, officer)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    page = client.post(reverse("mfa_deactivate_totp"))
    assert (page.status_code, "Add another one first" in page.content.decode()) == (422, True)
    settings.MFA_REQUIRED = False
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not Authenticator.objects.exists()
    assert Event.objects.get(verb="second_step.remove", by=officer).kind == "administration"


def test_each_change_of_how_one_signs_in_is_told(client, officer, set_up, later, settings):
    """Once each, to the address of the account."""
    secret, _ = set_up(officer)
    later()
    sign_in(client, officer)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    passkey = Authenticator.objects.create(user=officer, type="webauthn", data={"name": "A key"})
    new = "plum kettle under nine bridges"
    settings.MFA_REQUIRED = False
    for address, sent in (
        (reverse("mfa_remove_webauthn", args=[passkey.pk]), {}),
        (reverse("mfa_deactivate_totp"), {}),
        (reverse("signin:password"), {"old_password": PASSWORD, "new_password1": new, "new_password2": new}),
    ):
        assert client.post(address, sent).status_code == 302, address
    officer.refresh_from_db()
    form = client.get(link_of(officer).removeprefix(settings.SITE_URL))["Location"]
    assert client.post(form, {"new_password1": f"{new}!", "new_password2": f"{new}!"}).status_code == 302
    told = Notice.objects.to(officer).order_by("recorded_at").values_list("to", "text")
    assert [(to, text.partition(" If this was not you")[0]) for to, text in told] == [
        (officer.email, f"{what}.")
        for what in (
            "A second step of signing in was added to your account",
            "A second step of signing in was removed from your account",
            "A second step of signing in was removed from your account",
            "The password of your account was changed",
            "The password of your account was changed, by a link sent to this address",
        )
    ]


def test_the_back_office_has_no_door_of_its_own(client, make_user, police, set_up):
    administrator = make_user("administrator", police)
    assert client.post("/admin/login/", {"username": administrator.email, "password": PASSWORD})["Location"].startswith(
        "/sign-in/"
    )
    set_up(administrator)
    sign_in(client, administrator)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == reverse("mfa_authenticate")


def test_an_administrator_takes_away_a_lost_second_step_and_the_password_with_it(
    signed_in, make_user, police, officer, set_up, settings
):
    set_up(officer)
    theirs, settings.MFA_REQUIRED = signed_in(officer), False
    administrator = make_user("administrator", police)
    browser = signed_in(administrator)
    address = "/admin/partners/user/{}/second-step/"
    assert "Take away the second step" in browser.get(f"/admin/partners/user/{officer.pk}/change/").content.decode()
    assert browser.post(address.format(officer.pk), {"reason": ""}).status_code == 422
    assert browser.post(address.format(officer.pk), {"reason": "Lost her phone, asked in person"}).status_code == 302
    assert not Authenticator.objects.filter(user=officer.pk).exists()
    assert not RecoveryCode.objects.filter(user=officer.pk).exists()
    assert theirs.get("/")["Location"].startswith("/sign-in/")
    officer.refresh_from_db()
    assert not officer.has_usable_password()
    event = Event.objects.get(verb="second_step.take_away")
    assert (event.by, event.subject_id, event.reason[:4]) == (administrator, str(officer.pk), "Lost")
    assert Notice.objects.to(officer).filter(text__contains="took away the second step").exists()
    again = browser.post(address.format(officer.pk), {"reason": "Again"})
    assert "They have no second step" in again.content.decode()
    assert browser.post(address.format(administrator.pk), {"reason": "Mine"}).status_code == 403
    assert signed_in(officer).get(address.format(administrator.pk)).status_code == 403


def test_whoever_set_one_up_elsewhere_signs_in_with_it(client, signed_in, officer, set_up):
    set_up(officer)
    for address in ("/", SECURITY, reverse("mfa_add_webauthn")):
        older = signed_in(officer)  # a session from before
        assert older.get(address)["Location"] == "/sign-in/"
        assert older.get(SECURITY)["Location"].startswith("/sign-in/")


def test_without_a_role_one_may_still_look_after_how_one_signs_in(client, make_user, settings):
    settings.MFA_REQUIRED = False
    sign_in(client, make_user())
    for name in ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "signin:password"):
        assert client.get(reverse(name)).status_code == 200, name


def test_a_passkey_that_does_not_work_says_so_and_where_one_was_going_is_kept(client, db):
    page = client.post(reverse("mfa_login_webauthn"), {"credential": "", "next": "/people/?a=1"}, follow=True)
    assert page.redirect_chain[-1][0] == "/sign-in/?next=%2Fpeople%2F%3Fa%3D1"
    text = page.content.decode()
    assert "That passkey did not work" in text
    assert "This field is required" not in text
    assert text.count('name="next" value="/people/?a=1"') == 2  # of both forms


def test_a_forged_session_is_none(client, officer):
    client.cookies["sessionid"] = signing.dumps({"_auth_user_id": str(officer.pk)})
    assert client.get("/")["Location"].startswith("/sign-in/")
