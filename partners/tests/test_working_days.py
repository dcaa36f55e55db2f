from datetime import date

import pytest

from partners.working_days import add_working_days, is_working_day, working_days_between


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), True),  # a Monday
        (date(2026, 11, 21), False),  # a Saturday
        (date(2026, 12, 25), False),
        (date(2026, 12, 28), False),  # instead of Boxing Day, which is a Saturday
        (date(2026, 4, 6), False),  # Easter Monday, which is none in Scotland
        (date(2023, 5, 8), False),  # the Coronation
        (date(2026, 11, 30), True),  # St Andrew's Day, in Scotland alone
    ],
)
def test_no_work_is_done_at_weekends_and_on_bank_holidays_of_england(day, expected):
    assert is_working_day(day) is expected


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (date(2026, 11, 23), 5, date(2026, 11, 30)),
        (date(2026, 12, 24), 1, date(2026, 12, 29)),  # Christmas and a weekend lie between
        (date(2026, 12, 24), 0, date(2026, 12, 24)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # from a Saturday
        (date(2026, 11, 21), 0, date(2026, 11, 21)),
    ],
)
def test_working_days_are_added_and_counted_alike(day, number, expected):
    assert add_working_days(day, number) == expected
    assert working_days_between(day, expected) == number


def test_no_working_days_lie_between_a_day_and_an_earlier_one():
    assert working_days_between(date(2026, 11, 25), date(2026, 11, 23)) == 0
