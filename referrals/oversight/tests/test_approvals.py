"""One queue of what waits for a second person's word: of everyone's, never one's own, and nothing of another agency."""

import datetime as dt

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.merge import merge
from offenders.models import EmergencyAccess, Merge, Offender, Restriction
from partners.audit.models import Event
from partners.models import Unit
from referrals.booking.models import Intervention
from referrals.models import Referral
from referrals.oversight.approvals import SOURCES, queue_page, waiting
from referrals.rehab.models import Funding


@pytest.fixture
def second_supervisor(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")


@pytest.fixture
def manager(make_user, worker):
    return make_user("cranstoun_manager", worker.membership.agency)


@pytest.fixture
def asked(make_placement, make_funding, make_offender, make_user, police, npu, facilitator, second_supervisor):
    """One of each kind that waits for an O2R supervisor's word: {kind: row}."""
    stay = make_placement("offered")
    two = [make_offender() for _ in range(2)]
    for person in two:
        Referral.draft(by=facilitator, offender=person, pathway="o2r")
    custody = make_user("custody_officer", police, npu)
    EmergencyAccess.open(make_offender(), by=custody, reason="Unwell in a cell")
    return {
        "funding": make_funding(stay, "asked"),
        "restriction": Restriction.propose(stay.offender, by=second_supervisor, what="restrict", reason="Known"),
        "merge": merge(*two, choices={}, by=second_supervisor, reason="One person, recorded twice"),
        "emergency": EmergencyAccess.objects.get(),
    }


def kinds(user):
    return [line.kind for line in queue_page(waiting(user), QueryDict()).rows]


def test_what_waits_is_one_queue_the_longest_waiting_first(asked, supervisor):
    for days, (kind, row) in enumerate(asked.items(), 1):
        since = timezone.now() - dt.timedelta(days=days)
        type(row).objects.filter(pk=row.pk).update(**{SOURCES[kind].since: since})
    lines = queue_page(waiting(supervisor), QueryDict()).rows
    assert [line.kind for line in lines] == ["emergency", "merge", "restriction", "funding"]
    assert [line.days for line in lines] == [4, 3, 2, 1]
    assert {line.kind for line in queue_page(waiting(supervisor, days=3), QueryDict()).rows} == {"emergency", "merge"}


def test_nobody_decides_on_what_they_asked_for(asked, supervisor, second_supervisor, make_funding):
    assert sorted(kinds(second_supervisor)) == ["emergency", "funding"]
    Funding.objects.update(asked_by=supervisor)
    assert "funding" not in kinds(supervisor)
    EmergencyAccess.objects.update(user=supervisor)
    Restriction.objects.update(proposed_by=supervisor)
    Merge.objects.update(by=supervisor)
    assert kinds(supervisor) == []


def test_what_is_decided_waits_no_more(asked, supervisor):
    asked["restriction"].refuse(by=supervisor, reason="Nothing is known")
    asked["funding"].agree(by=supervisor, agreed=asked["funding"].asked)
    assert sorted(kinds(supervisor)) == ["emergency", "merge"]


def test_a_lead_and_a_manager_have_their_own(make_divert, make_appointment, worker, lead, manager):
    make_divert("accepted", gravity_score=3)
    concern = Intervention.record(
        make_appointment("attended"), by=worker, how_it_went="well", concern="Sleeps in a stairwell."
    )
    assert (kinds(lead), kinds(manager)) == (["resolution"], ["concern"])
    Intervention.objects.filter(pk=concern.pk).update(recorded_by=manager)
    assert kinds(manager) == []


def test_another_agencys_supervisor_sees_nothing_of_it(asked, make_user, make_agency, signed_in):
    there = make_agency("police")
    team = Unit.objects.create(agency=there, name="Their team", kind=Unit.Kind.TEAM, valid_from=dt.date(2018, 1, 1))
    stranger = make_user("supervisor", there, team)
    assert kinds(stranger) == []
    assert "Nothing waits for your decision" in signed_in(stranger).get("/approvals/").text


def test_the_page_opens_each_where_it_is_decided_and_is_recorded(asked, supervisor, signed_in):
    browser = signed_in(supervisor)
    page = browser.get("/approvals/").text
    assert "4 wait" in page
    for row in asked.values():
        assert row.get_absolute_url() in page
    emergency = asked["emergency"].offender
    assert emergency.reference in page
    assert str(emergency) not in page
    told = Event.objects.filter(verb="approval.list", by=supervisor).latest("pk")
    people = Offender.objects.filter(pk__in=told.offenders)
    assert {row.offender_id for row in asked.values()} <= set(people.values_list("pk", flat=True))


def test_it_can_be_filtered_and_refuses_what_it_does_not_know(asked, supervisor, signed_in):
    browser = signed_in(supervisor)
    page = browser.get("/approvals/?kind=funding&kind=merge").text
    assert "2 wait" in page
    assert "What: Funding to answer" in page
    assert "Take away a filter" in browser.get("/approvals/?days=14").text
    for wrong in ("colour=red", "kind=concern", "days=3", "after=nothing"):
        assert browser.get(f"/approvals/?{wrong}").status_code == 400
        assert browser.get(f"/api/v1/approvals/?{wrong}").status_code == 400


def test_pages_follow_one_another_both_ways(asked, supervisor):
    queue, seen, params = waiting(supervisor), [], QueryDict()
    whole = [line.row.pk for line in queue_page(queue, params).rows]
    while True:
        page = queue_page(queue, params, size=1)
        seen += [line.row.pk for line in page.rows]
        if not page.next_url:
            break
        params = QueryDict(page.next_url.lstrip("?"))
    assert seen == whole
    back = []
    while page.previous_url:
        page = queue_page(queue, QueryDict(page.previous_url.lstrip("?")), size=1)
        back += [line.row.pk for line in page.rows]
    assert back == whole[-2::-1]


def test_the_api_gives_the_same(asked, supervisor, facilitator, signed_in):
    answer = signed_in(supervisor).get("/api/v1/approvals/?kind=emergency").json()
    (line,) = answer["results"]
    row = asked["emergency"]
    assert (line["id"], line["about"], line["url"]) == (str(row.pk), row.offender.reference, row.get_absolute_url())
    assert signed_in(facilitator).get("/api/v1/approvals/").status_code == 403
    assert signed_in(facilitator).get("/approvals/").status_code == 403


def test_many_cost_what_one_does(asked, supervisor, signed_in, make_placement, make_funding, make_more):
    browser = signed_in(supervisor)

    def queries(url):
        browser.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url).status_code == 200
        return len(captured)

    one = queries("/approvals/"), queries("/")
    make_more(make_funding(make_placement("offered"), "asked").offender, 30)
    assert (queries("/approvals/"), queries("/")) == one
    assert browser.get("/approvals/").text.count("Funding to answer") > 20


def test_home_says_how_many(asked, supervisor, signed_in):
    page = signed_in(supervisor).get("/").text
    assert page.count("/approvals/") >= 2
    assert "Emergency access to review: Opened in an emergency" in page
