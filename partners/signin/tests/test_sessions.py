"""Sessions: how long they last, where they are, and that one which has ended is dead at once."""

import datetime as dt

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.utils import timezone

from config.tests.client import CarefulClient
from partners.audit.models import Event
from partners.leaving import close
from partners.signin.sessions import Session, device

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _a_minute_is_one(monkeypatch):
    monkeypatch.setattr("partners.signin.sessions.COARSELY", minutes(1))


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police)


def row_of(client):
    return Session.objects.get(pk=client.session.session_key)


def move(client, **columns):
    """Let time pass for a session: its moments are so long ago."""
    now = timezone.now()
    Session.objects.filter(pk=client.cookies["sessionid"].value).update(
        **{name: now - ago for name, ago in columns.items()}
    )


def minutes(n):
    return dt.timedelta(minutes=n)


def is_out(client):
    return client.get("/more/").status_code == 302


# how long


def test_a_session_is_listed_as_its_users_until_it_ends_or_idles(signed_in, officer, administrator):
    """Session.of: user, expire_date, seen_at."""
    for user in (officer, administrator):
        signed_in(user)
    assert Session.objects.of(officer).get().user == officer
    for column, ago in (("expire_date", minutes(1)), ("seen_at", minutes(31))):
        key, now = Session.objects.of(officer).get().pk, timezone.now()
        Session.objects.filter(pk=key).update(**{column: now - ago})
        assert not Session.objects.of(officer).exists()
        Session.objects.filter(pk=key).update(expire_date=now + minutes(9), seen_at=now)


def test_a_session_not_used_for_half_an_hour_ends(signed_in, officer):
    client = signed_in(officer)
    move(client, seen_at=minutes(29))
    assert not is_out(client)
    move(client, seen_at=minutes(31))
    cookie = client.cookies["sessionid"].value
    answer = client.get("/more/")
    assert answer["Location"] == "/sign-in/?next=/more/"
    assert "nothing was done here for 30 minutes" in client.get(answer["Location"]).content.decode()
    assert not Session.objects.filter(pk=cookie).exists()
    assert Event.objects.get(verb="session.idle").by == officer


def test_of_who_opens_the_back_office_it_ends_after_a_quarter(signed_in, administrator, officer):
    for user, out in ((administrator, True), (officer, False)):
        client = signed_in(user)
        move(client, seen_at=minutes(16))
        assert is_out(client) is out


def test_use_makes_it_last_but_no_longer_than_twelve_hours(signed_in, officer):
    client = signed_in(officer)
    move(client, seen_at=minutes(20))
    client.get("/more/")
    assert timezone.now() - row_of(client).seen_at < minutes(1)
    session = client.session
    session["anything"] = 1
    session.save()
    assert row_of(client).expire_date - row_of(client).began_at == dt.timedelta(hours=12)
    Session.objects.update(expire_date=timezone.now())
    assert is_out(client)


def test_asking_how_long_is_left_is_no_use_of_it(signed_in, officer):
    client = signed_in(officer)
    client.get("/more/")
    move(client, seen_at=minutes(20))
    left = client.get("/account/sessions/left/").json()
    assert 590 < left["unused"] <= 600 < left["anyway"]
    assert timezone.now() - row_of(client).seen_at > minutes(19)
    assert client.post("/account/sessions/stay/").status_code == 204
    assert client.get("/account/sessions/left/").json()["unused"] > 1700
    move(client, seen_at=minutes(31))
    assert client.get("/account/sessions/left/").json()["unused"] <= 0


def test_the_api_answers_403_once_it_has_ended(signed_in, administrator):
    client = signed_in(administrator)
    move(client, seen_at=minutes(16))
    assert client.get("/api/v1/notices/").status_code == 403


def test_what_a_page_says_of_the_time_left(signed_in, officer):
    page = signed_in(officer).get("/more/").content.decode()
    assert "signed out after 30 minutes without doing anything" in page
    assert 'data-left="/account/sessions/left/"' in page


def test_what_is_over_goes_as_others_begin(signed_in, officer):
    over = row_of(signed_in(officer)).pk
    Session.objects.update(expire_date=timezone.now() - minutes(1))
    here = row_of(signed_in(officer)).pk
    assert list(Session.objects.values_list("pk", flat=True)) == [here] != [over]


# what was sent too late


def test_what_was_sent_too_late_is_kept_for_whoever_sent_it(signed_in, officer, administrator):
    for user, kept in ((officer, True), (administrator, False)):
        client = signed_in(officer)
        move(client, seen_at=minutes(31))
        answer = client.post("/hats/wear/", {"membership": "what was chosen <b>", "once": "x"})
        assert answer["Location"] == "/sign-in/?next=%2Faccount%2Funsent%2F"
        assert not Event.objects.filter(verb="wear_hat").exists()
        client.force_login(user)
        page = client.get("/account/unsent/", follow=True).content.decode()
        assert ("what was chosen &lt;b&gt;" in page) is kept
        assert 'value="x"' not in page
        assert "what was chosen" not in client.get("/account/unsent/", follow=True).content.decode()


