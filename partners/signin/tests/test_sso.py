"""Single sign-on against a provider of our own, that speaks and signs as an agency's does."""

import datetime as dt
import time
from contextlib import nullcontext
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from config.tests.client import CarefulClient
from partners.audit.models import Event
from partners.signin.sso import LOGOUT, ProvidedSession, Provider
from partners.signin.sso_admin import ProviderForm

from .provider import Local

TODAY = dt.date(2026, 1, 1)


@pytest.fixture
def idp():
    local = Local()
    yield local
    local.close()


@pytest.fixture
def provider(idp, police, monkeypatch):
    monkeypatch.setenv("SSO_SECRET_WMP", idp.secret)
    return Provider.objects.create(
        agency=police, slug="wmp", issuer=idp.issuer, client_id=idp.client, domains=["throughcare.example"],
        valid_from=TODAY,
    )  # fmt: skip


@pytest.fixture
def known(idp, provider, officer):
    """The officer is one of the agency's, by the subject "one"."""
    idp.people["one"] = {"email": officer.email, "email_verified": True, "sid": "s1"}
    return officer


def come(idp, subject="one", client=None, there=""):
    """A browser that went to the provider and came back: (client, answer)."""
    client = client or CarefulClient()
    away = client.get(f"/account/sso/wmp/{there}")
    assert away["Location"].startswith(f"{idp.issuer}/authorize")
    return client, client.get("/account/sso/wmp/callback/", idp.authorize(away["Location"], subject))


def is_out(client):
    return client.get("/more/").status_code == 302


def refusal():
    return Event.objects.filter(verb="sign_in_failed").latest("id")


def test_who_the_agency_vouches_for_is_signed_in_to_the_account_there_is(idp, known):
    client, answer = come(idp, there="?next=/roles/")
    assert (answer.status_code, answer["Location"]) == (302, "/roles/")
    assert not is_out(client)
    assert Event.objects.get(verb="sign_in").by == known
    provided = ProvidedSession.objects.get()
    assert (provided.subject, provided.its_session, provided.gave_second_step) == ("one", "s1", False)


