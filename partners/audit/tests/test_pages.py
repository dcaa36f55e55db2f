import csv
import datetime as dt
import io
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.models import Identifier
from partners.audit.filters import EventFilters
from partners.audit.models import Event

API = "/api/v1/audit/events/"


@pytest.fixture
def auditor(make_user, police):
    return make_user("auditor", police, family_name="Auditor")


@pytest.fixture
def reader(client, auditor):
    client.force_login(auditor)
    return client


@pytest.fixture
def person(make_offender):
    return make_offender(family_name="Unmistakable")


def see(by, *people, verb="offender.view", **fields):
    return Event.objects.record(
        Event.Kind.CONSULTATION, verb, by=by, offenders=[person.pk for person in people], **fields
    )


def test_events_are_visible_to_auditors_alone(auditor, officer, supervisor):
    event = see(officer)
    assert event in Event.objects.visible_to(auditor)
    assert not Event.objects.visible_to(officer).exists()
    assert not Event.objects.visible_to(supervisor).exists()


def rows(response):
    return [row["id"] for row in response.json()["results"]]


@pytest.mark.parametrize("address", ["/audit/", "/audit/export.csv", API])
def test_it_is_the_auditors_alone(client, supervisor, make_user, police, address):
    for user in (supervisor, make_user("administrator", police)):
        client.force_login(user)
        assert client.get(address).status_code == 403
    client.logout()
    assert client.get(address).status_code in (302, 403)


def test_a_person_is_found_by_reference_identifier_and_id_never_by_name(
    reader, auditor, officer, person, make_offender
):
    Identifier.objects.create(offender=person, kind="nhs", value="9434765919")
    seen, other = see(officer, person, make_offender()), see(officer, make_offender())
    for text in (person.reference, person.reference.lower(), "943 476 5919", str(person.pk)):
        found = rows(reader.get(API, {"person": text, "kind": "consultation", "verb": "offender.view"}))
        assert found == [seen.pk], text
        assert other.pk not in found
        # whoever asks for one person's history is in that history
        asked = Event.objects.filter(verb="audit.search").latest("id")
        assert (asked.by, asked.offenders, asked.kind) == (auditor, [person.pk], "consultation")
    assert rows(reader.get(API, {"person": "Unmistakable"})) == []


def test_an_erased_persons_id_still_finds_their_events(reader, officer):
    gone = uuid.uuid4()
    event = Event.objects.record(Event.Kind.ERASURE, "offender.erase", by=officer, offenders=[gone])
    assert rows(reader.get(API, {"person": str(gone), "kind": "erasure"})) == [event.pk]


def test_the_page_says_references_and_no_names(reader, officer, person):
    event = see(officer, person)
    for address in ("/audit/", f"/audit/{event.pk}/", f"{API}{event.pk}/", "/audit/export.csv"):
        text = reader.get(address).content.decode()
        assert "Unmistakable" not in text
        assert str(person.pk) in text or person.reference in text


def test_filters_narrow_and_are_tags(reader, officer, facilitator, person):
    mine, theirs = see(officer, person), see(facilitator, person, verb="offender.list")
    assert rows(reader.get(API, {"user": officer.email.upper(), "kind": "consultation"})) == [mine.pk]
    assert rows(reader.get(API, {"verb": "offender.list"})) == [theirs.pk]
    assert rows(reader.get(API, {"user": "nobody@throughcare.example"})) == []
    page = reader.get("/audit/", {"user": officer.email, "kind": "consultation"}).content.decode()
    assert "Kind: Consultation" in page
    assert f"User: {officer.email}" in page


def test_days_are_both_included(reader, officer):
    today = timezone.localdate()
    event = see(officer)
    yesterday, tomorrow = today - dt.timedelta(days=1), today + dt.timedelta(days=1)
    for since, until, found in (
        (today, today, True), (yesterday, yesterday, False), (tomorrow, tomorrow, False), (yesterday, tomorrow, True),
    ):  # fmt: skip
        answer = rows(reader.get(API, {"since": since, "until": until, "verb": event.verb}))
        assert answer == ([event.pk] if found else []), (since, until)


