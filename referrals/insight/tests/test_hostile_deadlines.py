"""Many deadlines of few people, asked for by who may read figures and no names."""

import datetime as dt

import pytest

from referrals.insight.breakdowns import Period
from referrals.insight.tables import Table
from referrals.models import Deadline

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)
MARCH = Period(dt.date(2026, 3, 1), dt.date(2026, 3, 31), dt.date(2026, 5, 1))


def shown(hides_small=True):
    table = Table("o2r_deadlines", MARCH, "deadline", hides_small=hides_small)
    return {row["measure"]: row["value"] for row in table.rows() if row["breakdown"] == "Answer of a rehab"}


@pytest.fixture
def asked(make_placement, facilitator):
    """Each person's rehabs, asked so often and answered on the next day."""

    def ask(*times):
        for number in times:
            stay = make_placement("requested", on=DAY)
            Deadline.objects.filter(matter=stay.pk).delete()
            for n in range(number):
                again = make_placement("requested", case=stay.case, on=DAY) if n else stay
                Deadline.objects.filter(matter=again.pk).delete()
                Deadline.set(stay.case.referral, "place_answer", by=facilitator, on=DAY, matter=again.pk).settle(
                    DAY + dt.timedelta(days=1), by=facilitator
                )
                again.withdraw(by=facilitator, reason="Asked elsewhere", on=DAY + dt.timedelta(days=1))

    return ask


def test_many_deadlines_of_one_person_are_a_small_number(asked):
    asked(6)
    assert shown(hides_small=False)["deadlines_due"] == 6
    assert not [value for value in shown().values() if value not in (None, 0) and not isinstance(value, str)]


def test_of_five_people_they_show(asked):
    asked(2, 1, 1, 1, 1)
    assert shown()["deadlines_due"] == 6
