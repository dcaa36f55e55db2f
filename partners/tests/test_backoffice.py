"""The back office: who comes in, what they find, what they cannot do there, and what is written down."""

import datetime as dt
import html
import json
import re
import threading
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from partners.audit.models import Event
from partners.backoffice import RecordedAdmin
from partners.models import Agency, Agreement, Membership, Setting, Unit, User
from referrals.models import Referral

TODAY = timezone.localdate()
CHANGELISTS = ["agency", "unit", "service", "user", "membership", "agreement", "setting", "area"]


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police, family_name="Administrator")


@pytest.fixture
def office(client, administrator):
    client.force_login(administrator)
    return client


def last(verb):
    return Event.objects.filter(verb=verb).latest("id")


# the door


@pytest.mark.parametrize("address", ["/admin/", "/admin/partners/user/", "/admin/nothing/here/"])
def test_it_opens_to_whom_it_is_for(client, officer, address):
    response = client.get(address, follow=True)
    assert response.redirect_chain[-1][0].startswith("/sign-in/?next=/admin/")
    assert response.templates[0].name == "sign_in.html"
    client.force_login(officer)
    assert client.get(address).status_code == 403


def test_it_has_no_door_of_its_own(client, administrator):
    credentials = {"username": administrator.email, "password": "a long enough password"}
    assert client.post("/admin/login/", credentials)["Location"].startswith("/sign-in/")
    assert "_auth_user_id" not in client.session
    client.force_login(administrator)
    assert client.post("/admin/logout/")["Location"] == "/sign-in/"
    assert last("sign_out").by == administrator


@pytest.mark.parametrize("name", ["password_change", "password_change_done", "view_on_site"])
def test_what_is_not_its_affair_has_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{name}")


def test_passwords_histories_and_deletes_lead_nowhere(office, police):
    for path in ("password_change/", f"partners/agency/{police.pk}/history/", f"partners/agency/{police.pk}/delete/"):
        response = office.get(f"/admin/{path}", follow=True)
        assert response.status_code == 404 or response.redirect_chain[-1][0] == "/admin/", path
    office.post(
        "/admin/partners/agency/", {"action": "delete_selected", "_selected_action": [police.pk], "post": "yes"}
    )
    assert Agency.objects.filter(pk=police.pk).exists()


def test_no_admin_deletes():
    for model, model_admin in admin.site._registry.items():
        assert not model_admin.has_delete_permission(None), model
        for inline in model_admin.inlines:
            one = inline(model, admin.site)
            assert not one.has_delete_permission(None), inline
            assert not one.can_delete, inline


def test_the_index_shows_what_the_role_allows(client, administrator, supervisor):
    client.force_login(administrator)
    page = client.get("/admin/").content.decode()
    assert "Memberships" in page
    assert "/admin/referrals/drug/" in page
    assert "/admin/referrals/referral/" not in page
    assert "Cases" not in page
    client.force_login(supervisor)
    page = client.get("/admin/").content.decode()
    assert "Memberships" not in page
    assert "Users" not in page
    assert client.get("/admin/partners/user/").status_code == 403


# lists


@pytest.mark.parametrize("table", CHANGELISTS)
def test_lists_open_search_and_are_recorded(office, administrator, table):
    assert office.get(f"/admin/partners/{table}/?q=a").status_code == 200
    event = last(f"{table}.list")
    assert (event.kind, event.by, event.detail["filters"]) == ("administration", administrator, ["q"])


@pytest.mark.parametrize("table", ["user", "membership", "unit"])
def test_fifty_rows_cost_what_one_does(office, make_user, make_agency, police, table):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert office.get(f"/admin/partners/{table}/").status_code == 200
        return len(queries)

    office.get("/admin/")
    few = cost()
    for n in range(20):
        agency = make_agency()
        unit = agency.units.create(name=f"Unit {n}", kind="team", valid_from=TODAY)
        make_user("officer", agency, unit)
    assert cost() == few


