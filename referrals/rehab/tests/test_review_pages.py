"""Caseloads looked into in the back office, and reviews read by those whose work it is."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.models import Note
from partners.audit.models import Event
from referrals.models import Task
from referrals.rehab.models import Case, Review, Sample
from referrals.rehab.review.figures import team, trend

TODAY = timezone.localdate()
SAID = dict.fromkeys(Review.ANSWERS, "yes") | {"found": "Met weekly"}
TEAM = reverse("admin:rehab_case_team")


def days(number):
    return TODAY + dt.timedelta(days=number)


@pytest.fixture
def case(make_case):
    return make_case(on=days(-60))


@pytest.fixture
def address(case):
    return reverse("admin:rehab_case_review", args=[case.pk])


@pytest.fixture
def theirs(make_user, make_agency):
    """The supervisor of another force's team."""
    agency = make_agency("police")
    return make_user("supervisor", agency, agency.units.create(name="Theirs", kind="team", valid_from=days(-9)))


def queries(client, address):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def figures(user, worker):
    return {label: number for line in team(user) if line.user == worker for label, number, _ in line.figures}


def test_the_team_page_says_what_is_overdue(signed_in, case, supervisor, facilitator):
    case.plan(by=facilitator, next_action="Phone", next_action_due=TODAY)
    Case.objects.update(next_action_due=days(-1))
    Task.add(case.offender, by=facilitator, owner=facilitator, text="Ring", due_on=TODAY, matter=case.pk)
    Task.objects.update(due_on=days(-2))
    at = timezone.now() - dt.timedelta(days=10)
    Note.write(case.offender, by=facilitator, kind="visit", text="Met", happened_at=at, category="general")
    found = figures(supervisor, facilitator)
    assert found == {
        "Reviews due": 1, "Next action overdue": 1, "Tasks overdue": 1, "No contact in 7 days": 1,
        "No contact in 14 days": 0, "No contact in 28 days": 0, "Follow-ups overdue": 0,
        "Came into rehab in the last 28 days": 0,
    }  # fmt: skip
    text = signed_in(supervisor).get(TEAM).content.decode()
    assert "1 client, load 2 of 30" in text
    assert Event.objects.filter(verb="caseload.team", by=supervisor).exists()


def test_figures_lead_to_the_same_rows(signed_in, make_placement, case, supervisor, facilitator):
    make_placement("departed", case=case, on=days(-50))
    for owner in (facilitator, supervisor):
        Task.add(case.offender, by=supervisor, owner=owner, text="Ring", due_on=TODAY, matter=case.pk)
    Task.objects.update(due_on=days(-2))
    client = signed_in(supervisor)
    (line,) = (line for line in team(supervisor) if line.user == facilitator)
    listed = {label: (number, client.get(url).context) for label, number, url in line.figures if url}
    assert listed.pop("Reviews due")[1]["line"].user == facilitator  # whose page begins with them
    assert {label: page["total"] for label, (_, page) in listed.items()} == {
        label: number for label, (number, _) in listed.items()
    }
    assert listed["Tasks overdue"][0]
    assert listed["Follow-ups overdue"][0]


def test_follow_ups_and_admissions_are_counted(make_placement, case, supervisor, facilitator):
    make_placement("departed", case=case, on=days(-50))
    found = figures(supervisor, facilitator)
    assert found["Follow-ups overdue"] >= 1
    assert found["Came into rehab in the last 28 days"] == 0


def test_the_trend_credits_who_held_and_wrote_then(case, supervisor, facilitator, make_user, police):
    other = make_user("facilitator", police, supervisor.membership.unit)
    at = timezone.now() - dt.timedelta(weeks=3)
    Note.write(case.offender, by=facilitator, kind="visit", text="Met", happened_at=at, category="general")
    before = trend(supervisor, facilitator)["rows"][-4]
    case.allocate(by=supervisor, facilitator=other, reason="Leave")
    assert trend(supervisor, facilitator)["rows"][-4] == before
    assert before[1:] == [1, 1, 0]
    assert trend(supervisor, other)["rows"][-1][1:] == [1, 0, 0]
    assert [row[1] for row in trend(supervisor)["rows"][-4:]] == [1, 1, 1, 1]


def test_a_review_is_written_kept_and_signed_off_on_one_page(signed_in, address, case, supervisor, facilitator):
    client = signed_in(supervisor)
    assert "Nobody has reviewed this case before." in client.get(address).content.decode()
    client.post(address, {"found": "Half of it", "to_do_1": "Visit him", "write": "Keep"})
    draft = Review.objects.get()
    assert (draft.status, draft.found, draft.to_do) == ("open", "Half of it", [["Visit him", None]])
    refused = client.post(address, {"found": "Whole", "to_do_1": "Visit him", "finish": "Sign off"})
    assert refused.status_code == 422
    assert "Say by when it is to be done." in refused.content.decode()
    assert "Answer “Are the risks known, and acted on?”" in refused.content.decode()
    day = days(3)
    due = {"due_1_day": day.day, "due_1_month": day.month, "due_1_year": day.year}
    client.post(address, {**SAID, "to_do_1": "Visit him", **due, "finish": "Sign off"})
    draft.refresh_from_db()
    assert draft.status == "signed"
    assert Task.objects.get(matter=draft.pk).owner == facilitator
    text = client.get(address).content.decode()
    assert "not done yet" in text
    Task.objects.get().do(by=facilitator, why="He was in")
    assert "He was in" in client.get(address).content.decode()


