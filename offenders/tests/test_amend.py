import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from offenders.amend import address, amend, history
from offenders.models import Amendment, Entry, Note, Offender
from offenders.versions import Overtaken, compare, seal
from partners.audit.models import Event

BORN = dt.date(1991, 2, 3)


@pytest.fixture
def person(make_case):
    return make_case().offender


def test_an_amendment_keeps_what_was(person, facilitator, officer):
    amend(person, {"date_of_birth": BORN, "sex": "1", "phone": ""}, by=facilitator, reason="Saw the passport")
    assert Offender.objects.get().date_of_birth == BORN
    (amendment,) = history([person], officer)
    assert amendment.changes == {"date_of_birth": ["1990-03-27", "1991-02-03"], "sex": ["0", "1"]}
    lines = [(line.label, line.was, line.now) for line in amendment.lines]
    assert ("Date of birth", "27 March 1990", "3 February 1991") in lines
    assert ("Sex", "Not known", "Male") in lines
    event = Event.objects.get(verb="offender.amend")
    assert event.detail["fields"] == ["date_of_birth", "sex"]
    assert "1990" not in str(event.detail) + str(event.before) + event.reason
    (entry,) = Entry.objects.visible_to(officer).filter(kind="amendment")
    assert "Date of birth amended: 27 March 1990, now 3 February 1991" in entry.sentence


def test_an_amendment_is_never_itself_changed(person, facilitator):
    amend(person, {"sex": "1"}, by=facilitator, reason="Saw the passport")
    for change in (lambda: Amendment.objects.update(reason="Other"), lambda: Amendment.objects.all().delete()):
        with pytest.raises(IntegrityError, match="never itself changed"), transaction.atomic():
            change()
    assert history([person], facilitator)[0].why == "Saw the passport"


def test_who_amended_is_told_to_whom_their_agency_shows_something(
    make_placement, client, facilitator, provider, cgl, cgl_worker
):
    stay = make_placement(on=timezone.localdate() - dt.timedelta(days=3))
    person = stay.offender
    stay.case.share(by=facilitator, agency=cgl)
    person.refresh_from_db()
    seen = seal(person, ["phone"])
    amend(person, {"phone": "07700 900111"}, by=cgl_worker, reason="At the methadone clinic")
    person.refresh_from_db()
    for user, knows in ((facilitator, True), (provider, False)):
        client.force_login(user)
        headers = {"If-Match": '"old"'}
        late = client.patch(f"/api/v1/offenders/{person.pk}/", {}, content_type="application/json", headers=headers)
        past = client.get(f"/api/v1/offenders/{person.pk}/history/")
        page = client.get(f"/people/{person.pk}/")
        with pytest.raises(Overtaken) as told:
            compare(person, {"phone": "1"}, seen, by=user)
        assert (late.status_code, past.status_code, page.status_code) == (412, 200, 200)
        said = [late.content.decode(), past.content.decode(), page.content.decode(), told.value.differences[0].who]
        assert [str(cgl_worker) in one for one in said] == [knows] * 4
        assert ["methadone" in one for one in said[1:]] == [knows] * 3
        assert knows or not any("CGL" in one for one in said)


def test_what_is_no_amendment(person, facilitator, provider):
    for changes, reason in (({"sex": "1"}, " "), ({"sex": person.sex}, "x"), ({"sex": "7"}, "x")):
        with pytest.raises(ValidationError):
            amend(person, changes, by=facilitator, reason=reason)
    future = timezone.localdate() + dt.timedelta(days=2)
    with pytest.raises(ValidationError):
        amend(person, {"date_of_birth": future}, by=facilitator, reason="x")
    with pytest.raises(PermissionDenied):
        amend(person, {"sex": "1"}, by=provider, reason="x")
    assert not Amendment.objects.exists()


