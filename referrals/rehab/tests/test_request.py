"""Asking several units at once, what they ask back, and what is withdrawn with what."""

import datetime as dt
import re
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from offenders.models import Amendment, Entry, Involvement
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import Agreement
from referrals.rehab.models import Placement, PlacementQuestion, Preparation

DAY = dt.date(2024, 2, 1)
NEEDS = {"needs": "A quiet room, and a script", "needs_detox": "False"}


@pytest.fixture
def house(make_rehab_unit):
    return make_rehab_unit(name="Second house", takes="women", cannot_take=["arson"], weekly_price=900)


@pytest.fixture
def housekeeper(make_user, house):
    return make_user("rehab_provider", house.agency)


def request_url(case):
    return reverse("rehab:placement_request", args=[case.pk])


# asking


def test_several_units_are_asked_at_once(make_case, facilitator, rehab_unit, house, sign_in, provider, housekeeper):
    case = make_case()
    asked = NEEDS | {"units": [rehab_unit.pk, house.pk], "circumstances": ["arson", "curfew"]}
    assert sign_in(facilitator).post(request_url(case), asked).status_code == 302
    made = Placement.objects.filter(case=case)
    assert {one.unit for one in made} == {rehab_unit, house}
    assert {(one.needs, tuple(one.circumstances)) for one in made} == {(NEEDS["needs"], ("arson", "curfew"))}
    for user, unit in ((provider, rehab_unit), (housekeeper, house)):
        seen = Placement.objects.visible_to(user).get()
        assert seen.unit == unit
        page = sign_in(user).get(seen.get_absolute_url()).content.decode()
        assert "Arson, A curfew or tag" in page
    names = {str(rehab_unit), str(house)}
    told = set(Entry.objects.filter(offender=case.offender, sentence__startswith="Rehab place requested"))
    assert {entry.sentence.removeprefix("Rehab place requested: ") for entry in told} == names


def test_all_are_asked_or_none(make_case, facilitator, rehab_unit, house, sign_in, monkeypatch):
    case, request = make_case(), Placement.request

    def refuse_the_second(case, *, unit, **fields):
        if unit == house:
            raise ValidationError("Not this one.")
        return request(case, unit=unit, **fields)

    monkeypatch.setattr(Placement, "request", refuse_the_second)
    answer = sign_in(facilitator).post(request_url(case), NEEDS | {"units": [rehab_unit.pk, house.pk]})
    assert answer.status_code == 422
    assert not Placement.objects.exists()
    assert not Involvement.objects.filter(basis="placement").exists()


def test_the_page_says_which_units_fit_and_why_not(make_case, facilitator, rehab_unit, house, sign_in):
    case, client = make_case(), sign_in(facilitator)
    page = client.get(request_url(case)).content.decode()
    assert page.index(str(rehab_unit)) < page.index(str(house))  # which takes women, of whom it is not known
    look = {"look": "1", "circumstances": ["arson"], "price_limit": "850", "needs_detox": "True"}
    answer = client.post(request_url(case), look)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "There is a problem" not in page
    for words in ("Does not fit", "No: Cannot take: arson", "No: £900 a week, £50 too much", "Not known: Takes women"):
        assert words in page
    assert not Placement.objects.exists()
    wrong = client.post(request_url(case), look | {"miles": "far", "near": "E08000026"})
    assert wrong.status_code == 422
    assert "Enter a whole number" in wrong.content.decode()


def test_what_fits_by_api(make_case, facilitator, provider, house, sign_in):
    case, client = make_case(), sign_in(facilitator)

    def post(**answers):
        return client.post("/api/v1/rehab-units/fits/", {"case": case.pk, "needs_detox": False} | answers,
                           content_type="application/json")  # fmt: skip

    (fitting,) = [row for row in post(circumstances=["arson"]).json() if row["unit"] == str(house.pk)]
    assert fitting["fits"] is False
    assert {"name": "circumstances", "met": False, "sentence": "Cannot take: arson"} in fitting["reasons"]
    assert Event.objects.filter(verb="case.fits", offenders__contains=[case.offender_id]).exists()
    assert post(circumstances=["sloth"]).status_code == 400
    client.force_login(provider)
    assert post().status_code == 400  # no case that they see


