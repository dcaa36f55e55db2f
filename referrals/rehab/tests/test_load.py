"""How much each of a team carries."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import Setting, User
from referrals.rehab.load import of_team, of_worker
from referrals.rehab.models import Case

TODAY = timezone.localdate()


@pytest.fixture
def loads(supervisor):
    return lambda: {load.user: load for load in of_team(supervisor)}


def test_a_load_weighs_phases_and_high_risk(make_case, facilitator, supervisor, loads):
    make_case("assessing")
    make_case("preparing").rate(by=facilitator, risk=Case.Risk.HIGH)
    make_case("preparing").start_detox(by=facilitator)
    make_case("preparing").close(by=facilitator)
    load = loads()[facilitator]
    assert load.by_phase == {"assessing": 1, "preparing": 1, "detox": 1, "in_rehab": 0, "throughcare": 0}
    assert (load.clients, load.high_risk, load.weight, load.limit) == (3, 1, 2 + 2 + 3 + 1, 30)
    assert load.words == "3 clients, load 8 of 30"
    assert of_worker(supervisor, facilitator) == load


def test_the_limit_is_of_the_setting_of_the_day(make_case, facilitator, loads):
    make_case("assessing")
    assert not loads()[facilitator].is_over
    was = Setting.objects.on().get(key=Setting.Key.LOAD_LIMIT)
    Setting.objects.filter(pk=was.pk).update(valid_to=TODAY - dt.timedelta(days=1))
    Setting.objects.create(key=was.key, values=[1], source="A test", valid_from=TODAY)
    assert loads()[facilitator].words == "1 client, load 2 of 1, over the limit"


def test_who_holds_nothing_is_there_and_who_left_is_while_they_hold_cases(
    make_case, facilitator, make_user, police, team, loads
):
    newcomer, idle = (make_user("facilitator", police, team) for _ in range(2))
    make_case("assessing")
    for gone in (facilitator, idle):
        gone.memberships.update(valid_to=TODAY - dt.timedelta(days=1))
    assert loads()[newcomer].clients == 0
    assert not loads()[facilitator].is_here
    assert loads()[newcomer].is_here
    assert idle not in loads()


def test_another_agency_s_team_is_not_counted(make_case, facilitator, make_user, make_agency, cgl_worker, officer):
    make_case("assessing")
    agency = make_agency("police")
    there = make_user("supervisor", agency, agency.units.create(name="Theirs", kind="team", valid_from=TODAY))
    assert [load.user for load in of_team(there)] == [there]
    assert of_worker(there, facilitator) is None
    assert of_team(cgl_worker) == of_team(officer) == []


def test_who_is_not_named_does_not_count_a_restricted_person(make_case, facilitator, restrict, make_user, police, team):
    restrict(make_case("assessing").offender, facilitator)
    assert of_worker(facilitator, facilitator).clients == 1
    assert of_worker(make_user("supervisor", police, team), facilitator).clients == 0


def test_as_many_queries_for_one_worker_as_for_many(make_case, make_user, police, team, supervisor):
    def queries():
        asking = User.objects.get(pk=supervisor.pk)  # of whom nothing is remembered
        with CaptureQueriesContext(connection) as queries:
            of_team(asking)
        return len(queries)

    make_case("assessing")
    one = queries()
    for _ in range(5):
        make_case("assessing", worker=make_user("facilitator", police, team))
    assert queries() == one