def test_it_asks_with_a_proof_and_a_state_of_its_own(idp, known):
    asked = parse_qs(urlsplit(CarefulClient().get("/account/sso/wmp/")["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "code_challenge"} <= set(asked)
    assert "prompt" not in asked


def test_a_code_that_was_not_asked_for_here_signs_nobody_in(idp, known):
    _, brought = CarefulClient(), idp.authorize(CarefulClient().get("/account/sso/wmp/")["Location"], "one")
    other = CarefulClient()
    assert other.get("/account/sso/wmp/callback/", brought).status_code == 403
    assert is_out(other)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@throughcare.example"},
        {"email_verified": False},
        {"email_verified": None},
        {"email": "Officer@Elsewhere.example"},
    ],
)
def test_nobody_gets_an_account_by_it(idp, known, claims):
    idp.people["one"] |= claims
    client, answer = come(idp)
    assert answer.status_code == 403
    assert "no open account here" in answer.content.decode()
    assert is_out(client)
    assert (refusal().by, refusal().detail["provider"]) == (None, "wmp")


def test_someone_of_another_agency_is_not_let_in_whatever_it_says_of_them(idp, known, make_user, cranstoun):
    worker = make_user("cranstoun_worker", cranstoun)
    idp.people["two"] = {"email": worker.email, "email_verified": True}
    assert come(idp, "two")[1].status_code == 403


def test_known_by_their_subject_they_may_change_their_address_but_not_be_another(idp, known, make_user, police):
    come(idp)
    other = make_user("auditor", police)
    idp.people["one"]["email"] = other.email
    assert come(idp)[1].status_code == 302
    assert Event.objects.filter(verb="sign_in").latest("id").by == known
    assert SocialAccount.objects.get().extra_data == {}
    idp.people["three"] = {"email": known.email, "email_verified": True}
    assert come(idp, "three")[1].status_code == 403


@pytest.mark.parametrize("what", ["closed", "no role"])
def test_whoever_left_here_is_not_let_in_by_their_agency(idp, known, what):
    come(idp)
    if what == "closed":
        known.is_active = False
        known.save()
    else:
        known.memberships.update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    client, answer = come(idp)
    assert answer.status_code == 403
    assert is_out(client)


def test_it_is_the_only_way_of_its_own_people_while_it_says_so(known, provider, make_user, police):
    """Provider.only_way_of: is_only_way, domains, valid_to."""
    other = make_user("supervisor", police)
    other.email = "sam@elsewhere.example"
    assert Provider.objects.only_way_of(known) is None
    Provider.objects.update(is_only_way=True)
    assert Provider.objects.only_way_of(known) == provider
    assert Provider.objects.only_way_of(other) is None
    Provider.objects.update(valid_from=TODAY - dt.timedelta(2), valid_to=TODAY - dt.timedelta(1))
    assert Provider.objects.only_way_of(known) is None


def test_where_it_is_the_only_way_a_password_is_refused_once_it_is_right(idp, known, provider):
    provider.is_only_way = True
    provider.save()
    client = CarefulClient()
    wrong = client.post("/sign-in/", {"username": known.email, "password": "wrong"})
    assert "Your agency asks" not in wrong.content.decode()
    answer = client.post("/sign-in/", {"username": known.email, "password": "a long enough password"})
    assert answer.status_code == 403
    assert "Your agency asks you to sign in with WMP" in answer.content.decode()
    assert is_out(client)
    client = come(idp)[0]
    assert not is_out(client)
    page = client.get("/account/security/").content.decode()
    assert "You sign in with WMP" in page
    assert "Change your password" not in page


def test_the_sign_in_page_offers_the_providers_of_today(client, provider):
    link = 'href="/account/sso/wmp/?next=/roles/"'
    assert link in client.get("/sign-in/?next=/roles/").content.decode()
    Provider.objects.update(valid_to=TODAY)
    assert link not in client.get("/sign-in/?next=/roles/").content.decode()
    assert client.get("/account/sso/wmp/").status_code == 404


# someone leaves there


def answered(ago):
    ProvidedSession.objects.update(answered_at=timezone.now() - dt.timedelta(seconds=ago))


def test_a_leaver_there_is_out_here_at_the_next_request(idp, known, settings):
    client, _ = come(idp)
    settings.SSO_ASK_AGAIN = dt.timedelta(0)
    assert not is_out(client)
    del idp.people["one"]
    answer = client.get("/more/")
    assert answer["Location"] == "/sign-in/?next=/more/"
    assert "Your agency says that you are no longer signed in" in client.get(answer["Location"]).content.decode()
    assert not known.sessions.exists()
    assert Event.objects.get(verb="session.end_by_provider").by == known


def test_it_is_asked_again_after_a_minute_and_not_before(idp, known):
    client, _ = come(idp)
    asked = idp.asked
    for ago, more in ((59, 0), (61, 1), (1, 1)):
        answered(ago)
        assert not is_out(client)
        assert idp.asked == asked + more


def test_a_token_that_is_over_is_renewed_once_and_a_leavers_is_not(idp, known):
    client, _ = come(idp)
    for leaves in (False, True):
        idp.access.clear()
        answered(61)
        if leaves:
            del idp.people["one"]
        assert is_out(client) is leaves


def test_a_renewed_token_is_kept_though_it_falls_silent_right_after(idp, known):
    client, _ = come(idp)
    idp.access.clear()
    renew = idp.at_token

    def renew_and_fall_silent(*sent):
        idp.deaf = True
        return renew(*sent)

    idp.at_token = renew_and_fall_silent
    for _ in range(2):
        answered(61)
        assert not is_out(client)
        idp.deaf = False


def test_while_it_does_not_answer_it_is_trusted_for_five_minutes(idp, known):
    client, _ = come(idp)
    idp.deaf = True
    for ago, out in ((299, False), (301, True)):
        answered(ago)
        assert is_out(client) is out


def test_a_provider_that_ends_here_ends_its_sessions(idp, known):
    client, _ = come(idp)
    Provider.objects.update(valid_to=TODAY)
    assert is_out(client)


def test_one_who_does_not_answer_signs_nobody_in_and_it_is_said(idp, known):
    away = CarefulClient()
    idp.deaf = True
    answer = away.get("/account/sso/wmp/")
    assert answer.status_code == 403
    assert refusal().detail["provider"] == "wmp"
    assert "did not work" in answer.content.decode()


def word(idp, **claims):
    said = {"iat": time.time(), "jti": "1", "events": {LOGOUT: {}}, "sid": "s1", **claims}
    return {"logout_token": idp.sign("one", **said)}


def test_its_word_that_someone_signed_out_there_ends_the_session_here(idp, known):
    client, _ = come(idp)
    sent = word(idp)
    assert CarefulClient(enforce_csrf_checks=True).post("/account/sso/wmp/ended/", sent).status_code == 200
    assert is_out(client)
    assert CarefulClient().post("/account/sso/wmp/ended/", sent).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"events": {}},
        {"nonce": "an id token"},
        {"iat": time.time() - 3600},
        {"jti": None},
        {"sub": None, "sid": None},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_another_word_ends_none(idp, known, wrong):
    client, _ = come(idp)
    assert client.post("/account/sso/wmp/ended/", word(idp, **wrong)).status_code == 400
    for sent in ({}, {"logout_token": "x"}, {"logout_token": "a.b.c"}):
        assert client.post("/account/sso/wmp/ended/", sent).status_code == 400
    assert not is_out(client)


