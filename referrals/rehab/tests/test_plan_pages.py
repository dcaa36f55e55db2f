"""The pages, the paper and the API of throughcare plans."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from config.tests.pdf import text_of
from offenders.models import Entry
from partners.audit.models import Event
from partners.notices.models import Notice
from referrals.rehab.models import Action, ActionLink, Plan, PlanDomain
from referrals.rehab.plan import paper

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SOON = TODAY + dt.timedelta(days=7)


@pytest.fixture
def case(make_case, make_placement):
    case = make_case(on=TODAY - dt.timedelta(days=60))
    stay = make_placement(case=case, on=TODAY - dt.timedelta(days=30))
    stay.expected_departure = SOON
    stay.save(update_fields=["expected_departure"])
    return case


@pytest.fixture
def plan(case, facilitator):
    return Plan.begin(case, by=facilitator, goal="A home of my own")


@pytest.fixture
def housing(plan):
    return plan.domains.get(domain="housing")


def said(response):
    return response.content.decode()


def test_the_case_the_caseload_and_home_say_that_a_plan_is_empty(case, facilitator, supervisor, sign_in):
    for user in (facilitator, supervisor):
        browser = sign_in(user)
        assert "nothing is planned for after" in said(browser.get(case.get_absolute_url()))
        assert "Plan has gaps" in said(browser.get("/o2r/team/"))
        assert str(case.offender) in said(browser.get("/o2r/team/?plan=gaps"))
        assert "Throughcare plans with gaps" in said(browser.get("/"))
    plan = Plan.begin(case, by=facilitator)
    for part in plan.domains.exclude(domain="work"):
        part.set_aside(by=facilitator, why="No need")
    assert "1 part of the plan is empty" in said(browser.get(case.get_absolute_url()))
    plan.domains.get(domain="work").set_aside(by=facilitator, why="No need")
    for url in (case.get_absolute_url(), "/o2r/team/"):
        assert "tc-overdue" not in said(browser.get(url))


def test_a_wrong_answer_is_said_at_its_question(housing, facilitator, police, sign_in):
    browser, url = sign_in(facilitator), reverse("rehab:action_add", args=[housing.pk])
    sent = {"text": "Ring", "due_on": str(TODAY - dt.timedelta(1)), "is_printed": "True"}
    refused = browser.post(url, sent)
    assert refused.status_code == 422
    assert "today or later" in said(refused)
    assert "Say whose it is" in said(refused)
    both = browser.post(url, sent | {"due_on": str(SOON), "agency": str(police.pk), "partner": "Roofs"})
    assert "Leave this empty" in said(both)
    assert not Action.objects.exists()


def test_what_is_for_an_agency_without_the_agreement_is_not_offered(housing, facilitator, make_agency, sign_in):
    other = make_agency("charity", name="Nobody Agreed")
    browser, url = sign_in(facilitator), reverse("rehab:action_add", args=[housing.pk])
    assert "Nobody Agreed" not in said(browser.get(url))
    sent = {"text": "Ring", "due_on": str(SOON), "is_printed": "True", "agency": str(other.pk)}
    assert browser.post(url, sent).status_code == 422


def test_a_finished_plan_takes_nothing_more(plan, housing, facilitator, sign_in):
    plan.finish(by=facilitator)
    browser = sign_in(facilitator)
    sent = browser.get(reverse("rehab:action_add", args=[housing.pk]), follow=True)
    assert "Reopen it first" in said(sent)
    assert "Add something to do" not in said(sent)


def test_the_paper_names_no_police_and_leaves_off_what_should_not_stand_there(plan, housing, facilitator, police):
    housing.lead(by=facilitator, lead_agency=police, aim="Your own front door")
    for text, more in (
        ("Ring the council", {}), ("Watch the ex-partner's house", {"is_printed": False}), ("Drop it", {}),
    ):  # fmt: skip
        action = Action.add(housing, by=facilitator, agency=police, text=text, due_on=SOON, **more)
    action.drop(by=facilitator, why="Not needed")
    words = text_of(paper.print_for(plan, by=facilitator))
    for there in ("My plan", "A home of my own", "Your own front door", "Ring the council", "Your worker"):
        assert there in words
    for not_there in ("Watch", "Drop it", "olice", "WMP", "offen", "Offen", str(facilitator)):
        assert not_there not in words
    paper.print_for(plan, by=facilitator)
    assert Entry.objects.filter(sentence=paper.PRINTED).count() == 1
    assert Event.objects.about(plan).filter(verb="plan.paper", kind="disclosure").count() == 2


def test_the_paper_does_not_tell_its_maker_what_is_not_theirs(plan, facilitator, cgl, cgl_worker, case):
    case.share(by=facilitator, agency=cgl)
    part = plan.domains.get(domain="treatment")
    part.lead(by=facilitator, lead_agency=cgl)
    part.lead(by=cgl_worker, lead_agency=cgl, aim="Off methadone")
    Action.add(part, by=cgl_worker, agency=cgl, text="Methadone, 40 ml", due_on=SOON)
    told = str(paper.tell(plan, by=facilitator))
    assert "ethadone" not in told
    assert "They can tell you about it" in told
    with pytest.raises(paper.PermissionDenied):
        paper.tell(plan, by=cgl_worker)


def test_lists_and_the_tab_take_the_same_queries_for_one_and_for_many(
    plan, housing, facilitator, police, sign_in, make_more, django_assert_max_num_queries
):
    Action.add(housing, by=facilitator, agency=police, text="Ring", due_on=SOON)
    asked = Action.add(housing, by=facilitator, partner="Roofs", text="Ask", due_on=SOON)
    ActionLink.send(asked, by=facilitator, email="roofs@throughcare.example")
    browser, counts = sign_in(facilitator), {}
    tab = plan.get_absolute_url()
    api = [f"/api/v1/{name}/" for name in ("plans", "plan-domains", "actions", "action-links")]
    for number in (0, 30):
        make_more(plan.offender, number)
        Action.objects.bulk_create(
            Action(domain=housing, by=facilitator, by_agency=police, agency=police, text="Ring", due_on=SOON)
            for _ in range(number)
        )
        for url in ("/o2r/actions/", tab, "/o2r/team/", *api):
            browser.get(url)
            with django_assert_max_num_queries(counts.get(url, 100)) as ran:
                assert browser.get(url).status_code == 200
            counts.setdefault(url, len(ran))


def test_the_api_does_what_the_pages_do(case, facilitator, police, sign_in):
    browser = sign_in(facilitator)

    def post(url, **body):
        return browser.post(url, body, content_type="application/json")

    plan = post("/api/v1/plans/", case=str(case.pk), goal="A home").json()
    assert len(plan["gaps"]) == 9
    part = PlanDomain.objects.get(domain="housing")
    led = post(f"/api/v1/plan-domains/{part.pk}/lead/", lead_partner="Roofs", aim="A tenancy").json()
    assert (led["status"], led["words"]) == ("planned", "A tenancy")
    made = {"domain": str(part.pk), "text": "Find a flat", "partner": "Roofs", "due_on": str(SOON), "is_printed": True}
    action = post("/api/v1/actions/", **made).json()
    assert post(f"/api/v1/actions/{action['id']}/link/", email="roofs@throughcare.example").status_code == 200
    (link,) = browser.get("/api/v1/action-links/").json()["results"]
    assert link["is_live"]
    assert ActionLink.objects.get().token not in str(link)
    assert post(f"/api/v1/action-links/{link['id']}/revoke/", why="Wrong address").json()["status"] == "revoked"
    assert Notice.objects.get(tells_of=link["id"]).status == "cancelled"
    assert post(f"/api/v1/actions/{action['id']}/do/").json()["status"] == "done"
    assert post(f"/api/v1/actions/{action['id']}/drop/", why="Again").status_code == 409
    assert len(browser.get(f"/api/v1/plans/{plan['id']}/").json()["gaps"]) == 8


def test_what_is_to_be_done_is_amended_with_a_reason_by_who_wrote_it(housing, facilitator, police, sign_in):
    action = Action.add(housing, by=facilitator, agency=police, text="Ring the concil", due_on=SOON)
    sent = {"text": "Ring the council", "due_on": str(SOON), "is_printed": "True", "reason": "Misspelt"}
    assert sign_in(facilitator).post(f"/people/amend/action/{action.pk}/", sent).status_code == 302
    action.refresh_from_db()
    assert action.text == "Ring the council"
    assert Entry.objects.filter(sentence__contains="Ring the council").exists()