def test_a_long_list_is_counted_and_paged_no_further_than_any(office, police, monkeypatch):
    monkeypatch.setattr("partners.frame.paging.COUNTED", 60)
    monkeypatch.setattr("partners.backoffice.COUNTED", 60)
    Unit.objects.bulk_create(Unit(agency=police, name=f"N{n}", kind="team", valid_from=TODAY) for n in range(99))
    with CaptureQueriesContext(connection) as queries:
        page = office.get("/admin/partners/unit/?q=N").content.decode()
    assert "More than 60 units: search or filter to find others." in " ".join(page.split())
    assert "61 " not in page
    assert not [query for query in queries if "COUNT(*)" in query["sql"] and "LIMIT 61" not in query["sql"]]


def test_a_filter_by_person_offers_colleagues(client, supervisor, facilitator, worker, make_case):
    make_case()
    client.force_login(supervisor)
    page = client.get("/admin/rehab/case/").content.decode()
    assert f"facilitator__id__exact={facilitator.pk}" in page
    assert f"facilitator__id__exact={worker.pk}" not in page


def test_a_field_that_is_not_shown_cannot_be_asked_about(office):
    assert office.get("/admin/partners/user/?password__startswith=argon").status_code == 400
    assert office.get("/admin/partners/membership/?user__password__startswith=a").status_code == 400
    assert office.get("/admin/partners/user/?is_active__exact=1").status_code == 200
    assert office.get("/admin/partners/membership/?when=now").status_code == 200


# one record


def test_a_change_is_recorded_with_before_and_after_and_no_log_entry(office, administrator, make_agency):
    agency = make_agency(name="Old name")
    address = f"/admin/partners/agency/{agency.pk}/change/"
    assert office.get(address).status_code == 200
    assert last("agency.view").subject_id == str(agency.pk)
    office.post(address, {"name": "New name", "short_name": "", "kind": agency.kind})
    event = last("agency.change")
    assert (event.kind, event.by, event.before, event.after) == (
        "administration", administrator, {"name": "Old name"}, {"name": "New name"},
    )  # fmt: skip
    assert not LogEntry.objects.exists()


def user_form(**fields):
    return {
        "email": "new@throughcare.example", "title": "", "given_names": "Ana", "family_name": "New",
        "collar_number": "", "is_active": "on", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
    } | fields  # fmt: skip


def inline(n=0, **fields):
    return {f"memberships-{n}-{name}": value for name, value in fields.items()}


def test_a_new_user_has_no_password_yet_and_their_role_is_recorded(office, police, npu):
    role = inline(agency=police.pk, unit=npu.pk, role="officer", valid_from=TODAY.isoformat())
    data = user_form(email="New@Throughcare.example", **{"memberships-TOTAL_FORMS": 1}, **role)
    assert office.post("/admin/partners/user/add/", data).status_code == 302
    user = User.objects.get(email="new@throughcare.example")
    assert not user.has_usable_password()
    assert user.membership.role == "officer"
    assert "password" not in last("user.add").after
    assert last("membership.add").after["role"] == "officer"


def test_nobody_gives_themselves_a_role(office, administrator, police):
    role = {"agency": police.pk, "role": "supervisor", "valid_from": TODAY.isoformat()}
    response = office.post("/admin/partners/membership/add/", role | {"user": administrator.pk})
    assert "Ask another administrator" in response.content.decode()
    data = user_form(
        email=administrator.email, given_names=administrator.given_names, family_name=administrator.family_name,
        **{"memberships-TOTAL_FORMS": 1}, **inline(**role),
    )  # fmt: skip
    response = office.post(f"/admin/partners/user/{administrator.pk}/change/", data)
    assert "Ask another administrator" in response.content.decode()
    own = administrator.memberships.get()
    response = office.post(f"/admin/partners/membership/{own.pk}/change/", {"valid_to": "2099-01-01"})
    assert "Ask another administrator" in response.content.decode()
    assert administrator.memberships.get().valid_to is None


