"""Putting someone forward, page by page."""

import datetime as dt
import re
import uuid

import pytest
from django.utils import timezone

from offenders.models import Involvement, NamedUser, Offender
from partners.audit.models import Event
from partners.models import Membership
from referrals.models import Journey, Referral
from referrals.tasks import clear_journeys

WHO = {
    "given_names": "Robin", "family_name": "Newcomer", "date_of_birth_day": "27", "date_of_birth_month": "March",
    "date_of_birth_year": "1990", "sex": "1", "phone": "07700 900123", "area": "E08000026",
}  # fmt: skip
WHY = {"source": "officer", "funds_addiction": "yes", "offending_area": "E08000025", "summary": "Steals every day"}


@pytest.fixture
def client(signed_in, officer):
    return signed_in(officer)


def begin(client, pathway="o2r", who=WHO):
    """Begin with who it is. Returns the address of the journey."""
    first = client.get("/referrals/new/", {"pathway": pathway}).url
    at = first.partition("who/")[0]
    assert client.post(first, who).url == f"{at}match/"
    return at


def walk_to_check(client, who=WHO, why=WHY):
    at = begin(client, who=who)
    assert client.get(f"{at}match/").url == f"{at}why/"
    assert client.post(f"{at}why/", why).url == f"{at}check/"
    return at


def test_a_new_person_is_referred(client, officer, facilitator, npu):
    at = walk_to_check(client)
    assert not Offender.objects.exists()
    page = client.get(f"{at}check/").content.decode()
    assert all(words in page for words in ("Robin Newcomer", "27 March 1990", "Steals every day", "Coventry", "Met"))
    sent = client.post(f"{at}check/", {"action": "send"})
    referral = Referral.objects.get()
    assert sent.url == f"/referrals/{referral.pk}/sent/"
    assert (referral.status, referral.from_unit, referral.source) == ("submitted", npu, "officer")
    assert (referral.area_id, referral.offending_area_id) == ("E08000026", "E08000025")
    person = referral.offender
    assert (person.date_of_birth, person.sex, person.phone) == (dt.date(1990, 3, 27), "1", "07700 900123")
    assert referral.reference in client.get(sent.url).content.decode()
    assert Referral.objects.visible_to(facilitator).get() == referral
    verbs = Event.objects.filter(by=officer, offenders=[person.pk]).values_list("verb", flat=True)
    assert {"offender.add", "referral.draft", "referral.submit", "referral.view"} <= set(verbs)


def test_way_back_answers_are_still_there(client):
    at = walk_to_check(client)
    assert 'value="Newcomer"' in client.get(f"{at}who/").content.decode()
    assert "Steals every day" in client.get(f"{at}why/").content.decode()
    client.post(f"{at}who/", WHO | {"family_name": "Other"})
    client.get(f"{at}match/")
    page = client.get(f"{at}check/").content.decode()
    assert "Robin Other" in page
    assert "Steals every day" in page


def test_addresses_say_nothing_of_the_person(client):
    at = walk_to_check(client)
    assert re.fullmatch(r"/referrals/new/[0-9a-f-]{36}/", at)


def test_pages_out_of_turn_lead_to_the_first_that_is_missing(client):
    at = begin(client)
    for page in ("why", "check"):
        assert client.get(f"{at}{page}/").url == f"{at}match/"
    for page in ("happened", "fits", "terms"):
        assert client.get(f"{at}{page}/").url == f"{at}match/"  # of another pathway


def test_someone_known_is_not_made_twice(client, make_offender, facilitator):
    known = make_offender(given_names="Robin", family_name="Newcomer")
    at = begin(client)
    assert "Robin Newcomer" in client.get(f"{at}match/").content.decode()
    assert Event.objects.filter(verb="offender.match", offenders=[known.pk]).exists()
    assert client.post(f"{at}match/", {}).status_code == 422
    assert client.post(f"{at}match/", {"person": str(known.pk)}).url == f"{at}why/"
    client.post(f"{at}why/", WHY)
    client.post(f"{at}check/", {"action": "send"})
    assert Referral.objects.get().offender == known
    assert Offender.objects.count() == 1


def test_none_of_these_is_a_new_person(client, make_offender):
    make_offender(given_names="Robin", family_name="Newcomer")
    at = begin(client)
    assert client.post(f"{at}match/", {"person": "none"}).url == f"{at}why/"
    client.post(f"{at}why/", WHY)
    client.post(f"{at}check/", {"action": "send"})
    assert Offender.objects.count() == 2


def test_a_restricted_person_is_no_match_and_cannot_be_chosen(client, make_offender, facilitator):
    known = make_offender(given_names="Robin", family_name="Newcomer", is_restricted=True)
    NamedUser.objects.create(offender=known, user=facilitator, recorded_by=facilitator, valid_from=dt.date(2020, 1, 1))
    at = begin(client)
    assert client.get(f"{at}match/").url == f"{at}why/"
    assert client.post("/referrals/new/", {"offender": str(known.pk), "pathway": "o2r"}).status_code == 404


