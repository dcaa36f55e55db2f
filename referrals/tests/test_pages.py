"""What only the pages do: the list, one referral, the forms of its steps."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.models import Note
from partners.audit.models import Event
from partners.roles import Category
from referrals.models import Referral


def queries(client, address):
    client.get(address)  # what is only asked once
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", ["/referrals/", "/api/v1/referrals/?size=100"])
def test_as_many_queries_for_one_row_as_for_fifty(
    signed_in, make_referral, make_more, facilitator, address, monkeypatch
):
    monkeypatch.setattr("referrals.views.ReferralList.size", 100)
    client = signed_in(facilitator)
    referral = make_referral("accepted")
    for_one = queries(client, address)
    make_more(referral.offender, 49)
    assert queries(client, address) == for_one
    assert Event.objects.filter(verb="referral.list").order_by("-id").first().detail["rows"] == 50


def test_the_list_turns_its_pages_both_ways(signed_in, make_referral, officer):
    made = [make_referral("draft", referred_on=timezone.localdate()) for _ in range(27)]
    client = signed_in(officer)
    first = client.get("/referrals/").context
    assert (first["total"], len(first["rows"])) == (27, 25)
    last = client.get(f"/referrals/{first['page'].next_url}").context
    shown = [row.pk for row, _ in (*first["rows"], *last["rows"])]
    assert sorted(shown) == sorted(referral.pk for referral in made)
    back = client.get(f"/referrals/{last['page'].previous_url}").context
    assert [row for row, _ in back["rows"]] == [row for row, _ in first["rows"]]
    turned = client.get("/referrals/?sort=referred_on").context
    assert [row.pk for row, _ in turned["rows"]] == list(reversed(shown))[:25]


def test_a_filter_that_does_not_exist_is_refused(signed_in, officer):
    client = signed_in(officer)
    for address in ("/referrals/", "/api/v1/referrals/"):
        for asked in ("colour=red", "status=lost", "whose=everyone", "from_unit=1", "sort=name", "after=x"):
            assert client.get(f"{address}?{asked}").status_code == 400, (address, asked)


def test_the_api_sorts_as_the_page_does(signed_in, make_referral, officer):
    for n in range(3):
        make_referral("draft", referred_on=timezone.localdate() - dt.timedelta(days=n))
    client, days = signed_in(officer), []
    url = "/api/v1/referrals/?sort=referred_on&size=2"
    while url:
        answer = client.get(url).json()
        days += [row["referred_on"] for row in answer["results"]]
        url = answer["next"]
    assert days == sorted(days)
    assert len(days) == 3


def test_an_empty_list_says_what_to_do(signed_in, officer, cgl_worker):
    page = signed_in(officer).get("/referrals/").content.decode()
    assert "are listed here" in page
    assert 'href="/referrals/new/"' in page
    assert "No referral fits these filters" in signed_in(officer).get("/referrals/?status=draft").content.decode()


def test_the_sender_reads_status_and_dates_and_never_what_was_said_of_health(
    signed_in, make_referral, officer, facilitator, cgl_worker
):
    referral = make_referral("accepted")
    for n, category in enumerate(c for c in Category if c not in (Category.IDENTITY, Category.CASE)):
        Note.write(
            referral.offender, by=cgl_worker if n % 2 else facilitator, kind="note", category=category,
            text=f"CANARY {category}", happened_at=timezone.now(), matters=[referral.pk],
        )  # fmt: skip
    said = {"reason": "Cannot take part for now", "detail": "CANARY in detox, on methadone"}
    assert signed_in(facilitator).post(f"/referrals/{referral.pk}/close/", said).status_code == 302
    assert "CANARY in detox" in signed_in(facilitator).get(f"/referrals/{referral.pk}/").content.decode()
    client = signed_in(officer)
    page = client.get(f"/referrals/{referral.pk}/").content.decode()
    assert "Closed early" in page
    assert "Cannot take part for now" in page
    for address in (f"/referrals/{referral.pk}/", "/referrals/", f"/api/v1/referrals/{referral.pk}/"):
        assert "CANARY" not in client.get(address).content.decode()


def test_steps_are_buttons_of_those_who_may_take_them(signed_in, make_referral, officer, facilitator):
    referral = make_referral("submitted")
    steps = {user: [label for label, _ in signed_in(user).get(f"/referrals/{referral.pk}/").context["steps"]]
             for user in (officer, facilitator)}  # fmt: skip
    assert steps[officer] == ["Withdraw"]
    assert steps[facilitator] == ["Accept", "Return for more information", "Decline"]


def test_accepting_says_what_each_worker_carries(signed_in, make_referral, facilitator, supervisor, make_user, police):
    make_referral("accepted", worker=supervisor)
    referral = make_referral("submitted")
    make_user("facilitator", police, family_name="Elsewhere")
    client = signed_in(facilitator)
    page = client.get(f"/referrals/{referral.pk}/accept/").content.decode()
    assert "Ama Supervisor: 1 open referral<" in page.replace("\n", "")
    assert "Ama Facilitator: no open referrals" in page
    assert "Elsewhere" not in page
    assert client.post(f"/referrals/{referral.pk}/accept/", {"worker": str(supervisor.pk)}).status_code == 302
    referral.refresh_from_db()
    assert (referral.status, referral.worker) == ("accepted", supervisor)


@pytest.mark.parametrize(
    ("verb", "status", "said", "words"),
    [
        ("accept", "submitted", {}, "Select who will see them?"),
        ("accept", "submitted", {"worker": "4f1c0c1e-0000-4000-8000-000000000000"}, "Select a valid choice"),
        ("decline", "submitted", {}, "Answer “Why?”"),
        ("decline", "submitted", {"reason": "Because"}, "Select a valid choice"),
        ("decline", "submitted", {"reason": "Another reason"}, "Say what the reason was"),
        ("return", "submitted", {}, "Answer “What is missing?”"),
        ("disengage", "accepted", {"reason": "Could not be reached"}, "Enter what was tried"),
        ("close", "accepted", {"reason": "Died", "on_day": "1"}, "must include a month and a year"),
        ("close", "accepted", {"reason": "Died", "on": "2999-01-01"}, "cannot have happened in the future"),
        ("redirect", "submitted", {"pathway": "divert", "reason": "x"}, "nowhere to redirect this to"),
    ],
)
def test_a_bad_answer_is_answered_with_a_sentence(signed_in, walk, supervisor, verb, status, said, words):
    referral = walk(status)
    response = signed_in(supervisor).post(f"/referrals/{referral.pk}/{verb}/", said)
    page = response.content.decode()
    assert response.status_code == 422
    summary = page[page.index("There is a problem") : page.index("</ul>", page.index("There is a problem"))]
    assert words in summary or (words == "Select who will see them?" and "Answer “Who will see them?”" in summary)
    for target in summary.split('href="#')[1:]:
        assert f'id="{target.split(chr(34))[0]}"' in page
    referral.refresh_from_db()
    assert referral.status == status


def test_too_late_is_a_message_and_the_fresh_page(signed_in, walk, facilitator):
    referral = walk("declined")
    client = signed_in(facilitator)
    response = client.post(f"/referrals/{referral.pk}/accept/", {"worker": str(facilitator.pk)}, follow=True)
    assert response.redirect_chain == [(f"/referrals/{referral.pk}/", 302)]
    assert "this referral is declined" in response.content.decode()


def test_not_theirs_is_403_and_not_seen_is_404(signed_in, make_referral, officer, cgl_worker):
    referral = make_referral("submitted")
    assert signed_in(officer).get(f"/referrals/{referral.pk}/accept/").status_code == 403
    assert signed_in(cgl_worker).get(f"/referrals/{referral.pk}/accept/").status_code == 404
    assert signed_in(cgl_worker).get(f"/referrals/{referral.pk}/engage/").status_code == 404


def test_a_returned_referral_is_completed_and_sent_again(signed_in, make_referral, officer, facilitator):
    referral = make_referral("submitted", funds_addiction=None)
    sent = {"reason": "Where do they offend?"}
    signed_in(facilitator).post(f"/referrals/{referral.pk}/return/", sent)
    client = signed_in(officer)
    assert "Where do they offend?" in client.get(f"/referrals/{referral.pk}/").content.decode()
    answers = {"source": "officer", "funds_addiction": "yes", "offending_area": "E08000025", "summary": "Steals daily"}
    assert client.post(f"/referrals/{referral.pk}/revise/", answers).status_code == 302
    assert client.post(f"/referrals/{referral.pk}/submit/").status_code == 302
    referral = Referral.objects.get()
    assert (referral.status, referral.summary, referral.funds_addiction) == ("submitted", "Steals daily", True)
    assert [rule["answer"] for rule in referral.eligibility] == [True, True, True]


def test_a_draft_that_does_not_fit_is_not_sent(signed_in, make_referral, officer):
    referral = make_referral("draft", funds_addiction=False)
    response = signed_in(officer).post(f"/referrals/{referral.pk}/submit/")
    assert response.status_code == 422
    assert "“They offend to fund an addiction” is not met" in response.content.decode()
    referral.refresh_from_db()
    assert referral.status == "draft"


def test_the_back_office_reads_and_takes_steps(signed_in, make_referral, supervisor, facilitator):
    referral = make_referral("submitted")
    client = signed_in(supervisor)
    listed = client.get("/admin/referrals/referral/")
    assert referral.reference in listed.content.decode()
    page = client.get(f"/admin/referrals/referral/{referral.pk}/change/")
    assert "Decline" in page.content.decode()
    assert client.get("/admin/referrals/referral/add/").status_code == 403
    step = f"/admin/referrals/referral/{referral.pk}/steps/decline/"
    assert client.post(step, {"reason": "Under 18"}).status_code == 302
    referral.refresh_from_db()
    assert referral.status == "declined"
    assert signed_in(facilitator).get("/admin/referrals/referral/").status_code in (302, 403)


def test_other_apps_offer_what_follows(signed_in, make_referral, facilitator, monkeypatch):
    referral = make_referral("accepted")
    monkeypatch.setattr("referrals.views.OFFERS", [lambda user, row: ("Begin", "/begin/"), lambda user, row: None])
    steps = signed_in(facilitator).get(f"/referrals/{referral.pk}/").context["steps"]
    assert steps[0] == ("Begin", "/begin/")
    assert len(steps) == 3
