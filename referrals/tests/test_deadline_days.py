"""The days of deadlines against a plain count, day by day: bank holidays, the change of clocks, pauses."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from holidays import country_holidays
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from partners.working_days import add_working_days, working_days_between
from referrals.models import Deadline

HOLIDAYS = country_holidays("GB", subdiv="ENG")
ONE = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2021, 1, 1), dt.date(2026, 9, 30))
SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 15)), max_size=3)  # days running, days standing still


def walked(begin, number, still):
    """The day on which so many have counted: each is looked at in turn, and counts where it ends running."""
    day, counted = begin, 0
    while counted < number:
        day += ONE
        stands_still = any(day in [first + ONE * n for n in range((until - first).days)] for first, until in still)
        counted += day.isoweekday() <= 5 and day not in HOLIDAYS and not stands_still
    return day


def stretches(begin, spans):
    """Pauses one after the other: [(first day, the day it runs again)]."""
    found, day = [], begin
    for running, standing in spans:
        first = day + ONE * running
        day = first + ONE * standing
        found.append((first, day))
    return found


@given(begin=DAYS, number=st.integers(0, 30), spans=SPANS)
def test_days_count_as_they_would_one_by_one(begin, number, spans):
    still = stretches(begin, spans)
    due_on = add_working_days(begin, number, still)
    assert due_on == walked(begin, number, still)
    assert working_days_between(begin, due_on, still) == number


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begin=DAYS, spans=SPANS, later=st.integers(0, 20), is_last_open=st.booleans())
@example(begin=dt.date(2021, 1, 1), spans=[], later=8, is_last_open=False)  # due on a Friday, met on the Saturday
def test_deadline_walks_through_pauses_as_a_plain_count_does(
    send_to_divert, cranstoun_worker, officer, begin, spans, later, is_last_open
):
    still = stretches(begin, spans)
    deadline = send_to_divert(begin)
    for first, until in still:
        deadline.pause(by=cranstoun_worker, reason="away", on=first)
        deadline.resume(by=cranstoun_worker, on=until)
    assert deadline.due_on == walked(begin, 5, still)
    met_on = (still[-1][1] if still else begin) + ONE * later
    if is_last_open:  # met while it stands still
        first = still[-1][1] if still else begin
        deadline.pause(by=cranstoun_worker, reason="away", on=first)
        still.append((first, met_on))
    deadline.settle(met_on, by=officer)
    deadline.refresh_from_db()
    assert deadline.due_on == walked(begin, 5, still)
    taken = sum(walked(begin, number, still) <= met_on for number in range(1, 60))
    assert (deadline.status, deadline.met_on, deadline.days_taken) == ("met", met_on, taken)
    assert (deadline.met_on <= deadline.due_on) == (deadline.stands == "Met in time")


@pytest.fixture
def send_to_divert(make_divert):
    person = make_divert("submitted").deadlines.get(kind="first_contact")

    def send(day):
        """That deadline, as it would be if it were counted from this day."""
        person.pauses.all().delete()
        Deadline.objects.filter(pk=person.pk).update(
            status="running", met_on=None, days_taken=None, set_on=day, due_on=add_working_days(day, 5), days=5,
            paused_days=0, paused_on=None, paused_by=None, pause_reason="",
        )  # fmt: skip
        person.refresh_from_db()
        return person

    return send


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    due_on=st.sampled_from([dt.date(2026, 3, 27), dt.date(2026, 3, 30), dt.date(2026, 10, 23), dt.date(2026, 10, 26)]),
    minutes=st.integers(-3000, 3000),
)
def test_it_is_over_when_its_day_ends_on_the_clock_of_the_place(send_to_divert, monkeypatch, due_on, minutes):
    """The clocks change between these days: 29 March and 25 October 2026."""
    deadline = send_to_divert(dt.date(2026, 1, 5))
    Deadline.objects.filter(pk=deadline.pk).update(due_on=due_on)
    deadline.refresh_from_db()
    ends = dt.datetime.combine(due_on + ONE, dt.time(), tzinfo=ZoneInfo("Europe/London")).astimezone(dt.UTC)
    now = ends + dt.timedelta(minutes=minutes)
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert deadline.is_overdue == (now >= ends)
    assert Deadline.objects.overdue().filter(pk=deadline.pk).exists() == (now >= ends)
