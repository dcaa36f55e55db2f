"""Who sees which placement, by page, API and back office; and what bad input is told."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from offenders.models import Involvement, Offender
from partners.audit.models import Event
from referrals.rehab.models import Placement, Progress

CANARY = "canary-of-the-request"
CONCERN = "canary-of-the-concern"


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


@pytest.fixture
def stay(make_placement, provider):
    stay = make_placement("arrived", on=days_ago(20), needs=CANARY)
    Progress.record(stay, by=provider, on=days_ago(10), engagement="poorly", text="Hard week", concern=CONCERN)
    return stay


@pytest.fixture
def readers(facilitator, supervisor, provider, cgl_worker, make_user, make_agency, police, make_case):
    from partners.models import Unit

    elsewhere = Unit.objects.create(agency=police, name="Another team", kind="team", valid_from=days_ago(900))
    return {
        "own team": facilitator,
        "supervisor": supervisor,
        "unit's provider": provider,
        "cgl": cgl_worker,
        "other provider": make_user("rehab_provider", make_agency()),
        "other team": make_user("facilitator", police, elsewhere),
        "officer": make_user("officer", police, elsewhere),
        "analyst": make_user("analyst", police),
    }


def addresses(stay):
    return [
        reverse("rehab:placement", args=[stay.pk]),
        f"/api/v1/placements/{stay.pk}/",
        f"/api/v1/progress/{stay.progress.get().pk}/",
        reverse("rehab:placements"),
        "/api/v1/placements/",
        "/api/v1/progress/",
    ]


def sees(client, stay):
    """Whether anything of this stay comes back, from any address; all of them agree."""
    name, found = stay.offender.family_name, set()
    for url in addresses(stay):
        answer = client.get(url)
        assert answer.status_code in (200, 403, 404), url
        text = answer.content.decode()
        found.add(any(word in text for word in (name, CANARY, CONCERN, str(stay.pk))) and answer.status_code == 200)
    assert len(found) == 1, found
    return found.pop()


def test_who_sees_a_stay(stay, readers, sign_in, cgl, facilitator, make_agreement):
    theirs = {"own team", "supervisor", "unit's provider"}
    for who, user in readers.items():
        assert sees(sign_in(user), stay) == (who in theirs), who
    stay.case.share(by=facilitator, agency=cgl)
    make_agreement(cgl, stay.unit.agency)  # without it CGL sees the stay, and not what the rehab wrote of it
    assert sees(sign_in(readers["cgl"]), stay)
    Offender.objects.filter(pk=stay.offender_id).update(is_restricted=True)
    for who, user in readers.items():
        assert not sees(sign_in(user), stay), who
    Offender.objects.filter(pk=stay.offender_id).update(is_restricted=False)
    Involvement.objects.filter(matter=stay.pk).update(valid_to=days_ago(1))
    assert not sees(sign_in(readers["unit's provider"]), stay)


def test_only_the_team_asks_for_a_place(make_case, readers, sign_in, cgl, facilitator, rehab_unit):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    url = reverse("rehab:placement_request", args=[case.pk])
    codes = {"own team": 200, "supervisor": 200, "cgl": 403}
    for who, user in readers.items():
        assert sign_in(user).get(url).status_code == codes.get(who, 404), who
    client = sign_in(facilitator)
    asked = {"units": [rehab_unit.pk], "needs": CANARY, "needs_detox": "True"}
    assert client.post(url, asked).status_code == 302
    made = Placement.objects.get()
    assert (made.status, made.needs_detox, made.needs) == ("requested", True, CANARY)
    assert sees_one(sign_in(readers["unit's provider"]), made)
    again = sign_in(facilitator).post(url, asked)
    assert again.status_code == 422
    assert "Already asked for a place" in again.content.decode()
    case.close(by=facilitator, outcome="Moved away")
    assert client.get(url).status_code == 302


def sees_one(client, placement):
    return CANARY in client.get(reverse("rehab:placement", args=[placement.pk])).content.decode()


def test_a_request_by_api(make_case, facilitator, sign_in, rehab_unit, cgl_worker):
    case, client = make_case(), sign_in(facilitator)
    asked = {"case": str(case.pk), "units": [str(rehab_unit.pk)], "needs": "None", "needs_detox": False}

    def post(**changes):
        return client.post("/api/v1/placements/", asked | changes, content_type="application/json")

    for wrong in [
        {"case": "x"},
        {"units": ["x"]},
        {"units": "x"},
        {"needs": ""},
        {"on": "2090-01-01"},
        {"expected_arrival": "31/2/2024"},
    ]:
        answer = post(**wrong)
        assert answer.status_code == 400, wrong
        assert next(iter(wrong)) in answer.json()["fields"]
    assert post(colour="blue").status_code == 400
    answer = post()
    assert answer.status_code == 201, answer.json()
    assert [made["steps"] for made in answer.json()] == [["offer", "decline", "withdraw"]]
    assert sign_in(cgl_worker).post("/api/v1/placements/", asked, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    ("status", "verb", "answers", "sentence"),
    [
        ("booked", "arrive", {"on": "2090-01-01"}, "today or in the past"),
        ("booked", "arrive", {"on": "2023-01-01"}, "the day the place was requested"),
        ("offered", "book", {}, "Answer “When will they arrive?”"),
        (
            "offered",
            "book",
            {"expected_arrival": "2024-03-01", "expected_departure": "2024-02-01"},
            "before they arrive",
        ),
        ("requested", "decline", {}, "Answer “Why?”"),
        ("arrived", "depart", {"on": "2024-01-31", "departure_reason": "completed"}, "cannot be before"),
        ("arrived", "depart", {"departure_reason": "completed"}, "Where did they go?"),
        ("arrived", "depart", {"departure_reason": "died"}, "you have checked"),
        ("arrived", "depart", {"departure_reason": "custody", "move_on": "died"}, "say so as the reason"),
    ],
)
def test_bad_answers_are_told(status, verb, answers, sentence, make_placement, facilitator, sign_in):
    stay, client = make_placement(status), sign_in(facilitator)
    page = client.post(reverse(f"rehab:placement_{verb}", args=[stay.pk]), answers)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "There is a problem" in page.content.decode()
    api = client.post(f"/api/v1/placements/{stay.pk}/{verb}/", answers, content_type="application/json")
    assert api.status_code == 400
    assert sentence in str(api.json()["fields"])
    assert Placement.objects.get(pk=stay.pk).status == status


def test_steps_by_page_and_api(make_placement, provider, facilitator, sign_in):
    stay, client = make_placement("requested"), sign_in(provider)
    assert client.post(reverse("rehab:placement_offer", args=[stay.pk])).status_code == 302
    assert client.get(reverse("rehab:placement_book", args=[stay.pk])).status_code == 403
    late = client.post(
        f"/api/v1/placements/{stay.pk}/decline/", {"decline_reason": "full"}, content_type="application/json"
    )
    assert late.status_code == 409
    page = client.get(reverse("rehab:placement_decline", args=[stay.pk]), follow=True)
    assert "this placement is offered" in page.content.decode()
    sign_in(facilitator)
    url = f"/api/v1/placements/{stay.pk}/"
    for verb, answers in [
        ("book", {"expected_arrival": "2024-02-02"}),
        ("arrive", {"on": "2024-02-02"}),
        ("depart", {"departure_reason": "died", "has_died": True, "on": "2024-02-05"}),
    ]:
        answer = client.post(f"{url}{verb}/", answers, content_type="application/json")
        assert answer.status_code == 200, answer.json()
    assert (answer.json()["status"], answer.json()["move_on"], answer.json()["days"]) == ("departed", "died", 3)


def test_progress_by_page_and_api(stay, provider, facilitator, sign_in):
    url, api = reverse("rehab:progress_add", args=[stay.pk]), "/api/v1/progress/"
    assert sign_in(facilitator).get(url).status_code == 403
    client = sign_in(provider)
    assert "Progress due this week" in client.get(reverse("rehab:placement", args=[stay.pk])).content.decode()
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"engagement": "well", "text": "Fine"}).status_code == 302
    assert client.post(url, {"engagement": "well", "text": "Fine"}).status_code == 422  # today is recorded already
    week = {"placement": str(stay.pk), "engagement": "well", "text": "Fine", "on": days_ago(3).isoformat()}
    assert client.post(api, week, content_type="application/json").status_code == 201
    assert client.post(api, week, content_type="application/json").status_code == 400
    assert len(client.get(f"{api}?placement={stay.pk}").json()["results"]) == 3
    assert CONCERN in client.get(reverse("rehab:placement", args=[stay.pk])).content.decode()
    assert sign_in(facilitator).post(api, week, content_type="application/json").status_code == 403


def test_filters_show_what_they_say(stay, make_placement, provider, sign_in, make_rehab_unit):
    other = make_rehab_unit(name="Hidden House")
    late = make_placement("booked", on=days_ago(5))
    asked = make_placement("requested")
    client = sign_in(provider)
    for query, found in [
        ("", {stay, late, asked}),
        ("?status=arrived", {stay}),
        ("?status=requested&status=booked", {late, asked}),
        ("?expected=overdue", {late}),
        ("?progress=due", {stay}),
        (f"?unit={stay.unit_id}&sort=day", {stay, late, asked}),
        (f"?case={late.case_id}", {late}),
    ]:
        page = client.get(reverse("rehab:placements") + query)
        assert {row.pk for row in page.context["page"].rows} == {row.pk for row in found}, query
        rows = client.get(f"/api/v1/placements/{query.split('&sort')[0]}").json()["results"]
        assert {row["id"] for row in rows} == {str(row.pk) for row in found}, query
    assert other.name not in page.content.decode()
    shown = Event.objects.filter(verb="placement.list").latest("id")
    assert shown.offenders == [late.offender_id]
    for wrong in ["?colour=blue", "?status=gone", f"?unit={other.pk}", "?unit=x", "?case=x", "?after=x"]:
        assert client.get(reverse("rehab:placements") + wrong).status_code == 400, wrong
        assert client.get(f"/api/v1/placements/{wrong}").status_code == 400, wrong


def test_units_are_the_teams_list(stay, readers, sign_in, rehab_unit):
    for who, user in readers.items():
        client = sign_in(user)
        for url in (reverse("rehab:units"), "/api/v1/rehab-units/"):
            answer = client.get(url)
            assert answer.status_code == (403 if who in ("officer", "analyst") else 200), (who, url)
            if who == "other provider":
                assert rehab_unit.name not in answer.content.decode()
    assert Event.objects.filter(verb="rehab_unit.list").first().offenders == []


def test_lists_cost_the_same_for_one_and_fifty(make_placement, make_more, supervisor, sign_in, queries, provider):
    urls = [
        reverse("rehab:placements"),
        "/api/v1/placements/?size=100",
        reverse("admin:rehab_placement_changelist"),
        reverse("rehab:follow_ups") + "?when=overdue",
        "/api/v1/follow-ups/?size=100",
        reverse("admin:rehab_followup_changelist"),
        "/api/v1/progress/?size=100",
        reverse("rehab:units"),
        "/api/v1/rehab-units/",
        reverse("admin:rehab_rehabunit_changelist"),
    ]

    stay = make_placement("arrived", on=days_ago(400))
    Progress.record(stay, by=provider, on=days_ago(395), engagement="well", text="Well")
    stay.depart(by=supervisor, on=days_ago(390), departure_reason="completed")
    client = sign_in(supervisor)
    before = [queries(client, url) for url in urls]
    make_more(stay.offender, 49)
    assert [queries(client, url) for url in urls] == before


def test_the_back_office_takes_the_same_steps(make_placement, supervisor, make_user, police, sign_in):
    stay, client = make_placement("booked"), sign_in(supervisor)
    page = client.get(reverse("admin:rehab_placement_change", args=[stay.pk]))
    assert "Record the arrival" in page.content.decode()
    url = reverse("admin:rehab_placement_arrive", args=[stay.pk])
    assert client.post(url, {"on": "2090-01-01"}).status_code == 422
    assert client.post(url, {"on": "2024-02-02"}).status_code == 302
    assert Placement.objects.get().status == "arrived"
    assert client.get(reverse("admin:rehab_rehabunit_add")).status_code == 403
    administrator = sign_in(make_user("administrator", police))
    assert administrator.get(reverse("admin:rehab_rehabunit_add")).status_code == 200
    assert administrator.get(reverse("admin:rehab_placement_changelist")).status_code == 403
