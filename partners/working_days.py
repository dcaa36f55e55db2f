"""The days on which work is done: neither Saturday, Sunday nor a bank holiday of England."""

import datetime as dt

from holidays import country_holidays

_BANK_HOLIDAYS = country_holidays("GB", subdiv="ENG")


def is_bank_holiday(day):
    """Whether it is one of England, or given instead of one at a weekend."""
    return day in _BANK_HOLIDAYS


def is_working_day(day):
    return day.weekday() < 5 and not is_bank_holiday(day)


def counts(day, still=()):
    """Whether it is a working day on which nothing stands still: `still` are stretches (first day, day it goes on)."""
    return is_working_day(day) and not any(first <= day < until for first, until in still)


def add_working_days(day, number, still=()):
    """The day that is this many after `day` that count; with 0, `day` itself."""
    for _ in range(number):
        day += dt.timedelta(days=1)
        while not counts(day, still):
            day += dt.timedelta(days=1)
    return day


def working_days_between(begin, end, still=()):
    """How many that count come after the one day, up to and with the other; none where it is the earlier."""
    return sum(counts(begin + dt.timedelta(days=n), still) for n in range(1, (end - begin).days + 1))