def test_who_was_overtaken_is_told(person, facilitator, supervisor):
    seen = seal(person, ["phone"])
    amend(person, {"phone": "07700 900111"}, by=supervisor, reason="Rang", seen=seen)
    with pytest.raises(Overtaken) as told:
        amend(person, {"phone": "07700 900222"}, by=facilitator, reason="Gone", seen=seen)
    (difference,) = told.value.differences
    assert (difference.read, difference.now, difference.yours) == ("not known", "07700 900111", "07700 900222")
    assert str(supervisor) in difference.who
    assert "Rang" in difference.who
    assert Offender.objects.get().phone == "07700 900111"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_amend_at_once_nothing_is_lost(make_case, facilitator, supervisor):
    person, begin, seen = make_case().offender, threading.Barrier(2), ""
    told = []

    def go(by, changes, seen):
        try:
            begin.wait()
            amend(Offender.objects.get(pk=person.pk), changes, by=by, reason="At once", seen=seen)
        except Overtaken as error:
            told.append(error)
        finally:
            connection.close()

    for one, other, losers in (
        ({"phone": "1"}, {"email": "a@example.com"}, 0),
        ({"language": "Polish"}, {"language": "Urdu"}, 1),
    ):
        seen = None if not losers else seal(person, ["language"])
        threads = [
            threading.Thread(target=go, args=(facilitator, one, seen)),
            threading.Thread(target=go, args=(supervisor, other, seen)),
        ]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(told) == losers
    kept = Offender.objects.get(pk=person.pk)
    assert (kept.phone, kept.email) == ("1", "a@example.com")
    (last,) = Amendment.objects.filter(changes__has_key="language")
    assert last.changes["language"] == ["", kept.language]
    assert Event.objects.filter(verb="offender.amend").count() == 3


def test_the_page_to_amend_a_person(person, client, facilitator, supervisor, provider):
    client.force_login(facilitator)
    url = address(person)
    form = client.get(url).context["form"]
    answers = {
        "given_names": person.given_names, "family_name": "O'Neill", "date_of_birth": "1990-03-27", "sex": "0",
        "ethnicity": "UN", "officer_ethnicity": "0", "seen": form["seen"].value() or "",
    }  # fmt: skip
    assert client.post(url, answers).status_code == 422  # no reason
    bad = client.post(url, answers | {"reason": "x", "date_of_birth": "1990-13-27", "family_name": ""})
    assert bad.status_code == 422
    for link in ("#id_date_of_birth-month", "#id_family_name"):
        assert f'href="{link}"' in bad.content.decode()
    assert client.post(url, answers | {"reason": "Heard wrong", "known_by": "verified"}).status_code == 302
    kept = Offender.objects.get()
    assert (kept.family_name, kept.standing) == ("O'Neill", {"family_name": "verified"})
    assert "Heard wrong" in client.get(person.get_absolute_url()).content.decode()
    overtaken = client.post(url, answers | {"reason": "Twice", "family_name": "Neill"})
    assert overtaken.status_code == 409
    assert "Heard wrong" in overtaken.content.decode()
    again = dict(overtaken.context["carried"])
    assert again["family_name"] == "Neill"
    assert client.post(url, again | {"keep_family_name": "theirs"}).status_code == 302
    assert (Offender.objects.get().family_name, Amendment.objects.count()) == ("O'Neill", 1)
    assert client.post(url, again | {"keep_family_name": "yours"}).status_code == 302
    assert Offender.objects.get().family_name == "Neill"
    client.force_login(provider)
    assert client.get(url).status_code == 404


