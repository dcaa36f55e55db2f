"""Each hears of things as they chose; what is urgent, at once; and what can wait disturbs nobody at night."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from partners.audit.models import Event
from partners.notices import delivery, digest, hearing
from partners.notices.digest import send_digests
from partners.notices.hearing import after_quiet, prefer, preferences_of
from partners.notices.models import Notice
from partners.notices.occasions import CHOSEN, URGENT
from partners.signin.sessions import Session

pytestmark = pytest.mark.django_db


@pytest.fixture
def tell(send, facilitator):
    def tell(key="one", occasion="task", **fields):
        fields = {"channel": "email", "to": facilitator.email, "subject": "A task", "text": "Sign in."} | fields
        return send(key, for_user=facilitator, occasion=occasion, **fields)

    return tell


def local(*parts):
    return timezone.make_aware(dt.datetime(*parts))


@pytest.fixture
def clock(monkeypatch):
    """Set the time of day today, for what is told and sent; the quiet hours are from 20 to 7."""
    monkeypatch.setattr(hearing, "quiet_hours", lambda: (20, 7))
    now = timezone.now

    def clock(hour, days=0):
        day = timezone.localdate(now()) + dt.timedelta(days=days)
        at = local(day.year, day.month, day.day, hour, 30)
        monkeypatch.setattr(timezone, "now", lambda: at)
        return at

    return clock


def test_each_hears_as_they_chose(tell, facilitator):
    prefer({"task": "daily", "referral": "never"}, by=facilitator)
    said = {one: tell(one, one) for one in ("task", "referral", "approval", "deadline")}
    assert {one: notice.status for one, notice in said.items()} == {
        "task": "digest", "referral": "unwanted", "approval": "queued", "deadline": "digest",
    }  # fmt: skip
    assert said["referral"].problem == "They chose not to be told of this."
    jobs = ProcrastinateJob.objects.filter(args__notice__in=[str(notice.pk) for notice in said.values()])
    assert [job.args["notice"] for job in jobs] == [str(said["approval"].pk)]


@pytest.mark.parametrize("occasion", URGENT)
def test_what_is_urgent_cannot_be_muted(tell, facilitator, occasion):
    with pytest.raises(IntegrityError), transaction.atomic():
        facilitator.preferences.create(occasion=occasion, how="never")
    assert tell("urgent", occasion).status == "queued"


def test_what_one_prefers_is_recorded(facilitator):
    prefer({"task": "daily", "quiet_hours": False, "review": "now"}, by=facilitator)
    event = Event.objects.get(verb="preferences.change")
    assert (event.by, event.before, event.after) == (
        facilitator, {"task": "now", "quiet_hours": True}, {"task": "daily", "quiet_hours": False},
    )  # fmt: skip
    prefer(preferences_of(facilitator), by=facilitator)
    assert Event.objects.filter(verb="preferences.change").count() == 1


@pytest.mark.parametrize(
    ("moment", "later"),
    [
        ((2026, 3, 2, 19, 59), (2026, 3, 2, 19, 59)),
        ((2026, 3, 2, 20, 0), (2026, 3, 3, 7, 0)),
        ((2026, 3, 3, 6, 59), (2026, 3, 3, 7, 0)),
        ((2026, 3, 3, 7, 0), (2026, 3, 3, 7, 0)),
        ((2026, 3, 28, 23, 0), (2026, 3, 29, 7, 0)),  # that night is an hour shorter
        ((2026, 10, 24, 23, 0), (2026, 10, 25, 7, 0)),  # that one an hour longer
    ],
)
def test_quiet_hours_are_on_the_clock_of_the_place(clock, moment, later):
    assert after_quiet(local(*moment)) == local(*later)


def test_quiet_hours_within_a_day(monkeypatch):
    monkeypatch.setattr(hearing, "quiet_hours", lambda: (1, 6))
    assert after_quiet(local(2026, 3, 2, 3)) == local(2026, 3, 2, 6)
    assert after_quiet(local(2026, 3, 2, 23)) == local(2026, 3, 2, 23)


def test_what_can_wait_waits_for_the_morning(tell, send, clock, facilitator):
    night = clock(22)
    morning = night + dt.timedelta(hours=8, minutes=30)
    assert tell("task").send_at == morning
    assert send("to a person").send_at == morning
    assert tell("urgent", "concern").send_at == night
    assert send("no news then", until=night + dt.timedelta(hours=2)).send_at == night
    prefer({"quiet_hours": False}, by=facilitator)
    assert tell("at any hour").send_at == night


def test_what_is_tried_again_at_night_waits_too(tell, send, carrier, clock):
    clock(19)
    waits, urgent = send(), tell("urgent", "emergency")
    night = clock(22)
    for notice in (waits, urgent):
        delivery.deliver(notice.pk)
        notice.refresh_from_db()
    assert carrier.given == [urgent.pk]
    assert (waits.status, waits.attempts) == ("queued", 0)
    assert waits.send_at == night + dt.timedelta(hours=8, minutes=30)
    assert ProcrastinateJob.objects.filter(args={"notice": str(waits.pk)}, scheduled_at=waits.send_at).exists()


# the daily digest


def test_a_digest_counts_and_leads(tell, facilitator, clock):
    clock(15)
    prefer({"task": "daily"}, by=facilitator)
    told = [tell("one"), tell("two"), tell("three", "deadline")]
    clock(6, days=1)
    send_digests()
    assert not Notice.objects.filter(occasion="digest").exists()
    clock(7, days=1)
    for _ in range(2):
        send_digests()
    sent = Notice.objects.get(occasion="digest")
    assert (sent.for_user, sent.subject, sent.status) == (facilitator, "Your daily digest: 3 notices", "queued")
    assert "A task that someone gave you: 2\nhttp://127.0.0.1:8000/notices/?occasion=task" in sent.text
    assert "A deadline that is near or past: 1" in sent.text
    for notice in told:
        notice.refresh_from_db()
        assert (notice.status, notice.digest) == ("digest", sent)
        assert notice.standing.startswith("In the daily digest of ")


def test_what_comes_after_it_is_in_the_next_one(tell, facilitator, clock):
    prefer({"task": "daily"}, by=facilitator)
    clock(8)
    tell("one")
    send_digests()
    clock(9)
    late = tell("two")
    send_digests()
    late.refresh_from_db()
    assert late.digest is None
    clock(8, days=1)
    send_digests()
    late.refresh_from_db()
    assert late.digest.subject == "Your daily digest: 1 notice"


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_sends_it(tell, facilitator, monkeypatch):
    monkeypatch.setattr(digest, "setting", lambda key: [0])
    prefer({"task": "daily"}, by=facilitator)
    told, ready = [tell(f"number {n}") for n in range(3)], threading.Barrier(2)

    def work():
        ready.wait()
        try:
            send_digests()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    sent = Notice.objects.get(occasion="digest")
    assert sent.subject == "Your daily digest: 3 notices"
    assert set(Notice.objects.filter(digest=sent)) == set(told)


def test_nobody_is_sent_an_empty_one_nor_what_is_no_news(tell, facilitator, clock):
    clock(8)
    prefer({"task": "daily"}, by=facilitator)
    old, gone = tell("old"), tell("gone")
    Notice.cancel("gone", by=facilitator)
    clock(8, days=3)
    send_digests()
    assert not Notice.objects.filter(occasion="digest").exists()
    for notice in (old, gone):
        notice.refresh_from_db()
    assert (old.status, old.problem, gone.status) == ("withheld", "Its time had passed.", "cancelled")


def test_what_was_told_is_not_taken_back(tell, facilitator, clock):
    clock(8)
    prefer({"task": "daily"}, by=facilitator)
    tell("one")
    send_digests()
    assert not Notice.cancel("one", by=facilitator)


def test_where_recording_fails_no_digest_is_sent(tell, facilitator, clock, monkeypatch):
    clock(8)
    prefer({"task": "daily"}, by=facilitator)
    notice = tell("one")
    monkeypatch.setattr(type(Event.objects), "record", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        send_digests()
    notice.refresh_from_db()
    assert notice.digest is None


# pages and API


def test_one_reads_what_one_was_told_and_no_other(tell, client, facilitator, supervisor):
    mine = tell("one", text="You were given a task: http://127.0.0.1:8000/tasks/")
    client.force_login(facilitator)
    page = client.get(reverse("notices:list")).content.decode()
    assert '<a class="govuk-link" href="http://127.0.0.1:8000/tasks/">Open the page</a>' in page
    assert "None fits these filters" in client.get(f"{reverse('notices:list')}?occasion=review").content.decode()
    assert [row["id"] for row in client.get("/api/v1/notices/").json()["results"]] == [str(mine.pk)]
    client.force_login(supervisor)
    assert "There are none yet" in client.get(reverse("notices:list")).content.decode()
    assert client.get(f"/api/v1/notices/{mine.pk}/").status_code == 404


def test_a_list_of_fifty_asks_no_more_than_one_of_one(tell, client, facilitator, clock):
    clock(8)
    prefer({"task": "daily"}, by=facilitator)
    client.force_login(facilitator)
    Session.objects.update(seen_at=timezone.now())  # which the row takes from the real clock: hours ago, at night
    tell("first")
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("notices:list"))
    for n in range(49):
        tell(f"number {n}")
    send_digests()
    with CaptureQueriesContext(connection) as fifty:
        client.get(reverse("notices:list"))
    assert len(fifty) == len(one)


def test_one_chooses_on_a_page(client, facilitator):
    client.force_login(facilitator)
    address = reverse("notices:preferences")
    assert "Of these you are always told at once" in client.get(address).content.decode()
    wrong = client.post(address, {"task": "sometimes"})
    assert wrong.status_code == 422
    said = preferences_of(facilitator) | {"task": "never", "quiet_hours": "False"}
    assert client.post(address, said).status_code == 302
    assert preferences_of(facilitator)["task"] == "never"
    assert not preferences_of(facilitator)["quiet_hours"]


def test_one_chooses_over_the_api_and_for_nobody_else(client, facilitator, supervisor):
    client.force_login(facilitator)
    address = f"/api/v1/notice-preferences/{facilitator.pk}/"
    assert set(client.get(address).json()) == {"id", "quiet_hours", *CHOSEN}
    answer = client.patch(address, {"task": "daily", "quiet_hours": False}, content_type="application/json")
    assert (answer.status_code, answer.json()["task"], answer.json()["quiet_hours"]) == (200, "daily", False)
    for wrong in ({"task": "sometimes"}, {"concern": "never"}, {"digest": "now"}, {"quiet_hours": "perhaps"}, []):
        assert client.patch(address, wrong, content_type="application/json").status_code == 400, wrong
    other = f"/api/v1/notice-preferences/{supervisor.pk}/"
    assert client.patch(other, {"task": "daily"}, content_type="application/json").status_code == 404