def test_a_role_only_ends(office, officer):
    held = officer.memberships.get()
    address = f"/admin/partners/membership/{held.pk}/change/"
    office.post(address, {"role": "supervisor", "valid_from": "2000-01-01", "valid_to": TODAY.isoformat()})
    now = Membership.objects.get(pk=held.pk)
    assert (now.role, now.valid_from, now.valid_to) == ("officer", held.valid_from, TODAY)


def test_a_role_held_already_and_a_unit_of_others_are_refused_in_words(office, officer, police, make_agency):
    held = officer.memberships.get()
    data = {"user": officer.pk, "agency": police.pk, "unit": held.unit.pk, "role": "officer", "valid_from": TODAY}
    response = office.post("/admin/partners/membership/add/", data)
    assert "They already hold this role there" in response.content.decode()
    response = office.post("/admin/partners/membership/add/", data | {"agency": make_agency().pk})
    assert "is not a unit of" in response.content.decode()


def test_the_same_role_twice_in_one_form_is_no_crash(office, police, npu):
    role = {"agency": police.pk, "unit": npu.pk, "role": "officer", "valid_from": TODAY.isoformat()}
    data = user_form(**{"memberships-TOTAL_FORMS": 2}, **inline(0, **role), **inline(1, **role))
    response = office.post("/admin/partners/user/add/", data, follow=True)
    assert "rules this out" in response.content.decode()
    assert not User.objects.filter(email="new@throughcare.example").exists()


def test_settings_do_not_overlap_and_what_held_is_not_rewritten(office):
    held = Setting.objects.on().get(key="goods_multiplier")
    new = {"key": held.key, "values": "4", "valid_from": TODAY, "source": "A newer study", "told": "1"}
    response = office.post("/admin/partners/setting/add/", new)
    assert "Another value holds on some of these days. End that one first." in response.content.decode()
    address = f"/admin/partners/setting/{held.pk}/change/"
    yesterday = TODAY - dt.timedelta(days=1)
    office.post(address, {"values": "9", "source": held.source, "valid_to": yesterday, "told": "1"})
    held.refresh_from_db()
    assert (held.values, held.valid_to) == ([3], yesterday)
    assert office.post("/admin/partners/setting/add/", new).status_code == 302


def test_an_agreements_categories_are_ticked(office, police, cgl):
    data = {"name": "Sharing", "purpose": "Care", "agencies": [police.pk, cgl.pk], "categories": ["health", "case"],
            "valid_from": TODAY, "review_on": TODAY}  # fmt: skip
    assert "at least identity and case" in office.post("/admin/partners/agreement/add/", data).content.decode()
    data["categories"].append("identity")
    assert office.post("/admin/partners/agreement/add/", data).status_code == 302
    assert Agreement.objects.get(name="Sharing").categories == ["health", "case", "identity"]
    assert "Sharing" in office.get("/admin/partners/agreement/?review=due").content.decode()


def test_areas_are_read_only(office):
    assert office.get("/admin/partners/area/add/").status_code == 403
    assert "_save" not in office.get("/admin/partners/area/NFA/change/").content.decode()


# two at once


@pytest.fixture
def colleague(make_user, police):
    return make_user("administrator", police, family_name="Colleague")


def shown(client, address):
    """What the page says that it showed, to send back with its form."""
    return json.loads(html.unescape(re.search(r'name="seen" value="([^"]*)"', client.get(address).content.decode())[1]))


def test_the_later_of_two_is_told_what_the_first_changed(office, colleague, make_agency):
    agency = make_agency(name="Old name")
    address = f"/admin/partners/agency/{agency.pk}/change/"
    seen = json.dumps(shown(office, address))
    other = Client()
    other.force_login(colleague)
    theirs = {"name": "Their name", "short_name": "T", "kind": "rehab", "seen": seen}
    assert other.post(address, theirs).status_code == 302
    mine = {"name": "My name", "short_name": "", "kind": "rehab", "seen": seen}
    page = office.post(address, mine).content.decode()
    assert f"{colleague} changed this on" in page
    assert "it is “Their name” now" in page
    assert 'value="My name"' in page
    assert "it is “T” now" in page  # left alone here, and would have been undone
    agency.refresh_from_db()
    assert agency.name == "Their name"
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', page)[1])
    assert office.post(address, mine | {"short_name": "T", "seen": seen}).status_code == 302
    agency.refresh_from_db()
    assert (agency.name, agency.short_name) == ("My name", "T")
    assert last("agency.change").before == {"name": "Their name"}


