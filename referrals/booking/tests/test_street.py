"""A referral from the street, page by page, to the booked appointment."""

import datetime as dt
import re
import threading
import uuid

import pytest
from django.utils import timezone

from offenders.models import NamedUser, Offender
from partners.audit.models import Event
from partners.models import Service
from referrals.booking import slots
from referrals.booking.models import Appointment
from referrals.booking.workflow import Status
from referrals.models import Journey, Offer, Referral, Resolution

WHO = {
    "given_names": "Robin", "family_name": "Newcomer", "date_of_birth_day": "27", "date_of_birth_month": "3",
    "date_of_birth_year": "1998", "area": "E08000025",
}  # fmt: skip
HAPPENED = {
    "drug": "Cannabis", "offence": "92E", "purpose": "own", "is_aggravating": "no", "place": "Corporation Street",
    "quantity": "2 grams", "officer_ethnicity": "1",
}  # fmt: skip
LINE = "M10 100" + "".join(f"L{x} {100 + x % 7}" for x in range(20, 200, 10))
TERMS = {
    "accepts_responsibility": "on", "agrees": "on", "acceptance": "It is mine, for myself", "signature": LINE,
    "victim": "none", "gravity_score": "2",
}  # fmt: skip
ADULT = {"appropriate_adult": "Ann Newcomer", "adult_relation": "Mother"}


@pytest.fixture(autouse=True)
def _worker(worker):
    """Someone to book."""


@pytest.fixture
def client(signed_in, officer):
    return signed_in(officer)


def begin(client, who=WHO):
    first = client.get("/referrals/new/", {"pathway": "divert"}).url
    at = first.partition("who/")[0]
    assert client.post(first, who).url == f"{at}match/"
    client.get(f"{at}match/")
    return at


def tell(client, at, happened=HAPPENED, terms=TERMS):
    """Answer the pages up to the slot. Returns its address."""
    assert client.post(f"{at}happened/", happened).url == f"{at}fits/"
    assert client.post(f"{at}fits/", {}).url == f"{at}terms/"
    return client.post(f"{at}terms/", terms).url


def offered(page):
    return re.findall(r'name="slot"[^>]*value="([^"]+)"', page.content.decode())


def choose(client, address, number=0):
    """Choose a time. Returns the address of the check, and the slot's key."""
    key = offered(client.get(address))[number]
    return client.post(address, {"slot": key}).url, key


def key_of(at):
    return uuid.UUID(at.split("/")[3])


def born(years, *, days=0):
    """The parts of a date of birth of someone who turns so old in that many days."""
    today = timezone.localdate() + dt.timedelta(days=days)
    return {f"date_of_birth_{part}": getattr(today, part) for part in ("day", "month")} | {
        "date_of_birth_year": today.year - years
    }


def test_a_person_found_with_cannabis_has_an_appointment(client, officer, worker, cranstoun):
    at = begin(client)
    address = tell(client, at)
    assert address == f"/appointments/new/{key_of(at)}/slot/"
    check, slot = choose(client, address)
    held = Appointment.objects.get()
    assert (held.status, held.offender) == (Status.HELD, None)
    page = client.get(check).content.decode()
    for words in (
        "Robin Newcomer",
        "2 grams",
        "Corporation Street",
        "It is mine, for myself",
        LINE,
        "Held for you until",
    ):
        assert words in page
    assert not Offender.objects.exists()
    sent = client.post(check)
    referral, appointment = Referral.objects.get(), Appointment.objects.get()
    assert sent.url == f"/appointments/referrals/{referral.pk}/sent/"
    assert (referral.pk, referral.status, referral.worker) == (key_of(at), "accepted", worker)
    assert referral.area_id == "E08000025"
    assert (appointment.status, appointment.referral, appointment.worker) == (Status.BOOKED, referral, worker)
    assert slots.find(slot, cranstoun) is None
    resolution = referral.resolution
    assert (resolution.drug.name, resolution.drug_class, resolution.offence.code) == ("Cannabis", "B", "92E")
    assert (resolution.is_own_use, resolution.is_supply_suspected, resolution.is_aggravating) == (True, False, False)
    assert (resolution.signature, resolution.is_child, resolution.offer) == (LINE, False, Offer.COURSE)
    assert resolution.accepted_at is not None
    assert timezone.now() - resolution.occurred_at < dt.timedelta(minutes=5)
    assert referral.offender.officer_ethnicity == "1"
    assert not Journey.objects.exists()
    page = client.get(sent.url).content.decode()
    assert referral.reference in page
    assert "Robin Newcomer" in page


