"""Every step from every status: whose it is, when its time is, and that nothing half happens."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import User
from referrals.models import Referral
from referrals.workflow import STEPS, Status

LEGAL = [(verb, status) for verb in STEPS for status in Status if status in STEPS[verb].sources]
LEGAL.remove(("reassign", "engaged"))  # here: on O2R the case says by then who works with them
FOLLOWING = {"accept_booked", "take_back"}  # by nobody's hand: whose they are is asked of what brings them about
# each step that is someone's once, from a status in which it may be taken
ONCE = [next(pair for pair in LEGAL if pair[0] == verb) for verb in STEPS if verb not in FOLLOWING]


@pytest.fixture
def actor(officer, supervisor):
    """Whose step it is: the officer who sent it, or the supervisor of the team that received it."""
    return lambda verb: officer if STEPS[verb].whose == ("sent_by",) else supervisor


@pytest.fixture
def take(facilitator, make_user, police, team):
    """Take a step with what it must be told."""
    other = make_user("facilitator", police, team)
    told = {
        "accept": lambda: {"worker": User.objects.get(pk=facilitator.pk)},
        "accept_booked": lambda: {"worker": User.objects.get(pk=facilitator.pk)},
        "complete": lambda: {"outcome": "Brought in"},
        "reassign": lambda: {"worker": User.objects.get(pk=other.pk)},
        "redirect": lambda: {"pathway": "o2r"},
        "revise": lambda: {"summary": "Changed"},
    }
    without_reason = {"submit", "accept", "accept_booked", "engage", "complete", "revise"}

    def taking(referral, verb, by):
        said = told.get(verb, dict)() | ({} if verb in without_reason else {"reason": "Sent twice"})
        return getattr(referral, "return_" if verb == "return" else verb)(by=by, **said)

    return taking


def snapshot(referral):
    """All that a step may change."""
    return (
        Referral.objects.values().get(pk=referral.pk),
        list(referral.offender.involvements.order_by("pk").values_list("pk", "valid_to")),
        Event.objects.count(),
        Entry.objects.count(),
        Referral.objects.count(),
    )


@pytest.mark.parametrize(("verb", "status"), LEGAL)
def test_a_step_is_taken_in_its_time(walk, actor, take, verb, status):
    referral = walk(status)
    take(referral, verb, actor(verb))
    referral.refresh_from_db()
    event = Event.objects.about(referral).filter(verb=f"referral.{verb}").get()
    assert (event.before, event.after) == ({"status": status}, {"status": referral.status})
    assert event.offenders == [referral.offender_id]
    assert referral.status == (STEPS[verb].target or referral.status)
    told = Entry.objects.filter(matters__contains=[referral.pk], sentence__startswith=STEPS[verb].sentence)
    assert told.exists() == (verb not in FOLLOWING)  # what brings one of those about has its own line


@pytest.mark.parametrize("status", Status)
def test_a_step_out_of_its_time_changes_nothing(walk, actor, take, status):
    referral = walk(status)
    before = snapshot(referral)
    for verb in [verb for verb in STEPS if status not in STEPS[verb].sources]:
        with pytest.raises((IllegalStep, PermissionDenied)) as refused:
            take(referral, verb, actor(verb))
        # whoever received a draft does not know of it; to everyone else it is only the wrong time
        unknown = status == Status.DRAFT and "received_by" in STEPS[verb].whose and verb not in FOLLOWING
        assert refused.type is (PermissionDenied if unknown else IllegalStep), verb
        assert snapshot(referral) == before, verb


@pytest.mark.parametrize(("verb", "status"), ONCE)
def test_a_step_is_nobody_elses_to_take(walk, take, make_user, police, npu, team, cgl, actor, verb, status):
    referral = walk(status)
    before = snapshot(referral)
    others = {
        "of the other side": actor("accept" if actor(verb) == actor("submit") else "submit"),
        "without a membership": make_user(),
        "of another unit": make_user("officer", police, police.units.get(name="Coventry", kind="lpa")),
        "of another agency": make_user("cgl_worker", cgl),
        "who reads figures": make_user("analyst", police, team),
        "who reads the record": make_user("auditor", police),
        "who runs the system": make_user("administrator", police),
    }
    for who, user in others.items():
        with pytest.raises(PermissionDenied):
            take(referral, verb, user)
        assert snapshot(referral) == before, who


@pytest.mark.parametrize(("verb", "status"), ONCE)
def test_when_the_record_fails_nothing_has_changed(walk, actor, take, monkeypatch, verb, status):
    referral = walk(status)
    before = snapshot(referral)

    def fail(*args, **kwargs):
        raise RuntimeError("no record")

    by = actor(verb)
    with monkeypatch.context() as patch:
        patch.setattr(type(Event.objects), "record", fail)
        with pytest.raises(RuntimeError, match="no record"):
            take(referral, verb, by)
    assert snapshot(referral) == before


def test_reopened_it_stands_where_it_stood(walk, supervisor, facilitator):
    for status, before in [("declined", "submitted"), ("completed", "accepted"), ("withdrawn", "accepted")]:
        referral = walk(status)
        referral.reopen(by=supervisor, reason="Ended by mistake")
        assert (referral.status, referral.ended_on, referral.end_reason) == (before, None, "")
    with pytest.raises(PermissionDenied):
        walk("closed").reopen(by=facilitator, reason="Ended by mistake")


def test_the_answers_are_kept_as_they_were_given(make_referral):
    referral = make_referral("submitted", funds_addiction=None)
    assert {rule["name"]: rule["answer"] for rule in referral.eligibility} == {
        "adult": True,
        "funds_addiction": None,
        "covered": None,
    }


def test_what_became_of_it_says_no_more_than_status_and_dates(walk):
    words = {status: walk(status, referred_on=timezone.localdate()).became for status in Status}
    assert words["submitted"] == "Waiting since today: not yet contacted"
    assert words["completed"] == "Completed: brought in"
    assert words["not_engaged"] == "Did not engage"
    assert words["closed"] == "Closed early"