@pytest.mark.parametrize("query", ["name=Sam", "kind=gossip", "since=tomorrow", "sort=person"])
def test_what_is_no_filter_is_refused(reader, query):
    assert reader.get(f"/audit/?{query}").status_code == 400
    assert reader.get(f"{API}?{query}").status_code == 400
    if not query.startswith("sort"):  # an export takes its page's address, and has one order
        assert reader.get(f"/audit/export.csv?{query}").status_code == 400


def test_reading_the_record_is_recorded_and_a_list_names_nobody(reader, auditor, officer, person):
    event = see(officer, person)
    reader.get("/audit/?kind=consultation")
    listed = Event.objects.filter(verb="audit.list").latest("id")
    assert (listed.by, listed.offenders, listed.detail["filters"]) == (auditor, [], ["kind"])
    reader.get(f"/audit/{event.pk}/")
    opened = Event.objects.filter(verb="audit.view").latest("id")
    assert (opened.offenders, opened.subject_id) == ([person.pk], str(event.pk))


def test_an_event_says_before_after_and_why(reader, make_referral, facilitator):
    referral = make_referral("submitted")
    referral.decline(by=facilitator, reason="Lives elsewhere")
    event = Event.objects.get(verb="referral.decline")
    page = reader.get(f"/audit/{event.pk}/").content.decode()
    for words in ("submitted", "declined", "Lives elsewhere", "O2R facilitator", referral.offender.reference):
        assert words in page, words
    assert reader.get("/audit/999999999/").status_code == 404


@pytest.mark.parametrize("address", ["/audit/", f"{API}?size=50", "/audit/export.csv"])
def test_fifty_rows_cost_what_one_does(reader, officer, person, make_offender, address):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(address).status_code == 200
        return len(queries)

    see(officer, person)
    reader.get(address)
    one = cost()
    for _ in range(50):
        see(officer, person, make_offender())
    assert cost() == one


def test_pages_go_on_where_the_last_ended(reader, officer):
    made = [see(officer).pk for _ in range(60)]
    seen, url = [], f"{API}?verb=offender.view&size=25"
    while url:
        answer = reader.get(url).json()
        seen += [row["id"] for row in answer["results"]]
        url = answer["next"]
    assert seen == made[::-1]


# taking it away


def table(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_export_is_the_search_and_is_recorded(reader, auditor, officer, person):
    event = see(officer, person)
    see(officer)
    response = reader.get("/audit/export.csv", {"person": person.reference, "verb": "offender.view"})
    (line,) = table(response)
    assert (line["id"], line["user"], line["people ids"]) == (str(event.pk), officer.email, str(person.pk))
    export = Event.objects.filter(verb="audit.export").latest("id")
    assert (export.by, export.offenders, export.detail["rows"]) == (auditor, [person.pk], 1)
    assert export.detail["filters"] == {"verb": "offender.view"}


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_the_export_holds_no_formulas(reader, officer, text):
    Event.objects.record(Event.Kind.ALTERATION, "referral.decline", by=officer, reason=text)
    (line,) = table(reader.get("/audit/export.csv?verb=referral.decline"))
    assert line["reason"].replace("\n", "\r") == f"'{text}"


def test_an_export_too_large_is_refused(reader, officer, monkeypatch):
    monkeypatch.setattr("partners.audit.views.LARGEST_EXPORT", 2)
    for _ in range(3):
        see(officer)
    response = reader.get("/audit/export.csv?verb=offender.view")
    assert response.status_code == 400
    assert "Choose fewer days" in response.content.decode()


def test_a_persons_history_is_read_from_its_index(officer, person):
    """Among many events of others: neither the table nor the index by time is walked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (at, kind, verb, by_id, role, purpose, subject_type, subject_id, offenders,"
            " reason, detail) SELECT now() - n * interval '1 minute', 'consultation', 'case.list', %s, '', '', '', '',"
            " ARRAY(SELECT gen_random_uuid() FROM generate_series(1, 3 + n - n)), '', '{}'"
            " FROM generate_series(1, 20000) n",
            [officer.pk],
        )
        see(officer, person)
        cursor.execute("SELECT gin_clean_pending_list('event_by_offender')")  # as autovacuum does
        cursor.execute("ANALYZE audit_event")
        events = EventFilters({"person": person.reference}, queryset=Event.objects.all()).qs
        sql, params = events.order_by("-at", "-id")[:26].query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "event_by_offender" in plan, plan
    assert {event.verb for event in events} == {"offender.view", "offender.add"}