def test_a_note_is_amended_by_its_own_agency(make_case, client, facilitator, cgl, cgl_worker):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    note = Note.write(
        case.offender, by=facilitator, kind="visit", text="Saw his mother", happened_at=timezone.now(),
        category="general", matters=case.matters,
    )  # fmt: skip
    url = address(note)
    client.force_login(cgl_worker)
    assert client.get(note.get_absolute_url()).status_code == 200
    assert client.get(url).status_code == 403
    client.force_login(facilitator)
    answers = dict(client.get(url).context["form"].initial)
    answers |= {"on": answers["on"].isoformat(), "text": "Saw his <sister>", "reason": "Wrong person"}
    assert client.post(url, answers).status_code == 302
    page = client.get(note.get_absolute_url()).content.decode()
    for text in ("Saw his mother", "Saw his &lt;sister&gt;", "Wrong person"):
        assert text in page
    told = [entry.sentence for entry in Entry.objects.visible_to(cgl_worker)]
    assert "Visit: Saw his <sister>" in told
    assert "Note: Text amended. Why: Wrong person" in told
    assert list(Amendment.objects.get().changes) == ["text"]
    assert client.post(url, answers).status_code == 422


def test_amending_by_the_api(person, client, facilitator, provider):
    client.force_login(facilitator)
    url = f"/api/v1/offenders/{person.pk}/"

    def patch(address=url, **answers):
        return client.patch(address, answers, content_type="application/json")

    assert patch(reason="Passport", date_of_birth="1991-02-03").json()["date_of_birth"] == "1991-02-03"
    assert Amendment.objects.get().changes == {"date_of_birth": ["1990-03-27", "1991-02-03"]}
    for answers in ({"phone": "1"}, {"reason": "x", "colour": "red"}, {"reason": "x"}, {"reason": "x", "sex": "7"}):
        answer = patch(**answers)
        assert answer.status_code == 400
        assert answer.json()["detail"]
    assert client.patch(url, [1], content_type="application/json").status_code == 400
    client.force_login(provider)
    assert patch(reason="x", phone="1").status_code == 404


def test_notes_by_the_api(person, client, facilitator, officer):
    client.force_login(facilitator)
    new = {
        "offender": str(person.pk), "kind": "phone", "text": "Rang",
        "category": "health", "is_opinion": "opinion", "shared_with": "team", "on": "2024-01-02", "at": "14:30",
    }  # fmt: skip
    made = client.post("/api/v1/notes/", new, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["happened_at"].startswith("2024-01-02T14:30")
    assert len(client.get(f"/api/v1/notes/?offender={person.pk}").json()["results"]) == 1
    assert client.get("/api/v1/notes/").status_code == 400
    assert client.get("/api/v1/entries/").status_code == 400
    entries = client.get(f"/api/v1/entries/?offender={person.pk}&kind=note").json()["results"]
    assert [entry["sentence"] for entry in entries] == ["Phone call, an opinion: Rang"]
    assert client.get(f"/api/v1/entries/{entries[0]['id']}/").status_code == 200
    assert client.post("/api/v1/notes/", {"text": "x"}, content_type="application/json").status_code == 400
    url = f"/api/v1/notes/{made.json()['id']}/"
    assert client.get(url).json()["text"] == "Rang"
    answer = client.patch(url, {"reason": "Typo", "text": "Rang twice"}, content_type="application/json")
    assert answer.json()["text"] == "Rang twice"
    assert list(Amendment.objects.get().changes) == ["text"]
    assert client.get("/api/v1/offenders/").status_code == 405
    found = client.post("/api/v1/offenders/search/", {"q": str(person)}, content_type="application/json").json()
    assert found["results"][0]["id"] == str(person.pk)
    client.force_login(officer)
    assert client.get(f"/api/v1/notes/?offender={person.pk}").status_code == 403
    assert client.post("/api/v1/notes/", new, content_type="application/json").status_code == 403


def test_an_amendment_is_read_by_who_reads_what_was_amended(make_case, facilitator, cgl, cgl_worker):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    for category in ("general", "safeguarding"):
        note = Note.write(
            case.offender, by=cgl_worker, kind="visit", text="Met", happened_at=timezone.now(), category=category,
            matters=case.matters,
        )  # fmt: skip
        amend(note, {"text": "Met at home"}, by=cgl_worker, reason="Told since")
    readable = [
        set(Amendment.objects.visible_to(user).values_list("category", flat=True)) for user in (facilitator, cgl_worker)
    ]
    assert readable == [{"general"}, {"general", "safeguarding"}]
