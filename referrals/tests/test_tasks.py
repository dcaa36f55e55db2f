import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import Membership
from partners.notices.models import Notice
from partners.roles import Category
from referrals.models import Task

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def case(make_case):
    return make_case()


@pytest.fixture
def make_task(case, facilitator):
    def make(**fields):
        fields = {"by": facilitator, "owner": facilitator, "text": "Phone the hostel", "due_on": TODAY()} | fields
        return Task.add(case.offender, matter=case.pk, **fields)

    return make


@pytest.fixture
def shared(case, facilitator, cgl):
    case.share(by=facilitator, agency=cgl)


def test_task_is_on_the_record_and_on_the_timeline(make_task, facilitator, case):
    task = make_task()
    assert Event.objects.about(task).get().verb == "task.add"
    line = Entry.objects.get(offender=case.offender, sentence__startswith="Task for")
    assert "Phone the hostel" in line.sentence
    assert line.matters == [case.pk]


def test_what_follows_from_another_record_has_no_line_of_its_own(make_task, officer):
    make_task(by=officer, follows=True)
    assert not Entry.objects.filter(sentence__startswith="Task for").exists()


def test_owner_must_see_the_person(make_task, cgl_worker, officer):
    for nobody in (cgl_worker, officer):  # no case is shared with the one; the other's hat has no tasks
        with pytest.raises(ValidationError, match="does not see this person"):
            make_task(owner=nobody)
    assert not Task.objects.exists()


def test_owner_must_read_what_it_is_about(make_task, facilitator, cgl_worker, shared, police, make_user):
    treatment = make_task(by=cgl_worker, owner=cgl_worker, category=Category.HEALTH)
    with pytest.raises(ValidationError, match="does not see this person"):
        treatment.hand_over(by=cgl_worker, owner=facilitator)
    treatment.refresh_from_db()
    assert treatment.owner == cgl_worker


def test_shared_task_is_seen_by_who_works_on_the_matter(
    make_task, supervisor, cgl_worker, provider, officer, shared, make_user, police, npu
):
    task = make_task()
    assert Task.objects.visible_to(supervisor).get() == task
    assert Task.objects.visible_to(cgl_worker).get() == task
    for user in (provider, officer, make_user("facilitator", police, npu)):
        assert not Task.objects.visible_to(user).exists()


def test_ones_own_is_seen_though_the_team_is_not_involved_in_its_matter(make_task, case, facilitator, make_placement):
    stay = make_placement("booked", case=case)
    task = Task.add(
        case.offender, by=facilitator, owner=facilitator, matter=stay.pk, text="Pack", due_on=TODAY(), follows=True
    )
    assert Task.objects.visible_to(facilitator).get() == task


def test_health_of_another_agency_is_read_with_consent(make_task, cgl_worker, shared, supervisor, case, make_consent):
    make_task(by=cgl_worker, owner=cgl_worker, category=Category.HEALTH)
    assert not Task.objects.visible_to(supervisor).exists()
    make_consent(case.offender, supervisor.membership.agency)
    assert Task.objects.visible_to(supervisor).exists()


def test_restriction_hides_tasks(make_task, restrict, case, facilitator, supervisor, make_user, police, team):
    make_task()
    restrict(case.offender, facilitator)
    assert not Task.objects.visible_to(make_user("supervisor", police, team)).exists()
    assert Task.objects.visible_to(facilitator).exists()


def test_done_says_when_and_what_came_of_it(make_task, facilitator):
    task = make_task()
    task.do(by=facilitator, on=TODAY() - dt.timedelta(days=1), why="He has a bed")
    task.refresh_from_db()
    assert (task.status, task.done_on, task.why) == ("done", TODAY() - dt.timedelta(days=1), "He has a bed")
    with pytest.raises(IllegalStep):
        task.drop(by=facilitator, why="No")


def test_who_did_it_stays_whoever_has_it(make_task, facilitator, supervisor):
    one, other = make_task(), make_task()
    one.do(by=supervisor)
    other.drop(by=supervisor, why="Not needed")
    assert set(Task.objects.filter(done_by=supervisor)) == {one, other}
    assert not Task.objects.filter(done_by=facilitator).exists()


def test_not_done_says_why(make_task, facilitator):
    task = make_task()
    with pytest.raises(ValidationError, match="Say why"):
        task.drop(by=facilitator, why="")


@pytest.mark.parametrize(
    "fields",
    [{"text": ""}, {"status": "done"}, {"done_on": dt.date(2026, 1, 1)}, {"status": "not_done"}, {"matters": []},
     {"status": "done", "done_on": dt.date(2026, 1, 1)}, {"snoozed_until": dt.date(2026, 12, 1)},
     {"snoozed_why": "No"}],
)  # fmt: skip
def test_database_refuses(make_task, fields):
    task = make_task()
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(**fields)