def test_asking_again_starts_from_what_was_said_last(make_case, make_placement, facilitator, sign_in):
    case = make_case()
    make_placement("requested", case=case, needs="Ground floor", circumstances=["step_free"])
    page = sign_in(facilitator).get(request_url(case)).content.decode()
    assert "Ground floor" in page
    assert re.search(r'<input[^>]*checked[^>]*value="step_free"', page)


def test_the_page_asks_as_many_questions_of_many_units(make_case, make_rehab_unit, make_agency, facilitator, sign_in):
    case, client = make_case(), sign_in(facilitator)
    first = make_rehab_unit()

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(request_url(case)).status_code == 200
        return len(found)

    queries()
    one = queries()
    for _ in range(50):
        make_rehab_unit(agency=first.agency)
    assert queries() == one


# what the units answer


def test_a_unit_declines_with_a_reason_of_the_list(make_placement, provider, sign_in):
    stay = make_placement("requested")
    url, client = reverse("rehab:placement_decline", args=[stay.pk]), sign_in(provider)
    assert client.post(url, {}).status_code == 422
    assert "what the other reason is" in client.post(url, {"decline_reason": "other"}).content.decode()
    assert client.post(url, {"decline_reason": "full", "reason": "Until June"}).status_code == 302
    stay.refresh_from_db()
    assert (stay.status, stay.decline_reason) == ("declined", "full")
    assert stay.end_reason == "No place on those dates: Until June"


def test_only_what_is_declined_has_a_reason_of_the_list(make_placement):
    stay = make_placement("requested")
    with pytest.raises(IntegrityError, match="reason_to_decline_is_of_a_declined"), transaction.atomic():
        Placement.objects.filter(pk=stay.pk).update(decline_reason="full")


def test_a_rehab_asks_and_the_team_answers(make_placement, provider, facilitator, cgl, cgl_worker, sign_in, police):
    stay = make_placement("requested")
    stay.case.share(by=facilitator, agency=cgl)
    client, page = sign_in(provider), stay.get_absolute_url()
    assert "Ask a question" in client.get(page).content.decode()
    url = reverse("rehab:question_ask", args=[stay.pk])
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"text": "Any seizures?"}).status_code == 302
    assert "asked already" in client.post(url, {"text": "Any seizures?"}).content.decode()
    question = PlacementQuestion.objects.get()
    assert "Any seizures?" not in sign_in(cgl_worker).get(page).content.decode()  # no agreement with the rehab
    client = sign_in(facilitator)
    assert "Any seizures?" in client.get(page).content.decode()
    assert "Any seizures?" in client.get("/").content.decode()
    url = reverse("rehab:question_answer", args=[question.pk])
    assert sign_in(provider).get(url).status_code == 403
    assert sign_in(facilitator).post(url, {"answer_text": "None since May"}).status_code == 302
    question.refresh_from_db()
    assert (question.status, question.answered_by) == ("answered", facilitator)
    client = sign_in(provider)
    assert "None since May" in client.get(page).content.decode()
    assert "your question is answered" in client.get("/").content.decode()
    with pytest.raises(IllegalStep):
        question.answer(by=facilitator, answer_text="Again")
    assert Event.objects.filter(verb="placementquestion.list", by=provider).exists()


def test_an_answer_is_health_and_a_question_is_not(make_placement, provider, facilitator, sign_in):
    stay = make_placement("requested", circumstances=["arson"])
    question = PlacementQuestion.ask(stay, by=provider, text="Any seizures?")
    question.answer(by=facilitator, answer_text="None since May")
    client = sign_in(provider)
    shown = [stay.get_absolute_url(), f"/api/v1/placement-questions/{question.pk}/", f"/api/v1/placements/{stay.pk}/"]
    before = "".join(client.get(url).content.decode() for url in shown)
    Agreement.objects.update(categories=["identity", "case", "general"])
    after = "".join(client.get(url).content.decode() for url in shown)
    for words in ("None since May", "Arson", '"arson"'):
        assert words in before
        assert words not in after
    assert "Any seizures?" in after


