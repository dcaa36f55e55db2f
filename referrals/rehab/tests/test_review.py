"""A supervisor looks into a case, and into what came of the last time."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from offenders.amend import amend
from offenders.models import Entry
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import User
from partners.notices.models import Notice
from referrals.models import Task
from referrals.rehab.models import Case, Review, Sample
from referrals.tests.test_races import at_once

TODAY = timezone.localdate()
SAID = dict.fromkeys(Review.ANSWERS, "yes") | {"found": "Met weekly, plan is thin"}


def days(number):
    return TODAY + dt.timedelta(days=number)


@pytest.fixture
def case(make_case):
    return make_case(on=days(-10))


@pytest.fixture
def second(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")


@pytest.fixture
def sign(supervisor):
    def sign(case, by=None, **said):
        review = Review.begin(case, by=by or supervisor)
        review.finish(by=by or supervisor, **SAID | said)
        return review

    return sign


def test_what_is_asked_becomes_tasks_of_the_facilitator_that_partners_do_not_read(
    case, sign, facilitator, cgl, cgl_worker
):
    case.share(by=facilitator, agency=cgl)
    review = sign(case, to_do=[("Visit him at home", days(3))])
    (task,) = review.actions(facilitator)
    assert (task.owner, task.due_on, task.kind) == (facilitator, days(3), Task.Kind.REVIEW)
    assert not Task.objects.visible_to(cgl_worker).filter(pk=task.pk).exists()
    assert not Review.objects.visible_to(cgl_worker).exists()
    assert not Entry.objects.visible_to(cgl_worker).filter(sentence__contains="reviewed").exists()
    assert Entry.objects.visible_to(facilitator).filter(sentence="Case reviewed by a supervisor").count() == 1
    assert Event.objects.filter(verb="review.finish").count() == 1


def test_a_review_is_read_by_the_facilitator_once_it_is_signed_off(case, supervisor, second, facilitator):
    review = Review.begin(case, by=supervisor)
    review.write(by=supervisor, found="To be gone on with")
    assert not Review.objects.visible_to(facilitator).exists()
    assert Review.objects.visible_to(second).get().found == "To be gone on with"
    assert not Entry.objects.filter(sentence="Kept").exists()
    review.finish(by=supervisor, **SAID)
    assert Review.objects.visible_to(facilitator).get() == review


def test_nobody_reviews_their_own_case(case, supervisor, second):
    case.allocate(by=second, facilitator=supervisor, reason="Leave")
    with pytest.raises(PermissionDenied):
        Review.begin(case, by=supervisor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(case=case, facilitator=supervisor, by=supervisor)
    review = Review.begin(case, by=second)
    case.allocate(by=supervisor, facilitator=second, reason="Leave")
    with pytest.raises(ValidationError, match="yours now"):
        review.finish(by=second, **SAID)


def test_only_who_reviews_may_and_only_cases_of_their_team(case, facilitator, cgl_worker, make_user, make_agency):
    agency = make_agency("police")
    there = make_user("supervisor", agency, agency.units.create(name="Theirs", kind="team", valid_from=days(-9)))
    for user in (facilitator, cgl_worker, there):
        with pytest.raises(PermissionDenied):
            Review.begin(case, by=user)


def test_one_writes_at_a_time_and_another_may_set_it_aside(case, supervisor, second, sign):
    review = Review.begin(case, by=supervisor)
    with pytest.raises(ValidationError, match="reviewing this case already"):
        Review.begin(case, by=second)
    with pytest.raises(PermissionDenied):
        review.finish(by=second, **SAID)
    review.leave(by=second, reason="On leave for a month")
    sign(case, by=second)


def test_what_is_signed_off_changes_no_more_but_for_an_amendment_with_a_reason(case, supervisor, second, sign):
    review = sign(case)
    for change in (review.write, review.finish):
        with pytest.raises(IllegalStep):
            change(by=supervisor, found="Otherwise")
    with pytest.raises(PermissionDenied):
        amend(review, {"found": "Otherwise"}, by=second, reason="A slip")
    amend(review, {"found": "Otherwise"}, by=supervisor, reason="A slip")
    assert Review.objects.get().found == "Otherwise"
    with pytest.raises(ValidationError, match="at the latest"):
        amend(review, {"next_on": days(400)}, by=supervisor, reason="Later")


@pytest.mark.parametrize("missing", ["found", *Review.ANSWERS])
def test_a_signed_review_answers_everything(case, supervisor, missing):
    review = Review.begin(case, by=supervisor)
    with pytest.raises(ValidationError, match="answer each question"):
        review.finish(by=supervisor, **SAID | {missing: ""})


def test_a_closed_case_is_not_reviewed_and_nothing_is_to_be_done_under_it(case, supervisor, facilitator, sign):
    review = Review.begin(case, by=supervisor)
    case.close(by=facilitator)
    with pytest.raises(ValidationError, match="closed"):
        review.finish(by=supervisor, **SAID | {"to_do": [("Visit", TODAY)]})
    review.finish(by=supervisor, **SAID)
    with pytest.raises(ValidationError, match="closed"):
        sign(case)


def test_when_a_review_is_due(case, make_case, sign, supervisor):
    """Six weeks after the opening, six after the last, or sooner where the last says so."""
    due = lambda on=None: set(Case.objects.visible_to(supervisor).review_due(on))  # noqa: E731
    old = make_case(on=days(-42))
    assert due() == {old}
    sign(old)
    assert due() == set()
    assert due(days(41)) == {case}
    assert due(days(42)) == {case, old}
    sign(case, next_on=days(5))
    assert due(days(4)) == set()
    assert due(days(5)) == {case}


def test_a_dip_sample_is_due_until_it_is_reviewed(make_case, supervisor, sign, facilitator):
    cases = [make_case(on=days(-1)) for _ in range(6)]
    cases[0].close(by=facilitator)
    sample = Sample.draw(by=supervisor, size=2)
    picked = list(sample.cases.all())
    assert (sample.frame, len(picked)) == (5, 2)
    assert cases[0] not in picked
    assert set(Case.objects.review_due()) == set(picked)
    sign(picked[0])
    assert set(Case.objects.review_due()) == {picked[1]}


def test_a_sample_can_be_drawn_again_and_other_seeds_draw_others(make_case, supervisor):
    cases = [make_case(on=days(-1)) for _ in range(5)]
    sample = Sample.draw(by=supervisor, size=2)
    again = Sample.objects.get(pk=sample.pk)
    assert set(again.lowest(reversed(cases))) == set(sample.cases.all())
    assert sample.seed in sample.how
    first = {Sample(seed=f"seed {number}", size=1).lowest(cases)[0] for number in range(60)}
    assert first == set(cases)  # each may be picked


def test_a_sample_is_the_supervisors_of_the_team(make_case, supervisor, facilitator, make_user, make_agency, restrict):
    case = make_case(on=days(-1))
    restrict(case.offender, facilitator)
    stranger = make_user("supervisor", supervisor.membership.agency, supervisor.membership.unit)
    with pytest.raises(ValidationError, match="no open case"):
        Sample.draw(by=stranger, size=2)
    Sample.draw(by=supervisor, size=9)
    with pytest.raises(PermissionDenied):
        Sample.draw(by=facilitator, size=1)
    with pytest.raises(ValidationError, match="from 1 to 50"):
        Sample.draw(by=supervisor, size=51)
    agency = make_agency("police")
    there = make_user("supervisor", agency, agency.units.create(name="Theirs", kind="team", valid_from=days(-9)))
    other = supervisor.membership.agency.units.create(name="Another team", kind="team", valid_from=days(-9))
    beside = make_user("supervisor", supervisor.membership.agency, other)
    for user in (there, beside, facilitator):
        assert not Sample.objects.visible_to(user).exists(), user
    assert Sample.objects.with_cases(stranger).get().seen_cases == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_and_of_two_who_sign_off_at_once_one_does(case, supervisor, second):
    def begin(user):
        Review.begin(Case.objects.get(pk=case.pk), by=User.objects.get(pk=user.pk))

    results = at_once(lambda: begin(supervisor), lambda: begin(second))
    assert [type(result) for result in results if result] == [ValidationError]
    pk = Review.objects.get().pk

    def finish():
        review = Review.objects.get(pk=pk)
        review.finish(by=User.objects.get(pk=review.by_id), to_do=[("Visit", TODAY)], **SAID)

    results = at_once(finish, finish)
    assert [type(result) for result in results if result] == [IllegalStep]
    assert Task.objects.filter(matter=pk).count() == 1
    assert Event.objects.filter(verb="review.finish").count() == 1


def test_who_holds_the_case_is_told_once_of_all_that_it_asks(make_case, supervisor, facilitator):
    review = Review.begin(make_case(), by=supervisor)
    review.finish(by=supervisor, to_do=[("Visit", TODAY), ("Ring", TODAY)], **SAID)
    notice = Notice.objects.get(for_user=facilitator)
    assert (notice.occasion, notice.subject) == ("review", "A case of yours was reviewed")
    assert review.get_absolute_url() in notice.text


def test_of_a_review_of_long_ago_nobody_is_told(make_case, supervisor):
    review = Review.begin(make_case(), by=supervisor)
    review.finish(by=supervisor, on=TODAY - dt.timedelta(days=100), **SAID)
    assert not Notice.objects.exists()