def test_a_second_press_makes_no_second_referral(client):
    at = begin(client)
    check, _ = choose(client, tell(client, at))
    assert client.post(check).url == client.post(check).url
    assert client.get(check).url == f"/appointments/referrals/{key_of(at)}/sent/"
    assert client.get(f"{at}happened/").url == f"/appointments/referrals/{key_of(at)}/sent/"
    assert (Referral.objects.count(), Appointment.objects.count(), Offender.objects.count()) == (1, 1, 1)


def test_someone_known_is_referred_and_each_page_that_shows_them_is_recorded(client, officer, make_offender):
    person = make_offender(given_names="Robin", family_name="Newcomer", date_of_birth=dt.date(1998, 3, 27))
    at = begin(client)
    assert client.post(f"{at}match/", {"person": str(person.pk)}).url == f"{at}happened/"
    assert "officer_ethnicity" not in client.get(f"{at}happened/").content.decode()
    check, _ = choose(client, tell(client, at, {k: v for k, v in HAPPENED.items() if k != "officer_ethnicity"}))
    client.get(check)
    client.post(check)
    assert Referral.objects.get().offender == person
    for page in ("fits", "terms"):
        client.get(f"{at}{page}/")
    verbs = set(Event.objects.filter(by=officer, offenders__contains=[person.pk]).values_list("verb", flat=True))
    assert {f"referral.{page}" for page in ("happened", "slot", "check")} | {"offender.match"} <= verbs


@pytest.mark.parametrize(
    ("page", "said", "words"),
    [
        ("happened", {}, "Answer “What did they have?”"),
        ("happened", HAPPENED | {"drug": "other"}, "Answer “What did they have?”"),
        ("happened", HAPPENED | {"drug": "other", "drug_other": "Sugar"}, "not one of the available choices"),
        ("happened", HAPPENED | {"place": ""}, "Answer “Where?”"),
        ("happened", HAPPENED | {"on_day": "1", "on_month": "1", "on_year": "2999"}, "cannot be in the future"),
        ("terms", {}, "Answer “What do they say about it?”"),
        ("terms", TERMS | {"signature": ""}, "Have them sign, or type their name instead"),
        ("terms", TERMS | {"signature": "M1 1"}, "That is no signature"),
        ("terms", TERMS | {"signature": LINE + '"/><script>'}, "That is no signature"),
        ("terms", TERMS | {"signature": "", "signed_as": "Robin"}, "Tick that they typed it themselves"),
        ("terms", TERMS | {"victim": "person"}, "Enter what the victim thinks"),
        ("terms", TERMS | {"gravity_score": "3"}, "Enter why this score"),
        ("terms", TERMS | {"gravity_score": "6"}, "Select a valid choice"),
    ],
)
def test_a_bad_answer_is_answered_with_a_sentence(client, page, said, words):
    at = begin(client)
    if page == "terms":
        tell(client, at)
    response = client.post(f"{at}{page}/", said)
    assert response.status_code == 422
    text = response.content.decode()
    summary = text[text.index("There is a problem") : text.index("</ul>", text.index("There is a problem"))]
    assert words in summary
    for target in summary.split('href="#')[1:]:
        assert f'id="{target.split(chr(34))[0]}"' in text


def test_how_old_they_are_has_to_be_said(client):
    first = client.get("/referrals/new/", {"pathway": "divert"}).url
    nameless = {"given_names": "Robin", "family_name": "Newcomer"}
    response = client.post(first, nameless)
    assert response.status_code == 422
    assert "Enter their date of birth, or about how old they are" in response.content.decode()
    assert client.post(first, nameless | {"age": "25"}).status_code == 302


def test_a_name_typed_is_a_signature_too(client):
    at = begin(client)
    typed = TERMS | {"signature": "", "signed_as": "Robin Newcomer", "is_signed": "on"}
    check, _ = choose(client, tell(client, at, terms=typed))
    client.post(check)
    assert Resolution.objects.get().signature == "Typed: Robin Newcomer"


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        ({"purpose": "supply"}, "Supply is not suspected"),
        ({"is_aggravating": "yes"}, "The drugs did not make another offence worse"),
        ({"offence": "46"}, "They possessed drugs, for their own use"),
    ],
)
def test_who_does_not_fit_goes_no_further_and_it_is_said_why(client, happened, words):
    at = begin(client)
    client.post(f"{at}happened/", HAPPENED | happened)
    page = client.get(f"{at}fits/").content.decode()
    assert "Divert does not fit" in page
    assert words in page
    assert "Board paper, paragraph" in page
    assert client.post(f"{at}fits/", {}).status_code == 422
    assert client.get(f"{at}terms/").url == f"{at}fits/"
    assert not Appointment.objects.exists()


