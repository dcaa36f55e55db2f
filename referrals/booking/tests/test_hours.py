import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from partners.audit.models import Event
from referrals.booking import slots
from referrals.booking.board import board
from referrals.booking.models import Availability, Leave

MORNING = {"weekday": 0, "starts": dt.time(9), "ends": dt.time(12), "mode": "phone"}


@pytest.fixture
def colleague(make_user, cranstoun):
    """Someone without hours."""
    return make_user("cranstoun_worker", cranstoun, family_name="Colleague")


@pytest.fixture
def today():
    return timezone.localdate()


def add(by, worker, **fields):
    return Availability.add(by=by, worker=worker, **MORNING | {"valid_from": timezone.localdate()} | fields)


def test_hours_are_added_by_a_manager_of_the_worker(manager, colleague, worker, officer, make_user, make_agency):
    row = add(manager, colleague)
    event = Event.objects.get(verb="availability.add")
    assert event.after["worker_id"] == str(colleague.pk)
    assert row.agency == manager.membership.agency
    for by, whose in ((worker, worker), (manager, officer), (make_user("cranstoun_manager", make_agency()), colleague)):
        with pytest.raises(PermissionDenied):
            add(by, whose, weekday=1)


def test_hours_and_leave_are_a_managers_to_change(manager, colleague, worker, today):
    row, leave = add(manager, colleague), Leave.add(by=manager, worker=colleague, first=today, last=today)
    changes = (
        lambda: row.change(by=worker, on=today, ends=dt.time(11)),
        lambda: row.end(by=worker, on=today),
        lambda: leave.end(by=worker, on=today + dt.timedelta(days=1)),
        lambda: Leave.add(by=worker, worker=worker, first=today, last=today),
    )
    for change in changes:
        with pytest.raises(PermissionDenied):
            change()


def test_hours_do_not_overlap(manager, colleague):
    add(manager, colleague)
    with pytest.raises(ValidationError, match="available at some of that time already"):
        add(manager, colleague, starts=dt.time(11), ends=dt.time(13))


def test_changed_from_a_day_they_were_otherwise_before(manager, colleague, today):
    row, day = add(manager, colleague, valid_from=today - dt.timedelta(days=30)), today + dt.timedelta(days=7)
    new = row.change(by=manager, on=day, ends=dt.time(11))
    row.refresh_from_db()
    assert (row.ends, row.valid_to) == (dt.time(12), day - dt.timedelta(days=1))
    assert (new.ends, new.starts, new.valid_from, new.valid_to) == (dt.time(11), dt.time(9), day, None)
    event = Event.objects.get(verb="availability.end")
    assert (event.before.get("valid_to"), event.after["valid_to"]) == (None, str(day - dt.timedelta(days=1)))


def test_what_has_not_begun_is_changed_itself(manager, colleague, today):
    row = add(manager, colleague, valid_from=today + dt.timedelta(days=9))
    assert row.change(by=manager, on=today, ends=dt.time(11)) == row
    assert Availability.objects.get().valid_from == today


def test_a_change_that_overlaps_changes_nothing(manager, colleague, today, signed_in):
    row = add(manager, colleague, valid_from=today - dt.timedelta(days=30))
    add(manager, colleague, starts=dt.time(13), ends=dt.time(15))
    said = {"starts": "9:00", "ends": "14:00", "mode": "phone", "slot_minutes": "30"}
    assert 'value="09:00"' in signed_in(manager).get(reverse("booking:change_hours", args=[row.pk])).content.decode()
    page = signed_in(manager).post(reverse("booking:change_hours", args=[row.pk]), said)
    assert page.status_code == 422
    assert "available at some of that time already" in page.content.decode()
    row.refresh_from_db()
    assert (row.ends, row.valid_to) == (dt.time(12), None)


def test_a_manager_edits_hours_on_pages(manager, colleague, signed_in):
    browser, said = signed_in(manager), {"weekday": "2", "starts": "9.30", "ends": "12:00", "mode": "surgery"}
    page = browser.post(reverse("booking:add_hours", args=[colleague.pk]), said)
    assert page.status_code == 422  # how long, and where
    said |= {"slot_minutes": "45"}
    page = browser.post(reverse("booking:add_hours", args=[colleague.pk]), said)
    assert "Say where" in page.content.decode()
    browser.post(reverse("booking:add_hours", args=[colleague.pk]), said | {"place": "High Street surgery"})
    row = Availability.objects.get()
    text = browser.get(reverse("booking:hours", args=[colleague.pk])).content.decode()
    assert "09:30 to 12:00, at a surgery, High Street surgery, 45 minutes each" in text
    day = timezone.localdate()
    last = {"on_day": day.day, "on_month": day.month, "on_year": day.year}
    browser.post(reverse("booking:end_hours", args=[row.pk]), last)
    row.refresh_from_db()
    assert row.valid_to == day


def test_leave_takes_slots_away_and_lists_who_is_to_be_moved(make_appointment, manager, worker, signed_in):
    appointment = make_appointment()
    day = timezone.localdate(appointment.starts_at)
    when = {"first_day": day.day, "first_month": day.month, "first_year": day.year}
    browser = signed_in(manager)
    browser.post(reverse("booking:add_leave", args=[worker.pk]), when)
    leave = Leave.objects.get()
    assert (leave.valid_from, leave.valid_to) == (day, day)
    assert not [slot for slot in slots.free(worker.membership.agency, worker=worker)
                if timezone.localdate(slot.starts_at) == day]  # fmt: skip
    text = browser.get(reverse("booking:hours", args=[worker.pk])).content.decode()
    assert "to be moved" in text
    assert reverse("booking:appointment_reschedule", args=[appointment.pk]) in text
    assert Event.objects.filter(verb="leave.add").exists()


def test_a_worker_reads_their_own_hours_and_changes_none(worker, colleague, signed_in):
    browser = signed_in(worker)
    text = browser.get(reverse("booking:hours", args=[worker.pk])).content.decode()
    assert "by phone" in text
    assert "Add hours" not in text
    assert browser.get(reverse("booking:hours", args=[colleague.pk])).status_code == 403
    assert browser.get(reverse("booking:add_hours", args=[worker.pk])).status_code == 403


def test_the_board_counts_by_worker_and_by_mode(make_appointment, manager, worker, colleague, today):
    make_appointment("missed")
    make_appointment()
    figures = board(manager, today - dt.timedelta(days=1), today + dt.timedelta(days=2))
    by_worker = dict(figures["workers"])
    assert (by_worker[worker]["missed"], by_worker[worker]["booked"]) == (1, 1)
    assert by_worker[worker]["free"] > 10
    assert not any(by_worker[colleague].values())
    assert dict(figures["modes"])["phone"] == by_worker[worker] == figures["all"]


def test_the_board_is_a_managers(manager, worker, officer, signed_in):
    assert signed_in(manager).get(reverse("booking:board")).status_code == 200
    for user in (worker, officer):
        assert signed_in(user).get(reverse("booking:board")).status_code == 403
    assert signed_in(manager).get(reverse("booking:board") + "?first=2026-02-01&last=2026-01-01").status_code == 400
    assert signed_in(manager).get(reverse("booking:board") + "?colour=red").status_code == 400
