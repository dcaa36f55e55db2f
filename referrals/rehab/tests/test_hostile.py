"""What no page of ours sends, and what nobody is to learn sideways: refused with a sentence, and nothing told."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry, Involvement
from partners.models import Agreement
from referrals.rehab import what_follows
from referrals.rehab.absence_forms import ABSENCE_FORMS
from referrals.rehab.case_forms import STEP_FORMS
from referrals.rehab.funding.forms import FUNDING_FORMS
from referrals.rehab.models import Absence, Action, ActionLink, FollowUpAttempt, OutOfUse, Placement, Plan
from referrals.rehab.placement_forms import PLACEMENT_FORMS
from referrals.rehab.plan.forms import ACTION_FORMS, DOMAIN_FORMS, LINK_FORMS, PLAN_FORMS
from referrals.task_forms import TASK_FORMS

pytestmark = pytest.mark.django_db
API = "/api/v1"
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)


@pytest.fixture
def case(make_case):
    return make_case(on=TODAY - 60 * DAY)


@pytest.fixture
def plan(case, facilitator):
    return Plan.begin(case, by=facilitator)


@pytest.fixture
def shared(case, facilitator, cgl):
    case.share(by=facilitator, agency=cgl)
    return case


@pytest.fixture
def harbour(make_agency, make_agreement, make_user, police):
    """A worker of another treatment agency, with which the force works and CGL does not."""
    agency = make_agency("treatment", "Harbour Lights")
    make_agreement(police, agency)
    return make_user("cgl_worker", agency, family_name="Harbour")


def post(client, path, data, **kwargs):
    return client.post(f"{API}{path}", data, content_type="application/json", **kwargs)


# days and sums at the edges


FAR = "9998-12-31"


@pytest.mark.parametrize("arrival", [TODAY.isoformat(), FAR])
def test_a_slip_in_the_year_of_a_place_asked_for_is_said(signed_in, facilitator, case, rehab_unit, arrival):
    client = signed_in(facilitator)
    said = {"case": str(case.pk), "needs_detox": "False", "expected_arrival": arrival, "expected_departure": FAR}
    answer = post(client, "/rehab-units/fits/", said)
    assert answer.status_code == 400, answer.content
    assert "year" in answer.content.decode()
    answer = post(client, "/placements/", said | {"needs": "x", "units": [str(rehab_unit.pk)]})
    assert answer.status_code == 400
    address = reverse("rehab:placement_request", args=[case.pk])
    assert client.post(address, said | {"look": "1"}).status_code in (200, 422)
    assert not Placement.objects.exists()


def test_a_slip_in_the_year_of_a_step_is_said(signed_in, facilitator, make_placement, case):
    client = signed_in(facilitator)
    stay = make_placement("requested", case=case, on=TODAY - 30 * DAY)
    assert post(client, f"/placements/{stay.pk}/offer/", {"expected_arrival": FAR}).status_code == 400
    stay.offer(by=facilitator)
    said = {"expected_arrival": TODAY.isoformat()}
    assert post(client, f"/placements/{stay.pk}/book/", said | {"expected_departure": FAR}).status_code == 400
    assert post(client, f"/placements/{stay.pk}/book/", {"expected_arrival": FAR}).status_code == 400
    stay.book(by=facilitator, expected_arrival=TODAY)
    stay.arrive(by=facilitator)
    said = {"expected_departure": FAR, "reason": "x"}
    assert post(client, f"/placements/{stay.pk}/extend/", said).status_code == 400
    answer = client.patch(f"{API}/placements/{stay.pk}/", said, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("first", ["1900-01-01", "9990-01-01", "9997-06-01", FAR])
def test_a_board_of_any_day_is_shown_or_refused(signed_in, facilitator, rehab_unit, first):
    client = signed_in(facilitator)
    for address in (reverse("rehab:board"), f"{API}/rehab-board/", f"{API}/rehab-board/{rehab_unit.pk}/"):
        for weeks in ("1", "104"):
            answer = client.get(address, {"first": first, "weeks": weeks})
            assert answer.status_code < 500, (address, answer.content[:300])


def test_places_out_of_use_until_the_end_of_days_do_not_stop_the_board(signed_in, facilitator, make_user, rehab_unit):
    OutOfUse.objects.create(
        unit=rehab_unit, places=1, reason=OutOfUse.Reason.values[0], valid_from=TODAY, valid_to=dt.date(9999, 12, 31)
    )
    client = signed_in(facilitator)
    assert client.get(reverse("rehab:board")).status_code == 200
    assert client.get(f"{API}/out-of-use/").status_code == 200


def test_the_dearest_stay_is_still_shown(signed_in, facilitator, make_placement, case, make_rehab_unit):
    unit = make_rehab_unit(weekly_price=Decimal("999999.99"))
    arrival = TODAY - 30 * DAY
    make_placement(
        "offered", case=case, unit=unit, on=arrival, expected_arrival=arrival, expected_departure=TODAY + 700 * DAY
    )
    client = signed_in(facilitator)
    assert client.get(f"{API}/placements/").status_code == 200
    stay = Placement.objects.get()
    for address in (stay.get_absolute_url(), reverse("rehab:funding_ask", args=[stay.pk])):
        assert client.get(address).status_code == 200


def test_the_largest_budget_is_still_shown(signed_in, supervisor, make_placement, make_funding, make_funder, case):
    funder, most = make_funder(), Decimal("9999999.99")
    funder.budgets.create(year=2025, amount=most)
    stay = make_placement("offered", case=case, on=TODAY - 30 * DAY)
    for _ in range(2):
        make_funding(stay, funder=funder, asked=most, year=2025, paid=most)
    client = signed_in(supervisor)
    for address in (f"{API}/budgets/", f"{API}/fundings/", reverse("rehab:budgets"), reverse("rehab:fundings")):
        assert client.get(address).status_code == 200, address


ODD = ["NaN", "Infinity", "-1", "1e30", "1e-9", "9" * 400, "\0", [], {}, None, True]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_an_odd_sum_is_refused(
    signed_in, facilitator, supervisor, make_placement, make_funder, make_funding, case, odd
):
    stay, funder = make_placement("offered", case=case, on=TODAY - 30 * DAY), make_funder()
    said = {"placement": str(stay.pk), "funder": str(funder.pk), "asked": odd, "year": TODAY.year}
    assert post(signed_in(facilitator), "/fundings/", said).status_code == 400
    funding, client = make_funding(stay, "asked", funder=funder, asked=100), signed_in(supervisor)
    assert post(client, f"/fundings/{funding.pk}/agree/", {"agreed": odd}).status_code == 400
    assert post(client, f"/placements/{stay.pk}/exceed/", {"exceed_up_to": odd, "reason": "x"}).status_code == 400
    funding.agree(by=supervisor, agreed=Decimal(100))
    assert post(client, f"/fundings/{funding.pk}/pay/", {"amount": odd}).status_code == 400
    funding.pay(by=supervisor, amount=Decimal(50))
    payment = funding.payments.get()
    said = {"amount": odd, "reason": "x"}
    answer = client.patch(f"{API}/payments/{payment.pk}/", said, content_type="application/json")
    assert answer.status_code == 400


# bodies that are none

NO_BODIES = ["[]", "[1]", '"x"', "1", "null", "true", '{"\\u0000": "\\u0000"}', '{"case": {}, "matter": []}', "{"]
CREATED = [
    "placements", "progress", "placement-questions", "preparations", "fundings", "absences", "follow-ups",
    "follow-up-attempts", "plans", "actions", "assessments", "assessments/begin", "cases", "tasks", "out-of-use",
    "rehab-units/fits",
]  # fmt: skip


@pytest.mark.parametrize("path", CREATED)
def test_a_body_that_is_none_is_never_a_500(signed_in, facilitator, provider, case, path):
    for user in (facilitator, provider):
        for body in NO_BODIES:
            answer = signed_in(user).post(f"{API}/{path}/", body, content_type="application/json")
            assert answer.status_code in (400, 403, 404), (path, body, answer.content[:200])


ODD_ANSWERS = ["\0", [{}], 10**40, FAR]


@pytest.fixture
def everything(shared, plan, facilitator, make_placement, make_funding, provider):
    """(row, its forms) of each kind that steps are taken on: {its place in the API: …}."""
    stay = make_placement("arrived", case=shared, on=TODAY - 30 * DAY)
    Absence.record(stay, by=provider, kind="agreed", due_back=timezone.now() + DAY)
    housing = plan.domains.get(domain="housing")
    action = Action.add(housing, by=facilitator, partner="Roofs", text="x", due_on=TODAY)
    link = ActionLink.send(action, by=facilitator, email="roofs@throughcare.example")
    task = what_follows.raise_concern(stay, "x", by=provider)
    return {
        "action-links": (link, LINK_FORMS), "actions": (action, ACTION_FORMS), "plan-domains": (housing, DOMAIN_FORMS),
        "plans": (plan, PLAN_FORMS), "tasks": (task, TASK_FORMS), "fundings": (make_funding(stay), FUNDING_FORMS),
        "absences": (stay.absences.get(), ABSENCE_FORMS), "placements": (stay, PLACEMENT_FORMS),
        "cases": (shared, STEP_FORMS),
    }  # fmt: skip


def test_an_odd_answer_to_any_step_is_never_a_500(signed_in, supervisor, everything):
    client = signed_in(supervisor)
    for name, (row, forms) in everything.items():
        for verb, form in forms.items():
            for odd in ODD_ANSWERS:
                said = dict.fromkeys(form.base_fields, odd)
                answer = post(client, f"/{name}/{row.pk}/{verb}/", said)
                assert answer.status_code in (200, 400, 403, 404, 409), (name, verb, odd, answer.content[:300])


# whom one learns of


def test_who_is_given_a_task_learns_of_no_agency_that_theirs_does_not_work_with(
    signed_in, shared, facilitator, cgl_worker, harbour
):
    shared.share(by=facilitator, agency=harbour.membership.agency)
    address = reverse("tasks:add", args=[shared.pk])
    assert str(harbour) in signed_in(facilitator).get(address).content.decode()
    for user, other in ((cgl_worker, harbour), (harbour, cgl_worker)):
        client = signed_in(user)
        page = client.get(address).content.decode()
        assert str(facilitator) in page
        assert str(other) not in page
        said = {"matter": str(shared.pk), "text": "x", "due_on": TODAY.isoformat()}
        assert post(client, "/tasks/", said | {"owner": other.pk}).status_code == 400
        task = post(client, "/tasks/", said | {"owner": user.pk}).json()["id"]
        page = client.get(reverse("tasks:hand_over", args=[task])).content.decode()
        assert str(facilitator) in page
        assert str(other) not in page
        assert post(client, f"/tasks/{task}/hand_over/", {"owner": other.pk}).status_code == 400


def test_a_rehab_does_not_read_where_they_moved_on_to_nor_from(
    signed_in, case, make_placement, make_rehab_unit, make_user, facilitator, provider
):
    stay = make_placement("arrived", case=case, on=TODAY - 30 * DAY)
    there = make_rehab_unit(name="Sea View")
    other = make_user("rehab_provider", there.agency)
    to = make_placement("booked", case=case, unit=there, on=TODAY - 9 * DAY)
    stay.move(by=facilitator, to=to, on=TODAY - 2 * DAY)
    for user, mine, hidden in ((provider, stay, "Sea View"), (other, to, str(stay.unit))):
        client = signed_in(user)
        mine.refresh_from_db()
        addresses = (mine.get_absolute_url(), f"{API}/placements/{mine.pk}/", case.offender.get_absolute_url())
        pages = [client.get(address).content.decode() for address in addresses]
        field, day = ("departed_on", TODAY) if mine == stay else ("arrived_on", TODAY - 3 * DAY)
        said = [{field: day.isoformat()}, {field: (TODAY - 2 * DAY).isoformat(), "departure_reason": "left_early"}]
        for changes in said:
            answer = client.patch(
                f"{API}/placements/{mine.pk}/", changes | {"reason": "x"}, content_type="application/json"
            )
            assert answer.status_code == 400
            pages.append(answer.content.decode())
        entries = Entry.objects.visible_to(user).filter(offender=case.offender)
        pages += entries.values_list("sentence", flat=True)
        assert not any(hidden in page for page in pages)


def test_that_a_link_about_health_was_sent_is_health(plan, facilitator):
    for name, category in (("treatment", "health"), ("housing", "general")):
        action = Action.add(plan.domains.get(domain=name), by=facilitator, partner="A clinic", text="x", due_on=TODAY)
        link = ActionLink.send(action, by=facilitator, email="clinic@throughcare.example")
        link.revoke(by=facilitator, why="cnry")
        lines = Entry.objects.filter(sentence__contains="ink ", url=action.get_absolute_url())
        assert lines.count() == 2
        assert {line.category for line in lines} == {category}


def test_a_filter_does_not_tell_of_attempts_that_are_not_theirs_to_read(
    signed_in, shared, make_placement, facilitator, cgl_worker, police, cgl
):
    stay = make_placement("departed", case=shared, on=TODAY - 50 * DAY)
    check = stay.follow_ups.order_by("due_on").first()
    FollowUpAttempt.record(check, by=facilitator, method="phone", result="no_answer")
    Agreement.objects.between(police, cgl).update(categories=["identity", "case", "health"])
    for user, untried in ((facilitator, False), (cgl_worker, True)):
        rows = signed_in(user).get(f"{API}/follow-ups/?when=untried").json()["results"]
        assert (str(check.pk) in {row["id"] for row in rows}) is untried


# what is over


def test_under_the_plan_of_a_closed_case_nobody_is_let_in(signed_in, plan, case, facilitator, cgl, cgl_worker):
    housing = plan.domains.get(domain="housing")
    action = Action.add(housing, by=facilitator, agency=cgl, text="x", due_on=TODAY)
    case.close(by=facilitator, outcome="Moved away")
    with pytest.raises(ValidationError, match="closed"):
        Action.add(housing, by=facilitator, agency=cgl, text="y", due_on=TODAY)
    with pytest.raises(ValidationError, match="closed"):
        action.reopen(by=facilitator, why="x")
    client = signed_in(facilitator)
    said = {"text": "y", "agency": cgl.pk, "due_on": TODAY.isoformat(), "is_printed": "True"}
    assert post(client, "/actions/", said | {"domain": str(housing.pk)}).status_code == 400
    assert post(client, f"/actions/{action.pk}/reopen/", {"why": "x"}).status_code == 400
    assert Involvement.objects.get(agency=cgl, matter=action.pk).valid_to == TODAY
