"""The life of a placement: who may take which step, when, and what it leads to."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from config.tests.client import CarefulClient
from offenders.models import Involvement
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import Setting
from referrals.rehab.models import FollowUp, Placement, Progress, RehabUnit
from referrals.rehab.workflow import PLACEMENT_STEPS, Stay

DAY = dt.date(2024, 2, 1)


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


def booked_elsewhere(stay):
    """A place at another unit of the same rehab, where they can go on to."""
    by, unit = stay.case.facilitator, RehabUnit.objects.create(
        agency=stay.unit.agency, name=f"Next to {stay.unit}", valid_from=DAY
    )  # fmt: skip
    before = DAY - dt.timedelta(days=1)  # booked so early, it takes the place of nothing asked for that day
    next_stay = Placement.request(stay.case, by=by, unit=unit, on=before)
    next_stay.offer(by=by, on=before)
    next_stay.book(by=by, on=before, expected_arrival=DAY)
    return {"to": next_stay}


ANSWERS = {
    "offer": {},
    "decline": {"reason": "Full"},
    "book": {"expected_arrival": DAY},
    "arrive": {},
    "not_arrive": {"reason": "Not at the station"},
    "extend": {"expected_departure": DAY + dt.timedelta(days=90), "reason": "Doing well"},
    "move": booked_elsewhere,
    "depart": {"departure_reason": "completed"},
    "withdraw": {"reason": "Changed their mind"},
    "exceed": {"exceed_up_to": 100, "reason": "The funder answers on Monday"},
}
WALK = {  # how a placement comes to stand where it does
    "requested": [],
    "offered": ["offer"],
    "declined": ["decline"],
    "booked": ["offer", "book"],
    "arrived": ["offer", "book", "arrive"],
    "not_arrived": ["offer", "book", "not_arrive"],
    "departed": ["offer", "book", "arrive", "depart"],
    "withdrawn": ["withdraw"],
}


def walk(placement, verbs, *, by):
    for verb in verbs:
        answers = ANSWERS[verb](placement) if callable(ANSWERS[verb]) else ANSWERS[verb]
        getattr(placement, verb)(by=by, on=DAY, **answers)
    return placement


@pytest.mark.parametrize(
    ("verb", "status"), [(verb, status) for verb, step in PLACEMENT_STEPS.items() for status in sorted(step.sources)]
)
def test_each_step_is_taken_in_its_time(verb, status, make_placement, supervisor):
    stay = walk(make_placement("requested", on=DAY), WALK[status], by=supervisor)
    walk(stay, [verb], by=supervisor)
    assert stay.status == (PLACEMENT_STEPS[verb].target or status)


@pytest.mark.parametrize("status", Stay.values)
def test_no_step_is_taken_out_of_its_time(status, make_placement, supervisor):
    stay = walk(make_placement("requested", on=DAY), WALK[status], by=supervisor)
    for verb in [verb for verb, step in PLACEMENT_STEPS.items() if status not in step.sources]:
        RehabUnit.objects.filter(name__startswith="Next to").update(name=f"Was next, before {verb}")
        with pytest.raises(IllegalStep):
            walk(stay, [verb], by=supervisor)
        stay.refresh_from_db()
        assert stay.status == status, verb


@pytest.mark.parametrize("verb", PLACEMENT_STEPS)
def test_a_provider_takes_the_steps_that_are_theirs(verb, make_placement, facilitator, provider):
    step = PLACEMENT_STEPS[verb]
    status = next(iter(step.sources - {"booked"}), "booked")
    stay = walk(make_placement("requested", on=DAY), WALK[status], by=facilitator)
    if "sent_to" in step.whose:
        walk(stay, [verb], by=provider)
    else:
        with pytest.raises(PermissionDenied):
            walk(stay, [verb], by=provider)


def test_days_in_rehab_run_from_arrival_to_departure(make_placement, facilitator):
    stay = make_placement("arrived", on=days_ago(10))
    assert stay.days() == 11
    stay.depart(by=facilitator, on=days_ago(10), departure_reason="left_early")
    assert stay.days() == 0
    assert make_placement("requested").days() == 0


def test_nobody_is_in_two_places_at_once(make_placement, make_case, make_rehab_unit, facilitator):
    case = make_case()
    first = make_placement("booked", case=case, on=DAY)
    second = make_placement("booked", case=case, unit=make_rehab_unit(), on=DAY)
    first.arrive(by=facilitator, on=DAY)
    with pytest.raises(ValidationError, match="already in rehab"):
        second.arrive(by=facilitator, on=DAY + dt.timedelta(days=3))
    assert Placement.objects.get(pk=second.pk).status == "booked"
    # the day one stay ends the next may begin
    first.depart(by=facilitator, on=DAY + dt.timedelta(days=5), departure_reason="moved_unit")
    second.refresh_from_db()
    second.arrive(by=facilitator, on=DAY + dt.timedelta(days=5))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_api", [False, True])
def test_of_two_arrivals_at_once_one_wins(by_api, make_placement, make_case, make_rehab_unit, facilitator):
    case = make_case()
    stays = [make_placement("booked", case=case, unit=make_rehab_unit(), on=DAY) for _ in range(2)]
    barrier = Barrier(2)

    def arrive(stay):
        client = CarefulClient()
        client.force_login(facilitator)
        url = f"/api/v1/placements/{stay.pk}/arrive/" if by_api else reverse("rehab:placement_arrive", args=[stay.pk])
        barrier.wait()
        try:
            return (
                client.post(url, {"on": "2024-02-01"}, content_type="application/json")
                if by_api
                else client.post(url, {"on": "2024-02-01"})
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(arrive, stays))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == ([200, 400] if by_api else [302, 422])
    loser = max(answers, key=lambda answer: answer.status_code)
    assert "already in rehab" in loser.content.decode()
    assert Placement.objects.in_house().count() == 1
    assert Event.objects.filter(verb="placement.arrive").count() == 1


def test_departure_plans_the_follow_ups_of_the_setting(make_placement):
    stay = make_placement("departed", on=DAY)
    assert list(stay.follow_ups.values_list("weeks", flat=True)) == [1, 4, 12, 26, 52]
    assert stay.follow_ups.first().due_on == stay.departed_on + dt.timedelta(weeks=1)
    Setting.objects.filter(key="follow_up_weeks").update(values=[2])
    assert list(make_placement("departed", on=DAY).follow_ups.values_list("weeks", flat=True)) == [2]


@pytest.mark.parametrize(
    ("reason", "planned", "dies"), [("died", 0, True), ("moved_unit", 0, False), ("custody", 5, False)]
)
def test_a_death_is_written_on_the_record_and_plans_nothing(reason, planned, dies, make_placement, facilitator):
    stay = make_placement("arrived", on=DAY)
    day = DAY + dt.timedelta(days=9)
    stay.depart(by=facilitator, on=day, departure_reason=reason)
    stay.offender.refresh_from_db()
    assert stay.offender.deceased_on == (day if dies else None)
    assert stay.follow_ups.count() == planned


def test_a_death_ends_the_follow_ups_of_earlier_stays(make_placement, facilitator):
    first = make_placement("departed", on=DAY)
    assert FollowUp.objects.planned().count() == 5
    second = make_placement("arrived", case=first.case, on=first.departed_on)
    second.depart(by=facilitator, on=second.arrived_on, departure_reason="died")
    assert not FollowUp.objects.planned().exists()


def test_progress_is_of_weeks_in_which_the_person_was_there(make_placement, facilitator, provider, make_rehab_unit):
    week = {"by": provider, "engagement": "well", "text": "Well"}
    stay = make_placement("arrived", on=days_ago(20))
    Progress.record(stay, on=days_ago(13), **week)
    for on, sentence in [
        (days_ago(13), "already recorded"),
        (days_ago(21), "was in rehab"),
        (days_ago(-1), "in the future"),
    ]:
        with pytest.raises(ValidationError, match=sentence):
            Progress.record(stay, on=on, **week)
    stay.depart(by=provider, on=days_ago(10), departure_reason="completed")
    Progress.record(stay, on=days_ago(4), **week)
    with pytest.raises(ValidationError, match="was in rehab"):
        Progress.record(stay, on=days_ago(3), **week)
    with pytest.raises(ValidationError, match="was in rehab"):
        Progress.record(make_placement("booked"), on=DAY, **week)
    with pytest.raises(PermissionDenied):
        Progress.record(stay, on=days_ago(5), **week | {"by": facilitator})
    with pytest.raises(PermissionDenied):
        Progress.record(make_placement("arrived", unit=make_rehab_unit()), on=days_ago(5), **week)


def test_progress_is_due_after_a_week_without_news(make_placement, provider):
    stay = make_placement("arrived", on=days_ago(6))
    assert not Placement.objects.progress_due().exists()
    old = make_placement("arrived", on=days_ago(20))
    assert Placement.objects.progress_due().get() == old
    Progress.record(old, by=provider, on=days_ago(7), engagement="well", text="Well")
    assert Placement.objects.progress_due().get() == old
    Progress.record(old, by=provider, on=days_ago(6), engagement="well", text="Well")
    assert not Placement.objects.progress_due().exists()
    assert stay.status == "arrived"


def test_free_places_count_those_in_house_and_booked_for_today(make_placement, rehab_unit, supervisor):
    from referrals.rehab.models import RehabUnit

    make_placement("arrived")
    make_placement("booked", on=days_ago(0))
    later = make_placement("offered", on=days_ago(0))
    later.book(by=supervisor, expected_arrival=days_ago(-5))
    unit = RehabUnit.objects.visible_to(supervisor).with_free_places().get(pk=rehab_unit.pk)
    assert (unit.in_house, unit.booked, unit.free) == (1, 1, 10)
    unit.out_of_use.create(places=3, valid_from=days_ago(1), valid_to=days_ago(0), reason="repairs")
    unit.out_of_use.create(places=4, valid_from=days_ago(-1), reason="repairs")
    assert RehabUnit.objects.with_free_places().get(pk=unit.pk).free == 7
    unit.out_of_use.all().delete()
    RehabUnit.objects.filter(pk=unit.pk).update(places=2)
    assert RehabUnit.objects.with_free_places().get(pk=unit.pk).free == 0
    RehabUnit.objects.filter(pk=unit.pk).update(places=None)
    assert RehabUnit.objects.with_free_places().get(pk=unit.pk).free is None


def test_when_recording_fails_nothing_changes(make_placement, facilitator, monkeypatch):
    stay = make_placement("booked", on=DAY)

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(type(Event.objects), "record", fail)
    with pytest.raises(RuntimeError):
        stay.arrive(by=facilitator, on=DAY)
    assert Placement.objects.get(pk=stay.pk).status == "booked"


def test_the_unit_keeps_sight_for_the_set_time(make_placement, provider):
    stay = make_placement("departed", on=days_ago(40))  # left twelve days ago
    assert Placement.objects.visible_to(provider).filter(pk=stay.pk).exists()
    Involvement.objects.filter(matter=stay.pk).update(valid_to=days_ago(1))
    assert not Placement.objects.visible_to(provider).exists()
    assert not Progress.objects.visible_to(provider).exists()
