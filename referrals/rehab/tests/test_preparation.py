"""Courses and detoxes before the stay."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from referrals.rehab.journey import journey
from referrals.rehab.models import Preparation
from referrals.rehab.workflow import PREPARATION_STEPS, Stage

DAY = dt.date(2024, 2, 1)
WALK = {
    "planned": [],
    "begun": ["begin"],
    "completed": ["begin", "complete"],
    "left": ["begin", "leave"],
    "cancelled": ["cancel"],
}


def take(row, *verbs, by):
    for verb in verbs:
        why = {"reason": "Changed their mind"} if verb in ("leave", "cancel") else {}
        getattr(row, verb)(by=by, on=DAY, **why)
    return row


@pytest.fixture
def make_preparation(make_case, facilitator):
    def make(status="planned", *, case=None, kind="detox", starts_on=DAY, **fields):
        case, fields = case or make_case(), {"place": "Park House"} | fields
        row = Preparation.arrange(case, by=facilitator, kind=kind, starts_on=starts_on, **fields)
        return take(row, *WALK[status], by=facilitator)

    return make


@pytest.mark.parametrize("status", Stage.values)
def test_each_step_is_taken_in_its_time_alone(status, make_preparation, facilitator):
    for verb, step in PREPARATION_STEPS.items():
        row = make_preparation(status)
        if status in step.sources:
            assert take(row, verb, by=facilitator).status == step.target
        else:
            with pytest.raises(IllegalStep):
                take(row, verb, by=facilitator)


def test_a_detox_moves_the_case(make_case, make_preparation, facilitator):
    case = make_case()

    def phase():
        case.refresh_from_db()
        return case.phase

    make_preparation("begun", case=case, kind="course")
    assert phase() == "preparing"
    row = make_preparation("planned", case=case)
    assert phase() == "preparing"
    take(row, "begin", by=facilitator)
    assert phase() == "detox"
    take(row, "leave", by=facilitator)
    assert phase() == "preparing"
    row = make_preparation("completed", case=case)
    assert phase() == "detox"  # until the stay
    assert Event.objects.about(case).filter(verb="case.start_detox").count() == 2


def test_a_detox_waits_for_the_decision(make_case, make_preparation, facilitator):
    row = make_preparation(case=make_case("assessing"))
    with pytest.raises(IllegalStep, match="You cannot start detox: this case is assessing"):
        row.begin(by=facilitator, on=DAY)
    row.refresh_from_db()
    assert row.status == "planned"


def test_one_of_a_kind_is_arranged_at_a_time(make_case, make_preparation):
    case = make_case()
    make_preparation(case=case)
    make_preparation("begun", case=case, kind="course")
    with pytest.raises(ValidationError, match="planned or under way already"):
        make_preparation(case=case)


@pytest.mark.parametrize(
    ("status", "changes", "constraint"),
    [
        ("planned", {"place": ""}, "with_whom_or_where"),
        ("planned", {"ends_on": DAY - dt.timedelta(days=1)}, "planned_to_end_before"),
        ("planned", {"begun_on": DAY}, "begun_says_when"),
        ("begun", {"begun_on": None}, "begun_says_when"),
        ("completed", {"ended_on": None}, "ended_says_when"),
        ("completed", {"ended_on": DAY - dt.timedelta(days=1)}, "end_before_it_began"),
        ("left", {"end_reason": ""}, "ended_early_says_why"),
    ],
)
def test_the_database_keeps_its_days_in_order(status, changes, constraint, make_preparation):
    row = make_preparation(status)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Preparation.objects.filter(pk=row.pk).update(**changes)


def test_nothing_is_arranged_for_who_is_in_rehab_or_gone(make_case, make_placement, make_preparation, facilitator):
    stay = make_placement("arrived")
    with pytest.raises(ValidationError, match="in rehab"):
        make_preparation(case=stay.case)
    case = make_case()
    case.close(by=facilitator, outcome="Moved away")
    with pytest.raises(ValidationError, match="closed"):
        make_preparation(case=case)


def test_the_team_and_who_shares_the_case_arrange(make_case, facilitator, cgl, cgl_worker, provider, make_user, police):
    case = make_case()
    plan = {"kind": "detox", "starts_on": DAY, "place": "Park House"}
    for user in (cgl_worker, provider, make_user("facilitator", police)):
        with pytest.raises(PermissionDenied):
            Preparation.arrange(case, by=user, **plan)
    case.share(by=facilitator, agency=cgl)
    row = Preparation.arrange(case, by=cgl_worker, **plan)
    assert take(row, "begin", "complete", by=cgl_worker).status == "completed"
    assert not Preparation.objects.visible_to(provider).exists()


def test_the_pages(make_case, make_preparation, facilitator, cgl, cgl_worker, sign_in):
    case = make_case(on=DAY)
    case.share(by=facilitator, agency=cgl, co_worker=cgl_worker)
    client, tab = sign_in(facilitator), reverse("rehab:case_rehab", args=[case.pk])
    assert "or a detox before the stay, will be here" in client.get(tab).content.decode()
    url = reverse("rehab:preparation_arrange", args=[case.pk])
    plan = {"kind": "detox", "starts_on": "3 February 2024", "ends_on": "1 February 2024"}
    page = client.post(url, plan)
    assert page.status_code == 422
    for words in ("Say which agency gives it, or where it is", "It cannot be planned to end before it begins"):
        assert words in page.content.decode()
    assert client.post(url, plan | {"agency": cgl.pk, "ends_on": ""}).status_code == 302
    row = Preparation.objects.get()
    page = client.get(tab).content.decode()
    for words in ("Overdue: planned for 3 February 2024", "Record that it began", "Detox planned for 3 February"):
        assert words in page
    for user in (facilitator, cgl_worker):
        home, rows = (sign_in(user).get(address).content.decode() for address in ("/", reverse("rehab:preparations")))
        assert "Detox: CGL, to begin 3 February 2024" in home
        assert "Overdue: planned for 3 February 2024" in rows
    url = reverse("rehab:preparation_begin", args=[row.pk])
    assert "cannot be before" in sign_in(cgl_worker).post(url, {"on": "31 January 2024"}).content.decode()
    assert client.post(url, {"on": "5 February 2024"}).status_code == 302
    assert Entry.objects.filter(sentence="Detox began", url=row.get_absolute_url()).exists()
    assert "Since 5 February 2024" in client.get(tab).content.decode()


def test_the_api(make_case, facilitator, provider, sign_in):
    case, client = make_case(on=DAY), sign_in(facilitator)
    plan = {"case": str(case.pk), "kind": "course", "place": "The library", "starts_on": "2024-02-03"}
    assert (
        client.post("/api/v1/preparations/", plan | {"kind": "x"}, content_type="application/json").status_code == 400
    )
    made = client.post("/api/v1/preparations/", plan, content_type="application/json")
    assert (made.status_code, made.json()["steps"]) == (201, ["begin", "cancel"])
    url = f"/api/v1/preparations/{made.json()['id']}/"
    begun = client.post(f"{url}begin/", {"on": "2024-02-05"}, content_type="application/json").json()
    assert (begun["status"], begun["begun_on"]) == ("begun", "2024-02-05")
    amended = client.patch(url, {"begun_on": "2024-02-04", "reason": "Slip"}, content_type="application/json")
    assert amended.json()["begun_on"] == "2024-02-04", amended.json()
    begun = Entry.objects.get(sentence="Pre-admission course began")
    assert timezone.localdate(begun.happened_at) == dt.date(2024, 2, 4)
    assert len(client.get("/api/v1/preparations/?status=begun").json()["results"]) == 1
    assert sign_in(provider).get(url).status_code == 403


def test_the_journey_shows_them(make_case, make_preparation, facilitator):
    case = make_case()

    def bar():
        case.refresh_from_db()
        return dict(journey(case, [], [], list(case.preparations.all())))

    assert bar()["Detox"] == "todo"
    course = make_preparation(case=case, kind="course")
    detox = make_preparation(case=case)
    assert bar()["Pre-admission course planned for 1 February"] == "todo"
    assert bar()["Detox planned for 1 February"] == "todo"
    take(course, "begin", by=facilitator)
    assert bar()["Pre-admission course under way"] == "current"
    take(course, "complete", by=facilitator)
    take(detox, "begin", by=facilitator)
    assert bar()["Pre-admission course"] == "done"
    assert bar()["Detox"] == "current"


def test_the_list_asks_as_many_questions_of_many_rows(make_preparation, facilitator, sign_in):
    client = sign_in(facilitator)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("rehab:preparations")).status_code == 200
        return len(found)

    make_preparation()
    queries()
    one = queries()
    for _ in range(5):
        make_preparation()
    assert queries() == one
