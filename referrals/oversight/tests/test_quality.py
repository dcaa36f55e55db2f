"""What is missing or odd in a team's records is found, and only there; each line leads to where it is mended."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import past
from offenders.models import Consent, Offender
from partners.audit.models import Event
from partners.models import Unit
from referrals.models import Referral
from referrals.oversight.quality import CHECKS, checks_of, people
from referrals.rehab.models import Assessment, Case, FollowUp, Placement

TODAY = timezone.localdate()
LONG_AGO = timezone.now() - dt.timedelta(days=30)


def found(user, name):
    return list(CHECKS[name].rows(user))


@pytest.fixture
def manager(make_user, worker):
    return make_user("cranstoun_manager", worker.membership.agency)


@pytest.fixture
def custody(make_user, police, npu):
    return make_user("custody_officer", police, npu)


@pytest.fixture
def desk(signed_in, supervisor):
    return signed_in(supervisor)


@pytest.mark.parametrize(
    ("name", "lacking", "whole"),
    [
        ("birth_date", {"date_of_birth": None}, {"date_of_birth": dt.date(1990, 1, 1)}),
        ("ethnicity", {}, {"ethnicity": "NS"}),
        ("contact", {}, {"safe_contact": "Through her sister"}),
        ("contact", {}, {"phone": "07700 900123"}),
        ("contact", {}, {"deceased_on": TODAY}),
    ],
)
def test_what_a_person_lacks(name, lacking, whole, make_case, supervisor, desk):
    person = make_case().offender
    Offender.objects.filter(pk=person.pk).update(**lacking)
    assert found(supervisor, name) == [person]
    page = desk.get(f"/quality/{name}/").text
    assert f"/people/amend/person/{person.pk}/" in page
    assert desk.get(f"/people/amend/person/{person.pk}/").status_code == 200
    Offender.objects.filter(pk=person.pk).update(**whole)
    assert found(supervisor, name) == []
    assert "Nobody in your team" in desk.get(f"/quality/{name}/").text


def test_an_address_of_today_is_looked_for(make_case, supervisor):
    person = make_case().offender
    person.addresses.create(area_id="E08000025", valid_from=TODAY, valid_to=TODAY - dt.timedelta(days=-1))
    assert found(supervisor, "address") == []
    person.addresses.update(valid_from=TODAY - dt.timedelta(days=9), valid_to=TODAY - dt.timedelta(days=1))
    assert found(supervisor, "address") == [person]


def test_an_answer_yes_or_no_is_looked_for(make_case, supervisor, make_consent, cgl):
    person = make_case().offender
    assert found(supervisor, "treatment_consent") == found(supervisor, "sharing_consent") == [person]
    make_consent(person, cgl, answer="refused")
    assert (found(supervisor, "treatment_consent"), found(supervisor, "sharing_consent")) == ([person], [])
    Consent.objects.update(ended_at=timezone.now())
    assert found(supervisor, "sharing_consent") == [person]


def test_what_a_case_lacks(make_case, supervisor, facilitator):
    case = make_case()
    for name in ("risk", "next_action"):
        assert found(supervisor, name) == [case]
    case.rate(by=facilitator, risk="low")
    case.plan(by=facilitator, next_action="Phone", next_action_due=TODAY)
    for name in ("risk", "next_action", "stay"):
        assert found(supervisor, name) == []
    Case.objects.update(phase="in_rehab")
    assert found(supervisor, "stay") == [case]


def test_what_a_stay_lacks(make_placement, supervisor):
    stay = make_placement("booked", on=TODAY)
    for name in ("arrival", "departure", "money"):
        assert found(supervisor, name) == []
    Placement.objects.update(expected_arrival=TODAY - dt.timedelta(days=1))
    assert found(supervisor, "arrival") == [stay]
    was = {"arrived_on": TODAY - dt.timedelta(days=9), "expected_arrival": TODAY - dt.timedelta(days=9)}
    Placement.objects.update(status="arrived", expected_departure=TODAY, **was)
    assert found(supervisor, "arrival") == found(supervisor, "departure") == []
    Placement.objects.update(expected_departure=TODAY - dt.timedelta(days=1))
    assert found(supervisor, "departure") == [stay]


def test_money_is_asked_for_what_costs_something(
    make_placement, make_rehab_unit, make_funding, facilitator, supervisor
):
    stay = make_placement("offered", unit=make_rehab_unit(weekly_price=700), on=TODAY)
    stay.exceed(by=supervisor, exceed_up_to=9000, reason="Found elsewhere")
    stay.book(by=facilitator, expected_arrival=TODAY)
    assert found(supervisor, "money") == [stay]
    make_funding(stay, "refused", asked=10)
    assert found(supervisor, "money") == [stay]
    make_funding(stay, "asked", asked=10)
    assert found(supervisor, "money") == []


def test_follow_ups_assessments_and_referrals_that_were_left(
    make_placement, make_case, make_referral, facilitator, supervisor
):
    make_placement("departed", on=TODAY - dt.timedelta(days=60))
    due = FollowUp.objects.filter(due_on__lt=TODAY)
    assert due.exists()
    assert found(supervisor, "follow_up") == list(due.order_by("due_on", "id"))
    begun = Assessment.begin(make_case("assessing"), by=facilitator, part="offending")
    assert found(supervisor, "assessment") == []
    Assessment.objects.filter(pk=begun.pk).update(recorded_at=LONG_AGO)
    assert found(supervisor, "assessment") == [begun]
    waiting = make_referral("accepted")
    make_referral("submitted")
    assert found(supervisor, "case") == [waiting]
    draft = make_referral("draft", by=facilitator)
    assert found(supervisor, "draft") == []
    Referral.objects.filter(pk=draft.pk).update(recorded_at=LONG_AGO)
    assert found(supervisor, "draft") == [draft]


def test_what_cranstoun_lacks(make_appointment, send_divert, manager, worker):
    appointment = make_appointment()
    for name in ("outcome", "write_up", "appointment"):
        assert found(manager, name) == []
    past(appointment)
    assert found(manager, "outcome") == [appointment]
    assert found(manager, "appointment") == [appointment.referral]
    appointment.record(by=worker, took_place=True, attended=True)
    assert (found(manager, "outcome"), found(manager, "write_up")) == ([], [appointment])
    assert found(manager, "appointment") == []


def test_what_custody_lacks_is_of_its_own_referrals(make_referral, custody, officer, make_user, police):
    sent, draft = make_referral("submitted"), make_referral("draft")
    Referral.objects.filter(pk=draft.pk).update(recorded_at=LONG_AGO)
    assert set(people(custody)) == {sent.offender, draft.offender}
    assert found(custody, "draft") == [draft]
    assert "risk" not in checks_of(custody)
    coventry = police.units.get(name="Coventry", kind=Unit.Kind.LPA)
    assert not people(make_user("custody_officer", police, coventry)).exists()


def test_only_whom_the_team_works_with_now(make_case, facilitator, make_user, police, team, restrict):
    over, known, restricted = make_case(), make_case(), make_case()
    over.close(by=facilitator, ending="moved", on=TODAY)
    restrict(restricted.offender, facilitator)
    assert found(make_user("supervisor", police, team), "ethnicity") == [known.offender]
    assert set(found(facilitator, "ethnicity")) == {known.offender, restricted.offender}


def test_another_agencys_supervisor_sees_nothing_of_it(make_case, make_user, make_agency, signed_in):
    make_case()
    there = make_agency("police")
    team = Unit.objects.create(agency=there, name="Their team", kind=Unit.Kind.TEAM, valid_from=dt.date(2018, 1, 1))
    stranger = make_user("supervisor", there, team)
    assert not [name for name in checks_of(stranger) if found(stranger, name)]
    assert "Nothing that is looked for is missing" in signed_in(stranger).get("/quality/").text


def test_the_pages_and_the_api_say_the_same(make_case, desk, supervisor, facilitator, signed_in):
    case = make_case()
    page = desk.get("/quality/").text
    assert "No risk set" in page
    assert str(case.offender) not in page
    api = {row["name"]: row["number"] for row in desk.get("/api/v1/quality/").json()}
    assert set(api) == set(checks_of(supervisor))
    assert (api["risk"], api["stay"]) == (1, 0)
    (row,) = desk.get("/api/v1/quality/risk/").json()["results"]
    assert row == {
        "id": str(case.pk), "about": str(case.offender), "note": f"Preparing, {facilitator}",
        "url": f"/o2r/cases/{case.pk}/rate/",
    }  # fmt: skip
    told = Event.objects.filter(verb__startswith="gap.", by=supervisor).latest("pk")
    assert told.offenders == [case.offender_id]
    for wrong, status in (("colours", 404), ("outcome", 404), ("risk/?colour=red", 400), ("risk/?after=x", 400)):
        address = wrong if "?" in wrong else f"{wrong}/"
        assert desk.get(f"/quality/{address}").status_code == status
        assert desk.get(f"/api/v1/quality/{address}").status_code == status
    assert signed_in(facilitator).get("/quality/risk/").status_code == 403
    assert "Data quality" in desk.get("/").text


def test_many_cost_what_one_does(make_case, make_more, desk):
    case = make_case()
    pages = [f"/quality/{name}/" for name in ("ethnicity", "risk", "treatment_consent")]

    def queries(url):
        desk.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).status_code == 200
        return len(captured)

    one = [queries(url) for url in ["/quality/", *pages]]
    make_more(case.offender, 30)
    assert [queries(url) for url in ["/quality/", *pages]] == one
    assert "Next page" in desk.get(pages[0]).text
