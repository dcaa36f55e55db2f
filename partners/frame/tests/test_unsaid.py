"""Whom someone looks for is in no address: neither of the back office nor of the record."""

import re

import pytest
from django.urls import reverse

USERS = "/admin/partners/user/"


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police)


def test_what_is_looked_for_in_the_back_office_stands_in_no_address(client, administrator, make_user, police):
    for given in ("Ama", "Bea"):
        make_user("officer", police, given_names=given, family_name="Zanzibarine")
    make_user("officer", police, family_name="Other")
    client.force_login(administrator)
    form = client.get(USERS).content.decode()
    assert re.search(r'<form id="changelist-search" method="post"', form)
    response = client.post(USERS, {"q": "Zanzibarine", "unsaid": "1", "is_active__exact": "1"})
    assert response.status_code == 302
    assert "Zanzibarine" not in response["Location"]
    assert "is_active__exact=1" in response["Location"]
    page = client.get(response["Location"]).content.decode()
    assert page.count("@throughcare.example") == 2
    assert 'value="Zanzibarine"' in page
    assert not re.search(r'(href|action)="[^"]*Zanzibarine', page)


def test_what_the_record_is_asked_for_stands_in_no_address(client, make_user, police, make_offender):
    auditor = make_user("auditor", police)
    person = make_offender()
    client.force_login(auditor)
    assert 'class="tc-filter__form" method="post"' in client.get("/audit/").content.decode()
    sent = {
        "person": person.reference,
        "user": "ama@throughcare.example",
        "kind": "collection",
        "csrfmiddlewaretoken": "x",
    }
    there = client.post("/audit/", sent | {"csrfmiddlewaretoken": "x"})["Location"]
    assert person.reference not in there
    assert "ama" not in there
    assert "kind=collection" in there
    assert "csrf" not in there
    by_person = client.post("/audit/", {"person": person.reference})["Location"]
    page = client.get(by_person).content.decode()
    assert person.reference in page
    assert not re.search(rf'href="[^"]*{person.reference}', page)
    export = client.get(f"{reverse('audit:export')}?{by_person.partition('?')[2]}")
    assert export.status_code == 200
    assert str(person.pk) in export.content.decode()


@pytest.mark.parametrize("address", ["/audit/questions/what-was-seen/", "/audit/"])
def test_no_page_of_oversight_has_a_user_in_its_address(client, make_user, police, address):
    client.force_login(make_user("auditor", police))
    seen = make_user("officer", police)
    assert re.search(r'<form class="tc-filter__form" method="post"', client.get(address).content.decode())
    there = client.post(address, {"user": seen.email})["Location"]
    assert seen.email.partition("@")[0] not in there
    answer = client.get(there)
    assert answer.status_code == 200
    assert f'value="{seen.email}"' in answer.content.decode()


def test_a_handle_is_of_one_session_and_of_the_latest_searches(client, signed_in, administrator, make_user, police):
    make_user("officer", police, family_name="Zanzibarine")
    client.force_login(administrator)
    there = client.post(USERS, {"q": "Zanzibarine", "unsaid": "1"})["Location"]
    elsewhere = signed_in(make_user("administrator", police)).get(there).content.decode()
    assert 'value="Zanzibarine"' not in elsewhere
    for n in range(60):
        client.post(USERS, {"q": f"word {n}", "unsaid": "1"})
    assert len(client.session["unsaid"]) == 50
    assert 'value="Zanzibarine"' not in client.get(there).content.decode()


def test_what_is_too_long_to_look_for_is_refused_and_not_kept(client, administrator):
    client.force_login(administrator)
    assert client.post(USERS, {"q": "a" * 501, "unsaid": "1"}).status_code == 400
    assert "unsaid" not in client.session
