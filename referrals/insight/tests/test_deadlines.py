"""How deadlines were met, in figures."""

import datetime as dt

import pytest
from django.urls import reverse

from referrals.insight.breakdowns import Period
from referrals.insight.small_numbers import FEWER, HIDDEN
from referrals.insight.tables import Table
from referrals.models import Deadline

pytestmark = pytest.mark.django_db
MARCH = Period(dt.date(2026, 3, 1), dt.date(2026, 3, 31), dt.date(2026, 5, 1))
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def answered(make_referral, facilitator):
    def answer(*days, sent=DAY):
        """Referrals of March, each accepted so many days later; None: not yet."""
        for number in days:
            referral = make_referral("submitted", referred_on=sent)
            if number is not None:
                referral.accept(by=facilitator, worker=facilitator, on=sent + dt.timedelta(number))
        return Deadline.objects.filter(kind="answer")

    return answer


def figures(by="deadline", hides_small=False, part="Answer to the referral", period=MARCH):
    table = Table("o2r_deadlines", period, by, hides_small=hides_small)
    found = {measure.name: table.value(measure, part) for measure in table.measures}
    return found | {"percent": table.share(table.measures[1], part)}


def test_met_in_time_and_how_long_it_took(answered, make_divert):
    answered(0, 1, 2, 10, None)  # a Monday; two working days are allowed
    make_divert("accepted", referred_on=DAY)
    found = figures()
    assert (found["deadlines_due"], found["deadlines_met_in_time"], found["percent"]) == (5, 3, 60)
    assert float(found["deadline_median_days"]) == 1.5  # of 0, 1, 2 and 8


def test_what_stands_still_is_counted_apart_and_what_is_dropped_not_at_all(answered, facilitator, officer):
    paused, dropped = answered(None, None)
    paused.pause(by=facilitator, reason="sender", on=DAY)
    dropped.referral.withdraw(by=officer, reason="Moved away")
    assert {name: figures()[name] for name in ("deadlines_due", "deadlines_paused")} == {
        "deadlines_due": 0, "deadlines_paused": 1,
    }  # fmt: skip


def test_as_known_on_a_day_before_it_was_met(answered):
    answered(10)
    early = MARCH._replace(as_of=dt.date(2026, 3, 3))
    assert figures(period=early)["deadlines_due"] == 0
    later = MARCH._replace(as_of=dt.date(2026, 3, 6))
    assert (figures(period=later)["deadlines_due"], figures(period=later)["percent"]) == (1, 0)
    assert figures(period=later)["deadline_median_days"] is None


def test_few_are_hidden_and_the_days_they_took_too(answered):
    answered(0, 1, 2, 10)
    found = figures(hides_small=True)
    assert found["deadlines_due"] in (FEWER, HIDDEN)
    assert found["deadline_median_days"] == HIDDEN


def test_pages_files_and_program_tell_the_same(client, answered, supervisor, make_user, police):
    answered(0, 1, 2, 10, None)
    asked = {"from": "2026-03-01", "to": "2026-03-31", "as_of": "2026-05-01", "by": "deadline"}
    client.force_login(supervisor)
    page = client.get(reverse("insight:deadlines"), asked)
    assert page.status_code == 200
    assert "Answer to the referral" in page.content.decode()
    rows = client.get("/api/v1/reports/o2r_deadlines/", asked).json()
    told = {row["measure"]: row["value"] for row in rows if row["breakdown"].startswith("Answer")}
    assert (told["deadline_median_days"], told["deadlines_due"], told["deadlines_met_in_time"]) == (1.5, 5, 60)
    file = client.get(reverse("insight:deadlines_export"), asked).content.decode()
    assert "deadlines_due,Answer to the referral" in file
    behind = {name: asked[name] for name in ("from", "to", "as_of")} | {"measure": "deadlines_met_in_time"}
    assert len(client.get(reverse("insight:deadlines_cases"), behind).context["page"].rows) == 3
    client.force_login(make_user("officer", police))
    assert client.get(reverse("insight:deadlines"), asked).status_code == 403
