"""What happens in a stay: absences, extensions, moves, and what follows when it goes other than was planned."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.amend import amend
from offenders.models import Entry
from offenders.workflow import IllegalStep
from partners.models import Membership
from partners.notices.models import Notice
from referrals.models import Task
from referrals.rehab import what_follows
from referrals.rehab.models import Absence, FollowUp, Placement, Progress
from referrals.rehab.workflow import Phase

pytestmark = pytest.mark.django_db
NOW, TODAY = timezone.now, timezone.localdate


def days_ago(n):
    return TODAY() - dt.timedelta(days=n)


@pytest.fixture
def stay(make_placement):
    return make_placement("arrived", on=days_ago(30))


@pytest.fixture
def next_place(stay, make_rehab_unit, facilitator):
    """A place booked at another rehab, asked for while they were in the first."""
    place = Placement.request(stay.case, by=facilitator, unit=make_rehab_unit(), on=days_ago(20))
    place.offer(by=facilitator, on=days_ago(20))
    place.book(by=facilitator, on=days_ago(20), expected_arrival=TODAY())
    return place


def tasks(stay, kind="checklist"):
    return list(Task.objects.filter(matter=stay.pk, kind=kind).order_by("due_on", "text"))


def told():
    return {notice.for_user for notice in Notice.objects.filter(subject__endswith="needs you today")}


# extension


def test_extension_says_until_when_and_why(stay, facilitator):
    until = TODAY() + dt.timedelta(days=60)
    stay.extend(by=facilitator, expected_departure=until, reason="Doing well")
    stay.refresh_from_db()
    assert (stay.status, stay.expected_departure) == ("arrived", until)
    assert Entry.objects.filter(sentence=f"Stay extended to {until:%-d %B %Y}: Doing well").exists()
    with pytest.raises(ValidationError, match="not later"):
        stay.extend(by=facilitator, expected_departure=until, reason="Again")


def test_extension_is_the_teams(stay, provider):
    with pytest.raises(PermissionDenied):
        stay.extend(by=provider, expected_departure=TODAY() + dt.timedelta(days=60), reason="Doing well")


# moves


def test_a_move_is_one_journey(stay, next_place, facilitator):
    before = stay.days()
    stay.move(by=facilitator, to=next_place, on=days_ago(10))
    for row in (stay, next_place, stay.case):
        row.refresh_from_db()
    assert (stay.status, stay.departure_reason, next_place.status) == ("departed", "moved_unit", "arrived")
    assert next_place.continues == stay
    assert stay.departed_on == next_place.arrived_on == days_ago(10)
    assert stay.days() + next_place.days() == before
    assert stay.case.phase == Phase.IN_REHAB
    assert not FollowUp.objects.filter(case=stay.case).exists()
    next_place.depart(by=facilitator, departure_reason="completed")
    assert {one.placement for one in FollowUp.objects.filter(case=stay.case)} == {next_place}


def test_a_move_takes_a_place_that_is_booked_on_the_case(stay, next_place, make_placement, facilitator, provider):
    with pytest.raises(ValidationError, match="this case"):
        stay.move(by=facilitator, to=make_placement("booked", on=days_ago(5)))
    with pytest.raises(PermissionDenied):
        stay.move(by=provider, to=next_place)  # of another rehab
    next_place.withdraw(by=facilitator, reason="Full after all")
    with pytest.raises(IllegalStep):
        stay.move(by=facilitator, to=next_place)
    stay.refresh_from_db()
    assert stay.status == "arrived"


def test_the_day_of_a_move_is_amended_in_both_legs(stay, next_place, facilitator):
    stay.move(by=facilitator, to=next_place, on=days_ago(10))
    amend(stay, {"departed_on": days_ago(12)}, by=facilitator, reason="Wrong day")
    next_place.refresh_from_db()
    assert next_place.arrived_on == days_ago(12)
    amend(next_place, {"arrived_on": days_ago(8)}, by=facilitator, reason="Wrong day")
    stay.refresh_from_db()
    assert stay.departed_on == days_ago(8)
    assert stay.days() + next_place.days() == 31


def test_who_moved_on_did_not_leave_otherwise(stay, next_place, facilitator):
    stay.move(by=facilitator, to=next_place)
    with pytest.raises(ValidationError, match="went on from here"):
        amend(stay, {"departure_reason": "left_early"}, by=facilitator, reason="Wrong")


def test_database_keeps_the_legs_together(stay, next_place, facilitator):
    stay.move(by=facilitator, to=next_place, on=days_ago(10))
    connection.check_constraints()
    Placement.objects.filter(pk=next_place.pk).update(arrived_on=days_ago(9))
    with pytest.raises(IntegrityError, match="one day"):
        connection.check_constraints()


def test_move_by_page_offers_booked_places_alone(client, stay, next_place, facilitator):
    client.force_login(facilitator)
    address = reverse("rehab:placement_move", args=[stay.pk])
    assert str(next_place.unit) in client.get(address).content.decode()
    assert client.post(address, {"to": stay.pk}).status_code == 422
    client.post(address, {"to": next_place.pk})
    next_place.refresh_from_db()
    assert next_place.status == "arrived"


# absences


@pytest.fixture
def away(stay, provider):
    return Absence.record(
        stay, by=provider, kind="agreed", left_at=NOW() - dt.timedelta(days=2), due_back=NOW() - dt.timedelta(days=1)
    )


def test_place_is_kept_and_days_count_while_away(stay, away):
    assert stay.days() == 31
    assert stay.unit in type(stay.unit).objects.with_free_places().filter(in_house=1)
    assert away.is_overdue
    assert list(Absence.objects.overdue()) == [away]


def test_return_ends_it(away, provider, facilitator):
    away.return_(by=provider)
    away.refresh_from_db()
    assert (away.status, away.is_overdue) == ("returned", False)
    with pytest.raises(IllegalStep):
        away.return_(by=facilitator)


def test_nobody_is_away_twice_at_once(stay, away, provider):
    with pytest.raises(ValidationError, match="away at that time already"):
        Absence.record(stay, by=provider, kind="court", due_back=NOW() + dt.timedelta(hours=2))
    away.return_(by=provider, returned_at=NOW() - dt.timedelta(days=1))
    Absence.record(stay, by=provider, kind="court", due_back=NOW() + dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("left", "back", "sentence"),
    [(-40, 1, "in rehab"), (1, 2, "future"), (-2, -3, "due back after"), (-2, -2, "due back after")],
)
def test_absence_is_in_the_stay_and_ends_after_it_begins(stay, provider, left, back, sentence):
    now = NOW()
    left, back = (now + dt.timedelta(days=days) for days in (left, back))
    with pytest.raises(ValidationError, match=sentence):
        Absence.record(stay, by=provider, kind="agreed", left_at=left, due_back=back)


@pytest.mark.parametrize("fields", [{"returned_at": NOW()}, {"status": "returned"}, {"due_back": dt.datetime.min}])
def test_database_refuses_half_an_absence(away, fields):
    if fields.get("due_back"):
        fields = {"due_back": away.left_at}
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.filter(pk=away.pk).update(**fields)


def test_leaving_ends_an_absence_that_nobody_came_back_from(stay, away, provider):
    stay.depart(by=provider, departure_reason="left_early", move_on="unknown")
    away.refresh_from_db()
    assert away.status == "gone"


def test_going_without_agreeing_it_is_a_concern(stay, provider, facilitator):
    Absence.record(stay, by=provider, kind="unagreed", due_back=NOW() + dt.timedelta(hours=3))
    (task,) = tasks(stay, "concern")
    assert (task.owner, task.due_on) == (facilitator, TODAY())


def test_partner_does_not_record_absences(stay, facilitator, cgl, cgl_worker):
    stay.case.share(by=facilitator, agency=cgl)
    with pytest.raises(PermissionDenied):
        Absence.record(stay, by=cgl_worker, kind="agreed", due_back=NOW() + dt.timedelta(days=1))


def test_away_and_back_by_page(client, stay, provider, facilitator):
    client.force_login(provider)
    said = {"kind": "appointment", "due_on": str(TODAY()), "due_at": "23:58"}
    assert client.post(reverse("rehab:absence_add", args=[stay.pk]), said).status_code == 302
    page = client.get(stay.get_absolute_url()).content.decode()
    assert "An appointment" in page
    assert "Record the return" in page
    client.force_login(facilitator)
    assert "Away from rehab" in client.get("/").content.decode()
    client.post(reverse("rehab:absence_return", args=[Absence.objects.get().pk]))
    assert Absence.objects.get().status == "returned"


def test_as_many_questions_for_many_absences_as_for_one(client, away, stay, provider, make_more):
    client.force_login(provider)
    with CaptureQueriesContext(connection) as one:
        assert len(client.get("/api/v1/absences/").json()["results"]) == 1
    make_more(stay.offender, 12)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/api/v1/absences/").json()["results"]) == 13
    assert len(many) == len(one)


# non-arrival


@pytest.fixture
def booked(make_placement):
    return make_placement("booked", on=days_ago(1))


def test_what_comes_after_a_non_arrival_is_decided_by_the_team(booked, provider, facilitator):
    booked.not_arrive(by=provider, reason="Not on the train")
    (task,) = tasks(booked, "hand")
    assert (task.owner, task.due_on) == (facilitator, TODAY())
    assert Task.objects.visible_to(facilitator).get() == task


def test_another_place_is_asked_for_again(booked, facilitator):
    booked.case.start_detox(by=facilitator)
    booked.refresh_from_db()
    booked.not_arrive(by=facilitator, reason="Ill", then="again")
    booked.case.refresh_from_db()
    assert booked.case.phase == Phase.PREPARING
    assert str(tasks(booked, "hand")[0]) == "Ask for a place in rehab again"


@pytest.mark.parametrize(("then", "phase"), [("withdraw", Phase.PREPARING), ("close", Phase.CLOSED)])
def test_what_else_was_asked_for_is_withdrawn(booked, make_rehab_unit, facilitator, then, phase):
    other = Placement.request(booked.case, by=facilitator, unit=make_rehab_unit(), on=days_ago(1))
    booked.not_arrive(by=facilitator, reason="Does not want it", then=then)
    other.refresh_from_db()
    booked.case.refresh_from_db()
    assert (other.status, booked.case.phase) == ("withdrawn", phase)


def test_page_asks_the_team_what_comes_next_and_not_the_rehab(client, booked, provider, facilitator):
    address = reverse("rehab:placement_not_arrive", args=[booked.pk])
    client.force_login(facilitator)
    answer = client.post(address, {"reason": "Ill"})
    assert answer.status_code == 422
    assert "then" in answer.context["form"].errors
    client.force_login(provider)
    assert client.post(address, {"reason": "Ill"}).status_code == 302


# concerns


def test_a_concern_is_somebodys_task_at_once(stay, provider, facilitator, supervisor):
    Progress.record(stay, by=provider, on=days_ago(1), engagement="poorly", text="Hard", concern="He wants to go home")
    (task,) = tasks(stay, "concern")
    assert (task.owner, task.text, task.due_on) == (facilitator, "He wants to go home", TODAY() + dt.timedelta(days=1))
    assert told() == {facilitator}
    assert Task.objects.visible_to(supervisor).get() == task
    Progress.record(
        stay, by=provider, on=TODAY(), engagement="poorly", text="Hard", concern="Still", owner=supervisor
    )  # fmt: skip
    assert {task.owner for task in tasks(stay, "concern")} == {facilitator, supervisor}


def test_a_week_without_a_concern_is_nobodys_task(stay, provider):
    Progress.record(stay, by=provider, on=TODAY(), engagement="well", text="Good")
    assert not Task.objects.exists()


def test_a_concern_of_a_facilitator_who_left_is_the_supervisors(stay, provider, facilitator, supervisor):
    Membership.objects.filter(user=facilitator).update(valid_to=days_ago(1))
    Progress.record(stay, by=provider, on=TODAY(), engagement="poorly", text="Hard", concern="He wants to go home")
    assert tasks(stay, "concern")[0].owner == supervisor


def test_progress_page_names_the_owner(client, stay, provider, supervisor):
    client.force_login(provider)
    said = {"engagement": "mixed", "text": "Up and down", "concern": "Sleepless", "owner": supervisor.pk}
    client.post(reverse("rehab:progress_add", args=[stay.pk]), said)
    assert tasks(stay, "concern")[0].owner == supervisor


# early departures


def leave(stay, reason="left_early", *, by, on=None):
    stay.depart(by=by, departure_reason=reason, move_on="unknown", on=on)


def test_an_early_departure_tells_who_must_know_at_once(stay, provider, facilitator, supervisor, cgl, cgl_worker):
    stay.case.share(by=facilitator, agency=cgl, co_worker=cgl_worker)
    stay.refresh_from_db()
    leave(stay, by=provider)
    assert told() == {facilitator, supervisor, cgl_worker}
    for notice in Notice.objects.filter(for_user=facilitator):
        assert notice.about == [stay.offender_id]
        for word in (stay.offender.family_name, "rehab", "drug", str(stay.unit)):
            assert word not in notice.subject + notice.text.replace("/o2r/", "")
        assert stay.case.get_absolute_url() in notice.text


def test_who_does_not_see_the_person_is_told_nothing(stay, provider, facilitator, supervisor, restrict):
    restrict(stay.offender, facilitator)
    from offenders.models import NamedUser

    NamedUser.objects.filter(offender=stay.offender).exclude(user=facilitator).delete()
    NamedUser.objects.create(offender=stay.offender, user=provider, valid_from=days_ago(1), recorded_by=facilitator)
    leave(stay, by=provider)
    assert told() == {facilitator}


def test_its_checklist_is_open_with_owners_and_days(stay, provider, facilitator, cgl, cgl_worker):
    stay.case.share(by=facilitator, agency=cgl, co_worker=cgl_worker)
    stay.refresh_from_db()
    leave(stay, by=provider)
    found = {task.text: task for task in tasks(stay)}
    assert set(found) == {item.text for item in what_follows.CHECKLIST}
    for item in what_follows.CHECKLIST:
        task = found[item.text]
        assert task.owner == (cgl_worker if item.owner == "co_worker" else facilitator)
        assert task.due_on == TODAY() + dt.timedelta(days=2 if item.days is None else item.days)
        assert Task.objects.visible_to(task.owner).filter(pk=task.pk).exists()


@pytest.mark.parametrize(
    ("reason", "number", "tells"),
    [
        ("completed", 0, False),
        ("unknown", 0, False),
        ("hospital", 5, True),
        ("custody", 5, True),
        ("asked_to_leave", 6, True),
        ("died", 0, True),
    ],
)
def test_what_each_departure_asks_for(stay, provider, facilitator, reason, number, tells):
    leave(stay, reason, by=provider)
    assert len(tasks(stay)) == number
    assert bool(told()) == tells


def test_history_alarms_nobody(make_placement, facilitator, provider):
    stay = make_placement("arrived", on=days_ago(90))
    leave(stay, by=facilitator, on=days_ago(30))
    assert not Task.objects.exists()
    assert not told()


def test_amended_not_to_be_early_it_asks_for_nothing_more(stay, provider, facilitator):
    leave(stay, by=provider)
    amend(stay, {"departure_reason": "completed"}, by=facilitator, reason="She had finished")
    assert {task.status for task in tasks(stay)} == {"not_done"}
    amend(stay, {"departure_reason": "left_early"}, by=facilitator, reason="She had not")
    assert len(tasks(stay)) == 6


def test_the_overview_shouts_until_all_is_done(client, stay, provider, facilitator):
    leave(stay, by=provider)
    client.force_login(facilitator)
    address, words = stay.case.get_absolute_url(), "The days after are the most dangerous"
    assert words in client.get(address).content.decode()
    for task in tasks(stay):
        assert words in client.get(address).content.decode()
        task.do(by=facilitator)
    assert words not in client.get(address).content.decode()
