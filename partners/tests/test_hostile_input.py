"""What no browser of ours sends: it is refused with a sentence, never a 500, and tells nothing."""

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from offenders.models import Note
from partners.frame.forms import DateField

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police)


@pytest.fixture
def api(client, facilitator):
    client.force_login(facilitator)
    return lambda path, body: client.post(f"/api/v1/{path}", body, content_type="application/json")


@pytest.mark.parametrize(
    "asked",
    [
        "partners/unit/?agency__cases__offender__family_name__startswith=P",
        "partners/unit/?agency__memberships__user__password__startswith=md5",
        "partners/unit/?kind__regex=(",
    ],
)
def test_an_administrator_cannot_ask_of_casework_through_a_filter(client, administrator, make_case, asked):
    make_case()
    client.force_login(administrator)
    assert client.get(f"/admin/{asked}").status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        "rehab/case/?facilitator__password__startswith=md5",
        "referrals/referral/?to_agency__referrals_received__offender__family_name__startswith=P",
        "rehab/assessment/?agency__cases__offender__family_name__startswith=P",
    ],
)
def test_nor_a_supervisor_of_hidden_rows(client, supervisor, make_case, asked):
    make_case()
    client.force_login(supervisor)
    assert client.get(f"/admin/{asked}").status_code == 400


def test_the_filters_shown_still_filter(client, supervisor, make_case):
    case = make_case()
    client.force_login(supervisor)
    for asked in (
        f"facilitator__id__exact={case.facilitator_id}",
        "phase__exact=preparing",
        "risk__exact=unknown&decision__exact=brought_in",
    ):
        assert case.referral.reference in client.get(f"/admin/rehab/case/?{asked}").content.decode(), asked
    for asked in ("assessed_on__gte=2024-01-01&assessed_on__lt=2025-01-01", f"agency__id__exact={case.agency_id}"):
        assert client.get(f"/admin/rehab/assessment/?{asked}").status_code == 200, asked


@pytest.mark.parametrize(
    "path",
    [
        "/o2r/units/?%00=1", "/o2r/referrals/?%00", "/admin/rehab/case/?phase__exact=%00",
        "/api/v1/offenders/%00/", "/api/v1/cases/?after=%00",
    ],
)  # fmt: skip
def test_a_null_character_in_an_address(client, supervisor, path):
    client.force_login(supervisor)
    answer = client.get(path)
    assert answer.status_code == 400
    assert not path.startswith("/api/") or answer.json()["detail"] == "An address cannot hold a null character."


@pytest.mark.parametrize("charset", ["rot13", "bz2_codec", "punycode", "undefined", "utf-16"])
def test_an_encoding_that_is_none(client, facilitator, charset):
    client.force_login(facilitator)
    kind = f"application/json; charset={charset}"
    assert client.generic("GET", "/o2r/team/?phase=%e9", content_type=kind).status_code == 400
    assert client.generic("POST", "/api/v1/offenders/search/", b'{"q": "Sam"}', content_type=kind).status_code == 200


def test_the_schema_is_got_and_nothing_else(client, facilitator):
    client.force_login(facilitator)
    assert client.get("/api/v1/schema/").status_code == 200
    assert client.head("/api/v1/schema/").status_code == 405
    client.logout()
    assert client.get("/api/v1/schema/").status_code == 403


def test_an_id_of_the_wrong_form(client, facilitator):
    client.force_login(facilitator)
    assert client.get(f"/people/{'-' * 36}/add/alias/").status_code == 404


@pytest.mark.parametrize(
    "parts", [["1" * 5000, "1", "2020"], ["1", "1" * 5000, "2020"], "9999-12-31", "0001-01-01", "31/12/1899"]
)
def test_a_day_that_is_none(parts):
    with pytest.raises(ValidationError):
        DateField().clean(parts)
    assert DateField().clean("1 1 1900") == dt.date(1900, 1, 1)


@pytest.mark.parametrize("text", ["until=9999-12-31", f"until_day={'1' * 5000}&until_month=1&until_year=2020"])
def test_the_record_asked_beyond_the_last_day_there_is(client, make_user, police, text):
    client.force_login(make_user("auditor", police))
    for path in ("/audit/", "/audit/export.csv", "/api/v1/audit/events/"):
        assert client.get(f"{path}?{text}").status_code == 400, path


@pytest.mark.parametrize("body", ["[" * 100_000, '{"q":' * 100_000, '{"q": "\\ud800"}', '{"q": "\\u0000"}', "[]", "5"])
def test_a_body_that_is_no_object_of_text(api, body):
    response = api("offenders/search/", body)
    assert response.status_code == 400
    assert response.json()["detail"]


@pytest.mark.parametrize("at", [5, -1, True, [1], {"a": 1}, ["14:30"]])
def test_a_time_that_is_none(api, make_case, at):
    person = make_case().offender
    note = {"offender": str(person.pk), "kind": "visit", "text": "Met", "category": "general", "is_opinion": "fact"}
    response = api("notes/", json.dumps(note | {"shared_with": "team", "at": at}))
    assert response.status_code == 400
    assert "at" in response.json()["fields"]


def test_a_note_sent_under_the_id_of_another(client, facilitator, supervisor, make_case):
    person = make_case().offender
    client.force_login(supervisor)
    said = {"kind": "visit", "text": "Met", "category": "general", "is_opinion": "fact", "shared_with": "team"}
    page = reverse("offenders:timeline", args=[person.pk])
    client.post(page, said)
    note = Note.objects.get()
    client.force_login(facilitator)
    client.post(page, said | {"text": "Mine", "id": str(note.pk)})
    assert [one.text for one in Note.objects.order_by("recorded_at")] == ["Met", "Mine"]
