"""The steps of a case, from every phase, by page and API; and beginning one."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry, Involvement
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import Agreement
from referrals.rehab.models import Allocation, Assessment, Case
from referrals.rehab.workflow import CASE_STEPS, Phase

TODAY = timezone.localdate()
BY_HAND = [verb for verb, step in CASE_STEPS.items() if step.by_hand]


@pytest.fixture
def colleague(make_user, police, team):
    return make_user("facilitator", police, team, family_name="Colleague")


@pytest.fixture
def standing_at(make_case, make_placement, facilitator):
    """A case in this phase, walked there."""

    def walk(phase):
        if phase == Phase.ASSESSING:
            return make_case("assessing")
        if phase in (Phase.IN_REHAB, Phase.THROUGHCARE):
            case = make_placement("arrived" if phase == Phase.IN_REHAB else "departed").case
            case.refresh_from_db()
            return case
        case = make_case()
        if phase == Phase.DETOX:
            case.start_detox(by=facilitator)
        if phase == Phase.CLOSED:
            case.close(by=facilitator, outcome="Moved away")
        return case

    return walk


@pytest.fixture
def answers(colleague, cgl, cgl_worker):
    """What each step must be told."""
    return {
        "refer_on": {"reason": "Another service"},
        "turn_down": {"reason": "Lives elsewhere"},
        "stand_down": {"reason": "Changed their mind"},
        "plan": {"next_action": "Phone", "next_action_due": TODAY.isoformat()},
        "rate": {"risk": "high"},
        "allocate": {"facilitator": str(colleague.pk), "reason": "Evens the load"},
        "share": {"agency": str(cgl.pk), "co_worker": str(cgl_worker.pk)},
        "close": {"ending": "completed", "outcome": "In their own tenancy"},
        "reopen": {"reason": "Came back"},
    }


@pytest.mark.parametrize(
    ("verb", "phase"), [(verb, phase) for verb in BY_HAND for phase in sorted(CASE_STEPS[verb].sources)]
)
def test_each_step_is_taken_in_its_phases(client, supervisor, standing_at, answers, verb, phase):
    case, step = standing_at(phase), CASE_STEPS[verb]
    client.force_login(supervisor)
    events = Event.objects.about(case).filter(verb=f"case.{verb}")
    before = events.count()
    url = reverse(f"rehab:case_{verb}", args=[case.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, answers.get(verb, {})).status_code == 302
    case.refresh_from_db()
    assert case.phase == (step.target or phase)
    assert events.count() == before + 1


@pytest.mark.parametrize("phase", list(Phase))
def test_no_step_is_taken_out_of_its_phases_by_page_or_api(client, supervisor, standing_at, answers, phase):
    case = standing_at(phase)
    client.force_login(supervisor)
    events = Event.objects.about(case).exclude(kind=Event.Kind.CONSULTATION)
    before = events.count()
    for verb in [verb for verb in BY_HAND if phase not in CASE_STEPS[verb].sources]:
        assert client.get(reverse(f"rehab:case_{verb}", args=[case.pk])).url == case.get_absolute_url()
        url = f"/api/v1/cases/{case.pk}/{verb}/"
        answer = client.post(url, answers.get(verb, {}), content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (409, "too_late"), verb
    assert events.count() == before


@pytest.mark.parametrize("verb", BY_HAND)
def test_each_step_by_api(client, supervisor, standing_at, answers, verb):
    case = standing_at(min(CASE_STEPS[verb].sources))
    client.force_login(supervisor)
    url = f"/api/v1/cases/{case.pk}/{verb}/"
    answer = client.post(url, answers.get(verb, {}), content_type="application/json")
    assert answer.status_code == 200, answer.json()
    assert Event.objects.about(case).filter(verb=f"case.{verb}").exists()
    assert client.post(url, {"nonsense": 1}, content_type="application/json").status_code in (400, 409)


@pytest.mark.parametrize("verb", BY_HAND)
def test_a_step_of_another_team_is_not_theirs(client, standing_at, facilitator, cgl, cgl_worker, officer, verb):
    case = standing_at(Phase.ASSESSING)
    case.share(by=facilitator, agency=cgl)
    url = reverse(f"rehab:case_{verb}", args=[case.pk])
    for user, status in ((cgl_worker, 403), (officer, 404)):
        client.force_login(user)
        assert client.post(url).status_code == status
        assert client.post(f"/api/v1/cases/{case.pk}/{verb}/").status_code in (status, 403)


def test_steps_that_follow_are_no_one_s_to_take(client, supervisor, standing_at):
    case = standing_at(Phase.PREPARING)
    client.force_login(supervisor)
    assert client.post(f"/api/v1/cases/{case.pk}/enter_rehab/").status_code == 404
    assert client.post(f"/o2r/cases/{case.pk}/enter_rehab/").status_code == 404


@pytest.mark.parametrize(
    ("verb", "phase", "wrong", "sentence"),
    [
        ("refer_on", Phase.ASSESSING, {}, "Answer “Which service?”"),
        ("plan", Phase.PREPARING, {"next_action": "Phone", "next_action_due": "2020-01-01"}, "must be today or later"),
        ("close", Phase.PREPARING, {"outcome": ""}, "Answer “How did it end?”"),
        ("close", Phase.PREPARING, {"ending": "moved", "on": "2999-01-01"}, "in the future"),
        ("rate", Phase.PREPARING, {"risk": "nonsense"}, "nonsense"),
        ("allocate", Phase.PREPARING, {"reason": "Because"}, "Answer “Who takes the case on?”"),
        ("share", Phase.PREPARING, {}, "Answer “Which agency?”"),
    ],
)
def test_a_wrong_answer_is_said_on_the_page(client, supervisor, standing_at, verb, phase, wrong, sentence):
    client.force_login(supervisor)
    page = client.post(reverse(f"rehab:case_{verb}", args=[standing_at(phase).pk]), wrong)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "There is a problem" in page.content.decode()


def test_a_decision_says_when_nobody_has_assessed(client, facilitator, make_case):
    case = make_case("assessing")
    client.force_login(facilitator)
    url = reverse("rehab:case_bring_in", args=[case.pk])
    assert "No assessment is recorded yet" in client.get(url).content.decode()
    Assessment.record(case, by=facilitator, assessed_on=TODAY)
    assert "No assessment is recorded yet" not in client.get(url).content.decode()


def test_a_case_goes_to_someone_of_the_team_who_does_not_hold_it(
    client, supervisor, facilitator, colleague, cgl_worker, make_case
):
    case = make_case()
    client.force_login(supervisor)
    url = reverse("rehab:case_allocate", args=[case.pk])
    page = client.get(url).content.decode()
    assert f"{colleague}: 0 clients, load 0 of " in page
    assert f"{facilitator} holds this case now." in page
    for nobody in (facilitator, cgl_worker):
        assert client.post(url, {"facilitator": nobody.pk, "reason": "Because"}).status_code == 422
    case.allocate(by=supervisor, facilitator=colleague, reason="Evens the load")
    assert [str(row) for row in case.allocations.filter(valid_to=None)] == [str(colleague)]
    assert Allocation.objects.filter(case=case).count() == 2


def test_a_case_is_shared_under_a_live_agreement_alone(client, facilitator, make_case, cgl, cgl_worker, cranstoun):
    case = make_case()
    client.force_login(facilitator)
    url = reverse("rehab:case_share", args=[case.pk])
    assert client.post(url, {"agency": cranstoun.pk}).status_code == 422
    Agreement.objects.update(valid_to=TODAY - dt.timedelta(days=1))
    assert "No agency has a live agreement" in client.get(url).content.decode()
    assert client.post(url, {"agency": cgl.pk}).status_code == 422
    Agreement.objects.update(valid_to=None)
    assert client.post(url, {"agency": cgl.pk, "co_worker": cgl_worker.pk}).status_code == 302
    case.refresh_from_db()
    assert case.co_worker == cgl_worker
    shared = Involvement.objects.with_reason().get(matter=case.pk, agency=cgl)
    assert shared.sentence.endswith("under the O2R agreement")


def test_a_reopened_case_has_its_facilitator_again(make_case, facilitator, supervisor):
    case = make_case()
    case.close(by=facilitator, outcome="Moved away")
    assert not case.allocations.filter(valid_to=None).exists()
    case.reopen(by=supervisor, reason="Came back")
    assert case.allocations.get(valid_to=None).facilitator == facilitator


# beginning


def test_a_case_is_begun_on_an_accepted_referral(client, facilitator, make_referral):
    referral = make_referral()
    client.force_login(facilitator)
    assert str(referral) in client.get("/o2r/referrals/").content.decode()
    url = reverse("rehab:begin", args=[referral.pk])
    assert client.get(url).context["form"]["facilitator"].value() == facilitator.pk
    assert client.post(url, {"facilitator": facilitator.pk}).status_code == 302
    case = Case.objects.get()
    assert (case.facilitator, case.referral.status) == (facilitator, "engaged")
    assert str(referral) not in client.get("/o2r/referrals/").content.decode()
    assert client.get(url).url == referral.get_absolute_url()
    assert (
        client.post("/api/v1/cases/", {"referral": str(referral.pk)}, content_type="application/json").status_code
        == 409
    )


def test_the_same_by_api(client, facilitator, cgl_worker, officer, make_referral):
    referral = make_referral()
    for user in (cgl_worker, officer):
        client.force_login(user)
        assert client.post(
            "/api/v1/cases/", {"referral": str(referral.pk)}, content_type="application/json"
        ).status_code in (400, 403)
    client.force_login(facilitator)
    answer = client.post(
        "/api/v1/cases/",
        {"referral": str(referral.pk), "facilitator": str(facilitator.pk)},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["phase"]) == (201, "assessing")
    assert "bring_in" in answer.json()["steps"]


def test_a_person_has_one_open_case_and_a_second_is_a_sentence(
    client, facilitator, supervisor, make_case, make_referral
):
    case = make_case()
    referral = make_referral(offender=case.offender)
    client.force_login(facilitator)
    page = client.post(reverse("rehab:begin", args=[referral.pk]), {})
    assert page.status_code == 422
    assert "This person already has an open case." in page.content.decode()
    answer = client.post("/api/v1/cases/", {"referral": str(referral.pk)}, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (400, "This person already has an open case.")
    case.close(by=facilitator, outcome="Moved away")
    Case.begin(referral, by=facilitator)
    with pytest.raises(ValidationError, match="already has an open case"):
        case.reopen(by=supervisor, reason="Came back")


def test_those_who_may_not_begin_a_case(client, officer, cgl_worker, make_referral):
    url = reverse("rehab:begin", args=[make_referral().pk])
    for user, status in ((officer, 403), (cgl_worker, 404)):
        client.force_login(user)
        assert client.post(url).status_code == status


# races


def race(*acts):
    """What each of these raised, done at the same moment; None where it was done."""
    ready, raised = threading.Barrier(len(acts)), {}

    def run(number, act):
        ready.wait()
        try:
            act()
            raised[number] = None
        except (IllegalStep, ValidationError) as error:
            raised[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [raised[number] for number in range(len(acts))]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_a_case_one_does(make_case, facilitator, supervisor):
    pk = make_case().pk
    acts = [lambda by=by: Case.objects.get(pk=pk).close(by=by, outcome="Well") for by in (facilitator, supervisor)]
    assert sorted(error is None for error in race(*acts)) == [False, True]
    assert Event.objects.filter(verb="case.close").count() == 1
    assert Entry.objects.filter(sentence__startswith="Case closed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_case_that_is_being_closed_is_not_given_away(make_case, facilitator, supervisor, colleague):
    pk = make_case().pk
    closed, given = race(
        lambda: Case.objects.get(pk=pk).close(by=facilitator, outcome="Well"),
        lambda: Case.objects.get(pk=pk).allocate(by=supervisor, facilitator=colleague, reason="Evens the load"),
    )
    assert closed is None
    case = Case.objects.get(pk=pk)
    assert case.facilitator == (facilitator if given else colleague)
    assert not case.allocations.filter(valid_to=None).exists()
    assert Event.objects.filter(verb="case.allocate").count() == (0 if given else 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_a_case_one_does(make_referral, facilitator, supervisor):
    referral = make_referral()
    acts = [
        lambda by=by: Case.begin(type(referral).objects.get(pk=referral.pk), by=by) for by in (facilitator, supervisor)
    ]
    assert sorted(error is None for error in race(*acts)) == [False, True]
    assert Event.objects.filter(verb="case.begin").count() == 1


def test_a_stranger_s_step_changes_nothing(make_case, cgl_worker):
    case = make_case()
    with pytest.raises(PermissionDenied):
        case.close(by=cgl_worker, outcome="Well")
    assert Case.objects.get().phase == "preparing"
