"""A message is queued with what it tells of, once for its key, and kept with why where it cannot be sent."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from partners.audit.models import Event
from partners.notices.models import Notice, mobile

from .conftest import PERSON

pytestmark = pytest.mark.django_db


def jobs():
    return ProcrastinateJob.objects.filter(task_name="notices.deliver")


def jobs_of(notice):
    return jobs().filter(args={"notice": str(notice.pk)})


def test_a_message_is_queued_with_its_job_and_recorded(send, officer):
    at = timezone.now() + dt.timedelta(hours=3)
    notice = send(at=at)
    assert (notice.status, notice.to, notice.by) == ("queued", "+447700900123", officer)
    assert jobs_of(notice).get().scheduled_at == at
    event = Event.objects.about(notice).get()
    assert (event.verb, event.by, event.offenders) == ("notice.queue", officer, [PERSON])


def test_what_is_undone_sends_nothing(send):
    before = jobs().count()
    with transaction.atomic():
        assert jobs_of(send()).exists()
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert jobs().count() == before


def test_where_recording_fails_nothing_is_queued(send, monkeypatch):
    monkeypatch.setattr(type(Event.objects), "record", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send()
    assert not Notice.objects.exists()


def test_the_same_occasion_again_is_the_same_message(send):
    first, again = send(), send(text="Something else")
    assert (first, first.text) == (again, again.text)
    assert jobs_of(first).count() == 1
    assert Event.objects.about(first).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_message_is_queued(send):
    found, ready = [], threading.Barrier(4)

    def one():
        ready.wait()
        try:
            found.append(send().pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    (pk,) = set(found)
    assert jobs_of(Notice.objects.get(pk=pk)).count() == 1


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 (0)7911 123456", "+447911123456"),
        ("07911123456", "+447911123456"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0121 496 0000", None),
        ("07700", None),
        ("077009001234", None),
        ("his mother's", None),
        ("", None),
    ],
)
def test_numbers_that_can_be_texted(typed, number):
    assert mobile(typed) == number


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"to": "0121 496 0000"}, "This is not a number that can be texted."),
        ({"to": ""}, "There is no number."),
        ({"to": None}, "There is no number."),
        ({"channel": "email", "to": "sam at home", "subject": "Monday"}, "This is not an e-mail address."),
        ({"channel": "email", "to": "", "subject": "Monday"}, "There is no e-mail address."),
    ],
)
def test_where_nothing_can_be_sent_to_is_kept_with_why(send, fields, problem):
    notice = send(**fields)
    assert (notice.status, notice.problem) == ("failed", problem)
    assert not jobs_of(notice).exists()


def test_to_whom_nothing_may_be_sent_nothing_is(send, people):
    people.why[PERSON] = "They asked for no messages."
    notice = send()
    assert (notice.status, notice.problem) == ("unwanted", "They asked for no messages.")
    assert not jobs_of(notice).exists()


def test_what_is_past_is_not_sent(send):
    notice = send(at=timezone.now() - dt.timedelta(days=30))
    assert (notice.status, notice.problem) == ("unwanted", "Its time had passed.")
    assert not jobs_of(notice).exists()


def test_who_left_is_sent_nothing(send, facilitator):
    facilitator.is_active = False
    notice = send(channel="email", to=facilitator.email, subject="Sign in", for_user=facilitator, occasion="task")
    assert (notice.status, notice.problem) == ("withheld", "They work here no more.")


def test_one_still_waiting_is_cancelled(send, officer):
    notice = send(tells_of=(row := uuid.uuid4()))
    assert Notice.objects.about(row).cancel(by=officer) == 1
    notice.refresh_from_db()
    assert notice.status == "cancelled"
    assert Event.objects.about(notice).filter(verb="notice.cancel", by=officer, offenders=[PERSON]).exists()
    assert not Notice.cancel("first", by=officer)


@pytest.mark.parametrize("status", ["sending", "sent", "delivered", "failed", "withheld"])
def test_one_not_waiting_is_not_cancelled(send, officer, status):
    notice = send()
    notice.settle(
        status, "Because", sent_at=timezone.now(), delivered_at=timezone.now() if status == "delivered" else None
    )
    assert not Notice.cancel("first", by=officer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"about": []},
        {"about": [uuid.uuid4(), uuid.uuid4()]},
        {"text": ""},
        {"subject": "Of a text message"},
        {"channel": "email", "to": "sam@mail.example"},
    ],
)
def test_what_makes_no_sense_is_refused_by_the_database(send, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        send(**wrong)


@pytest.mark.parametrize("wrong", [{"status": "failed"}, {"status": "sent"}, {"status": "delivered"}])
def test_what_became_of_it_is_whole(send, wrong):
    notice = send()
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(**wrong)


def test_one_sees_ones_own_and_those_of_ones_matters(send, facilitator, supervisor, people):
    matter = uuid.uuid4()
    about_it = send(matter=matter)
    other = send("other", matter=uuid.uuid4())
    to_me = send(
        "mine", channel="email", to=facilitator.email, subject="Sign in", for_user=facilitator, occasion="task"
    )
    people.matters[facilitator] = [matter]
    assert set(Notice.objects.visible_to(facilitator)) == {about_it, to_me}
    assert not Notice.objects.visible_to(supervisor).exists()
    assert set(Notice.objects.about(other.matter)) == {other}


@pytest.mark.parametrize("to_staff", [True, False])
def test_what_it_is_about_is_said_to_staff_and_to_nobody_else(send, facilitator, to_staff):
    wrong = {"for_user": facilitator} if to_staff else {"occasion": "task"}
    with pytest.raises(IntegrityError), transaction.atomic():
        send(**wrong)
