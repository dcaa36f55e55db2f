import datetime as dt
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.models import Note
from offenders.workflow import TooLate, day_of
from partners.audit.models import Event
from partners.models import Membership
from partners.notices.models import Notice
from referrals.booking.diary import unsaid
from referrals.booking.models import Appointment
from referrals.booking.waiting import waiting
from referrals.booking.waiting_filters import WaitingFilters
from referrals.models import Cover, Task
from referrals.rehab.models import Action, Case, FollowUp, Plan, Preparation


def day(n):
    return timezone.localdate() + dt.timedelta(days=n)


@pytest.fixture
def colleague(make_user, police, team):
    return make_user("facilitator", police, team, family_name="Colleague")


@pytest.fixture
def arrange(supervisor, facilitator, colleague):
    def arrange(*, by=None, absent=None, covered_by=None, first=0, last=6, reason="leave"):
        """The colleague stands in for the facilitator, from today on for a week."""
        return Cover.arrange(
            by=by or supervisor, absent=absent or facilitator, covered_by=covered_by or colleague,
            first=day(first), last=day(last), reason=reason,
        )  # fmt: skip

    return arrange


def later(monkeypatch, n):
    """It is so many days later."""
    now = timezone.now() + dt.timedelta(days=n)
    monkeypatch.setattr(timezone, "now", lambda: now)


# what it gives, and takes back


def test_while_it_holds_what_is_the_absent_ones_is_the_others_to_do(
    monkeypatch, arrange, make_case, facilitator, colleague
):
    case = make_case("brought_in")
    task = Task.add(
        case.offender, by=facilitator, owner=facilitator, matter=case.pk, text="Phone the hostel", due_on=day(1)
    )
    domain = Plan.begin(case, by=facilitator).domains.get(domain="housing")
    Action.add(domain, by=facilitator, text="Find a flat", agency=case.agency, worker=facilitator, due_on=day(9))
    Preparation.arrange(case, by=facilitator, kind="course", starts_on=day(3), place="The library")
    FollowUp.objects.create(case=case, due_on=day(20))
    models = (Case, Task, Action, Preparation, FollowUp)
    assert not any(model.objects.of(colleague) for model in models)
    cover = arrange(first=1)
    assert not any(model.objects.of(colleague) for model in models)
    later(monkeypatch, 1)
    for model in models:
        row = model.objects.visible_to(colleague).of(colleague).get()
        assert model.objects.of(facilitator).get() == row  # it is theirs still, and nothing was moved
    task.do(by=colleague, why="They have a room")
    later(monkeypatch, 5)
    assert cover.has_begun
    assert Case.objects.of(colleague).exists()
    later(monkeypatch, 1)
    assert cover.is_over
    assert not any(model.objects.of(colleague) for model in models)


def test_what_comes_to_the_absent_one_meanwhile_is_theirs_and_shows_to_the_other(
    arrange, make_case, facilitator, colleague, supervisor
):
    case = make_case()
    arrange()
    task = Task.add(case.offender, by=supervisor, owner=facilitator, matter=case.pk, text="Ring", due_on=day(2))
    assert task.owner == facilitator
    assert Task.objects.visible_to(colleague).of(colleague).get() == task


def test_only_in_the_team_that_it_is_of(arrange, make_case, make_user, make_agency, colleague):
    make_case()
    elsewhere = make_agency("treatment")
    Membership.objects.create(user=colleague, agency=elsewhere, role="cgl_worker", valid_from=day(-9))
    arrange()
    ours, theirs = sorted(colleague.in_each_hat(), key=lambda user: user.membership.agency == elsewhere)
    assert Case.objects.of(ours).exists()
    assert not Case.objects.of(theirs).exists()


def test_restricted_people_are_not_opened_and_it_says_how_many(arrange, make_case, restrict, facilitator, colleague):
    restricted, other = make_case(), make_case()
    restrict(restricted.offender, facilitator)
    cover = arrange()
    assert list(Case.objects.visible_to(colleague).of(colleague)) == [other]
    assert cover.left_out == 1
    restricted.offender.named_users.create(user=colleague, valid_from=day(0), recorded_by=facilitator)
    assert cover.left_out == 0


