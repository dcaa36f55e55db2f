"""Assessing a person, by page and API."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.rehab.models import Assessment
from referrals.rehab.questions import QUESTIONS, Question

TODAY = timezone.localdate()


@pytest.fixture
def case(client, make_case, facilitator):
    client.force_login(facilitator)
    return make_case("assessing")


@pytest.fixture
def begin(client, case):
    """Begin one by its page; `write` and `finish` then send a page each."""

    def begin(part="whole", days_ago=0, **answers):
        day = (TODAY - dt.timedelta(days=days_ago)).isoformat()
        return client.post(reverse("rehab:assess", args=[case.pk]), {"part": part, "on": day} | answers)

    return begin


@pytest.fixture
def write(client):
    def write(section, **answers):
        row = Assessment.objects.unfinished().get()
        return client.post(reverse(f"rehab:assessment_{section}", args=[row.pk]), answers)

    return write


@pytest.fixture
def finish(client):
    def finish(**answers):
        row = Assessment.objects.unfinished().get()
        said = {"assessed_on": row.assessed_on.isoformat()} | answers
        return client.post(reverse("rehab:assessment", args=[row.pk]), said, follow=True)

    return finish


def test_an_assessment_is_written_section_by_section_and_finished(client, begin, write, finish):
    at = begin("offending").url
    row = Assessment.objects.get()
    assert at == reverse("rehab:assessment_substances", args=[row.pk])
    heroin = {"heroin": "£80", "heroin_route": "inject", "heroin_frequency": "daily"}
    at = write("substances", crack="60.50", alcohol_frequency="weekly", funded_by=["shop_theft"], **heroin).url
    assert at == reverse("rehab:assessment_offending", args=[row.pk])
    assert write("offending").url == reverse("rehab:assessment_life", args=[row.pk])
    assert write("life", housing="A hostel").url == reverse("rehab:assessment", args=[row.pk])
    page = client.get(reverse("rehab:assessment", args=[row.pk])).content.decode()
    assert "A hostel" in page
    assert "£60.50 a day" in page
    page = finish().content.decode()
    assert "£140.50" in page
    assert "Not finished yet: treatment and health" in page
    assessment = Assessment.objects.with_spend().get()
    assert str(assessment.daily_spend) == "140.50"
    assert {(one.substance, one.daily_spend is None) for one in assessment.substances.all()} == {
        ("heroin", False), ("crack", False), ("alcohol", True),
    }  # fmt: skip
    assert assessment.asked.keys() == {"substances", "funded_by", "offending", "orders", "risks", "housing", "family"}
    assert client.get(at).url == reverse("rehab:case_assessment", args=[assessment.case_id])


def test_its_questions_stay_as_they_were_asked(client, case, begin, write, finish, monkeypatch):
    begin("treatment")
    write("health", health="Fair")
    finish()
    monkeypatch.setitem(QUESTIONS, "health", Question("And how are they keeping?"))
    page = client.get(reverse("rehab:case_assessment", args=[case.pk])).content.decode()
    assert "How is their health?" in page
    assert "And how are they keeping?" not in page


def test_the_page_keeps_by_itself_and_tells_of_what_it_cannot(client, begin, write, supervisor, facilitator):
    begin()
    row = Assessment.objects.get()
    url = reverse("rehab:assessment_life", args=[row.pk])
    seen = client.get(url).context["form"].initial["seen"]
    kept = write("life", housing="A hos", seen=seen, by_itself="1")
    assert kept.status_code == 200
    assert "Saved at" in kept.json()["told"]
    again = write("life", housing="A hostel", seen=kept.json()["seen"], by_itself="1")
    assert again.status_code == 200
    late = {"housing": "A tent", "seen": seen}
    assert write("life", by_itself="1", **late).status_code == 409
    both = write("life", **late)
    assert both.status_code == 409
    assert "A hostel" in both.content.decode()
    wrong = write("substances", heroin="a lot", by_itself="1")
    assert (wrong.status_code, wrong.json()["told"][:9]) == (422, "Not saved")
    row.refresh_from_db()
    assert row.housing == "A hostel"
    row.finish(by=facilitator)
    assert client.post(url, {"housing": "Other", "by_itself": "1"}).status_code == 302


def test_who_begins_again_carries_on(client, case, begin, supervisor, cgl_worker, facilitator, cgl):
    begin()
    client.force_login(supervisor)
    page = client.get(reverse("rehab:assess", args=[case.pk]), follow=True)
    assert "Carry on with it" in page.content.decode()
    tab = reverse("rehab:case_assessment", args=[case.pk])
    assert "not finished" in client.get(tab).content.decode()
    case.share(by=facilitator, agency=cgl)
    client.force_login(cgl_worker)
    page = client.get(tab).content.decode()
    assert "not finished" not in page
    assert "holds an assessment" not in page
    assert "Nobody has assessed them yet" in page
    row = Assessment.objects.get()
    for name in ("assessment", "assessment_life", "assessment_discard"):
        assert client.get(reverse(f"rehab:{name}", args=[row.pk])).status_code == 404
    assert client.get(f"/api/v1/assessments/{row.pk}/").status_code == 404
    assert client.get("/api/v1/assessments/").json()["results"] == []


def test_one_that_says_nothing_is_not_finished_and_can_be_thrown_away(client, case, begin, finish):
    begin()
    page = finish()
    assert page.status_code == 422
    assert "Say what they take" in page.content.decode()
    client.post(reverse("rehab:assessment_discard", args=[Assessment.objects.get().pk]))
    assert not case.assessments.exists()


def test_a_second_assessment_keeps_the_first(client, case, begin, write, finish):
    for days, pounds in ((30, "80"), (0, "20")):
        begin(days_ago=days)
        write("substances", heroin=pounds)
        page = finish().content.decode()
    assert page.index("£20") < page.index("£80")
    assert "Assessment 2" in page


@pytest.mark.parametrize(
    ("section", "wrong", "sentence"),
    [
        ("substances", {"heroin": "a lot"}, "Heroin: enter pounds a day, like 20 or 12.50"),
        ("substances", {"heroin": "-5"}, "Heroin: enter pounds a day"),
        ("substances", {"crack": "1.234"}, "pounds and pence"),
        ("substances", {"crack_route": "nonsense"}, "nonsense"),
        ("health", {"health": "x" * 4001}, "4000 characters or fewer"),
    ],
)
def test_a_wrong_answer_is_said_and_linked(client, begin, write, section, wrong, sentence):
    begin()
    page = write(section, **wrong)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert f'href="#id_{next(iter(wrong))}' in page.content.decode()
    assert Assessment.objects.get().asked == {}


def test_a_wrong_day_is_a_sentence(client, begin, write, finish):
    assert "in the future" in begin(on="2999-01-01").content.decode()
    begin()
    write("substances", heroin="20")
    for day, sentence in (
        ("", "Answer “When were they assessed?”"), ("2999-01-01", "in the future"), ("1990-01-01", "cannot be before"),
    ):  # fmt: skip
        page = finish(assessed_on=day)
        assert page.status_code == 422
        assert sentence in page.content.decode()
    finish()
    begin()
    write("substances", heroin="30")
    assert "already recorded an assessment on this day" in finish().content.decode()


def test_a_closed_case_is_not_assessed(client, case, begin, facilitator):
    case.refer_on(by=facilitator, reason="Another service")
    page = begin()
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


def test_parts_by_api(client, case, cgl, cgl_worker, facilitator):
    api, kind = "/api/v1/assessments/", {"content_type": "application/json"}
    begun = client.post(f"{api}begin/", {"case": str(case.pk), "part": "offending"}, **kind)
    assert (begun.status_code, begun.json()["finished_at"]) == (201, None)
    one = f"{api}{begun.json()['id']}/"
    assert client.post(f"{one}health/", {"health": "Fair"}, **kind).status_code == 400
    assert client.post(f"{one}life/", {"housing": "A hostel", "health": "Fair"}, **kind).status_code == 400
    kept = client.post(f"{one}life/", {"housing": "A hostel"}, **kind)
    assert (kept.status_code, kept.json()["housing"]) == (200, "A hostel")
    assert kept.json()["asked"]["housing"] == QUESTIONS["housing"].text
    assert client.post(f"{one}finish/", {"assessed_on": ""}, **kind).status_code == 400
    finished = client.post(f"{one}finish/", {"assessed_on": TODAY.isoformat()}, **kind)
    assert finished.json()["finished_at"]
    assert client.post(f"{one}discard/", **kind).status_code == 409
    case.share(by=facilitator, agency=cgl)
    client.force_login(cgl_worker)
    treatment = {"case": str(case.pk), "assessed_on": TODAY.isoformat(), "part": "treatment"}
    assert client.post(api, treatment | {"heroin": "20"}, **kind).status_code == 400
    made = client.post(api, treatment | {"health": "Fair"}, **kind)
    assert (made.status_code, made.json()["round"]) == (201, 1)
    begun = client.post(f"{api}begin/", {"case": str(case.pk), "part": "whole"}, **kind).json()["id"]
    assert client.post(f"{api}{begun}/discard/", **kind).status_code == 204
    assert not Assessment.objects.unfinished().exists()


def test_those_who_do_not_assess(client, case, provider, officer):
    for user in (provider, officer):
        client.force_login(user)
        assert client.post(reverse("rehab:assess", args=[case.pk]), {"part": "whole"}).status_code == 404