def test_who_accepts_nothing_is_offered_no_time(client):
    at = begin(client)
    address = tell(client, at, terms={k: v for k, v in TERMS.items() if k != "accepts_responsibility"})
    assert client.get(address).url == f"{at}fits/"
    assert "They accept responsibility" in client.get(f"{at}fits/").content.decode()


def test_another_pathway_that_fits_is_gone_on_with(client):
    at = begin(client)
    client.post(f"{at}happened/", HAPPENED | {"purpose": "supply"})
    assert "Go on with Offender to Rehab instead" in client.get(f"{at}fits/").content.decode()
    assert client.post(f"{at}fits/", {"pathway": "o2r"}).url == f"{at}why/"
    assert client.get(f"{at}happened/").url == f"{at}why/"
    assert Journey.objects.get().answers.keys() == {"who", "match"}


def test_who_did_not_engage_before_is_barred_and_the_screen_says_since_when(client, make_divert, officer, worker):
    before = make_divert(referred_on=dt.date(2026, 3, 2))
    before.disengage(by=worker, reason="Could not be reached", on=dt.date(2026, 4, 20))
    at = client.post("/referrals/new/", {"offender": str(before.offender.pk), "pathway": "divert"}).url
    at = at.removesuffix("happened/")
    client.post(f"{at}happened/", HAPPENED)
    page = client.get(f"{at}fits/").content.decode()
    assert "20 April 2026" in page
    assert client.post(f"{at}fits/", {}).status_code == 422


@pytest.mark.parametrize(
    ("drug", "age", "offer"),
    [
        ("Cannabis", 18, "A 1:1 appointment with a drug worker, then the group course"),
        ("Heroin", 18, "A 1:1 appointment with a drug worker"),
        ("Cannabis", 17, "young people's worker, then the young people's course"),
    ],
)
def test_what_they_are_offered_is_said(client, drug, age, offer):
    at = begin(client, WHO | born(age))
    client.post(f"{at}happened/", HAPPENED | {"drug": drug, "offence": "92E" if drug == "Cannabis" else "92D"})
    page = client.get(f"{at}fits/").content.decode().replace("&#x27;", "'")
    assert offer[2:] in page


@pytest.mark.parametrize(("drug", "offence"), [("Heroin", "92E"), ("Cannabis", "92D")])
def test_the_offence_is_of_having_that_drug(client, drug, offence):
    page = client.post(f"{begin(client)}happened/", HAPPENED | {"drug": drug, "offence": offence})
    assert page.status_code == 422
    assert f"is not the offence of having {drug}" in page.content.decode()


def test_a_child_has_an_appropriate_adult_until_the_day_they_turn_eighteen(client):
    at = begin(client, WHO | born(18, days=1))  # eighteen tomorrow
    client.post(f"{at}happened/", HAPPENED)
    assert "appropriate adult has to be with them" in client.get(f"{at}fits/").content.decode()
    client.post(f"{at}fits/", {})
    refused = client.post(f"{at}terms/", TERMS)
    assert refused.status_code == 422
    assert "Answer “Who is the appropriate adult with them?”" in refused.content.decode()
    check, _ = choose(client, client.post(f"{at}terms/", TERMS | ADULT).url)
    client.post(check)
    resolution = Resolution.objects.get()
    assert (resolution.is_child, resolution.appropriate_adult) == (True, "Ann Newcomer")


def test_who_is_eighteen_today_is_an_adult(client):
    at = begin(client, WHO | born(18))
    assert "appropriate_adult" not in client.get(tell(client, at)).content.decode()
    check, _ = choose(client, f"/appointments/new/{key_of(at)}/slot/")
    client.post(check)
    assert Resolution.objects.get().is_child is False


def test_a_correction_of_the_age_asks_for_the_adult_after_all(client):
    at = begin(client)
    check, _ = choose(client, tell(client, at))
    client.post(f"{at}who/", WHO | born(17))
    client.get(f"{at}match/")
    assert client.get(check).url == f"{at}terms/"


def test_a_slot_that_was_lost_offers_the_next_three(client, officer, worker, make_user, police, npu, cranstoun):
    address = tell(client, begin(client))
    first = offered(client.get(address))
    other = make_user("officer", police, npu)
    Appointment.hold(slots.find(first[0], cranstoun), by=other, key=uuid.uuid4())
    response = client.post(address, {"slot": first[0]})
    assert response.status_code == 422
    assert "That time has just been taken" in response.content.decode()
    assert len(offered(response)) == 3
    assert first[0] not in offered(response)


