"""The record cannot be changed, and nothing is done or shown without it."""

import pytest
from django.db import Error, connection, transaction

from offenders.models import Offender
from partners.audit.models import Event
from referrals.models import Referral


@pytest.fixture
def event(officer):
    return Event.objects.record(Event.Kind.SIGN_IN, "sign_in", by=officer)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET verb = 'nothing'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event CASCADE",
    ],
)
def test_the_database_refuses_to_change_the_record(event, statement):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE is refused for another reason
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert Event.objects.get(pk=event.pk).verb == "sign_in"


def test_the_models_are_refused_too(event):
    event.verb = "nothing"
    for change in (event.save, event.delete, Event.objects.all().delete):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            change()


@pytest.fixture
def _record_fails(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("partners.audit.models.write", fail)


@pytest.fixture
def quiet_client(client):
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("address", ["/audit/", "/audit/export.csv", "/api/v1/audit/events/", "/roles/"])
def test_no_record_no_data(quiet_client, make_user, police, event, monkeypatch, address):
    quiet_client.force_login(make_user("auditor", police))
    seen = quiet_client.get(address).content.decode()
    assert "sign_in" in seen or address == "/roles/"
    monkeypatch.setattr("partners.audit.models.write", lambda *args, **kwargs: 1 / 0)
    response = quiet_client.get(address)
    assert response.status_code == 500
    assert "sign_in" not in response.content.decode()
    assert "worker" not in response.content.decode().lower()


@pytest.mark.usefixtures("_record_fails")
def test_no_record_no_person(officer):
    with pytest.raises(RuntimeError, match="disk"), transaction.atomic():
        Offender.add(by=officer, given_names="Sam", family_name="Unrecorded")
    assert not Offender.objects.exists()


def test_no_record_no_step(make_referral, facilitator, monkeypatch):
    referral = make_referral("submitted")
    monkeypatch.setattr("partners.audit.models.write", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        referral.accept(by=facilitator, worker=facilitator)
    assert Referral.objects.get(pk=referral.pk).status == "submitted"


def test_no_record_no_refusal_in_silence(quiet_client, officer, monkeypatch):
    quiet_client.force_login(officer)
    monkeypatch.setattr("partners.audit.models.write", lambda *args, **kwargs: 1 / 0)
    assert quiet_client.get("/audit/").status_code == 500


def test_no_record_no_administration(quiet_client, make_user, police, monkeypatch):
    quiet_client.force_login(make_user("administrator", police))
    monkeypatch.setattr("partners.audit.models.write", lambda *args, **kwargs: 1 / 0)
    fields = {"name": "New agency", "short_name": "", "kind": "charity"}
    assert quiet_client.post("/admin/partners/agency/add/", fields).status_code == 500
    assert not type(police).objects.filter(name="New agency").exists()
    response = quiet_client.get("/admin/partners/agency/")
    assert response.status_code == 500
    assert "West Midlands Police" not in response.content.decode()
