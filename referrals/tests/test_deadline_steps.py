"""What is done for someone sets their deadlines, meets, drops and moves them; and who is told of them."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from offenders.amend import amend
from partners.audit.models import Event
from partners.notices.models import Notice
from partners.working_days import add_working_days
from referrals.escalation import escalate
from referrals.models import Cover, Deadline, Referral
from referrals.rehab.models import Assessment, Case

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
DAY = dt.date(2026, 3, 30)  # Good Friday and Easter Monday follow


def the(row, kind):
    return Deadline.objects.get(matter=row.pk, kind=kind)


# set and met


@pytest.mark.parametrize("answer", ["accept", "decline", "return", "redirect"])
def test_referral_is_to_be_answered_and_each_answer_meets_it(make_referral, facilitator, answer):
    referral = make_referral("submitted", referred_on=DAY)
    deadline = the(referral, "answer")
    assert (deadline.set_on, deadline.due_on, deadline.worker) == (DAY, dt.date(2026, 4, 1), None)
    {
        "accept": lambda: referral.accept(by=facilitator, worker=facilitator, on=DAY),
        "decline": lambda: referral.decline(by=facilitator, reason="No", on=DAY),
        "return": lambda: referral.return_(by=facilitator, reason="Say more", on=DAY),
        "redirect": lambda: referral.redirect(by=facilitator, pathway="divert", reason="Fits better", on=DAY),
    }[answer]()
    deadline.refresh_from_db()
    assert (deadline.status, deadline.met_on, deadline.days_taken) == ("met", DAY, 0)
    assert Event.objects.about(deadline).filter(verb="deadline.meet").count() == 1


def test_sent_again_it_is_to_be_answered_again(make_referral, facilitator, officer):
    referral = make_referral("submitted", referred_on=DAY)
    referral.return_(by=facilitator, reason="Say more", on=DAY)
    referral.submit(by=officer)
    running = referral.deadlines.get(status="running")
    assert (running.kind, running.set_on) == ("answer", TODAY())
    assert referral.deadlines.filter(kind="answer").count() == 2


def test_what_else_is_due_waits_for_the_sender(make_divert, officer, cranstoun_worker):
    referral = make_divert("submitted")
    referral.return_(by=cranstoun_worker, reason="Say more")
    deadline = the(referral, "first_contact")
    assert (deadline.status, deadline.pause_reason) == ("paused", "sender")
    referral.submit(by=officer)
    deadline.refresh_from_db()
    assert deadline.status == "running"


def test_withdrawn_nothing_is_asked_any_more_and_reopened_it_is(make_referral, officer, supervisor):
    referral = make_referral("submitted")
    referral.withdraw(by=officer, reason="Moved away")
    assert the(referral, "answer").status == "dropped"
    referral.reopen(by=supervisor, reason="By mistake")
    assert the(referral, "answer").status == "running"


def test_declined_by_mistake_it_is_to_be_answered_still(make_referral, facilitator, supervisor):
    referral = make_referral("submitted")
    referral.decline(by=facilitator, reason="No")
    referral.reopen(by=supervisor, reason="By mistake")
    assert the(referral, "answer").status == "running"


def test_who_is_accepted_is_to_be_assessed(make_referral, facilitator):
    deadline = the(make_referral(referred_on=DAY), "assessment")
    assert (deadline.due_on, deadline.worker) == (add_working_days(DAY, 10), facilitator)


def test_nobody_is_assessed_where_an_appointment_is_booked(make_divert):
    assert not make_divert("accepted").deadlines.filter(kind="assessment").exists()


@pytest.mark.parametrize(("part", "met"), [("whole", True), ("offending", True), ("treatment", False)])
def test_the_teams_own_part_meets_it(make_case, facilitator, part, met):
    case = make_case("assessing")
    Assessment.record(case, by=facilitator, assessed_on=case.opened_on, part=part, housing="A hostel")
    assert the(case.referral, "assessment").met_on == (case.opened_on if met else None)


def test_so_does_a_decision_without_one_and_an_amended_day_moves_it(make_case, facilitator):
    case = make_case("preparing", on=DAY)
    assert the(case.referral, "assessment").met_on == DAY
    amend(case, {"decided_on": DAY + dt.timedelta(1)}, by=facilitator, reason="A day later")
    assert the(case.referral, "assessment").met_on == DAY + dt.timedelta(1)


def test_a_rehab_is_to_answer_and_an_offer_or_refusal_does(make_placement, rehab_unit):
    stay = make_placement("requested", on=DAY)
    deadline = the(stay, "place_answer")
    assert deadline.due_on == add_working_days(DAY, 3)
    assert deadline.referral == stay.case.referral
    stay.offer(by=deadline.recorded_by, on=DAY)
    assert the(stay, "place_answer").status == "met"
    other = make_placement("requested", case=stay.case, unit=rehab_unit)
    other.withdraw(by=deadline.recorded_by, reason="Found another")
    assert the(other, "place_answer").status == "dropped"


def test_the_end_of_the_referral_leaves_what_a_rehab_is_to_answer(make_placement, supervisor):
    stay = make_placement("requested")
    stay.withdraw(by=supervisor, reason="No")
    Referral.objects.filter(pk=stay.case.referral_id).update(status="completed")
    stay.case.referral.refresh_from_db()
    assert the(stay, "place_answer").status == "dropped"


def test_amended_day_of_referral_moves_what_is_counted_from_it(make_referral, officer):
    referral = make_referral("submitted", referred_on=DAY)
    amend(referral, {"referred_on": dt.date(2026, 4, 2)}, by=officer, reason="Typed wrongly")
    deadline = the(referral, "answer")
    assert (deadline.set_on, deadline.due_on) == (dt.date(2026, 4, 2), dt.date(2026, 4, 8))


def test_of_what_a_spreadsheet_tells_only_what_may_still_be_met_is_set(make_offender, officer):
    def imported(day):
        referral = Referral.draft(
            by=officer, offender=make_offender(by=officer), pathway="o2r", referred_on=day, external_reference=f"R{day}"
        )
        referral.submit(by=officer)
        return referral.deadlines.count()

    assert imported(DAY) == 0
    assert imported(TODAY()) == 1


def test_whoever_looks_after_them_has_it(make_case, make_user, supervisor, police, team):
    case, other = make_case("assessing"), make_user("facilitator", police, team)
    case.allocate(by=supervisor, facilitator=other, reason="Leave")
    assert the(case.referral, "assessment").worker == other


def test_reassigned_referral_takes_its_deadlines_along(make_referral, make_user, supervisor, police, team):
    referral, other = make_referral(), make_user("facilitator", police, team)
    referral.reassign(by=supervisor, worker=other, reason="Leave")
    assert the(referral, "assessment").worker == other


# what the database refuses


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "met"}, {"met_on": DAY}, {"days_taken": 1}, {"status": "dropped"}, {"dropped_on": DAY},
        {"status": "paused"}, {"paused_on": DAY}, {"pause_reason": "away"}, {"due_on": dt.date(2020, 1, 1)},
        {"kind": "place_answer"}, {"status": "met", "met_on": dt.date(2020, 1, 1), "days_taken": 0},
    ],
)  # fmt: skip
def test_database_refuses(make_referral, fields):
    deadline = the(make_referral("submitted", referred_on=DAY), "answer")
    with pytest.raises(IntegrityError), transaction.atomic():
        Deadline.objects.filter(pk=deadline.pk).update(**fields)


def test_it_is_not_paused_where_it_stood_still_already(make_referral, facilitator):
    deadline = the(make_referral("submitted", referred_on=DAY), "answer")
    deadline.pause(by=facilitator, reason="hospital", on=DAY)
    with pytest.raises(ValidationError, match="Give a later day"):
        deadline.resume(by=facilitator, on=DAY - dt.timedelta(1))
    deadline.refresh_from_db()
    deadline.resume(by=facilitator, on=dt.date(2026, 4, 8))
    with pytest.raises(ValidationError, match="Give a later day"):
        deadline.pause(by=facilitator, reason="away", on=DAY)
    deadline.refresh_from_db()
    assert (deadline.status, deadline.paused_days) == ("running", 4)  # 31 March, 1, 2 and 7 April
    pause = deadline.pauses.get()
    assert (pause.by, pause.ended_by, pause.reason) == (facilitator, facilitator, "hospital")
    with pytest.raises(IntegrityError), transaction.atomic():
        deadline.pauses.create(since=DAY, until=TODAY(), reason="away", by=facilitator, ended_by=facilitator)


# who is told


def due(deadline, day):
    Deadline.objects.filter(pk=deadline.pk).update(set_on=day - dt.timedelta(30), due_on=day)


def told():
    return set(Notice.objects.filter(occasion="deadline").values_list("for_user", "subject"))


def test_due_soon_its_worker_is_told_once(make_referral, facilitator, supervisor):
    deadline = the(make_referral(), "assessment")
    due(deadline, add_working_days(TODAY(), 1))
    escalate()
    escalate()
    assert told() == {(facilitator.pk, "1 deadline due soon")}
    deadline.refresh_from_db()
    assert deadline.warned_at
    assert not deadline.escalated_at


def test_overdue_its_supervisors_are_told_once_and_of_all_in_one_message(
    make_referral, facilitator, supervisor, make_user, police, npu
):
    make_user("supervisor", police, npu), make_user("supervisor", police, supervisor.membership.unit, is_active=False)
    for _ in range(2):
        due(the(make_referral(), "assessment"), TODAY() - dt.timedelta(1))
    escalate()
    escalate()
    assert told() == {(supervisor.pk, "2 deadlines overdue")}
    notice = Notice.objects.get(occasion="deadline")
    assert "Sam" not in notice.text + notice.subject
    assert len(notice.about) == 2


def test_paused_and_met_ones_are_told_of_to_nobody(make_referral, facilitator, supervisor):
    paused, met = the(make_referral(), "assessment"), the(make_referral(), "answer")
    due(paused, TODAY() - dt.timedelta(1))
    paused.pause(by=facilitator, reason="custody")
    assert met.status == "met"
    Deadline.objects.filter(status="running").exclude(pk=paused.pk).delete()
    escalate()
    assert told() == set()


def test_of_someone_restricted_only_who_is_named_is_told(make_referral, restrict, facilitator, supervisor, make_user,
                                                         police, team):  # fmt: skip
    make_user("supervisor", police, team)
    referral = make_referral()
    due(the(referral, "assessment"), TODAY() - dt.timedelta(1))
    restrict(referral.offender, facilitator)
    escalate()
    assert {user for user, _ in told()} <= {
        supervisor.pk,
        *referral.offender.named_users.values_list("user", flat=True),
    }
    assert supervisor.pk in {user for user, _ in told()}


def test_while_nobody_has_them_supervisors_are_told_that_an_answer_is_due(make_referral, supervisor, facilitator):
    due(the(make_referral("submitted"), "answer"), TODAY())
    escalate()
    assert told() == {(supervisor.pk, "1 deadline due soon")}


def test_who_stands_in_is_told_too_and_has_it_among_their_own(make_referral, facilitator, supervisor, make_user,
                                                              police, team):  # fmt: skip
    other = make_user("facilitator", police, team)
    deadline = the(make_referral(), "assessment")
    due(deadline, TODAY())
    Cover.arrange(by=supervisor, absent=facilitator, covered_by=other, first=TODAY(), last=TODAY(), reason="leave")
    escalate()
    assert {user for user, _ in told()} == {facilitator.pk, other.pk}
    assert deadline in Deadline.objects.of(other)


def test_a_rehab_is_told_that_its_answer_is_due_and_the_team_that_it_is_late(
    make_placement, provider, supervisor, facilitator
):
    deadline = the(make_placement("requested"), "place_answer")
    due(deadline, TODAY())
    escalate()
    assert told() == {(provider.pk, "1 deadline due soon")}
    assert "/o2r/" in Notice.objects.get(occasion="deadline").text
    due(deadline, TODAY() - dt.timedelta(1))
    escalate()
    assert (supervisor.pk, "1 deadline overdue") in told()


def test_given_more_days_it_is_told_of_again(make_referral, facilitator):
    deadline = the(make_referral(referred_on=TODAY() - dt.timedelta(60)), "assessment")
    Deadline.objects.filter(pk=deadline.pk).update(warned_at=timezone.now(), escalated_at=timezone.now())
    deadline.pause(by=facilitator, reason="away")
    Deadline.objects.filter(pk=deadline.pk).update(paused_on=deadline.set_on)
    deadline.resume(by=facilitator)
    assert (deadline.warned_at, deadline.escalated_at) == (None, None)


# pages


def test_list_is_ones_own_and_of_the_team_for_who_oversees_it(
    client, make_referral, make_user, supervisor, police, team
):
    other = make_user("facilitator", police, team)
    make_referral(worker=other)
    for user, number in ((supervisor, 1), (other, 1), (make_user("facilitator", police, team), 0)):
        client.force_login(user)
        assert len(client.get(reverse("deadlines:list")).context["page"].rows) == number


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"whose": "team"}, 2), ({"due": "overdue", "whose": "team"}, 1), ({"status": "paused"}, 1),
        ({"kind": "answer", "status": "met"}, 2), ({"whose": "nobody"}, 0),
    ],
)  # fmt: skip
def test_filters(client, make_referral, facilitator, asked, number):
    due(the(make_referral(), "assessment"), TODAY() - dt.timedelta(1))
    the(make_referral(), "assessment").pause(by=facilitator, reason="away")
    client.force_login(facilitator)
    assert len(client.get(reverse("deadlines:list"), asked).context["page"].rows) == number


def test_it_is_paused_from_the_referrals_page_and_says_what_is_wrong(client, make_referral, facilitator):
    referral = make_referral()
    deadline = the(referral, "assessment")
    client.force_login(facilitator)
    address = reverse("deadlines:pause", args=[deadline.pk])
    assert address in client.get(referral.get_absolute_url()).content.decode()
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"reason": "away"}).url == referral.get_absolute_url()
    assert "Paused: away" in client.get(referral.get_absolute_url()).content.decode()


def test_who_sent_them_sees_no_deadlines(client, make_referral, cranstoun_worker):
    referral = make_referral("submitted", by=cranstoun_worker)
    assert not Deadline.objects.visible_to(cranstoun_worker).exists()
    client.force_login(cranstoun_worker)
    assert "Deadlines</h2>" not in client.get(referral.get_absolute_url()).content.decode()


def test_as_many_questions_for_twenty_as_for_one(client, make_referral, facilitator, django_assert_num_queries,
                                                 django_assert_max_num_queries):  # fmt: skip
    make_referral()
    client.force_login(facilitator)
    with django_assert_max_num_queries(40) as one:
        client.get(reverse("deadlines:list"))
    for _ in range(10):
        make_referral()
    with django_assert_num_queries(len(one)):
        client.get(reverse("deadlines:list"))


def test_in_the_back_office_it_is_paused_and_says_who_did_it_before(client, make_referral, facilitator, supervisor):
    deadline = the(make_referral(), "assessment")
    deadline.pause(by=facilitator, reason="hospital")
    deadline.resume(by=facilitator)
    client.force_login(supervisor)
    page = client.get(reverse("admin:referrals_deadline_change", args=[deadline.pk])).content.decode()
    assert f"in hospital, {facilitator}" in page
    assert "Counted from" in page
    client.post(reverse("admin:referrals_deadline_pause", args=[deadline.pk]), {"reason": "away"})
    deadline.refresh_from_db()
    assert deadline.paused_by == supervisor


def test_closed_case_asks_nothing_any_more(make_placement, facilitator):
    stay = make_placement("requested")
    stay.case.close(by=facilitator, outcome="Moved")
    assert not Deadline.objects.open().filter(referral=Case.objects.get().referral).exists()
