import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from offenders.facts import record_fact
from offenders.models import Alias, Identifier, Involvement
from offenders.search import OPENERS, likely_matches, plain, read, search
from partners.audit.models import Event

BORN = dt.date(1990, 3, 27)


@pytest.fixture
def make_known(make_offender, facilitator, police, team):
    """Someone whom the O2R team is involved with."""

    def make(*names, **fields):
        given, family = names or ("John", "Smith")
        offender = make_offender(given_names=given, family_name=family, **fields)
        involve(offender, police, team, facilitator)
        return offender

    return make


def involve(offender, agency, unit, by, **fields):
    return Involvement.open(offender, agency=agency, unit=unit, basis="case", matter=offender.pk, by=by, **fields)


@pytest.mark.parametrize(
    ("typed", "term", "value"),
    [
        *((text, "dates", BORN) for text in (
            "27/3/1990", "27.03.90", "1990-03-27", "27 Mar 1990", "27031990", "27 3 1990", "27-03-1990", "19900327",
            "27th March 1990", "270390", "27 march 90",
        )),
        ("29/2/00", "dates", dt.date(2000, 2, 29)),
        ("07700 900123", "phones", "7700900123"),
        ("+44 7700 900 123", "phones", "7700900123"),
        ("+44 (0)121 496 0000", "phones", "1214960000"),
        ("0044 7700900123", "phones", "7700900123"),
        ("1999/1234567B", "identifiers", ("pnc", "1999/1234567B")),
        ("pnc 99/1234567b", "identifiers", ("pnc", "1999/1234567B")),
        ("123456/99L", "identifiers", ("cro", "123456/99L")),
        ("943 476 5919", "identifiers", ("nhs", "9434765919")),
        ("1234567B", "numbers", "1234567b"),
        ("AC0417PN", "references", "AC0417PN"),
        ("ac0417rh", "references", "AC0417RH"),
        ("O'Neil", "words", "oneil"),
        ("O\u2019Neil", "words", "oneil"),
        ("José", "words", "jose"),
    ],
)  # fmt: skip
def test_what_is_understood(typed, term, value):
    terms = read(typed)
    found = [day for day, _ in terms.dates] if term == "dates" else list(getattr(terms, term))
    assert found == [value]
    assert terms.kinds == [term]


def test_several_things_at_once_are_told_apart():
    terms = read("Jon Smyth dob 27/3/90 07700 900123")
    assert terms.words == ("jon", "smyth")
    assert terms.kinds == ["words", "dates", "phones"]


@pytest.mark.parametrize("typed", ["", "31/2/1990", "27/3/2990", "'; DROP TABLE", "%%%", "\\", "((((", "1" * 300, "👋"])
def test_anything_may_be_typed(typed, facilitator):
    assert search(facilitator, typed).rows == []


@pytest.mark.parametrize(
    ("recorded", "typed"),
    [
        (("John", "Smith"), "Jon Smyth"),
        (("John", "Smith"), "smith john"),
        (("John", "Smith"), "SMITH, John"),
        (("John", "Smith"), "Joh Smi"),
        (("John", "Smith"), "John Paul Smith"),
        (("Siân", "O'Neill"), "Sian ONeil"),
        (("Siân", "O'Neill"), "sian o neill"),
        (("Sian", "O\u2019Neill"), "Siân O'Neil"),
        (("Mohammed", "Khan"), "Muhammad Khan"),
        (("Stephen", "Clarke"), "Steven Clark"),
        (("Zoë", "Smith-Jones"), "zoe smith jones"),
        (("José", "Núñez"), "jose nunez"),
        (("John", "Smith"), "Smith 27 Mar 1990"),
        (("John", "Smith"), "27.03.90"),
        (("John", "Smith"), "27031990"),
        (("John", "Smith"), "Smith 1990-03-27"),
        (("John", "Smith"), "+44 7700 900123"),
        (("John", "Smith"), "07700900123"),
        (("John", "Smith"), "900123"),
        (("John", "Smith"), "99/1234567B"),
        (("John", "Smith"), "1999/1234567b"),
        (("John", "Smith"), "1234567B"),
        (("John", "Smith"), "234567"),
    ],
)
def test_a_person_is_found_as_people_type(recorded, typed, make_known, facilitator):
    person = make_known(*recorded, phone="07700 900 123")
    make_known("Nobody", "Alike", date_of_birth=dt.date(1971, 1, 1))
    Identifier.objects.create(offender=person, kind="pnc", value="1999/1234567B")
    assert search(facilitator, typed).rows == [person]


def test_the_best_comes_first_and_those_who_are_not_alike_not_at_all(make_known, facilitator):
    for names in (("Jon", "Smyth"), ("John", "Smith"), ("John", "Baker"), ("Jane", "Smith")):
        make_known(*names)
    rows = [str(person) for person in search(facilitator, "John Smith").rows]
    assert rows[0] == "John Smith"
    assert "Jon Smyth" in rows
    assert "John Baker" not in rows


def test_another_name_finds_the_person(make_known, facilitator):
    person = make_known()
    record_fact(Alias(offender=person, given_names="Zebedee", family_name="Quill"), by=facilitator)
    assert search(facilitator, "zebedee quil").rows == [person]


