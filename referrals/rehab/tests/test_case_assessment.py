"""Recording an assessment, by page and API."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.rehab.models import Assessment

TODAY = timezone.localdate()


@pytest.fixture
def case(client, make_case, facilitator):
    client.force_login(facilitator)
    return make_case("assessing")


@pytest.fixture
def url(case):
    return reverse("rehab:assess", args=[case.pk])


def test_an_assessment_on_one_page(client, case, url):
    answers = {
        "assessed_on": TODAY.isoformat(), "heroin": "£80", "heroin_route": "inject", "heroin_frequency": "daily",
        "crack": "60.50", "alcohol_frequency": "weekly", "funded_by": ["shop_theft", "begging"], "housing": "A hostel",
    }  # fmt: skip
    page = client.post(url, answers, follow=True)
    assessment = Assessment.objects.with_spend().get()
    assert str(assessment.daily_spend) == "140.50"
    assert {(one.substance, one.daily_spend is None) for one in assessment.substances.all()} == {
        ("heroin", False), ("crack", False), ("alcohol", True),
    }  # fmt: skip
    assert assessment.funded_by == ["shop_theft", "begging"]
    assert "£140.50" in page.content.decode()


def test_what_is_not_said_is_not_used_and_no_substance_is_an_answer(client, url):
    assert client.post(url, {"assessed_on": TODAY.isoformat(), "motivation": "Has stopped"}).status_code == 302
    assessment = Assessment.objects.with_spend().get()
    assert (assessment.daily_spend, assessment.substances.count()) == (None, 0)


def test_an_assessment_that_says_nothing_is_not_recorded(client, url):
    page = client.post(url, {"assessed_on": TODAY.isoformat()})
    assert page.status_code == 422
    assert "Say what they take" in page.content.decode()
    assert client.post(url, {"assessed_on": TODAY.isoformat(), "heroin": "0"}).status_code == 302


def test_a_second_assessment_keeps_the_first(client, case, url):
    for days, pounds in ((30, "80"), (0, "20")):
        client.post(url, {"assessed_on": (TODAY - dt.timedelta(days=days)).isoformat(), "heroin": pounds})
    page = client.get(reverse("rehab:case_assessment", args=[case.pk])).content.decode()
    assert page.index("£20") < page.index("£80")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"assessed_on": ""}, "Answer “When were they assessed?”"),
        ({"assessed_on": "2999-01-01"}, "cannot be in the future"),
        ({"heroin": "a lot"}, "Heroin: enter pounds a day, like 20 or 12.50"),
        ({"heroin": "-5"}, "Heroin: enter pounds a day"),
        ({"crack": "1.234"}, "pounds and pence"),
        ({"crack_route": "nonsense"}, "nonsense"),
        ({"health": "x" * 4001}, "4000 characters or fewer"),
    ],
)
def test_a_wrong_answer_is_said_and_linked(client, url, wrong, sentence):
    page = client.post(url, {"assessed_on": TODAY.isoformat()} | wrong)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert f'href="#id_{next(iter(wrong))}' in page.content.decode()
    assert not Assessment.objects.exists()


def test_twice_on_one_day_is_a_sentence(client, url):
    answers = {"assessed_on": TODAY.isoformat(), "heroin": "20"}
    client.post(url, answers)
    page = client.post(url, answers)
    assert page.status_code == 422
    assert "already recorded an assessment on this day" in page.content.decode()


def test_a_closed_case_is_not_assessed(client, case, url, facilitator):
    case.refer_on(by=facilitator, reason="Another service")
    page = client.post(url, {"assessed_on": TODAY.isoformat()})
    assert page.status_code == 422
    assert "Reopen it before recording an assessment" in page.content.decode()


def test_the_same_by_api(client, case, cgl, cgl_worker, facilitator):
    answers = {"case": str(case.pk), "assessed_on": TODAY.isoformat(), "heroin": "80.00", "funded_by": ["work"]}
    answer = client.post("/api/v1/assessments/", answers, content_type="application/json")
    assert (answer.status_code, answer.json()["daily_spend"]) == (201, "80.00")
    assert len(client.get(f"/api/v1/assessments/?case={case.pk}").json()["results"]) == 1
    assert client.post("/api/v1/assessments/", answers, content_type="application/json").status_code == 400
    wrong = answers | {"pounds": "1"}
    assert client.post("/api/v1/assessments/", wrong, content_type="application/json").status_code == 400
    client.force_login(cgl_worker)
    assert client.post("/api/v1/assessments/", answers, content_type="application/json").status_code == 400
    case.share(by=facilitator, agency=cgl)
    assert client.post("/api/v1/assessments/", answers, content_type="application/json").status_code == 201
    assert len(client.get("/api/v1/assessments/").json()["results"]) == 2


def test_those_who_do_not_assess(client, case, url, provider, officer):
    for user in (provider, officer):
        client.force_login(user)
        assert client.post(url, {"assessed_on": TODAY.isoformat()}).status_code == 404