def test_the_facilitator_reads_it_and_writes_none(signed_in, address, case, supervisor, facilitator):
    review = Review.begin(case, by=supervisor)
    client = signed_in(facilitator)
    assert client.get(review.get_absolute_url()).status_code == 404
    review.finish(by=supervisor, **SAID)
    assert "Met weekly" in client.get(review.get_absolute_url()).content.decode()
    assert str(case.offender) in client.get(reverse("rehab:reviews")).content.decode()
    assert "Last review" in client.get(case.get_absolute_url()).content.decode()
    assert "Your cases reviewed" in client.get("/").content.decode()
    for page in (address, TEAM, reverse("admin:rehab_sample_draw")):
        assert client.get(page).status_code == 403


def test_another_supervisor_is_told_who_is_at_it(signed_in, address, case, supervisor, make_user, police):
    Review.begin(case, by=supervisor)
    second = make_user("supervisor", police, supervisor.membership.unit)
    answer = signed_in(second).get(address, follow=True)
    assert f"{supervisor} is reviewing this case" in answer.content.decode()
    assert b"Set it aside" in answer.content


def test_a_supervisor_of_another_agency_sees_nothing_of_it(signed_in, address, case, supervisor, facilitator, theirs):
    review = Review.begin(case, by=supervisor)
    review.finish(by=supervisor, **SAID)
    sample = Sample.draw(by=supervisor, size=1)
    client = signed_in(theirs)
    worker = reverse("admin:rehab_case_worker", args=[facilitator.pk])
    for page in (address, worker, review.get_absolute_url(), reverse("api:sample-detail", args=[sample.pk])):
        assert client.get(page).status_code == 404
    for address in (TEAM, reverse("rehab:reviews"), reverse("admin:rehab_sample_changelist"), "/"):
        text = client.get(address).content.decode()
        assert str(case.offender) not in text
        assert str(facilitator) not in text


def test_a_sample_is_drawn_and_says_how(signed_in, case, supervisor):
    client = signed_in(supervisor)
    draw = reverse("admin:rehab_sample_draw")
    assert client.post(draw, {"size": "99"}).status_code == 422
    text = client.post(draw, {"size": "3"}, follow=True).content.decode()
    sample = Sample.objects.get()
    assert sample.seed in text
    assert str(case.offender) in text
    seen = Event.objects.get(verb="case.list", subject_id=str(sample.pk))
    assert seen.offenders == [case.offender_id]
    assert (
        "Picked by a dip sample"
        in client.get(reverse("admin:rehab_case_worker", args=[case.facilitator_id])).content.decode()
    )


def test_as_many_queries_for_one_case_and_worker_as_for_many(
    signed_in, case, make_case, make_user, police, supervisor, facilitator
):
    client = signed_in(supervisor)
    addresses = [TEAM, reverse("admin:rehab_case_worker", args=[facilitator.pk]), reverse("rehab:reviews"), "/"]

    def reviewed(case):
        Review.begin(case, by=supervisor).finish(by=supervisor, **SAID)

    reviewed(case)
    make_case(on=days(-60))
    few = [queries(client, address) for address in addresses]
    for _ in range(3):
        worker = make_user("facilitator", police, supervisor.membership.unit)
        make_case(on=days(-60)).allocate(by=supervisor, facilitator=worker, reason="Share")
        reviewed(make_case(on=days(-60)))
        make_case(on=days(-60))
    assert [queries(client, address) for address in addresses] == few


def test_the_api_begins_writes_and_signs_off(client, case, supervisor, facilitator):
    client.force_login(supervisor)
    made = client.post(reverse("api:review-list"), {"case": str(case.pk)}, content_type="application/json")
    assert made.status_code == 201
    address, etag = reverse("api:review-step", args=[made.json()["id"], "finish"]), made.headers["ETag"]
    answer = client.post(address, {"found": "x"}, content_type="application/json", headers={"If-Match": etag})
    assert answer.status_code == 400
    sent = {**SAID, "to_do_1": "Visit", "due_1": str(days(2))}
    answer = client.post(address, sent, content_type="application/json", headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["status"], answer.json()["steps"]) == (200, "signed", [])
    assert client.get(reverse("api:review-list"), {"case": case.pk}).json()["results"][0]["found"] == "Met weekly"
    made = client.post(reverse("api:sample-list"), {"size": 2}, content_type="application/json")
    assert (made.status_code, made.json()["frame"]) == (201, 1)