def test_from_the_persons_page_the_first_two_pages_are_passed_by(client, make_offender):
    known = make_offender()
    to = client.post("/referrals/new/", {"offender": str(known.pk), "pathway": "o2r"}).url
    assert to.endswith("/why/")
    assert client.post(to, WHY).status_code == 302
    client.post(to.replace("why", "check"), {"action": "send"})
    assert Referral.objects.get().offender == known
    for nobody in ({}, {"offender": ""}, {"offender": "x"}, {"offender": str(uuid.uuid4())}):
        assert client.post("/referrals/new/", nobody).status_code == 404


def test_a_draft_is_saved_and_continued(client, officer, facilitator):
    at = walk_to_check(client)
    saved = client.post(f"{at}check/", {"action": "save"}, follow=True)
    referral = Referral.objects.get()
    assert referral.status == "draft"
    assert saved.redirect_chain == [(f"/referrals/{referral.pk}/", 302)]
    assert not Referral.objects.visible_to(facilitator).exists()
    assert "Continue" in client.get("/referrals/").content.decode()
    assert client.get(f"{at}check/").url == f"/referrals/{referral.pk}/"
    assert client.post(f"/referrals/{referral.pk}/submit/").status_code == 302


@pytest.mark.parametrize(
    ("who", "why", "words"),
    [
        ({"date_of_birth_year": "2015"}, {}, "“They are 18 or over” is not met"),
        ({}, {"funds_addiction": "no"}, "“They offend to fund an addiction” is not met"),
        ({"area": "OUTSIDE"}, {"offending_area": "OUTSIDE"}, "“They live or offend in an area the service covers”"),
    ],
)
def test_who_does_not_fit_is_not_sent_and_it_is_said_why(client, who, why, words):
    at = walk_to_check(client, WHO | who, WHY | why)
    page = client.get(f"{at}check/").content.decode()
    assert words in page
    assert "No other pathway takes referrals here yet" in page
    assert "Send the referral" not in page
    refused = client.post(f"{at}check/", {"action": "send"})
    assert refused.status_code == 422
    assert "There is a problem" in refused.content.decode()
    assert not Referral.objects.exists()
    assert not Offender.objects.exists()


def test_what_is_not_known_does_not_stand_in_the_way(client):
    who = {name: WHO[name] for name in ("given_names", "family_name")}
    at = walk_to_check(client, who, {"source": "retailer", "funds_addiction": "unknown"})
    assert client.get(f"{at}check/").content.decode().count("Not known yet") == 3
    assert client.post(f"{at}check/", {"action": "send"}).url.endswith("/sent/")


@pytest.mark.parametrize(
    ("page", "said", "words"),
    [
        ("who", {}, "Enter given names"),
        ("who", WHO | {"date_of_birth_month": "Smarch"}, "Date of birth must be a real date"),
        ("who", WHO | {"age": "40"}, "Enter the date of birth or an age, not both"),
        ("who", WHO | {"date_of_birth_year": "2990"}, "cannot be in the future"),
        ("why", {}, "Answer “Who put them forward?”"),
        ("why", WHY | {"funds_addiction": "maybe"}, "Select a valid choice"),
        ("why", WHY | {"summary": "x" * 1001}, "must be 1000 characters or fewer"),
        ("why", WHY | {"offending_area": "XX"}, "Select a valid choice"),
    ],
)
def test_a_bad_answer_is_answered_with_a_sentence(client, page, said, words):
    at = begin(client)
    client.get(f"{at}match/")
    response = client.post(f"{at}{page}/", said)
    assert response.status_code == 422
    text = response.content.decode()
    summary = text[text.index("There is a problem") : text.index("</ul>", text.index("There is a problem"))]
    assert words in summary
    for target in summary.split('href="#')[1:]:
        assert f'id="{target.split(chr(34))[0]}"' in text


def test_a_journey_is_its_owners_in_their_hat(client, signed_in, make_user, police, npu, officer):
    at = walk_to_check(client)
    other = signed_in(make_user("officer", police, npu))
    for page in ("who", "match", "why", "check"):
        assert other.get(f"{at}{page}/").status_code == 404
        assert other.post(f"{at}{page}/", {}).status_code == 404
    hat = officer.membership
    other_hat = Membership.objects.create(
        user=officer, agency=police, unit=npu, role="custody_officer", valid_from=dt.date(2020, 1, 1),
        valid_to=dt.date(2020, 2, 1),
    )  # fmt: skip
    Journey.objects.update(membership=other_hat)
    assert client.get(f"{at}check/").status_code == 404
    Journey.objects.update(membership=hat)
    assert client.get(f"{at}check/").status_code == 200


