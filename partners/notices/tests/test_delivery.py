"""The worker sends each message once, whatever happens to it, to its neighbour, or to the provider."""

import asyncio
import datetime as dt
import threading
import time
import uuid
from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from partners.audit.models import Event
from partners.notices import delivery, tasks
from partners.notices.delivery import TryAgain, ask_what_became, deliver
from partners.notices.models import Notice
from partners.notices.senders import Refused, Unreachable

from .conftest import PERSON

pytestmark = pytest.mark.django_db


def in_another_connection(work):
    """What `work` returns, or raised, in a thread of its own."""
    found = []

    def run():
        try:
            found.append(work())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_it_is_sent_and_recorded(send, carrier):
    notice = send()
    deliver(notice.pk)
    notice.refresh_from_db()
    assert (notice.status, notice.attempts, notice.provider_id) == ("sent", 1, f"id-{notice.pk}")
    assert notice.sent_at
    event = Event.objects.about(notice).get(verb="notice.send")
    assert (event.kind, event.by, event.offenders) == ("disclosure", None, [PERSON])


def test_once_sent_it_is_not_sent_again(send, carrier):
    notice = send()
    for _ in range(3):
        deliver(notice.pk)
    assert carrier.given == [notice.pk]


def test_of_no_message_nothing_is_sent(carrier):
    deliver(uuid.uuid4())
    assert not carrier.given


def test_what_was_cancelled_is_not_sent(send, carrier, officer):
    notice = send()
    Notice.cancel("first", by=officer)
    deliver(notice.pk)
    assert not carrier.given


def test_what_could_not_be_sent_in_time_is_not_sent_late(send, carrier):
    notice = send()
    Notice.objects.update(until=timezone.now())
    deliver(notice.pk)
    notice.refresh_from_db()
    assert (notice.status, notice.problem, carrier.given) == ("withheld", "Its time had passed.", [])


def test_who_asked_for_no_more_in_the_meantime_is_sent_nothing(send, carrier, people):
    notice = send()
    people.why[PERSON] = "They asked."
    deliver(notice.pk)
    notice.refresh_from_db()
    assert (notice.status, notice.problem, carrier.given) == ("unwanted", "They asked.", [])


@pytest.mark.django_db(transaction=True)
def test_that_it_is_about_to_be_sent_is_known_before_it_is(send, carrier):
    notice = send()
    seen = []
    carrier.during = lambda notice: seen.append(
        in_another_connection(lambda: Notice.objects.values_list("status", "attempts").get(pk=notice.pk))
    )
    deliver(notice.pk)
    assert seen == [("sending", 1)]


@pytest.mark.django_db(transaction=True)
def test_while_one_worker_sends_another_does_not(send, carrier):
    """A worker that was thought dead and is not: its job is given to another while it still asks the provider."""
    notice = send()
    others = []
    carrier.during = lambda notice: others.append(in_another_connection(lambda: deliver(notice.pk)))
    deliver(notice.pk)
    assert isinstance(others[0], TryAgain)
    assert carrier.given == [notice.pk]


@pytest.mark.django_db(transaction=True)
def test_what_another_worker_sent_in_between_is_not_sent_again(send, carrier, monkeypatch):
    """One that is held up after it marked the message, for so long that its job was given to another."""
    notice, lock, locked = send(), delivery._locked, []

    def held_up(pk):
        locked.append(pk)
        if len(locked) == 2:
            in_another_connection(lambda: deliver(pk))
        return lock(pk)

    monkeypatch.setattr(delivery, "_locked", held_up)
    deliver(notice.pk)
    assert len(locked) == 4
    assert carrier.given == [notice.pk]
    assert Event.objects.about(notice).filter(verb="notice.send").count() == 1