def test_whoever_is_to_stand_in_is_told_and_the_message_names_nobody(arrange, colleague, facilitator):
    cover = arrange()
    notice = Notice.objects.get(for_user=colleague)
    assert (notice.occasion, notice.tells_of) == ("cover", cover.pk)
    assert facilitator.family_name not in notice.text + notice.subject


def test_the_home_page_says_who_is_away_and_whom_one_covers(
    signed_in, arrange, make_case, restrict, facilitator, colleague, supervisor
):
    restricted, case = make_case(), make_case()
    case.plan(by=facilitator, next_action="Ring the hostel", next_action_due=day(1))
    restrict(restricted.offender, facilitator)
    Task.add(case.offender, by=facilitator, owner=facilitator, matter=case.pk, text="Find a form", due_on=day(1))
    home = signed_in(colleague).get("/").content.decode()
    assert "You cover for" not in home
    assert "Ring the hostel" not in home
    arrange()
    home = signed_in(colleague).get("/").content.decode()
    assert "You cover for" in home
    assert "1 restricted person is left out" in home
    assert "Ring the hostel" in home
    assert home.count("covering for Ama Facilitator") == 2
    assert str(restricted.offender) not in home
    caseload = signed_in(colleague).get("/o2r/").content.decode()
    assert "Covering for Ama Facilitator" in caseload
    assert "Ama Colleague stands in" in signed_in(supervisor).get("/").content.decode()
    assert "Nobody of your team is away" not in home


def test_at_the_agency_that_gives_1_to_1s_the_lists_of_what_to_record_and_whom_to_reach(
    signed_in, make_appointment, make_user, cranstoun, cranstoun_worker
):
    appointment = make_appointment()
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=timezone.now() - dt.timedelta(hours=3), ends_at=timezone.now() - dt.timedelta(hours=2)
    )
    manager, other = (make_user(role, cranstoun) for role in ("cranstoun_manager", "cranstoun_worker"))
    lists = lambda: (list(unsaid(other, other)), list(waiting_of(other)))  # noqa: E731
    assert lists() == ([], [])
    Cover.arrange(by=manager, absent=cranstoun_worker, covered_by=other, first=day(0), last=day(0), reason="sickness")
    assert [len(rows) for rows in lists()] == [1, 1]
    for address in ("/", "/appointments/"):
        assert f"covering for {cranstoun_worker}" in signed_in(other).get(address).content.decode()
    appointment.refresh_from_db()
    appointment.record(by=other, took_place=True, attended=True)
    assert not unsaid(other, other)


def waiting_of(user):
    asked = {"worker": str(user.pk)}
    return WaitingFilters(asked, queryset=waiting(user), request=SimpleNamespace(user=user)).qs


# rules


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [(3, 2, "The last day cannot be before"), (-1, 2, "from today on"), (0, None, "Say the last day")],
)
def test_its_days_are_in_order_and_to_come(arrange, first, last, says, supervisor, facilitator, colleague):
    with pytest.raises(ValidationError, match=says):
        Cover.arrange(
            by=supervisor, absent=facilitator, covered_by=colleague, first=day(first), last=last and day(last),
            reason="leave",
        )  # fmt: skip


def test_nobody_stands_in_for_themselves(arrange, facilitator):
    with pytest.raises(ValidationError, match="Nobody stands in for themselves"):
        arrange(covered_by=facilitator)


def test_one_at_a_time_unless_the_first_was_cancelled(arrange, supervisor):
    cover = arrange(first=1)
    with pytest.raises(ValidationError, match="already"), transaction.atomic():
        arrange(covered_by=supervisor, first=6, last=9)
    arrange(covered_by=supervisor, first=7, last=9)
    cover.cancel(by=supervisor)
    arrange(first=2, last=3)


@pytest.mark.parametrize("who", ["absent", "covered_by"])
def test_both_are_of_the_team_on_all_those_days(arrange, who, facilitator, colleague):
    user = facilitator if who == "absent" else colleague
    user.memberships.update(valid_to=day(5))
    with pytest.raises(ValidationError, match="Both have to be in this team"), transaction.atomic():
        arrange(last=6)
    arrange(last=5)