def test_a_journey_sent_is_no_one_elses_way_to_the_referral(client, signed_in, cgl_worker):
    at = walk_to_check(client)
    client.post(f"{at}check/", {"action": "send"})
    assert signed_in(cgl_worker).get(f"{at}check/").status_code == 404


def test_a_journey_is_gone_on_with_elsewhere(client, signed_in, officer):
    at = begin(client)
    client.get(f"{at}match/")
    other_device = signed_in(officer)
    for page in ("/", "/referrals/", "/referrals/new/"):
        text = other_device.get(page).content.decode()
        assert "Robin Newcomer" in text
        assert "why them" in text
        assert f"{at}why/" in text
    other_device.post(f"{at}why/", WHY)
    assert "Steals every day" in client.get(f"{at}check/").content.decode()


def test_a_journey_is_thrown_away(client, signed_in, make_user, police, npu):
    at = begin(client)
    other = signed_in(make_user("officer", police, npu))
    assert other.post(f"{at}discard/").status_code == 404
    assert client.get(f"{at}discard/").status_code == 405
    assert "Robin" not in client.post(f"{at}discard/", follow=True).content.decode()
    assert not Journey.objects.exists()
    assert client.get(f"{at}why/").status_code == 404


def test_nothing_is_kept_before_something_is_answered(client):
    first = client.get("/referrals/new/", {"pathway": "o2r"}).url
    assert client.get(first).status_code == 200
    assert client.post(first, {}).status_code == 422
    assert not Journey.objects.exists()
    assert client.get(first.replace("pathway=o2r", "pathway=arv")).status_code == 403
    for wrong in ("", "?pathway=", "?pathway=x"):
        assert client.get(first.partition("?")[0] + wrong).status_code == 404
    assert client.get("/referrals/new/", {"pathway": "x"}).status_code == 404


def test_two_first_presses_begin_one_journey(client):
    first = client.get("/referrals/new/", {"pathway": "o2r"}).url
    for _ in range(2):
        assert client.post(first, WHO).status_code == 302
    assert Journey.objects.count() == 1


def test_answers_left_too_long_are_cleared(client):
    at = walk_to_check(client)
    Journey.objects.update(touched_at=timezone.now() - dt.timedelta(days=3, minutes=1))
    for _ in range(2):  # before and after they are cleared
        assert client.get(f"{at}check/").url == "/referrals/new/"
        assert "were cleared" in client.get("/referrals/").content.decode()
        assert "Robin" not in client.get("/referrals/").content.decode()
        clear_journeys(0)
    assert Journey.objects.get().answers == {}


def test_answers_not_left_too_long_are_not_cleared(client):
    at = walk_to_check(client)
    Journey.objects.update(touched_at=timezone.now() - dt.timedelta(days=2, hours=23))
    clear_journeys(0)
    assert client.get(f"{at}check/").status_code == 200


def test_a_facilitator_writes_up_what_others_said(signed_in, facilitator, npu, cranstoun, officer):
    client = signed_in(facilitator)
    for sender, unit, agency in [
        (f"unit:{npu.pk}", npu, npu.agency),
        (f"agency:{cranstoun.pk}", None, cranstoun),
        ("unknown", None, None),
        ("ours", facilitator.membership.unit, npu.agency),
    ]:
        why = WHY | {"source": "probation", "sender": sender, "referred_on": "2024-05-01"}
        at = begin(client)
        client.post(f"{at}match/", {"person": "none"})
        assert client.post(f"{at}why/", why).url == f"{at}check/"
        client.post(f"{at}check/", {"action": "send"})
        referral = Referral.objects.get(pk=at.split("/")[3])
        assert (referral.from_unit, referral.from_agency) == (unit, agency)
        assert (referral.referred_on, referral.source) == (dt.date(2024, 5, 1), "probation")
        assert referral.referred_by == facilitator
    assert Referral.objects.visible_to(officer).count() == 1


def test_who_may_not_refer_is_refused(signed_in, provider, make_user, police):
    for user in (provider, make_user("analyst", police)):
        assert signed_in(user).get("/referrals/new/").status_code == 403
        assert signed_in(user).get(f"/referrals/new/{uuid.uuid4()}/who/").status_code == 403


def test_what_is_open_already_is_said_to_who_may_see_it(client, signed_in, officer, cgl_worker, make_referral):
    referral = make_referral("submitted")

    def warned(user):
        browser = signed_in(user)
        at = browser.post("/referrals/new/", {"offender": str(referral.offender.pk), "pathway": "o2r"}).url
        browser.post(at, WHY)
        return referral.reference in browser.get(at.replace("why", "check")).content.decode()

    assert warned(officer)
    Involvement.open(
        referral.offender, agency=cgl_worker.membership.agency, unit=None, basis="referral", matter=uuid.uuid4(),
        by=officer,
    )  # fmt: skip
    assert not warned(cgl_worker)  # who sees the person, and not that referral
