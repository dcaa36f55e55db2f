import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from config.day import items
from conftest import past
from partners import leaving
from partners.audit.models import Event
from partners.models import Membership
from referrals.booking.models import Leave
from referrals.models import CalendarLink, Cover, Task
from referrals.models.calendar_link import PER_HOUR

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def in_days(number):
    return TODAY() + dt.timedelta(days=number)


@pytest.fixture
def busy(make_placement, facilitator):
    """A facilitator with one thing of each kind: overdue, today, and not yet."""
    stay = make_placement("booked")
    stay.expected_arrival, stay.expected_departure = TODAY(), in_days(84)
    stay.save(update_fields=["expected_arrival", "expected_departure"])
    case = stay.case
    case.plan(by=facilitator, next_action="Ask about the flat", next_action_due=in_days(-2))
    give(case, facilitator, "Phone the hostel", TODAY())
    give(case, facilitator, "Write to the court", in_days(3))
    return case


def give(case, owner, text, due_on, **fields):
    return Task.add(case.offender, by=owner, owner=owner, matter=case.pk, text=text, due_on=due_on, **fields)


def texts(user, last=None, **asked):
    return [item.text for item in items(user, last or TODAY(), **asked)[0]]


def test_a_day_is_what_is_overdue_then_what_is_of_today(busy, facilitator, rehab_unit):
    assert texts(facilitator)[0] == "Ask about the flat"
    assert set(texts(facilitator)) == {"Ask about the flat", "Phone the hostel", f"Arrives at {rehab_unit}"}
    assert "Write to the court" in texts(facilitator, in_days(3))


def test_what_is_put_off_is_out_of_ones_own_day_and_in_the_teams(busy, facilitator, supervisor):
    Task.objects.get(text="Phone the hostel").snooze(by=facilitator, until=in_days(1), reason="Shut")
    assert "Phone the hostel" not in texts(facilitator)
    (item,) = [item for item in items(supervisor, TODAY(), is_team=True)[0] if item.text == "Phone the hostel"]
    assert "Shut" in item.note


def test_what_is_put_off_beyond_its_day_is_said_to_be_overdue_but_not_in_red(client, busy, facilitator, supervisor):
    task = Task.objects.get(text="Phone the hostel")
    Task.objects.exclude(pk=task.pk).delete()
    task.snooze(by=facilitator, until=in_days(1), reason="Shut")
    Task.objects.update(due_on=in_days(-3))
    busy.plan(by=facilitator, next_action="Ask about the flat", next_action_due=in_days(4))
    client.force_login(facilitator)
    mine = client.get("/tasks/?whose=mine").content.decode()
    client.force_login(supervisor)
    for page in (mine, client.get(reverse("team_day")).content.decode()):
        assert "Overdue" in page
        assert "Put off until" in page
        assert "tc-overdue" not in page
    home = client.get("/").content.decode()
    assert f"; put off until {in_days(1):%-d %B}" in home
    assert "Overdue: " in home  # to whom the team answers it is late all the same


def test_a_workers_day_has_their_appointments_in_the_order_of_time(make_appointment, worker, make_user, cranstoun):
    booked = make_appointment()
    past(booked)
    (item,) = [item for item in items(worker, TODAY())[0] if item.what == "Appointment"]
    assert (item.at, item.worker) == (booked.starts_at, worker)
    assert "Say what happened" in item.note
    assert not texts(make_user("cranstoun_worker", cranstoun))


def test_a_team_is_seen_by_who_answers_for_it(client, busy, supervisor, facilitator, worker, make_user, cranstoun):
    client.force_login(supervisor)
    page = client.get(reverse("team_day")).content.decode()
    assert "Ask about the flat" in page
    assert str(facilitator) in page
    client.force_login(facilitator)
    assert client.get(reverse("team_day")).status_code == 403
    client.force_login(make_user("cranstoun_manager", cranstoun))
    page = client.get(reverse("team_day")).content.decode()
    assert str(worker) in page
    assert str(facilitator) not in page
    assert "Ask about the flat" not in page


def test_who_is_away_is_marked(client, worker, make_user, cranstoun):
    Leave.objects.create(worker=worker, agency=cranstoun, valid_from=TODAY(), valid_to=in_days(2))
    client.force_login(make_user("cranstoun_manager", cranstoun))
    assert f"Until {in_days(2):%-d %B}." in client.get(reverse("team_day")).content.decode()


def test_who_stands_in_has_the_day_of_who_is_away(client, busy, facilitator, supervisor, make_user, police, team):
    colleague = make_user("facilitator", police, team)
    Cover.arrange(
        by=supervisor, absent=facilitator, covered_by=colleague, first=TODAY(), last=in_days(3), reason="leave"
    )
    client.force_login(colleague)
    page = client.get(reverse("day")).content.decode()
    assert "Phone the hostel" in page
    assert f"Covering for {facilitator}" in page
    client.force_login(supervisor)
    assert f"{colleague} stands in" in client.get(reverse("team_day")).content.decode()


def test_days_are_recorded_as_shown(client, busy, facilitator, supervisor):
    client.force_login(facilitator)
    client.get(reverse("day"))
    client.force_login(supervisor)
    client.get(reverse("team_day"))
    for verb in ("day.view", "day.team"):
        assert Event.objects.get(verb=verb).offenders == [busy.offender_id]


def test_an_empty_day_says_what_would_be_in_it(client, facilitator):
    client.force_login(facilitator)
    assert "Nothing stands in your day" in client.get(reverse("day")).content.decode()


