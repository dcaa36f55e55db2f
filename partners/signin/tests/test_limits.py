import datetime as dt
import os
import random
import threading
import time

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from partners.audit.models import Event
from partners.auth import ActingBackend
from partners.signin.limits import Kept

PASSWORD, LIMIT = "a long enough password", 5


def sign_in(client, email, password="wrong", ip="127.0.0.1", **headers):
    return client.post("/sign-in/", {"username": email, "password": password}, REMOTE_ADDR=ip, headers=headers)


@pytest.fixture
def looked_at(monkeypatch):
    """The e-mail addresses of the tries whose password was looked at."""
    seen, authenticate = [], ActingBackend.authenticate

    def count(self, request, email=None, password=None):
        seen.append(email)
        return authenticate(self, request, email, password)

    monkeypatch.setattr(ActingBackend, "authenticate", count)
    return seen


@pytest.fixture
def after(monkeypatch):
    """Move the clock that tries are counted by."""
    now = time.time

    def after(seconds):
        monkeypatch.setattr(time, "time", lambda: now() + seconds)

    return after


def spelled(email, number):
    """The same address in another spelling: capitals, full-width letters, spaces."""
    chance = random.Random(number)
    ways = [str.upper, lambda sign: chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" and sign != "@" else sign, str]
    return " " * chance.randint(0, 2) + "".join(chance.choice(ways)(sign) for sign in email)


@pytest.mark.parametrize("exists", [True, False])
def test_guesses_from_anywhere_however_spelled_reach_the_password_five_times_in_a_quarter_of_an_hour(
    client, officer, looked_at, after, exists
):
    email = officer.email if exists else "nobody@throughcare.example"
    for number in range(40):  # 10,000 of them: the next test, without the pages
        ip = f"10.{number % 250}.{number // 250}.7"
        answer = sign_in(client, spelled(email, number), ip=ip, **{"X-Forwarded-For": f"192.0.2.{number % 250}"})
        assert answer.status_code == 422
    assert len(looked_at) == LIMIT
    page = answer.content.decode()
    at = timezone.localtime() + dt.timedelta(minutes=15)
    assert "There were too many tries. Try again at" in page
    assert any(f"{at + dt.timedelta(minutes=n):%H:%M}" in page for n in (-1, 0, 1))
    assert sign_in(client, officer.email, PASSWORD, ip="10.9.9.9").status_code == (422 if exists else 302)
    assert Event.objects.filter(verb="sign_in_kept_out").count() == 1
    after(15 * 60 + 1)
    assert sign_in(Client(), officer.email, PASSWORD, ip="10.9.9.9").status_code == 302


def test_ten_thousand_guesses_reach_the_password_five_times(officer, looked_at, rf):
    refused, guesses = 0, 10_000 if os.environ.get("ACCESS_TABLE") == "whole" else 1_000
    for number in range(guesses):
        request = rf.post("/sign-in/", REMOTE_ADDR=f"10.{number % 250}.{number // 250}.7")
        request.id = None
        with context.request_context(request):
            try:
                get_adapter(request).authenticate(request, email=spelled(officer.email, number), password="wrong")
            except ValidationError:
                refused += 1
    assert (len(looked_at), refused) == (LIMIT, guesses - LIMIT)


def test_one_address_may_not_try_account_after_account(client, officer, looked_at):
    for number in range(40):
        sign_in(client, f"someone{number}@throughcare.example")
    assert len(looked_at) == 20


def test_what_a_browser_says_of_where_it_is_is_not_believed_unless_a_proxy_of_ours_says_it(client, officer, settings):
    sign_in(client, officer.email, **{"X-Forwarded-For": "203.0.113.9"})
    assert Event.objects.filter(verb="sign_in_failed").latest("id").ip_address == "127.0.0.1"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    sign_in(client, officer.email, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert Event.objects.filter(verb="sign_in_failed").latest("id").ip_address == "203.0.113.9"


def test_whoever_gets_in_takes_back_their_own_try_and_not_those_at_the_accounts_of_others(db, rf):
    request = rf.post("/")
    for number in range(19):
        assert ratelimit.consume(request, action="login_failed", key=f"someone {number}")
    for _ in range(3):
        assert ratelimit.consume(request, action="login_failed", key="their own")
        ratelimit.clear(request, action="login_failed", key="their own")
    assert ratelimit.consume(request, action="login_failed", key="another")
    assert not ratelimit.consume(request, action="login_failed", key="and another")


def test_a_good_password_is_no_try_too_many(client, officer):
    for _ in range(2 * LIMIT):
        assert sign_in(client, officer.email, PASSWORD).status_code == 302
        client.post("/sign-out/")


@pytest.mark.django_db(transaction=True)
def test_fifty_at_the_same_moment_are_no_more_than_the_limit(officer, looked_at):
    begin, answers = threading.Barrier(50), []

    def go(number):
        begin.wait()
        try:
            answers.append(sign_in(Client(), officer.email, ip=f"10.0.0.{number}").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[number]) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [422] * 50
    assert len(looked_at) <= LIMIT


def test_what_is_added_twice_is_told_so_until_it_is_over(db, after):
    assert cache.add("code", 1, 30)
    assert not cache.add("code", 2, 30)
    assert cache.get("code") == 1
    after(31)
    assert cache.get("code") is None
    assert cache.add("other", 3, 30)
    assert not Kept.objects.filter(key__endswith="code").exists()
    assert cache.add("code", 4, 30)
    assert cache.delete("code")
    assert cache.get("code", "none") == "none"