def test_words_of_whoever_make_us_ask_it_for_its_keys_no_more_often_and_a_new_key_of_its_is_known(idp, known):
    come(idp)
    for key_id, answers in (("one", 200), ("two", 200), ("three", 400), ("four", 400)):
        idp.key_id = key_id
        sent = word(idp, jti=key_id)
        if answers == 400:
            idp.key_id = "two"
        assert CarefulClient().post("/account/sso/wmp/ended/", sent).status_code == answers
        CarefulClient().post("/account/sso/wmp/ended/", {"logout_token": "x"})
    assert idp.keys_asked == 2


def test_a_new_password_does_not_free_a_session_from_its_provider(idp, known, settings):
    settings.SSO_ASK_AGAIN = dt.timedelta(0)
    client, _ = come(idp)
    new = "four words of no meaning"
    sent = {"old_password": "a long enough password", "new_password1": new, "new_password2": new}
    assert client.post("/account/password/", sent).status_code == 302
    assert not is_out(client)
    assert ProvidedSession.objects.get().subject == "one"
    idp.access.clear()
    idp.renewing.clear()
    assert is_out(client)


def test_a_provider_that_the_server_has_no_secret_of_signs_nobody_in(idp, known, monkeypatch):
    client = CarefulClient()
    away = client.get("/account/sso/wmp/")["Location"]
    monkeypatch.delenv("SSO_SECRET_WMP")
    assert client.get("/account/sso/wmp/callback/", idp.authorize(away, "one")).status_code == 404
    assert client.get("/account/sso/wmp/").status_code == 403
    assert is_out(client)


@pytest.mark.parametrize(("slug", "good"), [("wmp-2", True), ("WMP", False), ("wmp_2", False), ("-wmp", False)])
def test_no_provider_has_the_secret_of_another(slug, good):
    with nullcontext() if good else pytest.raises(ValidationError, match="lower-case"):
        ProviderForm.base_fields["slug"].clean(slug)


# confirming, and the second step


def test_whoever_came_from_there_confirms_there(idp, provider, make_user, police):
    auditor = make_user("auditor", police)
    idp.people["one"] = {"email": auditor.email, "email_verified": True}
    client, _ = come(idp)
    auditor.sessions.update(began_at=timezone.now() - dt.timedelta(minutes=16))
    there = "?next=/audit/export.csv"
    page = client.get(client.get("/audit/export.csv")["Location"]).content.decode()
    assert 'href="/account/sso/wmp/?next=/audit/export.csv"' in page
    assert 'name="password"' not in page
    assert client.post("/account/confirm/", {"password": "x", "is_sent": "1"}).status_code == 422
    asked = parse_qs(urlsplit(client.get(f"/account/sso/wmp/{there}")["Location"]).query)
    assert (asked["max_age"], asked["prompt"]) == (["0"], ["login"])
    idp.says = {"auth_time": int(time.time()) - 3600}
    assert come(idp, client=client, there=there)[1]["Location"] == "/audit/export.csv"
    assert client.get("/audit/export.csv").status_code == 302
    idp.says = {"auth_time": int(time.time())}
    come(idp, client=client, there=there)
    assert client.get("/audit/export.csv").status_code == 200


@pytest.fixture
def app(known):
    """The officer's authenticator app: gives the code of now."""
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(known, secret)
    return lambda: format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.mark.parametrize(("amr", "given"), [(["pwd"], False), (["pwd", "mfa"], True), (None, False)])
def test_our_second_step_is_asked_unless_the_provider_says_that_it_asked(idp, app, settings, amr, given):
    settings.MFA_REQUIRED = True
    idp.says = {"amr": amr}
    client, answer = come(idp)
    if not given:
        assert answer["Location"] == reverse("mfa_authenticate")
        assert is_out(client)
        assert client.post(reverse("mfa_authenticate"), {"code": app()}).status_code == 302
    assert not is_out(client)
    assert ProvidedSession.objects.get().gave_second_step is given


def test_where_neither_asked_one_sets_up_ours_first(idp, known, settings):
    settings.MFA_REQUIRED = True
    client, _ = come(idp)
    assert client.get("/more/")["Location"] == reverse("mfa_index")


def test_no_token_is_readable_in_the_database(idp, known):
    come(idp)
    kept = ProvidedSession.objects.get()
    for token in (*idp.access, *idp.renewing):
        assert token not in kept.access + kept.refresh + kept.session.session_data