def test_a_reference_opens_its_record(make_known, facilitator, officer, monkeypatch):
    person = make_known()
    assert search(facilitator, person.reference.lower()).opens == person
    assert search(officer, person.reference).opens is None
    monkeypatch.setattr("offenders.search.OPENERS", [*OPENERS, lambda user, reference: person])
    assert search(facilitator, "AC0417RH").opens == person


def test_a_search_says_when_there_are_more(make_known, facilitator):
    for _ in range(27):
        make_known()
    found = search(facilitator, "smith")
    assert (len(found.rows), found.more) == (25, True)


def test_a_search_is_recorded_without_its_words(make_known, facilitator):
    person = make_known()
    search(facilitator, "Jon Smyth 27/3/1990")
    event = Event.objects.get(verb="offender.search")
    assert (event.offenders, event.detail["searched"]) == ([person.pk], ["words", "dates"])
    assert "smyth" not in str(event.detail).lower()


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("Jon Smyth 27/3/1990", True),
        ("1999/1234567B", True),
        ("+447700900123", True),
        ("REFERENCE", True),
        ("John Smith", False),
        ("27/3/1990", False),
        ("Smith 27/3/1990", False),
        ("J S 27/3/1990", False),
        ("John Smith 27/3/1991", False),
        ("1234567B", False),
        ("900123", False),
    ],
)
def test_outside_ones_sight_only_an_exact_search_finds(typed, is_found, make_known, officer, provider):
    person = make_known(phone="07700 900123")
    Identifier.objects.create(offender=person, kind="pnc", value="1999/1234567B")
    typed = typed.replace("REFERENCE", person.reference)
    found = search(officer, typed)
    assert (found.rows, found.known) == ([], [person] if is_found else [])
    nothing = search(provider, typed)  # may not find people in order to refer them
    assert (nothing.rows, nothing.known) == ([], [])


def test_a_health_number_finds_nobody_for_those_who_may_not_read_it(make_known, facilitator, cgl, cgl_worker):
    person = make_known()
    involve(person, cgl, None, facilitator)
    Identifier.objects.create(offender=person, kind="nhs", value="9434765919")
    for typed in ("943 476 5919", "34765"):
        assert search(cgl_worker, typed).rows == [person]
        assert search(facilitator, typed).rows == []


@pytest.mark.parametrize("typed", ["943 476 5919", "9434765919", "09434765919", "+44 943 476 5919"])
def test_a_health_number_recognises_nobody_for_those_who_may_not_read_it(make_known, officer, typed):
    Identifier.objects.create(offender=make_known(), kind="nhs", value="9434765919")
    assert search(officer, typed).known == []
    assert likely_matches(officer, "Wilhelmina", "Qwxyzzyton", phone=typed) == []


def test_likely_matches(make_known, make_offender, facilitator, officer, police, npu):
    person = make_known()
    elsewhere = make_offender(given_names="Jon", family_name="Smith")
    matches = likely_matches(facilitator, "Jon", "Smyth", BORN)
    assert [(match.offender, match.is_visible) for match in matches] == [(person, True), (elsewhere, False)]
    namesake = make_known("Jon", "Smyth", date_of_birth=BORN.replace(year=BORN.year + 4))
    found = [match.offender for match in likely_matches(facilitator, "Jon", "Smyth", BORN)]
    assert found == [person, elsewhere, namesake]  # whose birthday it is before who has but the name
    assert likely_matches(officer, "Jon", "Smyth") == []
    assert [match.is_visible for match in likely_matches(officer, "Jon", "Smyth", BORN)] == [False, False]
    assert likely_matches(facilitator, "Ann", "Other", BORN) == []
    assert likely_matches(facilitator, "<script>", "'", None) == []


def test_the_search_page(client, make_known, facilitator, provider, administrator):
    person = make_known("Jo", "<script>alert(1)</script>")
    client.force_login(facilitator)
    url = reverse("offenders:search")
    assert client.get(url).status_code == 200
    page = client.post(url, {"q": "jo"}).content.decode()
    assert person.reference in page
    assert "<script>alert" not in page
    assert client.post(url, {"q": person.reference}).url == person.get_absolute_url()
    empty = client.post(url, {"q": ""})
    assert empty.status_code == 422
    assert 'href="#id_q"' in empty.content.decode()
    client.force_login(provider)
    assert person.reference not in client.post(url, {"q": "jo script alert"}).content.decode()
    client.force_login(administrator)
    assert client.post(url, {"q": "jo"}).status_code == 403


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police)


def test_as_many_queries_for_one_person_as_for_many(make_known, facilitator, client):
    client.force_login(facilitator)
    counts = []
    for people in (1, 24):
        for _ in range(people):
            make_known()
        with CaptureQueriesContext(connection) as queries:
            client.post(reverse("offenders:search"), {"q": "smith"})
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("text", ["O'Neill\u2013Smith", "Ærø", "ŁUKASZ", "  A   b "])
def test_names_are_made_plain(text):
    assert plain(text) == plain(plain(text))
