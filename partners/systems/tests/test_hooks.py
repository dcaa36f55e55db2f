"""Webhooks: what is sent is what the system may read at that moment, signed, recorded, and sent until it arrives."""

import base64
import datetime as dt
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.models import Offender
from partners import leaving
from partners.audit.models import Event
from partners.models import User
from partners.notices.models import Notice
from partners.systems import changes, hook_delivery, tasks
from partners.systems.hook_delivery import MOST, collect, is_public, send_waiting
from partners.systems.models import Delivery, Hook

pytestmark = pytest.mark.usefixtures("all_is_settled")


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what it is sent, and answers what the test says."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, dict(self.headers), body))
        time.sleep(self.server.slow)
        self.send_response(self.server.answer)
        for name, value in self.server.heads.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args):
        """Nothing."""


@pytest.fixture
def receiver(settings):
    settings.HOOKS_ANYWHERE = True
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.taken, server.answer, server.heads, server.slow = [], 200, {}, 0
    server.url = f"http://127.0.0.1:{server.server_port}/changes?of=us"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def make_hook(make_system, cranstoun, cranstoun_worker, administrator, receiver):
    system = make_system(cranstoun, "cranstoun_worker")

    def make(**fields):
        fields = {"url": receiver.url, "kinds": ["referral"], "sends_rows": True} | fields
        hook = Hook(system=system, **fields).begin(by=administrator)
        Hook.objects.filter(pk=hook.pk).update(at_transaction=0, at_event=0)  # the test's one transaction is the now
        hook.refresh_from_db()
        return hook

    return make


@pytest.fixture
def hook(make_hook):
    return make_hook()


def run():
    """What the worker does each minute."""
    hooks = collect()
    for pk in hooks:
        send_waiting(pk)
    return hooks


def again_later(hook):
    Hook.objects.filter(pk=hook.pk).update(next_at=timezone.now())
    run()


def types(receiver):
    return [json.loads(body)["type"] for _, _, body in receiver.taken]


WALK = ["referral.draft", "referral.submit", "referral.accept_booked"]


def test_changes_are_told_in_order_once_each_with_the_row_as_the_api_shows_it(hook, receiver, make_divert):
    referral = make_divert("accepted")
    run()
    run()
    assert types(receiver) == WALK
    path, headers, body = receiver.taken[-1]
    said = json.loads(body)
    assert path == "/changes?of=us"
    assert said["data"]["id"] == said["data"]["row"]["id"] == str(referral.pk)
    assert said["data"]["address"].endswith(f"/api/v1/referrals/{referral.pk}/")
    assert headers["Content-Type"] == "application/json"
    assert [one.status for one in hook.deliveries.all()] == ["delivered"] * 3
    assert {one.answer for one in hook.deliveries.all()} == {200}


def test_a_hook_without_rows_tells_only_which_row_changed(make_hook, receiver, make_divert):
    make_hook(sends_rows=False)
    make_divert("accepted")
    run()
    assert {tuple(json.loads(body)["data"]) for _, _, body in receiver.taken} == {("kind", "id", "address")}


def test_a_delivery_is_signed_by_standard_webhooks(hook, receiver, make_divert):
    make_divert("accepted")
    run()
    _, headers, body = receiver.taken[0]
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mark = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mark}"
    assert headers["webhook-id"] == str(
        hook.deliveries.get(event=min(hook.deliveries.values_list("event", flat=True))).pk
    )
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def test_a_renewed_secret_signs_beside_the_one_before_for_a_day_unless_at_once(hook, administrator, settings):
    first = hook.keys
    hook.renew(by=administrator)
    second = hook.keys
    assert len(second) == 2
    assert second[1:] == first != second[:1]
    hook.older_until = timezone.now() - dt.timedelta(seconds=1)
    assert hook.keys == second[:1]
    hook.renew(by=administrator, at_once=True)
    assert len(hook.keys) == 1
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert len(Hook.objects.get(pk=hook.pk).keys) == 2, "the server's key is renewed without a receiver failing"
    stored = json.dumps(list(Hook.objects.values()), default=str)
    assert hook.secret.removeprefix("whsec_") not in stored


def test_what_is_sent_is_a_disclosure_recorded_before_it_goes(hook, receiver, make_divert, cranstoun, monkeypatch):
    referral, before = make_divert("accepted"), []
    send = hook_delivery.post

    def post(*args):
        before.append(Event.objects.filter(verb="delivery.send").count())
        return send(*args)

    monkeypatch.setattr(hook_delivery, "post", post)
    run()
    assert before == [1, 2, 3]
    events = Event.objects.filter(verb="delivery.send")
    assert {(one.kind, one.recipient, one.by_id) for one in events} == {("disclosure", cranstoun, hook.system.user_id)}
    assert {tuple(one.offenders) for one in events} == {(referral.offender_id,)}


