"""Who sees a person and what is written about them."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offenders.facts import record_fact
from offenders.models import Address, Entry, Identifier, Involvement, Marker, Note, Offender
from offenders.workflow import day_of
from partners.audit.models import Event
from partners.models import Agreement, Area

YESTERDAY = timezone.localdate() - dt.timedelta(days=1)


def sees(user, offender):
    return Offender.objects.visible_to(user).filter(pk=offender.pk).exists()


def write(offender, by, category="general", matters=(), text="Seen at home"):
    now = timezone.now()
    return Note.write(offender, by=by, kind="visit", text=text, happened_at=now, category=category, matters=matters)


def reads(user, note):
    return Note.objects.visible_to(user).filter(pk=note.pk).exists()


def test_no_involvement_no_sight(make_case, make_user, make_agency, cgl, cgl_worker, facilitator, officer):
    case = make_case()
    person = case.offender
    assert sees(facilitator, person)
    assert sees(officer, person)  # who sent the referral
    assert not sees(cgl_worker, person)
    assert not sees(make_user(), person)
    case.share(by=facilitator, agency=cgl)
    assert sees(cgl_worker, person)
    assert not sees(make_user("cgl_worker", make_agency()), person)


def test_an_ended_involvement_or_agreement_closes_the_person(make_case, cgl, cgl_worker, facilitator):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    shared = Involvement.objects.filter(agency=cgl)
    shared.update(valid_from=YESTERDAY, valid_to=YESTERDAY)
    assert not sees(cgl_worker, case.offender)
    shared.update(valid_to=None)
    assert sees(cgl_worker, case.offender)
    Agreement.objects.update(valid_to=YESTERDAY)
    assert not sees(cgl_worker, case.offender)


def test_a_note_is_read_by_category_and_matter(make_case, cgl, cgl_worker, facilitator, officer, make_user, police):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    general = write(case.offender, facilitator, matters=case.matters)
    secret = write(case.offender, facilitator, "police", case.matters)
    own = write(case.offender, facilitator)
    safeguarding = write(case.offender, cgl_worker, "safeguarding", case.matters)
    assert [reads(cgl_worker, note) for note in (general, secret, own, safeguarding)] == [True, False, False, True]
    assert [reads(facilitator, note) for note in (general, secret, own, safeguarding)] == [True, True, True, False]
    assert not any(reads(officer, note) for note in (general, secret, own, safeguarding))


def test_restriction_fails_closed(make_case, supervisor, facilitator):
    person = make_case().offender
    Offender.objects.filter(pk=person.pk).update(is_restricted=True)  # and nobody is named
    assert not sees(supervisor, person)
    assert not sees(facilitator, person)


@pytest.fixture
def full_person(make_case, facilitator, cgl, cgl_worker):
    """Someone with every kind of fact, shared with CGL, each text marked with its category."""
    case = make_case()
    person = case.offender
    case.share(by=facilitator, agency=cgl)
    Identifier.objects.create(offender=person, kind="nhs", value="9434765919")
    Identifier.objects.create(offender=person, kind="pnc", value="1999/1234567B")
    record_fact(Marker(offender=person, kind="weapons", detail="detail-for-police"), by=facilitator)
    area = Area.objects.get(name="Walsall")
    record_fact(Address(offender=person, lines="1 Example Street", area=area), by=facilitator)
    write(person, cgl_worker, "health", case.matters, "text-of-health")
    return person


def test_each_reads_the_facts_of_their_categories(full_person, client, facilitator, cgl_worker, officer):
    def page(user, tab="detail"):
        client.force_login(user)
        return client.get(reverse(f"offenders:{tab}", args=[full_person.pk])).content.decode()

    for user, expected in ((facilitator, (True, False)), (cgl_worker, (False, True)), (officer, (False, False))):
        text = page(user)
        assert ("detail-for-police" in text, "9434765919" in text) == expected
        assert "1999/1234567B" in text
        assert "Weapons" in text
        answer = client.get(f"/api/v1/offenders/{full_person.pk}/").content.decode()
        assert ("detail-for-police" in answer, "9434765919" in answer) == expected
    assert "text-of-health" in page(cgl_worker, "timeline")
    assert "text-of-health" not in page(facilitator, "timeline")
    assert "Who has seen this person" in page(facilitator, "sharing")
    assert "Who has seen this person" not in page(cgl_worker, "sharing")
    assert "CGL has had an open case since" in page(facilitator, "sharing")


def test_who_has_seen_a_person_is_told(full_person, client, officer, facilitator):
    client.force_login(officer)
    client.get(reverse("offenders:detail", args=[full_person.pk]))
    client.force_login(facilitator)
    text = client.get(reverse("offenders:sharing", args=[full_person.pk])).content.decode()
    assert "Ama Officer" in text
    assert "person: opened" in text


def test_a_note_is_written_for_those_who_work_on_it(make_case, client, facilitator):
    person = make_case().offender
    client.force_login(facilitator)
    url = reverse("offenders:timeline", args=[person.pk])
    answers = {
        "kind": "phone", "text": "<b>Rang & said</b>", "category": "general",
        "is_opinion": "fact", "shared_with": "everyone", "next": "https://elsewhere.example/",
    }  # fmt: skip
    assert client.post(url, answers).url == url
    note = Note.objects.get()
    live = Involvement.objects.of(facilitator).filter(offender=person)
    assert set(note.matters) == set(live.values_list("matter", flat=True))
    text = client.get(url).content.decode()
    assert "&lt;b&gt;Rang &amp; said" in text
    assert "<b>Rang" not in text


def test_a_bad_note_is_told_where(make_case, client, facilitator, officer):
    person = make_case().offender
    client.force_login(facilitator)
    url = reverse("offenders:timeline", args=[person.pk])
    answer = client.post(url, {"on_day": "31", "on_month": "2", "on_year": "2024", "category": "aggregate"})
    assert answer.status_code == 422
    for link in ("#id_kind", "#id_text", "#id_category", "#id_on-day"):
        assert f'href="{link}"' in answer.content.decode()
        assert f'id="{link[1:]}"' in answer.content.decode()
    assert not Note.objects.exists()
    client.force_login(officer)
    assert client.post(url, {}).status_code == 403
    assert client.get(f"{url}?colour=red").status_code == 400
    assert client.get(f"{url}?after=nonsense").status_code == 400


def test_the_timeline_is_filtered_and_paged(make_case, client, facilitator):
    case = make_case()
    for n in range(30):
        write(case.offender, facilitator, matters=case.matters, text=f"Visit number {n}.")
    client.force_login(facilitator)
    url = reverse("offenders:timeline", args=[case.offender.pk])
    first = client.get(f"{url}?kind=note")
    assert len(first.context["entries"]) == 25
    rest = client.get(url + first.context["page"].next_url)
    assert len(rest.context["entries"]) == 5
    assert "Take away the filter" in first.content.decode()
    agency = facilitator.membership.agency
    assert f'value="{agency.pk}"' in first.content.decode()  # the agencies in it are there to choose
    assert len(client.get(f"{url}?agency={agency.pk}&kind=note").context["entries"]) == 25


def test_a_line_leads_to_a_part_of_a_page_and_not_to_one_that_is_no_more(make_case, client, facilitator):
    case = make_case()
    page = case.get_absolute_url()
    for url in (f"{page}#preparations", page, "/o2r/a-page-of-once/"):
        Entry.write(case.offender_id, f"At {url}", by=facilitator, at=timezone.now(), matters=case.matters, url=url)
    client.force_login(facilitator)
    entries = client.get(reverse("offenders:timeline", args=[case.offender_id])).context["entries"]
    leads = {entry["sentence"]: entry["url"] for entry in entries if entry["sentence"].startswith("At ")}
    assert leads == {
        f"At {page}#preparations": f"{page}#preparations", f"At {page}": page, "At /o2r/a-page-of-once/": ""
    }  # fmt: skip


def test_what_happened_on_one_day_is_told_in_the_order_it_was_recorded(make_offender, facilitator):
    person, day = make_offender(), day_of(dt.date(2024, 1, 2))
    for sentence in ("Offered", "Booked", "Arrived"):
        Entry.write(person.pk, sentence, by=facilitator, at=day)
    told = Entry.objects.filter(offender=person, happened_at=day).newest_first()
    assert [entry.sentence for entry in told] == ["Arrived", "Booked", "Offered"]


@pytest.mark.parametrize(
    "address", ["offenders:timeline", "/api/v1/notes/?offender={}", "/api/v1/entries/?offender={}"]
)
def test_as_many_queries_for_one_row_as_for_many(address, make_case, client, facilitator):
    case = make_case()
    client.force_login(facilitator)
    url = reverse(address, args=[case.offender.pk]) if ":" in address else address.format(case.offender.pk)
    counts = []
    for rows in (1, 24):
        for _ in range(rows):
            write(case.offender, facilitator, matters=case.matters)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] >= counts[1]  # of a page full of notes, no line leads to anything else


FACTS = {
    "identifier": {"kind": "pnc", "value": "99/1234567b"},
    "alias": {"kind": "nickname", "given_names": "Smudge"},
    "address": {"lines": "2 Example Road", "postcode": "b1  1aa", "area": "E08000030", "valid_from": "2024-01-02"},
    "marker": {"kind": "violent", "detail": "<i>once</i>"},
}


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_is_added_once_and_recorded(fact, make_case, client, facilitator, officer):
    person, answers = make_case().offender, dict(FACTS[fact])
    url = reverse("offenders:add_fact", args=[person.pk, fact])
    client.force_login(officer)
    assert client.get(url).status_code == 403
    client.force_login(facilitator)
    assert client.get(url).status_code == 200
    empty = client.post(url, {})
    assert empty.status_code == 422
    assert "There is a problem" in empty.content.decode()
    for _ in range(2):
        assert client.post(url, answers).status_code == 302
    assert Event.objects.filter(verb=f"{fact}.add", offenders=[person.pk]).count() == 1
    assert Entry.objects.visible_to(officer).filter(sentence__endswith="added").count() == 1
    assert client.get(reverse("offenders:detail", args=[person.pk])).status_code == 200


def test_a_number_that_cannot_be_is_refused_on_the_page(make_case, client, facilitator):
    client.force_login(facilitator)
    url = reverse("offenders:add_fact", args=[make_case().offender.pk, "identifier"])
    answer = client.post(url, {"kind": "pnc", "value": "99/1234567Z"})
    assert answer.status_code == 422
    assert "Check it against where you read it" in answer.content.decode()
    assert client.post(url, {"kind": "nhs", "value": "943 476 5919"}).status_code == 422  # they could not read it


def test_the_back_office_shows_and_changes_nothing(full_person, client, supervisor, facilitator, restrict):
    client.force_login(facilitator)
    assert client.get("/admin/offenders/offender/").status_code == 403
    client.force_login(supervisor)
    assert (
        full_person.reference in client.get(f"/admin/offenders/offender/?q={full_person.family_name}").content.decode()
    )
    page = client.get(f"/admin/offenders/offender/{full_person.pk}/change/").content.decode()
    assert "1999/1234567B" in page
    assert "9434765919" not in page
    assert "Save" not in page
    assert client.post(f"/admin/offenders/offender/{full_person.pk}/change/", {}).status_code == 403
    restrict(full_person)
    assert full_person.reference in client.get("/admin/offenders/offender/").content.decode()
    Offender.objects.get().named_users.all().delete()
    assert full_person.reference not in client.get("/admin/offenders/offender/").content.decode()


def test_the_reference_of_a_referral_opens_it(make_case, client, facilitator, cgl_worker):
    referral = make_case().referral
    client.force_login(facilitator)
    url = reverse("offenders:search")
    assert client.post(url, {"q": referral.reference.lower()}).url == referral.get_absolute_url()
    client.force_login(cgl_worker)
    assert client.post(url, {"q": referral.reference}).status_code == 200
