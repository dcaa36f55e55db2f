import datetime as dt
import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import TooLate
from partners.audit.models import Event
from referrals.allocation import AT_ONCE, AllocationForm
from referrals.booking.models import Leave
from referrals.models import Cover, Referral, Task
from referrals.rehab.allocation import Caseload
from referrals.rehab.models import Case

URL, REASON = reverse("rehab:to_allocate"), "To share the work out"


@pytest.fixture
def colleague(make_user, police, team):
    return make_user("facilitator", police, team, family_name="Colleague", skills=["punjabi", "women"])


@pytest.fixture
def left(make_user, police, team):
    """A facilitator, and how they leave."""
    user = make_user("facilitator", police, team, family_name="Gone")

    def leave(how="inactive"):
        if how == "inactive":
            user.is_active = False
            user.save()
        else:
            user.memberships.update(valid_to=timezone.localdate() - dt.timedelta(days=1))
        return user

    return user, leave


@pytest.mark.parametrize("how", ["inactive", "membership"])
def test_to_be_given_are_referrals_that_nobody_has_and_cases_of_who_left(
    how, make_case, make_referral, supervisor, facilitator, left
):
    who, leave = left
    make_case()
    make_case(worker=who).close(by=facilitator, ending="moved", outcome="Moved away")
    theirs, sent = make_case(worker=who), make_referral("submitted")
    make_referral(worker=facilitator)
    make_referral("draft")
    leave(how)
    waiting = {row: row.has_left for row in Caseload.waiting(Caseload.rows(supervisor))}
    assert waiting == {theirs.referral: True, sent: False}
    assert not Caseload.rows(facilitator)


def test_all_of_them_are_given_at_once_with_what_was_still_to_do(
    signed_in, make_case, make_referral, supervisor, colleague, left
):
    who, leave = left
    cases, accepted = [make_case(worker=who) for _ in range(2)], make_referral(worker=who)
    sent = make_referral("submitted")
    for case in cases:
        Task.add(case.offender, by=supervisor, owner=who, matter=case.pk, text="Ring", due_on=timezone.localdate())
    leave()
    page = signed_in(supervisor).post(URL, {"which": "all", "to": colleague.pk, "reason": REASON, "note": "Ring first"})
    assert page.status_code == 302, page.context["form"].errors
    assert set(Case.objects.of(colleague)) == set(cases)
    assert {task.owner for task in Task.objects.all()} == {colleague}
    accepted.refresh_from_db()
    sent.refresh_from_db()
    assert (accepted.worker, sent.status) == (colleague, "submitted")
    assert Event.objects.filter(verb="case.allocate", by=supervisor).count() == 2
    assert Event.objects.filter(verb="referral.reassign", by=supervisor).count() == 1
    assert not Entry.objects.filter(matters__contains=[accepted.pk], sentence__contains=str(colleague)).exists()


def test_those_ticked_alone_of_whoever_has_them(signed_in, make_case, supervisor, facilitator, colleague):
    one, other = make_case(), make_case()
    browser = signed_in(supervisor)
    url = f"{URL}?held_by={facilitator.pk}"
    assert {row.case for row in browser.get(url).context["page"].rows} == {one, other}
    answer = browser.post(url, {"which": "ticked", "rows": [one.referral_id], "to": colleague.pk, "reason": REASON})
    assert answer.status_code == 302
    assert (Case.objects.get(pk=one.pk).facilitator, Case.objects.get(pk=other.pk).facilitator) == (
        colleague, facilitator,
    )  # fmt: skip


def test_all_or_nothing_and_it_says_which_could_not_be_given(
    signed_in, make_case, restrict, supervisor, colleague, facilitator
):
    free, restricted = make_case(), make_case()
    restrict(restricted.offender, facilitator)
    browser = signed_in(supervisor)
    page = browser.post(f"{URL}?held_by={facilitator.pk}", {"which": "all", "to": colleague.pk, "reason": REASON})
    assert page.status_code == 422
    words = page.content.decode()
    assert "Nothing was changed: 1 of 2 cannot be given" in words
    assert f"{restricted.referral.reference}: This person is restricted, and Ama Colleague is not named." in words
    assert not Case.objects.of(colleague)
    restricted.offender.named_users.create(user=colleague, valid_from=timezone.localdate(), recorded_by=supervisor)
    browser.post(f"{URL}?held_by={facilitator.pk}", {"which": "all", "to": colleague.pk, "reason": REASON})
    assert set(Case.objects.of(colleague)) == {free, restricted}


def test_a_restricted_case_goes_to_named_people_alone(make_case, restrict, supervisor, colleague, facilitator):
    case = make_case()
    restrict(case.offender, facilitator)
    with pytest.raises(ValidationError, match="not named"):
        case.allocate(by=supervisor, facilitator=colleague, reason="Nearer")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"which": "ticked"}, "Tick whom to give"),
        ({"which": "ticked", "rows": ["11111111-1111-4111-8111-111111111111"]}, "no longer in this list"),
        ({"which": "all", "to": ""}, "Answer “Who takes them on?”"),
        ({"which": "all", "reason": ""}, "Answer “Why?”"),
    ],
)
def test_what_is_missing_is_said_with_the_form(signed_in, make_case, supervisor, facilitator, colleague, answers, says):
    make_case()
    answers = {"to": colleague.pk, "reason": REASON} | answers
    page = signed_in(supervisor).post(f"{URL}?held_by={facilitator.pk}", answers)
    assert page.status_code == 422
    assert says in page.content.decode()
    assert not Case.objects.of(colleague)