def test_when_recording_fails_nothing_is_sent(hook, receiver, make_divert, monkeypatch):
    make_divert("accepted")
    pks = collect()
    monkeypatch.setattr(Event.objects, "record", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        send_waiting(pks[0])
    assert not receiver.taken


def test_what_the_system_may_no_longer_read_when_it_is_sent_is_withheld(hook, receiver, make_divert):
    make_divert("accepted")
    pks = collect()
    Offender.objects.update(is_restricted=True)
    send_waiting(pks[0])
    assert not receiver.taken
    assert set(hook.deliveries.values_list("status", flat=True)) == {"withheld"}


def test_what_a_system_does_not_see_is_not_told_it(hook, receiver, make_referral):
    make_referral()
    run()
    assert not receiver.taken
    assert not Delivery.objects.exists()


def test_a_system_that_is_closed_is_told_nothing(hook, receiver, make_divert, administrator):
    make_divert("accepted")
    pks = collect()
    leaving.close(hook.system.user, by=administrator, reason="Replaced")
    send_waiting(pks[0])
    make_divert("accepted")
    collect()
    assert not receiver.taken
    assert hook.deliveries.count() == 3


def test_what_does_not_arrive_is_sent_again_under_its_id_and_what_follows_waits(hook, receiver, make_divert):
    make_divert("accepted")
    receiver.answer = 500
    run()
    run()
    assert types(receiver) == WALK[:1]
    waits = hook.deliveries.get(attempts=1)
    assert (waits.status, waits.answer, waits.problem) == ("queued", 500, "It answered 500.")
    receiver.answer = 204
    again_later(hook)
    assert types(receiver) == [WALK[0], *WALK]
    assert receiver.taken[0][1]["webhook-id"] == receiver.taken[1][1]["webhook-id"]
    assert set(hook.deliveries.values_list("status", flat=True)) == {"delivered"}


def test_after_the_last_attempt_it_is_given_up_the_hook_pauses_and_administrators_are_told(
    hook, receiver, make_divert, administrator
):
    make_divert("accepted")
    receiver.answer = 503
    run()
    for _ in range(MOST + 3):
        again_later(hook)
    assert len(receiver.taken) == MOST
    hook.refresh_from_db()
    assert (hook.stands, hook.paused_why) == ("Paused", "It answered 503.")
    notice = Notice.objects.get(for_user=administrator)
    assert str(hook.pk) in notice.text
    assert hook.deliveries.filter(status="failed").count() == 1
    receiver.answer = 200
    hook.resume(by=administrator)
    run()
    assert types(receiver)[MOST:] == WALK[1:], "what was not given up carries on"
    assert hook.replay(by=administrator) == 1
    run()
    assert types(receiver)[-1] == WALK[0]


def test_a_receiver_that_says_gone_is_not_asked_again(hook, receiver, make_divert):
    make_divert("accepted")
    receiver.answer = 410
    run()
    hook.refresh_from_db()
    assert (len(receiver.taken), hook.stands) == (1, "Paused")


def test_nobody_is_followed_elsewhere(hook, receiver, make_divert):
    make_divert("accepted")
    receiver.answer, receiver.heads = 307, {"Location": receiver.url}
    run()
    assert len(receiver.taken) == 1
    assert "elsewhere" in hook.deliveries.get(attempts=1).problem


def test_one_that_does_not_answer_is_waited_for_so_long_and_no_longer(hook, receiver, make_divert, monkeypatch):
    monkeypatch.setattr(hook_delivery, "PATIENCE", 0.2)
    make_divert("accepted")
    receiver.slow = 2
    begun = time.monotonic()
    run()
    assert time.monotonic() - begun < 1.5
    assert "did not answer" in hook.deliveries.get(attempts=1).problem


def test_one_that_answers_drop_by_drop_is_waited_for_no_longer_either(settings, monkeypatch):
    settings.HOOKS_ANYWHERE = True
    monkeypatch.setattr(hook_delivery, "PATIENCE", 0.5)
    listening = socket.create_server(("127.0.0.1", 0))

    def drip():
        taken, _ = listening.accept()
        with taken:
            for drop in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100:
                time.sleep(0.1)
                try:
                    taken.sendall(bytes([drop]))
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    begun = time.monotonic()
    with pytest.raises(hook_delivery.NotArrived):
        hook_delivery.post(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"{}", {})
    assert time.monotonic() - begun < 3
    thread.join()
    listening.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "2002:7f00:1::", "64:ff9b::7f00:1", "::7f00:1", "fec0::1", "2001:0:5ef5:79fd::1", "ff02::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_open_internet_is_none_to_send_to(address, settings, monkeypatch):
    assert not is_public(address)
    settings.HOOKS_ANYWHERE = False
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *args, **kwargs: [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", (address, 443))]
    )
    monkeypatch.setattr(socket, "socket", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(hook_delivery.NotArrived, match="open internet"):
        hook_delivery.post("https://partner.example/", b"{}", {})


def test_addresses_of_the_open_internet_are():
    assert all(map(is_public, ["8.8.8.8", "2606:4700::1111"]))


def test_nothing_is_sent_to_this_machine_where_that_is_not_development(hook, receiver, make_divert, settings):
    make_divert("accepted")
    settings.HOOKS_ANYWHERE = False
    run()
    assert not receiver.taken
    assert hook.deliveries.get(attempts=1).problem == "It is sent to https:// alone."


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/", "ftp://partner.example/", "https://me:word@partner.example/", "https://",
        "https://partner.example/#a", "https://partner.example/a b", "javascript:alert(1)", "https://[::1]/",
        "https://partner.example\\@10.0.0.1/", "https://partner.example:65536/", "https://partner.example:0/",
        "https://partner.example/\u00e9", "https://partner.example/\x01", "https://partner\u017f.example/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_https_or_hides_where_it_goes_is_refused(make_hook, settings, url):
    settings.HOOKS_ANYWHERE = False
    with pytest.raises(ValidationError, match="begins with https"):
        make_hook(url=url)


def test_the_database_refuses_a_hook_of_no_kind_one_paused_without_a_reason_and_the_same_twice(hook, make_hook):
    with pytest.raises(IntegrityError, match="of_some_kind"), transaction.atomic():
        Hook.objects.update(kinds=[])
    with pytest.raises(IntegrityError, match="says_why"), transaction.atomic():
        Hook.objects.update(paused_at=timezone.now())
    with pytest.raises(IntegrityError, match="names_an_address"), transaction.atomic():
        Hook.objects.update(url="file:///etc/passwd")
    with pytest.raises(ValidationError, match="already"):
        make_hook()


def test_what_comes_while_it_is_paused_is_told_afterwards_and_of_one_that_ended_nothing_is(
    hook, receiver, make_divert, administrator
):
    hook.pause(by=administrator, reason="They move house")
    make_divert("accepted")
    run()
    assert not receiver.taken
    hook.resume(by=administrator)
    collect()
    hook.end(by=administrator)
    run()
    assert not receiver.taken
    assert set(hook.deliveries.values_list("status", flat=True)) == {"withheld"}
    assert hook.replay(by=administrator) == 0
    verbs = Event.objects.about(hook).order_by("pk").values_list("verb", "by")
    assert list(verbs) == [(f"hook.{verb}", administrator.pk) for verb in ("add", "pause", "resume", "end")]


def test_a_hook_that_is_paused_or_ended_is_not_live_and_is_resumed_by_who_may(hook, administrator, officer):
    """Hook.live: paused_at, ended_at; Hook.resumable_by: user, paused_by; Hook.changeable_by."""
    system = User.objects.get(pk=hook.system.user_id)
    assert Hook.objects.live().resumable_by(system).get() == hook
    assert not Hook.objects.resumable_by(officer).exists()
    hook.pause(by=administrator, reason="They move house")
    assert not Hook.objects.live().exists()
    assert Hook.objects.changeable_by(system).exists()
    assert not Hook.objects.resumable_by(system).exists()
    assert Hook.objects.resumable_by(administrator).exists()
    hook.resume(by=administrator)
    hook.end(by=administrator)
    assert not Hook.objects.live().exists()
    assert not Hook.objects.filter(paused_at=None).live().exists()


def test_deliveries_that_are_over_are_let_go_of_and_hold_nothing_of_anyone(hook, receiver, make_divert):
    referral = make_divert("accepted")
    run()
    kept = json.dumps(list(Delivery.objects.values()), default=str)
    assert not any(text in kept for text in (referral.offender.family_name, str(referral.offender_id)))
    Delivery.objects.update(made_at=timezone.now() - dt.timedelta(days=31))
    run()
    assert not Delivery.objects.exists()


def test_the_worker_has_each_hook_told_by_a_job_of_its_own(hook, make_divert, receiver):
    make_divert("accepted")
    tasks.collect(0)
    tasks.collect(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'hook' FROM procrastinate_jobs WHERE task_name = 'systems.send'")
        assert cursor.fetchall() == [(str(hook.pk),)]
    tasks.send(str(hook.pk))
    assert types(receiver) == WALK


def test_to_collect_for_one_change_and_for_fifty_takes_the_same_queries(hook, make_divert, make_more):
    referral = make_divert("accepted")

    def queries():
        Hook.objects.update(at_transaction=0, at_event=0)
        Delivery.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            collect()
        return len(asked)

    one = queries()
    make_more(referral.offender, 29)
    rows = type(referral).objects.all()
    Event.objects.bulk_create(
        Event(kind="alteration", verb="referral.amend", subject_type="referrals.referral", subject_id=str(row.pk))
        for row in rows
    )
    assert queries() == one
    assert Delivery.objects.count() > 30


def test_after_a_restore_that_numbers_transactions_anew_it_pauses_and_says_so(hook, make_divert, monkeypatch):
    make_divert("accepted")
    monkeypatch.setattr(changes, "horizon", lambda: (5, 6))
    Hook.objects.update(at_transaction=7)
    collect()
    hook.refresh_from_db()
    assert (hook.stands, hook.paused_why) == ("Paused", hook_delivery.RESTORED)