def test_nobody_from_elsewhere_or_gone(arrange, cgl_worker, colleague):
    with pytest.raises(ValidationError, match="Both have to be"), transaction.atomic():
        arrange(covered_by=cgl_worker)
    colleague.is_active = False
    colleague.save()
    with pytest.raises(ValidationError, match="Both have to be"), transaction.atomic():
        arrange()


def test_two_roles_one_after_the_other_make_a_membership_of_all_those_days(arrange, police, team, colleague):
    colleague.memberships.update(valid_to=day(3))
    Membership.objects.create(user=colleague, agency=police, unit=team, role="supervisor", valid_from=day(4))
    arrange(last=6)


def test_whoever_stands_in_is_there(arrange, facilitator, colleague, supervisor):
    arrange(absent=colleague, covered_by=supervisor, first=5, last=8)
    with pytest.raises(ValidationError, match="is away too"), transaction.atomic():
        arrange()
    with pytest.raises(ValidationError, match="stands in for someone"), transaction.atomic():
        arrange(absent=supervisor, covered_by=facilitator, first=8, last=8)
    arrange(last=4)


def test_the_table_itself_refuses_what_no_method_asked(arrange, make_user):
    cover = arrange()
    with pytest.raises(IntegrityError, match="not in the team"), transaction.atomic():
        Cover.objects.filter(pk=cover.pk).update(covered_by=make_user())


# who arranges, and how it ends


def test_who_arranges_it_works_in_that_team(arrange, facilitator, colleague, make_user, make_agency, cranstoun_worker):
    there = make_agency("police")
    other = make_user("supervisor", there, there.units.create(name="Team", kind="team", valid_from=day(-9)))
    for user in (facilitator, colleague, other, cranstoun_worker):
        with pytest.raises(PermissionDenied):
            arrange(by=user)
    cover = arrange()
    assert not Cover.objects.visible_to(other).exists()
    assert Cover.objects.visible_to(colleague).get() == cover
    assert not cover.steps_for(colleague)


def test_it_ends_sooner_or_later_than_was_said_and_the_record_says_so(arrange, supervisor, colleague, make_case):
    make_case()
    cover = arrange()
    cover.end(by=supervisor, last=day(9))
    cover.end(by=supervisor, last=day(0))
    assert Case.objects.of(colleague).exists()
    event = Event.objects.about(cover).filter(verb="cover.end").latest("id")
    assert event.kind == Event.Kind.ADMINISTRATION
    assert "until" in event.reason
    assert not event.offenders


def test_it_does_not_end_before_yesterday(monkeypatch, arrange, supervisor):
    cover = arrange()
    later(monkeypatch, 3)
    with pytest.raises(ValidationError, match="yesterday or later"):
        cover.end(by=supervisor, last=day(-2))
    cover.end(by=supervisor, last=day(-1))
    with pytest.raises(TooLate, match="it is over"):
        cover.end(by=supervisor, last=day(3))
    assert not cover.steps_for(supervisor)


def test_what_began_before_today_is_not_cancelled(monkeypatch, arrange, supervisor):
    cover = arrange()
    assert set(cover.steps_for(supervisor)) == {"end", "cancel"}
    later(monkeypatch, 1)
    assert set(cover.steps_for(supervisor)) == {"end"}
    with pytest.raises(TooLate, match="it has begun"):
        cover.cancel(by=supervisor)


def test_who_left_meanwhile_is_no_reason_against_ending_it(arrange, supervisor, colleague):
    cover = arrange()
    colleague.is_active = False
    colleague.save()
    cover.end(by=supervisor, last=day(1))
    with pytest.raises(ValidationError, match="Both have to be"):
        cover.end(by=supervisor, last=day(2))


# pages