def test_a_restricted_person_is_in_nobody_elses_day(busy, facilitator, restrict, make_user, police, team):
    restrict(busy.offender, facilitator)
    assert texts(facilitator)
    assert not texts(make_user("supervisor", police, team), is_team=True)


def test_as_many_questions_for_fifty_as_for_one(
    client, busy, facilitator, supervisor, django_assert_max_num_queries, django_assert_num_queries
):
    for name, user in (("day", facilitator), ("team_day", supervisor)):
        client.force_login(user)
        with django_assert_max_num_queries(60) as one:
            client.get(reverse(name))
        for _ in range(20):
            give(busy, facilitator, "Phone again", in_days(-1))
        with django_assert_num_queries(len(one)):
            client.get(reverse(name))


def test_a_day_by_api(client, busy, facilitator, supervisor):
    client.force_login(facilitator)
    rows = client.get("/api/v1/day/").json()["items"]
    assert (rows[0]["text"], rows[0]["is_overdue"]) == ("Ask about the flat", True)
    assert client.get("/api/v1/day/team/").status_code == 403
    client.force_login(supervisor)
    assert client.get("/api/v1/day/team/").json()["items"][0]["worker"] == str(facilitator.pk)


# the calendar


def feed(client, user):
    client.force_login(user)
    page = client.post(reverse("calendar_make")).content.decode()
    address = page.split('value="http')[1].split('"')[0].split("/calendar/")[1]
    client.logout()
    return f"/calendar/{address}"


def told(answer):
    return {str(event["summary"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_a_calendar_says_when_and_for_which_reference_and_no_more(client, busy, facilitator, rehab_unit):
    answer = client.get(feed(client, facilitator))
    person = busy.offender
    assert set(told(answer)) == {f"To do, {person.reference}"}
    text = answer.content.decode()
    for secret in (person.family_name, person.given_names, "hostel", "flat", "court", str(rehab_unit), "o2r", "rehab"):
        assert secret.lower() not in text.lower()
    assert "no-store" in answer["Cache-Control"]
    event = Event.objects.get(verb="calendarlink.feed")
    assert (event.kind, event.by, event.offenders) == ("disclosure", facilitator, [person.pk])


def test_a_calendar_has_appointments(client, make_appointment, worker):
    booked = make_appointment()
    event = told(client.get(feed(client, worker)))[f"Appointment, {booked.offender.reference}"]
    assert event["dtstart"].dt == booked.starts_at
    assert event["dtend"].dt == booked.ends_at


def test_a_calendar_has_nobody_who_is_restricted(client, busy, facilitator, restrict):
    address = feed(client, facilitator)
    restrict(busy.offender, facilitator)
    assert not told(client.get(address))
    assert Event.objects.get(verb="calendarlink.feed").offenders == []


def test_only_a_hash_of_the_address_is_kept(client, facilitator):
    token = feed(client, facilitator).removeprefix("/calendar/").removesuffix(".ics")
    link = CalendarLink.objects.get()
    assert token not in str(vars(link))
    client.force_login(facilitator)
    assert token not in client.get(reverse("calendar")).content.decode()


def test_a_new_address_ends_the_old_one_and_one_withdrawn_opens_no_more(client, facilitator):
    old = feed(client, facilitator)
    new = feed(client, facilitator)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    client.force_login(facilitator)
    client.post(reverse("calendar_revoke"))
    client.logout()
    assert client.get(new).status_code == 404
    assert Event.objects.filter(verb="calendarlink.revoke").count() == 2


def test_an_address_ends_with_its_users_last_membership(client, facilitator):
    address = feed(client, facilitator)
    Membership.objects.filter(user=facilitator).update(valid_to=in_days(-1))
    assert client.get(address).status_code == 404
    Membership.objects.filter(user=facilitator).update(valid_to=None)
    assert client.get(address).status_code == 200
    facilitator.is_active = False
    facilitator.save()
    assert client.get(address).status_code == 404


def test_an_address_ends_with_the_account(client, facilitator, make_user, police):
    address = feed(client, facilitator)
    leaving.close(facilitator, by=make_user("administrator", police), reason="Retired")
    assert client.get(address).status_code == 404
    assert not CalendarLink.objects.live().exists()


def test_a_calendar_is_not_asked_for_all_day(client, facilitator):
    address = feed(client, facilitator)
    CalendarLink.objects.update(asked=PER_HOUR)
    assert client.get(address).status_code == 429
    CalendarLink.objects.update(hour_began_at=timezone.now() - dt.timedelta(hours=1))
    assert client.get(address).status_code == 200


def test_no_other_address_opens_and_nothing_is_sent_to_one(client, facilitator):
    address = feed(client, facilitator)
    assert client.get("/calendar/x.ics").status_code == 404
    assert client.post(address).status_code == 405


def test_the_database_keeps_one_link_for_a_user(client, facilitator):
    CalendarLink.make(by=facilitator)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarLink.objects.create(user=facilitator, token_hash="0" * 64)


def test_an_address_by_api_is_told_once_and_kept_in_no_receipt(client, facilitator):
    client.force_login(facilitator)
    made = client.post("/api/v1/calendar/", headers={"Idempotency-Key": "one"})
    again = client.post("/api/v1/calendar/", headers={"Idempotency-Key": "one"})
    assert made.status_code == again.status_code == 201
    assert made.json()["address"] != again.json()["address"]
    assert "address" not in client.get("/api/v1/calendar/").json()
    answer = client.post("/api/v1/calendar/revoke/", headers={"Idempotency-Key": "two"})
    assert answer.json()["made_at"] is None


def test_who_has_no_days_has_no_calendar(client, officer):
    client.force_login(officer)
    for name in ("day", "calendar"):
        assert client.get(reverse(name)).status_code == 403