def until_it_is_done(pk):
    """Deliver it as a worker does: again where another had it."""
    for _ in range(5):
        with suppress(TryAgain):
            return deliver(pk)
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_once(send, carrier):
    notices = [send(f"number {n}") for n in range(5)]
    threads = [
        threading.Thread(target=in_another_connection, args=[lambda pk=notice.pk: until_it_is_done(pk)])
        for notice in notices
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(carrier.given) == sorted(notice.pk for notice in notices)


def test_the_provider_is_asked_about_what_a_crash_left_behind(send, carrier):
    had, had_not = send("had"), send("had not")
    for notice in (had, had_not):
        notice.settle("sending", attempts=1)
    carrier.given.append(had.pk)
    for notice in (had, had_not):
        deliver(notice.pk)
        notice.refresh_from_db()
        assert (notice.status, notice.provider_id) == ("sent", f"id-{notice.pk}")
    assert carrier.given == [had.pk, had_not.pk]


def test_an_answer_that_never_came_does_not_send_it_twice(send, carrier):
    lost = Unreachable("No answer.")
    lost.after = True
    carrier.troubles = [lost]
    notice = send()
    with pytest.raises(TryAgain):
        deliver(notice.pk)
    deliver(notice.pk)
    assert carrier.given == [notice.pk]
    notice.refresh_from_db()
    assert (notice.status, notice.attempts, notice.problem) == ("sent", 2, "")


def test_it_is_tried_again_and_not_for_ever(send, carrier):
    carrier.troubles = [Unreachable("GOV.UK Notify did not take it (503).")] * 20
    notice = send()
    for _ in range(delivery.MOST - 1):
        with pytest.raises(TryAgain):
            deliver(notice.pk)
        notice.refresh_from_db()
        assert notice.status == "queued"
    deliver(notice.pk)
    notice.refresh_from_db()
    assert (notice.status, notice.problem) == ("failed", "GOV.UK Notify did not take it (503).")


def test_what_brings_every_worker_down_is_given_up(send, carrier):
    notice = send()
    notice.settle("sending", attempts=delivery.MOST)
    deliver(notice.pk)
    notice.refresh_from_db()
    assert (notice.status, notice.problem, carrier.given) == ("failed", "It could not be sent.", [])


def test_what_is_refused_is_not_tried_again(send, carrier):
    carrier.troubles = [Refused("GOV.UK Notify refused it: not a number")]
    notice = send()
    deliver(notice.pk)
    notice.refresh_from_db()
    assert (notice.status, notice.problem) == ("failed", "GOV.UK Notify refused it: not a number")


def test_pauses_grow():
    job = type("Job", (), {"attempts": 0})
    pauses = []
    for job.attempts in range(10):
        decision = tasks.GrowingPauses().get_retry_decision(exception=None, job=job)
        pauses.append(round((decision.retry_at - timezone.now()).total_seconds()))
    assert pauses[:6] == sorted(set(pauses[:6]))
    assert set(pauses[5:]) == {pauses[-1]}


def test_what_became_of_it_is_asked(send, carrier):
    notices = [send(f"number {n}") for n in range(4)]
    arrived, lost, _, old = notices
    for notice in notices:
        deliver(notice.pk)
    Notice.objects.filter(pk=old.pk).update(sent_at=timezone.now() - dt.timedelta(days=5))
    carrier.states = {
        arrived.pk: ("delivered", ""), lost.pk: ("failed", "No such number."), old.pk: ("delivered", ""),
    }  # fmt: skip
    ask_what_became()
    found = dict(Notice.objects.values_list("key", "status"))
    assert [found[notice.key] for notice in notices] == ["delivered", "failed", "sent", "sent"]
    arrived.refresh_from_db()
    assert arrived.delivered_at


def test_one_that_cannot_be_asked_about_does_not_hold_up_the_others(send, carrier, monkeypatch):
    first, second = send("one"), send("two")
    for notice in (first, second):
        deliver(notice.pk)

    def state(notice):
        if notice.pk == first.pk:
            raise Unreachable("No answer.")
        return "delivered", ""

    monkeypatch.setattr(carrier, "state", state)
    ask_what_became()
    assert Notice.objects.get(pk=second.pk).status == "delivered"


# with a worker of procrastinate's


@pytest.fixture
def work(transactional_db):
    """Run a worker until there is nothing left to do. What earlier tests left there is thrown away first."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    def work(**options):
        async def run():
            with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
                async with worker_app.open_async():
                    await worker_app.run_worker_async(
                        wait=False, install_signal_handlers=False, listen_notify=False, **options
                    )

        if error := in_another_connection(lambda: asyncio.run(run())):
            raise error

    return work


def test_a_worker_sends_what_is_due(work, send, settings):
    due, later = send(), send("later", at=timezone.now() + dt.timedelta(hours=1))
    work()
    due.refresh_from_db()
    later.refresh_from_db()
    assert due.status in ("sent", "delivered")  # a worker that begins asks at once what became of what was sent
    assert later.status == "queued"
    (file,) = settings.OUTBOX.iterdir()
    assert "To: +447700900123\n\nYour appointment is on Monday at 10.\n" in file.read_text()


def test_the_work_of_a_killed_worker_is_taken_up(work, send, settings):
    notice = send()
    notice.settle("sending", attempts=1)
    with connection.cursor() as cursor:  # as a worker leaves it that is killed in the middle of it
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' RETURNING id")
    tasks.rescue.defer(timestamp=0)
    work()
    work()
    notice.refresh_from_db()
    assert notice.sent_at
    assert not ProcrastinateJob.objects.filter(status="doing").exists()


def test_a_worker_tries_again_later(work, send, carrier):
    carrier.troubles = [Unreachable("No answer.")]
    notice = send()
    work()
    job = ProcrastinateJob.objects.get(task_name="notices.deliver")
    assert (job.status, job.attempts) == ("todo", 1)
    assert job.scheduled_at > timezone.now()
    notice.refresh_from_db()
    assert (notice.status, notice.problem) == ("queued", "No answer.")
