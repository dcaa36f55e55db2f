"""Who may decide is told of what begins to wait for them, once and without a name; nobody of what they asked for."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from offenders.models import Restriction
from partners.notices.hearing import prefer
from partners.notices.models import Notice
from referrals.oversight.telling import tell_of_approvals
from referrals.rehab.models import Overspend

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposed(make_case, supervisor):
    person = make_case().offender
    return Restriction.propose(person, by=supervisor, what="restrict", reason="Known to staff")


@pytest.fixture
def second(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")


def told():
    return list(Notice.objects.filter(occasion="approval").values_list("for_user", "status"))


def test_who_may_decide_is_told_once(proposed, second, supervisor, facilitator):
    for _ in range(2):
        tell_of_approvals()
    assert told() == [(second.pk, "queued")]
    notice = Notice.objects.get(occasion="approval")
    assert notice.text == (
        "Something waits for your decision: restriction to decide. Sign in to see it: http://127.0.0.1:8000/approvals/"
    )


def test_what_its_own_step_tells_of_is_not_told_again(make_placement, make_rehab_unit, facilitator, supervisor):
    stay = make_placement("offered", unit=make_rehab_unit(weekly_price=Decimal("700.00")))
    Overspend.ask(stay, by=facilitator, up_to=Decimal(6000), why="It begins on Monday")
    assert [user for user, _ in told()] == [supervisor.pk]
    tell_of_approvals()
    assert [user for user, _ in told()] == [supervisor.pk]


def test_what_waits_since_long_is_on_the_queue_alone(proposed, second):
    Restriction.objects.update(proposed_at=timezone.now() - dt.timedelta(days=3))
    tell_of_approvals()
    assert told() == []


def test_by_their_preference(proposed, second):
    prefer({"approval": "daily"}, by=second)
    tell_of_approvals()
    assert told() == [(second.pk, "digest")]
