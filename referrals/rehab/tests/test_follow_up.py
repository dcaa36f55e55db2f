"""Checks after rehab: what is due, who records it, and who reads what was found."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import TooLate
from partners.models import Agreement
from referrals.models import Task
from referrals.rehab.models import Case, FollowUp, FollowUpAttempt, Plan

FOUND = "canary-of-the-finding"
URL, API = "/api/v1/follow-ups/", "application/json"


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


@pytest.fixture
def departed(make_placement, facilitator, cgl):
    """Left ten days ago, so that the first follow-up is three days overdue; shared with CGL."""
    stay = make_placement("departed", on=days_ago(38))
    stay.case.share(by=facilitator, agency=cgl)
    return stay


def test_the_list_is_what_is_due(departed, facilitator, cgl_worker, provider, sign_in):
    url = reverse("rehab:follow_ups")
    page = sign_in(facilitator).get(url)
    assert "3 days overdue" in page.content.decode()
    for query, weeks in [
        ("", [1, 4, 12, 26, 52]),
        ("?when=overdue", [1]),
        ("?when=week", []),
        ("?when=later&sort=-due", [52, 26, 12, 4]),
        ("?weeks=4&weeks=12", [4, 12]),
        ("?whose=mine", [1, 4, 12, 26, 52]),
        ("?when=recorded", []),
    ]:
        assert [row.weeks for row in sign_in(facilitator).get(url + query).context["page"].rows] == weeks, query
    assert sign_in(cgl_worker).get(f"{url}?whose=mine").context["page"].rows == []
    assert sign_in(provider).get(url).status_code == 403
    assert sign_in(facilitator).get(f"{url}?when=soon").status_code == 400
    assert sign_in(facilitator).get(f"{URL}?when=soon").status_code == 400


def test_a_finding_is_read_by_its_own_agency_or_with_consent(
    departed, facilitator, cgl_worker, sign_in, police, make_consent
):
    follow_up = FollowUp.objects.first()
    page = reverse("rehab:follow_up_record", args=[follow_up.pk])
    client = sign_in(cgl_worker)
    empty = client.post(page, {"reached": "True"})
    assert empty.status_code == 422
    assert "Are they abstinent" in empty.content.decode()
    answers = {"reached": "True", "abstinent": "yes", "how_known": "tested", "offending": "no", "text": FOUND}
    assert client.post(page, answers).status_code == 302
    assert client.post(page, answers).status_code == 302  # told that it is recorded already
    assert FollowUp.objects.done().count() == 1

    urls = [follow_up.get_absolute_url(), f"{URL}{follow_up.pk}/", URL]
    assert all(FOUND in client.get(url).content.decode() for url in urls)
    client = sign_in(facilitator)
    for url in urls:
        answer = client.get(url)
        assert answer.status_code == 200
        assert FOUND not in answer.content.decode()
    assert client.get(f"{URL}{follow_up.pk}/").json()["abstinent"] is None
    make_consent(departed.offender, police)
    assert all(FOUND in client.get(url).content.decode() for url in urls)


def test_not_reached_is_said_after_several_attempts_and_closes_this_point(departed, facilitator, sign_in):
    follow_up = FollowUp.objects.first()
    client, record = sign_in(facilitator), f"{URL}{follow_up.pk}/record/"
    for tries, said in enumerate(("No attempt is logged", "1 attempt is logged", "2 attempts are logged")):
        answer = client.post(record, {"reached": False}, content_type=API)
        assert (answer.status_code, said in answer.json()["detail"]) == (400, True), answer.json()
        tried = {"method": "phone", "result": "no_answer", "text": f"Try {tries}"}
        page = client.post(reverse("rehab:follow_up_attempt", args=[follow_up.pk]), tried, follow=True)
        assert f"Try {tries}" in page.content.decode()
    page = client.get(reverse("rehab:follow_ups")).content.decode()
    assert "Last " in page
    answer = client.post(record, {"reached": False}, content_type=API)
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["reached"], answer.json()["abstinent"]) == (False, "unknown")
    assert client.post(record, {"reached": False}, content_type=API).status_code == 400
    assert "Not reached" in client.get(reverse("rehab:follow_ups") + "?when=recorded").content.decode()
    told = Entry.objects.filter(offender=departed.offender, sentence="1-week follow-up, attempt. Phone call: no answer")
    assert told.count() == 3
    assert client.post(reverse("rehab:follow_up_attempt", args=[follow_up.pk]), tried).status_code == 302
    assert follow_up.attempts.count() == 3


def test_an_attempt_by_api_is_read_as_far_as_it_is_shared(departed, facilitator, cgl_worker, provider, sign_in):
    follow_up, attempts = FollowUp.objects.first(), "/api/v1/follow-up-attempts/"
    client = sign_in(cgl_worker)
    tried = {"follow_up": str(follow_up.pk), "method": "visit", "result": "later", "on": days_ago(1).isoformat()}
    for wrong in ({"method": ""}, {"result": "gone"}, {"on": days_ago(-1).isoformat()}, {"on": "1990-01-01"}):
        assert client.post(attempts, tried | wrong, content_type=API).status_code == 400, wrong
    made = client.post(attempts, tried, content_type=API)
    assert made.status_code == 201, made.json()
    one = f"{attempts}{made.json()['id']}/"
    assert client.patch(one, {"result": "wrong", "reason": "The number"}, content_type=API).status_code == 200
    assert client.get(f"{URL}{follow_up.pk}/").json()["attempts"] == 1
    client = sign_in(facilitator)
    assert len(client.get(f"{attempts}?follow_up={follow_up.pk}").json()["results"]) == 1
    assert client.patch(one, {"result": "later", "reason": "No"}, content_type=API).status_code == 403
    Agreement.objects.update(categories=["identity", "case"])
    assert client.get(attempts).json()["results"] == []
    assert client.get(f"{URL}{follow_up.pk}/").json()["attempts"] == 0
    assert sign_in(provider).get(attempts).status_code == 403


def test_the_database_asks_for_an_attempt(departed, facilitator):
    follow_up = FollowUp.objects.first()
    done = {"done_on": days_ago(0), "by": facilitator, "recorded_at": timezone.now(), "reached": False}
    for write in (
        lambda: FollowUp.objects.filter(pk=follow_up.pk).update(**done),
        lambda: FollowUp.objects.create(case=departed.case, **done),
        lambda: FollowUp.objects.filter(pk=follow_up.pk).update(wellbeing=21),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    FollowUpAttempt.record(follow_up, by=facilitator, method="phone", result="no_answer")
    FollowUp.objects.filter(pk=follow_up.pk).update(**done)
    with pytest.raises(TooLate):
        FollowUpAttempt.record(FollowUp.objects.get(pk=follow_up.pk), by=facilitator, method="phone", result="later")


def test_a_lapse_is_met_with_kindness_and_the_plan_again(departed, facilitator, cgl_worker, sign_in):
    plan, follow_up = Plan.begin(departed.case, by=facilitator), FollowUp.objects.first()
    plan.finish(by=facilitator)
    found = {"reached": "True", "abstinent": "no", "how_known": "said", "offending": "no", "wellbeing": "9"}
    client, url = sign_in(cgl_worker), reverse("rehab:follow_up_record", args=[follow_up.pk])
    assert "has not failed" in client.get(url).content.decode()
    for wrong in ("21", "-1", "good"):
        assert client.post(url, found | {"wellbeing": wrong}).status_code == 422
    page = client.post(url, found, follow=True).content.decode()
    assert "not the end of it" in page
    assert "9 of 20" in page
    plan.refresh_from_db()
    assert plan.status == "open"
    task = Task.objects.get()
    assert (task.owner, task.kind, task.category) == (facilitator, "follow_up", "case")
    assert Task.objects.visible_to(facilitator).contains(task)
    told = " ".join(Entry.objects.filter(sentence__startswith="Throughcare plan").values_list("sentence", flat=True))
    for word in ("lapse", "abstinent", "used", "drug"):  # health, which not all of their readers may read
        assert word not in f"{task.text} {told}".lower()
    FollowUp.add(departed.case, by=facilitator, on=days_ago(0), abstinent="no")
    assert Task.objects.count() == 1


def test_a_lapse_that_a_partner_records_reopens_the_plan(departed, facilitator, cgl_worker):
    case = departed.case
    plan = Plan.begin(case, by=facilitator)
    plan.finish(by=facilitator)
    FollowUp.objects.get(weeks=1).record(by=cgl_worker, on=days_ago(1), abstinent="yes")
    plan.refresh_from_db()
    assert plan.status == "finished"
    FollowUp.objects.get(weeks=4).record(by=cgl_worker, on=days_ago(0), abstinent="no", text=FOUND)
    plan.refresh_from_db()
    assert plan.status == "open"
    (line,) = Entry.objects.filter(offender=case.offender_id, sentence__startswith="Throughcare plan reopened")
    assert (line.by, line.category) == (cgl_worker, "general")
    for word in ("lapse", "abstinent", "used", "relapse", FOUND):  # health, which the line's readers may not read
        assert word not in line.sentence.lower()


def test_a_lapse_of_long_ago_or_of_a_closed_case_asks_nothing(departed, facilitator):
    plan = Plan.begin(departed.case, by=facilitator)
    plan.finish(by=facilitator)
    FollowUp.add(departed.case, by=facilitator, on=days_ago(29), abstinent="no")
    case = departed.case
    case.refresh_from_db()
    case.close(by=facilitator, ending="moved")
    FollowUp.add(case, by=facilitator, on=days_ago(0), abstinent="no")
    assert not Task.objects.exists()
    plan.refresh_from_db()
    assert plan.status == "finished"


def test_a_case_is_closed_with_an_ending_and_reopened_with_one_check_soon(departed, facilitator, supervisor, sign_in):
    case, client = Case.objects.get(pk=departed.case_id), sign_in(facilitator)
    url = reverse("rehab:case_close", args=[case.pk])
    assert client.post(url, {"outcome": "Well"}).status_code == 422
    alive = client.post(url, {"ending": "died"})
    assert alive.status_code == 422
    assert "Write the day of death" in alive.content.decode()
    page = client.post(url, {"ending": "lost_contact", "outcome": "Phone off"}, follow=True).content.decode()
    assert "Lost contact: Phone off" in page
    tried = FollowUp.objects.get(weeks=4)
    FollowUp.objects.filter(weeks__lte=4).update(due_on=days_ago(5))
    case.refresh_from_db()
    with pytest.raises(TooLate):
        FollowUpAttempt.record(tried, by=facilitator, method="phone", result="later")
    case.reopen(by=supervisor, reason="Rang us")
    soon = timezone.localdate() + dt.timedelta(weeks=1)
    due = list(FollowUp.objects.planned().order_by("due_on").values_list("weeks", "due_on"))
    assert due[0] == (None, soon)
    assert [weeks for weeks, _ in due] == [None, 12, 26, 52]
    assert (case.ending, case.outcome) == ("", "")
    assert Entry.objects.filter(sentence="Case closed: Lost contact: Phone off").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(ending="moved")


def test_a_check_that_was_not_planned(departed, facilitator, provider, sign_in):
    url = reverse("rehab:follow_up_add", args=[departed.case_id])
    answers = {"reached": "True", "abstinent": "unknown", "offending": "no", "on": days_ago(2).isoformat()}
    assert sign_in(provider).get(url).status_code == 404
    client = sign_in(facilitator)
    for wrong in [{"on": days_ago(-1).isoformat()}, {"on": "1990-01-01"}, {"abstinent": ""}, {"reached": "perhaps"}]:
        assert client.post(url, answers | wrong).status_code == 422, wrong
    assert client.post(url, answers).status_code == 302
    made = client.post(URL, answers | {"case": str(departed.case_id), "text": "Again"}, content_type=API)
    assert made.status_code == 201, made.json()
    assert FollowUp.objects.filter(weeks=None, done_on=days_ago(2)).count() == 2


def test_another_team_sees_no_follow_up(departed, make_user, police, sign_in):
    from partners.models import Unit

    elsewhere = Unit.objects.create(agency=police, name="Another team", kind="team", valid_from=days_ago(900))
    client = sign_in(make_user("facilitator", police, elsewhere))
    follow_up = FollowUp.objects.first()
    assert client.get(reverse("rehab:follow_ups")).context["page"].rows == []
    assert client.get(URL).json()["results"] == []
    for url in [follow_up.get_absolute_url(), reverse("rehab:follow_up_record", args=[follow_up.pk])]:
        assert client.get(url).status_code == 404
    assert client.post(f"{URL}{follow_up.pk}/record/", {"reached": False}, content_type=API).status_code == 404


def test_one_person_and_many_ask_the_database_as_often(departed, supervisor, facilitator, make_more, sign_in):
    FollowUpAttempt.record(FollowUp.objects.first(), by=facilitator, method="phone", result="no_answer")
    client = sign_in(supervisor)
    urls = [
        reverse("rehab:follow_ups"), f"{reverse('rehab:follow_ups')}?when=overdue", f"{URL}?size=100",
        "/api/v1/follow-up-attempts/?size=100", "/admin/rehab/followup/", "/",
    ]  # fmt: skip

    def asked(url):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    for url in urls:
        client.get(url)
    once = [asked(url) for url in urls]
    make_more(departed.offender, 19)
    assert FollowUpAttempt.objects.count() == 20
    assert [asked(url) for url in urls] == once