def test_it_is_arranged_changed_and_cancelled_by_page(signed_in, supervisor, facilitator, colleague, make_user):
    browser = signed_in(supervisor)
    said = {"absent": facilitator.pk, "covered_by": colleague.pk, "reason": "sickness"}
    said |= dict(zip(("last_day", "last_month", "last_year"), (day(6).day, day(6).month, day(6).year), strict=True))
    assert browser.post("/cover/add/", {}).status_code == 422
    page = browser.post("/cover/add/", said | {"covered_by": facilitator.pk})
    assert (page.status_code, "Nobody stands in for themselves" in page.content.decode()) == (422, True)
    assert browser.post("/cover/add/", said).status_code == 302
    cover = Cover.objects.get()
    assert (cover.valid_from, cover.made_by) == (day(0), supervisor)
    again = browser.post("/cover/add/", said).content.decode()
    assert "Someone stands in for them on some of these days already" in again
    assert "Sickness" in browser.get("/cover/").content.decode()
    for address in ("/cover/", cover.get_absolute_url()):
        text = signed_in(colleague).get(address).content.decode()
        assert str(facilitator) in text
        assert "Sickness" not in text
    assert browser.post(f"{cover.get_absolute_url()}cancel/").status_code == 302
    cover.refresh_from_db()
    assert cover.status == "cancelled"
    assert "Nobody of your team is away" in browser.get("/cover/").content.decode()
    assert str(facilitator) in browser.get("/cover/?when=cancelled").content.decode()


def test_over_the_api_why_someone_is_away_is_for_who_arranges(signed_in, arrange, supervisor, colleague, facilitator):
    body = {"absent": str(facilitator.pk), "covered_by": str(colleague.pk), "last": str(day(3)), "reason": "leave"}
    browser, url = signed_in(supervisor), "/api/v1/covers/"
    made = browser.post(url, body, content_type="application/json")
    assert (made.status_code, made.json()["reason"]) == (201, "leave")
    (seen,) = signed_in(colleague).get(url).json()["results"]
    assert (seen["reason"], seen["steps"]) == (None, [])
    assert signed_in(colleague).post(url, body, content_type="application/json").status_code == 403
    one = f"{url}{made.json()['id']}/"
    said = {"content_type": "application/json", "headers": {"If-Match": None}}
    assert browser.post(f"{one}end/", {"last": str(day(1))}, **said).status_code == 428
    ended = browser.post(f"{one}end/", {"last": str(day(1))}, content_type="application/json")
    assert ended.json()["valid_to"] == str(day(1))


def test_the_list_asks_as_much_for_one_as_for_many(
    signed_in, arrange, supervisor, colleague, make_user, police, team, django_assert_num_queries
):
    arrange()
    browser = signed_in(supervisor)
    browser.get("/cover/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/cover/")
    for _ in range(4):
        arrange(absent=make_user("facilitator", police, team))
    with django_assert_num_queries(len(one)):
        browser.get("/cover/")


# who did what


def test_the_figures_of_last_month_stay_whose_they_were(
    make_case, facilitator, colleague, supervisor, arrange, monkeypatch
):
    """Cases held, contacts, tasks done: by who did it then, through a reassignment and a cover."""
    case = make_case(on=day(-60))
    Note.write(
        case.offender, by=facilitator, kind="visit", category="general", matters=case.matters, text="Met",
        happened_at=day_of(day(-20)),
    )  # fmt: skip
    done = Task.add(case.offender, by=facilitator, owner=facilitator, matter=case.pk, text="Ring", due_on=day(0))
    done.do(by=facilitator, on=day(-20))

    def figures(user):
        held = sum(Case.objects.held_on(user, day(n)).count() for n in range(-30, 0))
        return held, Note.objects.filter(by=user).count(), Task.objects.filter(done_by=user).count()

    before = figures(facilitator)
    arrange()
    covered = Task.add(case.offender, by=supervisor, owner=facilitator, matter=case.pk, text="Visit", due_on=day(0))
    covered.do(by=colleague)
    assert figures(facilitator) == before
    assert figures(colleague) == (0, 0, 1)
    case.allocate(by=supervisor, facilitator=colleague, reason="Nearer")
    assert figures(facilitator) == before
    assert figures(colleague) == (0, 0, 1)


def test_who_held_a_case_when_stays_so(make_case, facilitator, colleague, supervisor, arrange):
    case = make_case(on=day(-60))
    case.allocate(by=supervisor, facilitator=colleague, reason="Nearer", on=day(-10))
    case.allocate(by=supervisor, facilitator=supervisor, reason="Nearer still", on=day(-10))
    arrange()
    held = {n: [user for user in (facilitator, colleague, supervisor) if Case.objects.held_on(user, day(n))]
            for n in (-61, -60, -11, -10, 0)}  # fmt: skip
    assert held == {-61: [], -60: [facilitator], -11: [facilitator], -10: [supervisor], 0: [supervisor]}