def test_who_may_ask_and_when(make_placement, provider, facilitator, housekeeper):
    stay = make_placement("booked")
    for user in (facilitator, housekeeper):
        with pytest.raises(PermissionDenied):
            PlacementQuestion.ask(stay, by=user, text="Why?")
    PlacementQuestion.ask(stay, by=provider, text="Which train?")
    stay.arrive(by=provider, on=DAY)
    with pytest.raises(ValidationError, match="before the person is there"):
        PlacementQuestion.ask(stay, by=provider, text="And now?")
    assert not PlacementQuestion.objects.open().exists()


def test_each_side_amends_its_own_words(make_placement, provider, facilitator):
    question = PlacementQuestion.ask(make_placement("requested"), by=provider, text="Any seizure?")
    assert not PlacementQuestion.objects.amendable_by(facilitator).exists()
    assert question.amendable_fields(provider) == {"text"}
    question.answer(by=facilitator, answer_text="No")
    assert question.amendable_fields(provider) == {"text"}
    assert question.amendable_fields(facilitator) == {"answer_text"}


def test_questions_by_api(make_placement, provider, facilitator, sign_in):
    stay, client = make_placement("requested"), sign_in(provider)
    asked = {"placement": str(stay.pk), "text": "Any seizures?"}
    made = client.post("/api/v1/placement-questions/", asked, content_type="application/json")
    assert (made.status_code, made.json()["steps"]) == (201, [])
    url = f"/api/v1/placement-questions/{made.json()['id']}/"
    assert client.post(f"{url}answer/", {"answer_text": "No"}, content_type="application/json").status_code == 403
    client = sign_in(facilitator)
    assert client.post("/api/v1/placement-questions/", asked, content_type="application/json").status_code == 403
    answered = client.post(f"{url}answer/", {"answer_text": "No"}, content_type="application/json")
    assert (answered.status_code, answered.json()["answer_text"]) == (200, "No")
    amended = client.patch(url, {"answer_text": "One", "reason": "He told me"}, content_type="application/json")
    assert amended.json()["answer_text"] == "One", amended.json()
    assert Amendment.objects.get().category == "health"


@pytest.mark.parametrize("path", ["{page}", "/api/v1/placement-questions/"])
def test_many_questions_cost_no_more_than_one(path, make_placement, provider, facilitator, sign_in):
    stay, client = make_placement("requested"), sign_in(facilitator)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(path.format(page=stay.get_absolute_url())).status_code == 200
        return len(found)

    PlacementQuestion.ask(stay, by=provider, text="First?")
    queries()
    one = queries()
    for number in range(10):
        PlacementQuestion.ask(stay, by=provider, text=f"Number {number}?")
    assert queries() == one


# what is withdrawn with what


def test_booking_one_withdraws_the_others_and_says_so_before(make_case, make_placement, facilitator, house, sign_in,
                                                             housekeeper):  # fmt: skip
    case = make_case()
    first, second = make_placement("offered", case=case), make_placement("requested", case=case, unit=house)
    other = make_placement("requested")  # of someone else
    url, client = reverse("rehab:placement_book", args=[first.pk]), sign_in(facilitator)
    page = client.get(url).content.decode()
    assert "Withdrawn with this" in page
    assert "Second house, requested" in page
    assert client.post(url, {"expected_arrival": "1 May 2030"}).status_code == 302
    second.refresh_from_db()
    assert (second.status, second.end_reason) == ("withdrawn", "Another place was booked")
    other.refresh_from_db()
    assert other.status == "requested"
    page = sign_in(housekeeper).get(second.get_absolute_url()).content.decode()
    assert "Another place was booked" in page
    assert str(first.unit) not in page
    assert Event.objects.about(second).filter(verb="placement.withdraw").exists()
    assert "Withdrawn with this" not in sign_in(facilitator).get(url).content.decode()