def test_a_slot_lost_after_its_hold_ran_out_is_chosen_anew(client, officer, make_user, police, npu, cranstoun):
    at = begin(client)
    check, slot = choose(client, tell(client, at))
    Appointment.objects.update(held_until=timezone.now() - dt.timedelta(seconds=1))
    assert "no longer held" in client.get(check).content.decode()
    Appointment.hold(slots.find(slot, cranstoun), by=make_user("officer", police, npu), key=uuid.uuid4())
    for method in (client.get, client.post):
        assert method(check).url == f"/appointments/new/{key_of(at)}/slot/"
    assert not Referral.objects.exists()
    assert slot not in offered(client.get(f"/appointments/new/{key_of(at)}/slot/"))


def test_another_choice_lets_the_first_go(client, cranstoun):
    address = tell(client, begin(client))
    _, first = choose(client, address)
    _, second = choose(client, address, number=1)
    assert first != second
    assert Appointment.objects.get().starts_at == slots.find(second, cranstoun, but=Appointment.objects.get()).starts_at
    assert slots.find(first, cranstoun)
    assert re.search(f'value="{second}"[^>]*checked|checked[^>]*value="{second}"', client.get(address).content.decode())


def test_more_times_and_one_way_alone(client, make_user, cranstoun, make_availability):
    make_availability(make_user("cranstoun_worker", cranstoun), mode="surgery", place="Corner House")
    address = tell(client, begin(client))
    few, more = offered(client.get(address)), offered(client.get(address, {"more": "1"}))
    assert len(few) == 3
    assert len(more) > len(few)
    page = client.get(address, {"mode": "surgery"})
    assert "Corner House" in page.content.decode()
    assert len(offered(page)) == 3
    last = offered(client.get(address, {"more": "1"}))[-1]
    assert client.post(address, {"slot": last}).status_code == 302


def test_more_times_are_shown_from_another_day_on(client):
    at = begin(client)
    address = tell(client, at)
    assert "from=" not in client.get(address).content.decode()
    page = client.get(address, {"more": 1}).content.decode()
    *_, day = re.findall(r'href="([^"]*from=([-0-9]+))"', page)
    later = address + day[0].replace("&amp;", "&")
    on = offered(client.get(later))
    assert str(timezone.localdate(slots.parsed(on[0])[0])) == day[1]
    assert client.post(later, {"slot": on[0]}).url == f"{at.replace('referrals', 'appointments')}check/"
    assert client.get(address, {"more": 1, "from": "rubbish"}).status_code == 200


def test_who_lives_outside_the_area_is_seen_by_phone_or_video(client, make_user, cranstoun, make_availability):
    make_availability(make_user("cranstoun_worker", cranstoun), mode="surgery", place="Corner House")
    at = begin(client, WHO | {"area": "OUTSIDE"})
    page = client.get(tell(client, at)).content.decode()
    assert "by phone or by video" in page
    assert "Corner House" not in page
    surgery = slots.free(cranstoun, modes=["surgery"])[0].key
    assert client.post(f"/appointments/new/{key_of(at)}/slot/", {"slot": surgery}).status_code == 422


def test_without_any_time_free_it_is_said_and_kept(client, worker):
    worker.availabilities.all().delete()
    page = client.get(tell(client, begin(client))).content.decode()
    assert "No time is free" in page
    assert "Robin Newcomer" in client.get("/referrals/").content.decode()


def test_a_journey_is_its_owners_and_can_be_left_and_come_back_to(client, signed_in, officer, make_user, police, npu):
    at = begin(client)
    address = tell(client, at)
    other = signed_in(make_user("officer", police, npu))
    for page in (f"{at}happened/", f"{at}fits/", f"{at}terms/", address, address.replace("slot", "check")):
        assert other.get(page).status_code == 404
        assert other.post(page, {}).status_code == 404
    elsewhere = signed_in(officer)
    assert "Next: the appointment." in elsewhere.get("/").content.decode()
    assert address in elsewhere.get("/").content.decode()
    assert LINE in elsewhere.get(f"{at}terms/").content.decode()


def test_a_journey_left_too_long_is_begun_anew(client):
    at = begin(client)
    address = tell(client, at)
    Journey.objects.update(touched_at=timezone.now() - dt.timedelta(days=4))
    for page in (f"{at}fits/", address):
        assert client.get(page).url == "/referrals/new/"
    assert "were cleared" in client.get("/referrals/new/").content.decode()