def test_no_more_at_once_than_can_be(monkeypatch, make_case, supervisor, facilitator, colleague):
    monkeypatch.setattr("referrals.allocation.AT_ONCE", 1)
    for _ in range(2):
        make_case()
    form = AllocationForm(
        {"which": "all", "to": colleague.pk, "reason": REASON}, user=supervisor, pool=Caseload,
        listed=Caseload.rows(supervisor),
    )  # fmt: skip
    assert "That is more than 1 at once" in str(form.errors)
    assert AT_ONCE == 200


def test_a_picker_says_what_each_carries_is_good_at_and_whether_they_are_away(
    signed_in, make_case, supervisor, colleague, facilitator
):
    case, today = make_case(), timezone.localdate()
    make_case(worker=colleague)
    page = signed_in(supervisor).get(reverse("rehab:case_allocate", args=[case.pk])).content.decode()
    assert "Ama Colleague: 1 client, load " in page
    assert ". Punjabi, Women" in page
    assert "Away until" not in page
    Cover.arrange(by=supervisor, absent=colleague, covered_by=facilitator, first=today, last=today, reason="sickness")
    page = signed_in(supervisor).get(reverse("rehab:case_allocate", args=[case.pk])).content.decode()
    assert f"Away until {today:%-d %B}" in page
    assert "ickness" not in page


def test_the_same_queries_for_one_and_for_many(
    signed_in, make_case, make_referral, supervisor, facilitator, django_assert_num_queries
):
    make_case()
    browser, url = signed_in(supervisor), f"{URL}?held_by={facilitator.pk}"
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for _ in range(3):
        make_case()
        make_referral()
    with django_assert_num_queries(len(one)):
        browser.get(url)


def test_over_the_api(signed_in, make_case, supervisor, colleague, facilitator):
    case = make_case()
    browser, url = signed_in(supervisor), reverse("api:case-to-allocate-list")
    (row,) = browser.get(url, {"held_by": str(facilitator.pk)}).json()["results"]
    assert (row["id"], row["holder"], row["has_left"]) == (str(case.referral_id), str(facilitator.pk), False)

    def post(**said):
        said = {"rows": [row["id"]], "to": str(colleague.pk), "reason": REASON} | said
        return browser.post(url, json.dumps(said), content_type="application/json")

    assert post(to=str(supervisor.pk), which="all").status_code == 400
    assert post(rows=[]).json()["detail"] == "Tick whom to give, or choose all of the list."
    assert post().json() == {"given": 1}
    assert Case.objects.get().facilitator == colleague
    assert signed_in(facilitator).get(url).status_code == 403


# at the agency that gives 1:1s


def test_a_manager_gives_the_referrals_of_who_left(signed_in, make_appointment, make_user, cranstoun, cranstoun_worker):
    referral = make_appointment().referral
    manager, other = (make_user(role, cranstoun) for role in ("cranstoun_manager", "cranstoun_worker"))
    browser, url = signed_in(manager), reverse("booking:to_allocate")
    assert not browser.get(url).context["page"].rows
    Leave.add(by=manager, worker=other, first=timezone.localdate(), last=timezone.localdate())
    cranstoun_worker.is_active = False
    cranstoun_worker.save()
    page = browser.get(url)
    assert f"{other}: no open referrals. Away until" in page.content.decode()
    assert [row.pk for row in page.context["page"].rows] == [referral.pk]
    answer = browser.post(url, {"which": "all", "to": other.pk, "reason": "The worker left"})
    assert answer.status_code == 302
    assert Referral.objects.get(pk=referral.pk).worker == other
    assert signed_in(other).get(url).status_code == 403


def test_a_referral_is_reassigned_by_who_oversees_the_team(
    make_appointment, make_user, cranstoun, cranstoun_worker, restrict
):
    referral = make_appointment().referral
    manager, other = (make_user(role, cranstoun) for role in ("cranstoun_manager", "cranstoun_worker"))
    with pytest.raises(PermissionDenied):
        referral.reassign(by=cranstoun_worker, worker=other, reason=REASON)
    with pytest.raises(ValidationError, match="already"):
        referral.reassign(by=manager, worker=cranstoun_worker, reason=REASON)
    referral.reassign(by=manager, worker=other, reason=REASON)
    assert referral.worker == other


def test_once_there_is_a_case_it_says_who_works_with_them(make_case, supervisor, colleague):
    referral = make_case("assessing").referral
    assert "reassign" not in referral.steps_for(supervisor)
    with pytest.raises(TooLate, match="Change the facilitator"):
        referral.reassign(by=supervisor, worker=colleague, reason=REASON)
