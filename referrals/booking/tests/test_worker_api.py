import pytest
from django.utils import timezone

from referrals.booking.models import ContactAttempt, Intervention
from referrals.models import Deadline, Drug


@pytest.fixture
def api(signed_in):
    """Sending and asking as this user; changes name the version that was read."""

    def of(user):
        client = signed_in(user)

        def ask(address, data=None, method="post"):
            url = f"/api/v1/{address}"
            if data is None:
                return client.get(url)
            one = client.get(f"{url.split('/pause/')[0].split('/resume/')[0].split('/acknowledge/')[0].rstrip('/')}/")
            headers = {"If-Match": one.headers["ETag"]} if "ETag" in one.headers else {}
            return getattr(client, method)(url, data, content_type="application/json", headers=headers)

        return ask

    return of


def test_an_attempt_is_logged_and_amended(make_appointment, worker, officer, api):
    referral = make_appointment().referral
    said = {"referral": str(referral.pk), "method": "phone", "result": "no_answer"}
    answer = api(worker)("contact-attempts/", said)
    assert answer.status_code == 201, answer.content
    assert api(worker)("contact-attempts/", said | {"colour": "red"}).json()["code"] == "invalid"
    one = f"contact-attempts/{answer.json()['id']}/"
    assert api(worker)(one, {"result": "reached", "reason": "They rang back"}, "patch").json()["result"] == "reached"
    assert Deadline.objects.get(kind="first_contact").met_on == timezone.localdate()
    assert api(officer)("contact-attempts/").status_code == 403
    assert api(officer)("contact-attempts/", said).status_code == 403


def test_a_1to1_is_written_up_and_amended(make_appointment, worker, manager, officer, api):
    appointment, drugs = make_appointment("attended"), list(Drug.objects.on()[:2])
    said = {
        "appointment": str(appointment.pk), "how_it_went": "well", "drugs": [str(drugs[0].pk)],
        "main_drug": str(drugs[0].pk), "audit_frequency": 1, "audit_units": 2, "audit_binge": 3, "concern": "Afraid.",
    }  # fmt: skip
    assert api(officer)("interventions/", said).status_code == 403
    answer = api(worker)("interventions/", said)
    assert answer.status_code == 201, answer.content
    assert answer.json()["audit_c"] == 6
    assert api(worker)("interventions/", said).status_code == 409
    one = f"interventions/{answer.json()['id']}/"
    changed = {"drugs": [str(drug.pk) for drug in drugs], "reason": "Forgot one"}
    assert len(api(worker)(one, changed, "patch").json()["drugs"]) == 2
    assert api(worker)(f"{one}acknowledge/", {}).status_code == 403
    assert api(manager)(f"{one}acknowledge/", {}).json()["acknowledged_by"] == str(manager.pk)
    assert api(officer)(one).status_code == 403
    assert Intervention.objects.get().audit_c == 6


def test_who_waits_and_how_long(make_appointment, worker, officer, api):
    referral = make_appointment().referral
    (row,) = api(worker)("waiting/").json()["results"]
    assert (row["name"], row["stands"]) == (str(referral.offender), "5 working days left")
    assert api(worker)("waiting/?stands=overdue").json()["results"] == []
    assert api(worker)("waiting/?colour=red").status_code == 400
    one = f"deadlines/{row['id']}/"
    assert api(worker)(f"{one}pause/", {"reason": "away"}).json()["pause_reason"] == "away"
    assert api(worker)(f"{one}pause/", {"reason": "away"}).status_code == 409
    assert api(worker)(f"{one}resume/", {}).json()["paused_on"] is None
    assert api(officer)("waiting/").status_code == 403
    assert not ContactAttempt.objects.exists()


def test_the_board_in_figures(make_appointment, worker, manager, api):
    make_appointment()
    figures = api(manager)("board/").json()
    assert {row["id"]: row["figures"] for row in figures["workers"]}[str(worker.pk)]["free"] > 0
    assert sum(row["number"] for row in figures["waiting"]) == 1
    assert api(worker)("board/").status_code == 403
    refused = api(manager)("board/?first=soon")
    assert (refused.status_code, refused.json()["code"]) == (400, "parse_error")