def test_colleague_stands_in_and_partner_does_not(make_task, supervisor, cgl_worker, shared):
    task = make_task()
    assert not task.steps_for(cgl_worker)
    with pytest.raises(PermissionDenied):
        task.do(by=cgl_worker)
    task.do(by=supervisor)
    assert task.status == "done"


def test_task_of_who_left_is_their_teams(make_task, facilitator, supervisor):
    task = make_task()
    Membership.objects.filter(user=facilitator).update(valid_to=TODAY() - dt.timedelta(days=1))
    assert set(task.steps_for(supervisor)) == {"do", "drop", "snooze", "hand_over"}


def test_who_asked_by_hand_may_hand_it_on_but_not_say_that_it_is_done(make_task, facilitator, cgl_worker, shared):
    task = make_task(owner=cgl_worker)
    assert set(task.steps_for(facilitator)) == {"hand_over"}
    task.hand_over(by=facilitator, owner=facilitator, reason="She is on leave")
    assert Task.objects.of(facilitator).get() == task


def test_overdue_is_open_and_past(make_task, facilitator):
    late, today = make_task(due_on=TODAY() - dt.timedelta(days=1)), make_task()
    assert list(Task.objects.overdue()) == [late]
    assert late.is_overdue
    assert not today.is_overdue
    late.drop(by=facilitator, why="Not needed")
    assert not Task.objects.overdue().exists()
    assert not late.is_overdue


def in_days(number):
    return TODAY() + dt.timedelta(days=number)


def test_put_off_is_out_of_sight_until_that_day_and_overdue_all_the_same(make_task, facilitator):
    task = make_task(due_on=in_days(-1))
    task.snooze(by=facilitator, until=in_days(3), reason="The hostel is shut")
    assert task.is_put_off
    assert (task.snoozes, task.snoozed_why) == (1, "The hostel is shut")
    assert list(Task.objects.put_off()) == list(Task.objects.overdue()) == [task]
    assert not Task.objects.now().exists()
    assert list(Task.objects.now(in_days(3))) == [task]
    assert "The hostel is shut" in Entry.objects.get(sentence__startswith="Put off until").sentence


@pytest.mark.parametrize("days", [-1, 0, 15])
def test_put_off_to_a_day_ahead_that_is_not_too_far(make_task, facilitator, days):
    with pytest.raises(ValidationError, match="at the latest"):
        make_task().snooze(by=facilitator, until=in_days(days), reason="Later")


def test_put_off_says_why(make_task, facilitator):
    with pytest.raises(ValidationError, match="Say why"):
        make_task().snooze(by=facilitator, until=in_days(1), reason="")


def test_concern_is_not_put_off_beyond_its_day(make_task, facilitator):
    task = make_task(kind=Task.Kind.CONCERN, due_on=in_days(2))
    task.snooze(by=facilitator, until=in_days(1), reason="They are in court")
    with pytest.raises(ValidationError, match="cannot be put off beyond"):
        task.snooze(by=facilitator, until=in_days(3), reason="They are in court")
    task.refresh_from_db()
    assert task.snoozes == 1


def test_what_is_over_or_someone_elses_is_not_put_off_any_more(make_task, facilitator, supervisor):
    for end in (
        lambda task: task.do(by=facilitator),
        lambda task: task.drop(by=facilitator, why="No"),
        lambda task: task.hand_over(by=facilitator, owner=supervisor),
    ):
        task = make_task()
        task.snooze(by=facilitator, until=in_days(1), reason="Tomorrow")
        end(task)
        assert (task.snoozed_until, task.snoozed_why, task.snoozes) == (None, "", 1)


def test_partner_does_not_put_off(make_task, cgl_worker, shared):
    with pytest.raises(PermissionDenied):
        make_task().snooze(by=cgl_worker, until=in_days(1), reason="No")


# pages


def test_put_off_by_page(client, make_task, facilitator):
    task = make_task()
    client.force_login(facilitator)
    address = reverse("tasks:snooze", args=[task.pk])
    refused = client.post(address, {"until": str(in_days(40)), "reason": "Later"})
    assert refused.status_code == 422
    assert "at the latest" in refused.content.decode()
    client.post(address, {"until": str(in_days(4)), "reason": "Closed over Christmas"})
    assert not client.get(reverse("tasks:list")).context["page"].rows
    page = client.get(reverse("tasks:list"), {"whose": "mine", "due": "later"}).content.decode()
    assert "Closed over Christmas" in page
    assert "Phone the hostel" not in client.get("/").content.decode()


