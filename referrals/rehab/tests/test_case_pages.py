"""The caseload and the client page: filters, order, file, queries, what is recorded."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.models import Note
from partners.audit.models import Event
from partners.frame.download import as_cell as cell
from referrals.rehab.journey import journey
from referrals.rehab.models import Assessment, Case, FollowUp, Placement

TODAY = timezone.localdate()
TABS = ["case", "case_timeline", "case_assessment", "case_rehab", "case_throughcare", "case_notes", "case_sharing"]


def days_ago(n):
    return TODAY - dt.timedelta(days=n)


def met(case, by, days):
    Note.write(
        case.offender, by=by, kind="phone", text="Spoke", happened_at=timezone.now() - dt.timedelta(days=days),
        category="general", matters=[case.pk],
    )  # fmt: skip


@pytest.fixture
def caseload(make_case, make_placement, make_user, facilitator, supervisor, police, team):
    """Cases by what is true of them."""
    colleague = make_user("facilitator", police, team)
    cases = {
        "overdue": make_case(), "soon": make_case(), "in_rehab": make_placement("arrived").case, "closed": make_case(),
        "assessing": make_case("assessing"), "colleague": make_case(),
    }  # fmt: skip
    for case in cases.values():
        case.refresh_from_db()
    cases["overdue"].plan(by=facilitator, next_action="Phone", next_action_due=days_ago(3))
    cases["soon"].plan(by=facilitator, next_action="Visit", next_action_due=TODAY)
    cases["soon"].rate(by=facilitator, risk="high")
    cases["closed"].close(by=facilitator, outcome="Moved away")
    cases["colleague"].allocate(by=supervisor, facilitator=colleague, reason="Evens the load")
    met(cases["overdue"], facilitator, 20)
    met(cases["soon"], facilitator, 2)
    return cases


def listed(client, url, caseload):
    names = {case.pk: name for name, case in caseload.items()}
    return [names[case.pk] for case in client.get(url).context["page"].rows]


def test_each_filter_by_page_and_file(client, supervisor, caseload):
    client.force_login(supervisor)
    for query, expected in {
        "": {"overdue", "soon", "in_rehab", "assessing", "colleague"},
        "due=overdue": {"overdue"},
        "due=week": {"soon"},
        "due=none": {"in_rehab", "assessing", "colleague"},
        "phase=in_rehab": {"in_rehab"},
        "phase=in_rehab&phase=assessing": {"in_rehab", "assessing"},
        "phase=closed": {"closed"},
        "no_contact=14": {"overdue", "in_rehab", "assessing", "colleague"},
        "no_contact=28": {"in_rehab", "assessing", "colleague"},
        "risk=high": {"soon"},
        "decision=brought_in&due=overdue": {"overdue"},
    }.items():
        assert set(listed(client, f"/o2r/?{query}", caseload)) == expected, query
        rows = csv.DictReader(io.StringIO(client.get(f"/o2r/caseload.csv?{query}").content.decode("utf-8-sig")))
        assert {row["Reference"] for row in rows} == {str(caseload[name]) for name in expected}, query
        if query:
            found = client.get(f"/api/v1/cases/?{query}").json()["results"]
            assert {row["id"] for row in found} == {str(caseload[name].pk) for name in expected}, query


def test_a_facilitator_begins_with_their_own(client, facilitator, caseload):
    client.force_login(facilitator)
    assert "colleague" not in listed(client, "/o2r/", caseload)
    assert "colleague" in listed(client, "/o2r/team/", caseload)
    colleague = caseload["colleague"].facilitator_id
    assert listed(client, f"/o2r/team/?facilitator={colleague}", caseload) == ["colleague"]


def test_the_list_is_sorted_and_what_was_never_done_has_its_place(client, supervisor, caseload):
    client.force_login(supervisor)
    assert listed(client, "/o2r/", caseload)[:2] == ["overdue", "soon"]
    assert listed(client, "/o2r/?sort=contact", caseload)[-2:] == ["overdue", "soon"]
    assert listed(client, "/o2r/?sort=-contact", caseload)[:2] == ["soon", "overdue"]


def test_pages_follow_one_another_where_keys_are_missing(client, supervisor, caseload, monkeypatch):
    monkeypatch.setattr("referrals.rehab.caseload_views.TeamCaseload.size", 2)
    client.force_login(supervisor)
    for sort in ("due", "-due", "contact", "-contact", "opened", "-opened"):
        url, found = f"/o2r/?sort={sort}", []
        while url:
            page = client.get(url).context["page"]
            found += page.rows
            url = page.next_url and f"/o2r/{page.next_url}"
        assert len(found) == len(set(found)) == 5


@pytest.mark.parametrize("query", ["nonsense=1", "phase=nonsense", "facilitator=1", "sort=nonsense", "after=nonsense"])
def test_what_the_list_does_not_know_is_refused(client, supervisor, query):
    client.force_login(supervisor)
    assert client.get(f"/o2r/?{query}").status_code == 400
    if "sort" not in query:
        assert client.get(f"/api/v1/cases/?{query}").status_code == 400


def test_empty_lists_say_what_would_be_there(client, facilitator, cgl_worker):
    client.force_login(facilitator)
    assert "See the referrals to assess" in client.get("/o2r/").content.decode()
    assert "Clear all filters" in client.get("/o2r/?due=overdue").content.decode()
    assert "Nobody is waiting" in client.get("/o2r/referrals/").content.decode()
    client.force_login(cgl_worker)
    assert "shares with your agency" in client.get("/o2r/").content.decode()


def test_the_file_holds_no_formula_and_is_recorded(client, supervisor, make_case, make_offender):
    assert [cell(text) for text in ("=1+1", " @x", "-3", "plain", None)] == ["'=1+1", "' @x", "'-3", "plain", ""]
    case = make_case(offender=make_offender(given_names="=HYPERLINK(1)"))
    client.force_login(supervisor)
    assert "'=HYPERLINK(1)" in client.get("/o2r/caseload.csv").content.decode()
    event = Event.objects.get(verb="case.export")
    assert (event.by, event.offenders) == (supervisor, [case.offender_id])


def test_a_file_too_large_is_refused_not_cut(client, supervisor, caseload, monkeypatch):
    monkeypatch.setattr("referrals.rehab.caseload_views.LARGEST", 2)
    client.force_login(supervisor)
    assert client.get("/o2r/caseload.csv").status_code == 400


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens_and_is_recorded(client, facilitator, make_placement, tab):
    case = make_placement("departed").case
    client.force_login(facilitator)
    assert client.get(reverse(f"rehab:{tab}", args=[case.pk])).status_code == 200
    assert Event.objects.filter(verb="case.view", by=facilitator, offenders=[case.offender_id]).exists()


def labels(case):
    case.refresh_from_db()
    stays, follow_ups = Placement.objects.filter(case=case), FollowUp.objects.filter(case=case)
    return dict(journey(case, list(stays), list(follow_ups)))


def test_the_bar_says_how_far_they_came(make_case, make_placement, facilitator):
    case = make_case("assessing", on=days_ago(60))
    assert labels(case)["Assessing"] == "current"
    case.bring_in(by=facilitator, on=days_ago(60))
    assert labels(case)["Preparing"] == "current"
    case.start_detox(by=facilitator, on=days_ago(50))
    assert labels(case)["Detox"] == "current"
    stay = make_placement("arrived", case=case, on=days_ago(40))
    assert labels(case)["In rehab, day 41"] == "current"
    stay.depart(by=facilitator, departure_reason="completed", on=days_ago(10))
    bar = labels(case)
    assert (bar["Detox"], bar["In rehab"], bar["Throughcare"]) == ("done", "done", "current")
    assert "Follow-ups, 0 of 5 done, 1 due" in bar
    case.close(by=facilitator, outcome="Well")
    assert "current" not in labels(case).values()


def counted(client, url):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_one_row_and_fifty_ask_the_database_as_often(client, supervisor, make_case, make_more, facilitator):
    case = make_case(on=days_ago(30))
    met(case, facilitator, 3)
    Assessment.record(case, by=facilitator, assessed_on=days_ago(20), substances=[{"substance": "heroin"}])
    client.force_login(supervisor)
    urls = [
        "/o2r/?sort=contact", "/o2r/caseload.csv", "/api/v1/cases/?size=100", "/api/v1/assessments/?size=100",
        "/admin/rehab/case/", "/admin/rehab/assessment/",
    ]  # fmt: skip
    for url in urls:
        client.get(url)
    once = [counted(client, url) for url in urls]
    make_more(case.offender, 49)
    assert Case.objects.count() == 50
    assert [counted(client, url) for url in urls] == once


def test_the_back_office_shows_a_case_with_its_steps(client, supervisor, make_case):
    case = make_case()
    client.force_login(supervisor)
    page = client.get(reverse("admin:rehab_case_change", args=[case.pk]))
    assert reverse("admin:rehab_case_plan", args=[case.pk]) in page.content.decode()
    assert client.get(reverse("admin:rehab_case_close", args=[case.pk])).status_code == 200


def test_a_referrals_page_leads_to_its_case(client, make_referral, facilitator, officer):
    referral = make_referral("accepted")

    def first(user):
        client.force_login(user)
        return client.get(f"/referrals/{referral.pk}/").context["steps"][0]

    assert first(facilitator) == ("Begin the case", f"/o2r/referrals/{referral.pk}/begin/")
    assert first(officer)[0] == "Withdraw"
    case = Case.begin(referral, by=facilitator)
    assert first(facilitator) == ("Open the case", case.get_absolute_url())


def test_who_is_on_the_caseload_is_said_to_who_sees_the_case(client, make_case, facilitator, officer):
    case = make_case()
    why = {"source": "officer", "funds_addiction": "yes", "sender": "ours"}
    for user, is_told in ((facilitator, True), (officer, False)):
        client.force_login(user)
        at = client.post("/referrals/new/", {"offender": str(case.offender.pk), "pathway": "o2r"}).url
        client.post(at, why)
        page = client.get(at.replace("why", "check")).content.decode()
        assert ("on the caseload already" in page) == is_told
        page = client.get(case.offender.get_absolute_url()).content.decode()
        assert (case.get_absolute_url() in page) == is_told