def test_what_was_asked_later_outlives_an_earlier_booking(make_case, make_placement, house, facilitator):
    case = make_case()
    later = make_placement("requested", case=case, unit=house, on=dt.date(2024, 5, 1))
    make_placement("booked", case=case, on=DAY)
    later.refresh_from_db()
    assert later.status == "requested"


@pytest.mark.django_db(transaction=True)
def test_of_two_bookings_at_once_one_wins(make_case, make_placement, make_rehab_unit, facilitator):
    case = make_case()
    stays = [make_placement("offered", case=case, unit=make_rehab_unit()) for _ in range(2)]
    barrier, said = threading.Barrier(2), []

    def book(stay):
        barrier.wait()
        try:
            stay.book(by=facilitator, expected_arrival=DAY, on=DAY)
            said.append("booked")
        except IllegalStep as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=book, args=[Placement.objects.get(pk=stay.pk)]) for stay in stays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["You cannot book the place: this placement is withdrawn.", "booked"]
    assert sorted(case.placements.values_list("status", flat=True)) == ["booked", "withdrawn"]


def test_withdrawing_a_request_ends_what_hangs_on_it_and_says_so_before(
    make_placement, make_funding, facilitator, provider, sign_in
):
    stay = make_placement("requested")
    funding = make_funding(stay, "asked", asked=900)
    assert "£900" not in sign_in(provider).get(reverse("rehab:placement_decline", args=[stay.pk])).content.decode()
    url, client = reverse("rehab:placement_withdraw", args=[stay.pk]), sign_in(facilitator)
    assert "£900" in client.get(url).content.decode()
    client.post(url, {"reason": "Moved away"})
    funding.refresh_from_db()
    assert (funding.status, funding.end_reason) == ("withdrawn", "Withdrawn")


def test_closing_a_case_ends_what_hangs_on_it_and_says_so_before(
    make_case, make_placement, make_funding, facilitator, house, sign_in, rehab_unit
):
    case = make_case(on=DAY)
    stays = [make_placement("booked", case=case), make_placement("requested", case=case, unit=house)]
    fundings = [make_funding(stay, "asked", asked=900) for stay in stays]
    course = Preparation.arrange(case, by=facilitator, kind="course", starts_on=DAY, place="The library")
    detox = Preparation.arrange(case, by=facilitator, kind="detox", starts_on=DAY, place="Park House")
    detox.begin(by=facilitator, on=DAY)
    url, client = reverse("rehab:case_close", args=[case.pk]), sign_in(facilitator)
    page = client.get(url).content.decode()
    for words in (f"{rehab_unit}, booked", "Second house, requested", "£900", "The library", "Park House"):
        assert words in page
    assert client.post(url, {"ending": "moved"}).status_code == 302
    for stay in stays:
        stay.refresh_from_db()
    assert [(stay.status, stay.end_reason) for stay in stays] == [("withdrawn", "The case ended")] * 2
    for funding in fundings:
        funding.refresh_from_db()
        assert funding.status == "withdrawn"
    course.refresh_from_db()
    detox.refresh_from_db()
    assert [course.status, detox.status] == ["cancelled", "left"]


def test_a_decision_against_rehab_ends_what_hangs_on_the_case(make_case, make_placement, facilitator):
    case = make_case("assessing", on=DAY)
    stay = make_placement("requested", case=case, on=DAY)
    case.stand_down(by=facilitator, reason="Changed their mind", on=DAY)
    stay.refresh_from_db()
    assert stay.status == "withdrawn"


def test_an_arrival_stands_in_the_way(make_placement, make_funding, facilitator, sign_in):
    stay = make_placement("arrived")
    funding = make_funding(stay, "asked")
    client = sign_in(facilitator)
    for url, words in (
        (reverse("rehab:placement_withdraw", args=[stay.pk]), "You cannot withdraw the request: this placement is in"),
        (reverse("rehab:case_close", args=[stay.case_id]), "You cannot close the case: this case is in rehab"),
    ):
        assert words in client.get(url, follow=True).content.decode()
    funding.refresh_from_db()
    assert funding.status == "asked"