def test_choices_and_rows_of_other_tables_are_told_in_words(office, police, cgl, make_agency):
    agreement = cgl.agreements.get()
    address = f"/admin/partners/agreement/{agreement.pk}/change/"
    seen = shown(office, address)
    agreement.agencies.set([police, make_agency(name="The Third")])
    Agreement.objects.update(categories=["identity", "case"], review_on=TODAY)
    data = {"name": agreement.name, "purpose": "Care", "agencies": [police.pk, cgl.pk],
            "categories": ["identity", "case", "health"], "valid_from": "2018-01-01",
            "seen": json.dumps(seen)}  # fmt: skip
    page = office.post(address, data).content.decode()
    for words in ("it is “The Third, WMP” now", "it is “identity, case” now", f"it is “{TODAY}” now"):
        assert words in html.unescape(page)


@pytest.mark.parametrize("seen", ["", "x", "[1]", "null", "{}"])
def test_a_form_that_does_not_say_what_it_showed_overwrites_nothing(office, make_agency, seen):
    agency = make_agency(name="Old name")
    data = {"name": "New name", "short_name": "", "kind": agency.kind, "seen": seen}
    page = office.post(f"/admin/partners/agency/{agency.pk}/change/", data)
    assert "it is “Old name” now" in html.unescape(page.content.decode())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told(administrator, colleague, make_agency):
    agency = make_agency(name="Old name")
    address, begin, pages = f"/admin/partners/agency/{agency.pk}/change/", threading.Barrier(2), []
    clients = {"One": Client(), "Another": Client()}
    for client, user in zip(clients.values(), (administrator, colleague), strict=True):
        client.force_login(user)
    seen = json.dumps(shown(clients["One"], address))

    def save(name, client):
        try:
            begin.wait()
            pages.append(
                client.post(address, {"name": name, "short_name": "", "kind": agency.kind, "seen": seen}).status_code
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=each) for each in clients.items()]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(pages) == [200, 302]
    assert Event.objects.filter(verb="agency.change").count() == 1


def test_a_change_of_casework_is_recorded_with_whom_it_is_about(administrator, make_referral, rf):
    referral, request = make_referral(), rf.post("/admin/")
    request.user = administrator
    form = SimpleNamespace(instance=referral, changed_data=["source"])
    RecordedAdmin(Referral, admin.site)._record_change(request, form, "change")
    event = last("referral.change")
    assert (event.kind, event.by, event.offenders) == ("alteration", administrator, [referral.offender_id])


@pytest.mark.parametrize("table", CHANGELISTS)
def test_a_supervisor_may_not_view_add_or_change_what_is_the_administrators(client, supervisor, cgl, table):
    client.force_login(supervisor)
    place, row = f"/admin/partners/{table}", apps.get_model("partners", table).objects.first()
    assert client.get(f"{place}/").status_code == (200 if table == "setting" else 403)
    assert client.get(f"{place}/add/").status_code == 403
    assert client.post(f"{place}/{row.pk}/change/").status_code == 403


def test_a_membership_that_is_over_is_not_begun_again(office, make_user, police):
    """Another one is given instead, which is asked about."""
    hat, yesterday = make_user("officer", police).memberships.get(), TODAY - dt.timedelta(days=1)
    address = f"/admin/partners/membership/{hat.pk}/change/"
    for ends in (yesterday, TODAY):
        assert office.post(address, {"valid_to": ends}).status_code == 302
        assert office.post(address, {"valid_to": ""}).status_code == 302
        hat.refresh_from_db()
        assert hat.valid_to == (yesterday if ends == yesterday else None)
        type(hat).objects.filter(pk=hat.pk).update(valid_to=None)