def test_put_off_by_api(client, make_task, facilitator):
    task = make_task()
    client.force_login(facilitator)
    address = f"/api/v1/tasks/{task.pk}/"
    version = client.get(address)["ETag"]
    send = {"content_type": "application/json", "headers": {"If-Match": version}}
    assert client.post(f"{address}snooze/", {"until": str(in_days(40)), "reason": "x"}, **send).status_code == 400
    answer = client.post(f"{address}snooze/", {"until": str(in_days(4)), "reason": "Closed"}, **send).json()
    assert (answer["snoozed_until"], answer["snoozes"]) == (str(in_days(4)), 1)


def test_list_is_ones_own_to_do_until_more_is_asked(client, make_task, facilitator, supervisor, cgl_worker, shared):
    make_task(), make_task(owner=cgl_worker, text="See the prescriber"), make_task().do(by=facilitator)
    client.force_login(facilitator)
    page = client.get(reverse("tasks:list")).content.decode()
    assert "Phone the hostel" in page
    assert "See the prescriber" not in page
    assert len(client.get(reverse("tasks:list"), {"status": "open"}).context["page"].rows) == 2
    client.force_login(supervisor)
    assert not client.get(reverse("tasks:list")).context["page"].rows
    assert len(client.get(reverse("tasks:list"), {"whose": "team"}).context["page"].rows) == 1


def test_task_is_given_by_page(client, case, facilitator, cgl_worker, shared):
    client.force_login(facilitator)
    address, day = reverse("tasks:add", args=[case.pk]), TODAY() + dt.timedelta(days=2)
    answer = client.post(address, {"text": "Take her methadone card", "owner": cgl_worker.pk, "due_on": str(day)})
    task = Task.objects.get()
    assert answer.url == case.offender.get_absolute_url() or answer.url == task.get_absolute_url()
    assert (task.owner, task.due_on, task.made_by) == (cgl_worker, day, facilitator)


def test_page_refuses_a_day_gone_by_and_who_does_not_see_them(client, case, facilitator, cgl_worker):
    client.force_login(facilitator)
    yesterday = TODAY() - dt.timedelta(days=1)
    said = {"text": "Phone", "owner": cgl_worker.pk, "due_on": str(yesterday)}
    answer = client.post(reverse("tasks:add", args=[case.pk]), said)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"owner", "due_on"}


def test_done_by_page(client, make_task, facilitator):
    task = make_task()
    client.force_login(facilitator)
    client.post(reverse("tasks:do", args=[task.pk]), {"why": "Spoke to them"})
    task.refresh_from_db()
    assert (task.status, task.why) == ("done", "Spoke to them")


def test_as_many_questions_for_fifty_as_for_one(
    client, make_task, facilitator, django_assert_max_num_queries, django_assert_num_queries
):
    make_task()
    client.force_login(facilitator)
    with django_assert_max_num_queries(40) as one:
        client.get(reverse("tasks:list"))
    for _ in range(20):
        make_task()
    with django_assert_num_queries(len(one)):
        client.get(reverse("tasks:list"))


# who is told


def told(task):
    return Notice.objects.about(task).order_by("recorded_at")


def test_who_is_given_a_task_by_someone_else_is_told(make_task, facilitator, supervisor, case):
    task = make_task(by=supervisor)
    notice = told(task).get()
    assert (notice.for_user, notice.occasion, notice.status) == (facilitator, "task", "queued")
    assert task.get_absolute_url() in notice.text
    for word in (task.text, str(case.offender), case.offender.family_name):
        assert word not in notice.text + notice.subject
    assert not told(make_task()).exists()


def test_who_it_is_handed_to_is_told_and_who_had_it_no_more(make_task, facilitator, supervisor):
    task = make_task(by=supervisor)
    task.hand_over(by=facilitator, owner=supervisor)
    task.hand_over(by=supervisor, owner=facilitator)
    assert list(told(task).values_list("for_user", "status")) == [
        (facilitator.pk, "cancelled"), (supervisor.pk, "cancelled"), (facilitator.pk, "queued"),
    ]  # fmt: skip


def test_of_what_is_history_or_told_anyway_nobody_is_told(make_task, supervisor):
    yesterday = TODAY() - dt.timedelta(days=1)
    assert not told(make_task(by=supervisor, due_on=yesterday)).exists()
    for kind in (Task.Kind.CONCERN, Task.Kind.CHECKLIST, Task.Kind.REVIEW):
        assert not told(make_task(by=supervisor, kind=kind, follows=True)).exists()
    assert told(make_task(by=supervisor, kind=Task.Kind.PLAN, follows=True)).exists()
