"""Who looks into odd reading, and what they say."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.alerts.models import Alert
from offenders.workflow import IllegalStep
from partners.audit.models import Event


@pytest.fixture
def auditor(make_user, police):
    return make_user("auditor", police, family_name="Auditor")


@pytest.fixture
def make_alert(officer, make_offender, facilitator):
    def make(user=None, **fields):
        """Very many people, of whom one is left."""
        person, user = make_offender(by=facilitator), user or officer
        event = Event.objects.shown("offender.view", [person], by=user, subject=person)
        agency = fields.pop("agency_id", user.membership.agency_id)
        day = fields.pop("day", timezone.localdate())
        return Alert.found("many", user=user, agency_id=agency, day=day, events=[event])

    return make


def test_nobody_looks_into_their_own_reading(make_alert, auditor, make_user, police):
    alert = make_alert(auditor)
    assert not Alert.objects.visible_to(auditor).exists()
    with pytest.raises(PermissionDenied):
        alert.clear(by=auditor, note="It was me")
    alert.clear(by=make_user("auditor", police), note="A complaint")
    with pytest.raises(IntegrityError, match="alert_is_looked_into_by_another"), transaction.atomic():
        Alert.objects.update(reviewed_by=auditor)


def test_it_is_looked_into_once(make_alert, auditor):
    alert = make_alert()
    alert.pass_on(by=auditor, to="Professional standards", note="No reason found")
    with pytest.raises(IllegalStep):
        alert.clear(by=auditor, note="After all")
    event = Event.objects.about(alert).first()
    assert (event.kind, event.verb, event.reason) == ("administration", "alert.pass_on", "")


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"status": "cleared"}, "alert_that_was_looked_into_says_by_whom_and_why"),
        ({"note": "Fine"}, "alert_that_was_looked_into_says_by_whom_and_why"),
        ({"passed_to": "Someone"}, "alert_passed_on_says_to_whom"),
    ],
)
def test_what_was_found_is_said_whole(make_alert, wrong, constraint):
    make_alert()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Alert.objects.update(**wrong)


def test_to_pass_it_on_says_to_whom(make_alert, auditor):
    with pytest.raises(ValidationError, match="to whom"):
        make_alert().pass_on(by=auditor, to="", note="No reason found")


def test_it_is_for_the_agencys_own_auditors_where_there_are_any(make_alert, auditor, make_user, make_agency, cgl):
    of_cgl = make_alert(make_user("cgl_worker", cgl))
    other = make_user("auditor", make_agency("police"))
    assert {*Alert.objects.visible_to(auditor), *Alert.objects.visible_to(other)} == {of_cgl}
    theirs = make_user("auditor", cgl)
    assert not Alert.objects.visible_to(auditor).exists()
    assert Alert.objects.visible_to(theirs).get() == of_cgl
    assert set(of_cgl.reviewers) == {theirs}
    own = make_alert(theirs)
    assert Alert.objects.visible_to(auditor).get() == own  # nobody else there could


def test_the_pages(signed_in, make_alert, auditor, officer):
    client = signed_in(auditor)
    assert "is listed here" in client.get("/alerts/").content.decode()
    alert = make_alert()
    assert "Reading to look into" in client.get("/").content.decode()
    assert "Very many people" in client.get("/alerts/?status=open").content.decode()
    page = client.get(f"/alerts/{alert.pk}/").content.decode()
    (event,) = alert.read
    assert f"/audit/{event.pk}/" in page
    assert Event.objects.about(alert).filter(verb="alert.view", by=auditor).exists()
    asked = client.post(f"/alerts/{alert.pk}/pass_on/", {"to": "", "note": ""})
    assert asked.status_code == 422
    assert client.post(f"/alerts/{alert.pk}/clear/", {"note": "Dip sample"}).status_code == 302
    assert "Dip sample" in client.get(f"/alerts/{alert.pk}/").content.decode()
    late = client.post(f"/alerts/{alert.pk}/clear/", {"note": "Again"}, follow=True).content.decode()
    assert "You cannot" in late
    assert client.get("/alerts/?status=nothing").status_code == 400
    assert signed_in(officer).get(f"/alerts/{alert.pk}/").status_code == 404


def test_the_api(signed_in, make_alert, auditor, officer):
    client, alert = signed_in(auditor), make_alert()
    shown = client.get(f"/api/v1/alerts/{alert.pk}/")
    assert shown.json()["steps"] == ["clear", "pass_on"]
    assert shown.json()["user"] == officer.email
    how = {"content_type": "application/json", "headers": {"If-Match": shown["ETag"], "Idempotency-Key": "1"}}
    done = client.post(f"/api/v1/alerts/{alert.pk}/clear/", {"note": "Dip sample"}, **how)
    assert (done.status_code, done.json()["status"]) == (200, "cleared")
    assert client.get("/api/v1/alerts/?status=open").json()["results"] == []


def test_a_list_of_fifty_costs_what_one_does(signed_in, make_alert, auditor, make_user, police):
    client = signed_in(auditor)
    make_alert()
    client.get("/alerts/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/alerts/")
        counts.append(len(queries))
        for _ in range(9):
            make_alert(make_user("officer", police))
    assert counts[0] == counts[1]


def test_an_auditor_reads_nowhere_what_was_found_of_their_own_reading(make_alert, auditor, make_user, police):
    """The record's own page, file and API start from what is visible of it; and the note is in none of it."""
    alert, other = make_alert(auditor), make_user("auditor", police)
    alert.pass_on(by=other, to="Professional standards", note="Asked for it by phone")
    assert not Event.objects.visible_to(auditor).about(alert).exists()
    events = Event.objects.visible_to(other).about(alert)
    assert {event.verb for event in events} == {"alert.raise", "alert.pass_on"}
    assert not events.exclude(reason="").exists()
