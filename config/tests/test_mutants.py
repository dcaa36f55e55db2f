"""What takes the defences away takes them away, and nothing else: see `./dev mutate access`."""

import datetime as dt

import pytest
from django.utils import timezone

from config.tests import mutants
from partners.audit.models import Event
from partners.roles import Category
from referrals.models import Referral


@pytest.fixture(autouse=True)
def _guards(db):
    with mutants.in_place():
        yield


def missed(make_user, npu, police, referral):
    """What a stranger of another unit can do and should not, and what is not in the record and should be."""
    stranger = make_user("officer", police)
    if referral in Referral.objects.visible_to(stranger):
        yield "scope"
    if stranger.has_perm("rehab.close_case"):
        yield "permission"
    if Category.HEALTH in stranger.categories:
        yield "category"
    referral.submit(by=referral.referred_by)
    if not Event.objects.about(referral).filter(verb="referral.submit").exists():
        yield "record"


@pytest.mark.parametrize(
    ("name", "missing"),
    {
        "scope Referral.visible_to": ["scope"],
        "permission rehab.close_case": ["permission"],
        "category health": ["category"],
        "record referral.submit (alteration)": ["record"],
        "nothing": [],
    }.items(),
)
def test_what_is_taken_away_is_missed_and_nothing_else(name, missing, make_user, npu, police, make_referral):
    referral = make_referral("draft")
    with mutants.taken_away(name):
        assert list(missed(make_user, npu, police, referral)) == missing


def test_one_condition_of_several_can_be_taken_away(make_user, police):
    gone = make_user("officer", police).memberships
    gone.update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    assert not gone.on().exists()
    with mutants.taken_away("scope Membership.on: valid_from"):
        assert not gone.on().exists()
    with mutants.taken_away("scope Membership.on: valid_to"):
        assert gone.on().exists()


def test_what_is_found_in_the_code_is_what_the_guards_hear(make_user, police, make_referral):
    stranger, heard = make_user("officer", police), mutants.ASKED
    heard.clear()
    stranger.has_perm("rehab.close_case")
    list(Referral.objects.visible_to(stranger))
    assert {"permission rehab.close_case", "scope Referral.visible_to", "scope User.mine"} <= heard & {*mutants.found()}


def test_a_line_that_writes_an_event_is_reached_or_said_not_to_be():
    [(name, where, first, _)] = [line for line in mutants.lines_of_the_record() if line[0].endswith("'roles.view'")]
    assert name == "line partners/views.py: 'roles.view'"
    assert name in mutants.unreached([])
    assert name not in mutants.unreached([f"line {where}:{first}"])