@pytest.mark.parametrize(
    "there",
    ["/account/password/", "/account/app/add/", "/account/second-step/", "/sign-in/", "/account/forgotten/MQ/x/"],
)
def test_a_password_or_code_sent_too_late_is_kept_nowhere(signed_in, officer, there):
    client = signed_in(officer)
    move(client, seen_at=minutes(31))
    client.post(there, {"old_password": "as it was typed", "username": "x", "password": "as it was typed", "code": "1"})
    assert "unsent" not in client.session


def test_a_form_of_another_site_is_not_kept(officer):
    client = CarefulClient(enforce_csrf_checks=True)
    client.force_login(officer)
    move(client, seen_at=minutes(31))
    assert client.post("/hats/wear/", {"membership": "planted"}).status_code == 403
    assert "unsent" not in client.session


# where


def test_the_page_names_each_browser_and_no_key(signed_in, officer, administrator):
    here, there, other = signed_in(officer), signed_in(officer), signed_in(administrator)
    for client in (there, other):
        move(client, seen_at=minutes(2))
    there.get("/more/", headers={"User-Agent": FIREFOX}, REMOTE_ADDR="203.0.113.9")
    other.get("/more/", REMOTE_ADDR="203.0.113.77")
    page = here.get("/account/sessions/").content.decode()
    assert "Firefox on Windows" in page
    assert "203.0.113.9" in page
    assert "203.0.113.77" not in page
    for client in (here, there, other):
        assert client.cookies["sessionid"].value not in page


def test_one_is_ended_and_dead_at_once(signed_in, officer):
    here, there, third = signed_in(officer), signed_in(officer), signed_in(officer)
    assert here.post(f"/account/sessions/{row_of(there).handle}/end/").status_code == 302
    assert (is_out(here), is_out(there), is_out(third)) == (False, True, False)
    assert Event.objects.get(verb="session.end").detail == {"sessions": 1}


def test_of_others_and_of_this_one_there_is_none_to_end(signed_in, officer, administrator):
    here, other = signed_in(officer), signed_in(administrator)
    for client in (here, other):
        assert here.post(f"/account/sessions/{row_of(client).handle}/end/").status_code == 404
        assert not is_out(client)


def test_all_others_are_ended(signed_in, officer, administrator):
    here, there, third, other = signed_in(officer), signed_in(officer), signed_in(officer), signed_in(administrator)
    here.post("/account/sessions/others/end/")
    assert [is_out(client) for client in (here, there, third, other)] == [False, True, True, False]


def test_an_administrator_signs_someone_out_everywhere(signed_in, officer, administrator):
    there, third, admin = signed_in(officer), signed_in(officer), signed_in(administrator)
    page = f"/admin/partners/user/{officer.pk}/sign-out/"
    assert admin.post(page, {"reason": ""}).status_code == 422
    assert admin.post(page, {"reason": "Their phone was stolen"}).status_code == 302
    assert is_out(there)
    assert is_out(third)
    event = Event.objects.get(verb="user.sign_out")
    assert (event.kind, event.by, event.reason, event.detail) == (
        "administration", administrator, "Their phone was stolen", {"sessions": 2},
    )  # fmt: skip


# what lets nobody in


def test_signing_in_gives_a_new_key_and_the_old_one_is_dead(client, officer):
    client.get("/sign-in/")
    session = client.session
    session["anything"] = 1
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    client.force_login(officer)
    assert client.cookies["sessionid"].value != before
    stale = CarefulClient()
    stale.cookies["sessionid"] = before
    assert is_out(stale)


def test_after_signing_out_the_cookie_is_dead(signed_in, officer):
    client = signed_in(officer)
    cookie = client.cookies["sessionid"].value
    client.post("/sign-out/")
    client.cookies["sessionid"] = cookie
    assert is_out(client)
    assert not Session.objects.filter(pk=cookie).exists()


def test_a_new_password_ends_every_session(signed_in, officer):
    client = signed_in(officer)
    assert not is_out(client)
    officer.set_password("another long password")
    officer.save()
    assert is_out(client)


def test_closing_an_account_leaves_no_session(signed_in, officer, administrator):
    client = signed_in(officer)
    close(officer, by=administrator, reason="Left")
    assert is_out(client)
    assert not officer.sessions.exists()


def test_one_that_ended_while_a_request_ran_is_not_saved_again(signed_in, officer):
    client = signed_in(officer)
    session = client.session
    session["anything"] = 1
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        session.save()
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on an iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/148.0 Mobile Safari/537.36", "Chrome on Android"),
        ("<script>", "A browser on a device not known"),
        ("", "A browser on a device not known"),
    ],
)
def test_a_browser_in_words(agent, words):
    assert device(agent) == words