def test_who_may_not_resolve_is_refused(client, signed_in, cgl_worker, worker, make_user, police, officer):
    at = begin(client)
    for user in (cgl_worker, worker, make_user("resolution_lead", police)):
        browser = signed_in(user)
        for page in (
            f"{at}happened/",
            f"/appointments/new/{key_of(at)}/slot/",
            f"/appointments/new/{key_of(at)}/check/",
        ):
            assert browser.get(page).status_code == 403
    assert signed_in(worker).get("/referrals/new/").url.endswith("?pathway=o2r")
    assert signed_in(worker).get("/referrals/new/", {"pathway": "divert"}).status_code == 404


def test_someone_restricted_is_no_match_and_cannot_be_chosen(client, make_offender, facilitator):
    known = make_offender(given_names="Robin", family_name="Newcomer", is_restricted=True)
    NamedUser.objects.create(offender=known, user=facilitator, recorded_by=facilitator, valid_from=dt.date(2020, 1, 1))
    at = begin(client)
    Journey.objects.update(answers=Journey.objects.get().answers | {"match": {"person": str(known.pk)}})
    assert client.get(f"{at}happened/").url == f"{at}match/"
    assert client.post("/referrals/new/", {"offender": str(known.pk), "pathway": "divert"}).status_code == 404


def test_approval_is_said_before_and_after(client):
    at = begin(client)
    serious = TERMS | {"gravity_score": "4", "gravity_rationale": "In front of a school"}
    check, _ = choose(client, tell(client, at, terms=serious))
    assert "A lead has to approve this: Gravity score 4" in client.get(check).content.decode()
    sent = client.post(check)
    assert "A lead has to approve it" in client.get(sent.url).content.decode()
    assert Referral.objects.get().status == "accepted"


@pytest.fixture
def sent(client):
    """An appointment booked on the street."""
    check, _ = choose(client, tell(client, begin(client)))
    client.post(check)
    return Appointment.objects.get()


def test_the_leaflet_is_read_printed_and_put_into_a_calendar(client, sent, officer, signed_in, make_user, police):
    Service.objects.filter(pathway="divert").update(phone="0121 496 0123")
    page = client.get(f"/appointments/{sent.pk}/leaflet/").content.decode()
    for words in ("Robin Newcomer", "0121 496 0123", "not a conviction", "text message", "group course"):
        assert words in page
    pdf = client.get(f"/appointments/{sent.pk}/leaflet/pdf/")
    assert pdf.content.startswith(b"%PDF")
    assert b"/StructTreeRoot" in pdf.content  # tagged, for who has it read to them
    assert pdf["Content-Type"] == "application/pdf"
    assert "no-store" in pdf["Cache-Control"]
    calendar = client.get(f"/appointments/{sent.pk}/calendar/").content.decode()
    assert "SUMMARY:Appointment\r\n" in calendar
    assert f"DTSTART:{sent.starts_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" in calendar
    for telling in ("drug", "Cranstoun", "Divert", "olice", "Robin"):
        assert telling not in calendar
    given = Event.objects.filter(verb="appointment.leaflet", kind="disclosure", offenders__contains=[sent.offender_id])
    assert [event.detail["to"] for event in given] == ["the person"] * 2
    other_unit = signed_in(make_user("officer", police))
    for address in ("leaflet/", "leaflet/pdf/", "calendar/"):
        assert other_unit.get(f"/appointments/{sent.pk}/{address}").status_code == 404


def test_without_a_phone_of_theirs_the_pages_say_what_to_do(client, sent):
    assert (
        "no phone number of theirs" in client.get(f"/appointments/referrals/{sent.referral_id}/sent/").content.decode()
    )
    assert "We have no phone number for you" in client.get(f"/appointments/{sent.pk}/leaflet/").content.decode()


def test_once_it_is_past_the_sent_page_leads_to_the_referral(client, sent, officer):
    sent.cancel(by=officer, asked_by="person", reason="Working")
    assert client.get(f"/appointments/referrals/{sent.referral_id}/sent/").url == f"/referrals/{sent.referral_id}/"
    assert client.get(f"/appointments/{sent.pk}/leaflet/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_make_one_referral(signed_in, officer):
    client = signed_in(officer)
    check, _ = choose(client, tell(client, begin(client)))
    barrier, answers = threading.Barrier(2), []

    def press():
        from django.db import connection

        browser = signed_in(officer)
        barrier.wait()
        answers.append(browser.post(check).url)
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Referral.objects.count(), Offender.objects.count(), Appointment.objects.count()) == (1, 1, 1)
    assert set(answers) == {f"/appointments/referrals/{Referral.objects.get().pk}/sent/"}
