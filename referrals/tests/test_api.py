import pytest

from offenders.models import Offender
from partners.audit.models import Event
from referrals.models import Referral

NEW = {
    "given_names": "Robin", "family_name": "Newcomer", "date_of_birth": "1990-03-27",
    "source": "officer", "funds_addiction": "yes", "offending_area": "E08000025",
}  # fmt: skip


@pytest.fixture
def post(signed_in):
    def posting(user, path, said):
        return signed_in(user).post(f"/api/v1/referrals/{path}", said, content_type="application/json")

    return posting


def test_a_new_person_is_drafted_or_sent(post, officer):
    drafted = post(officer, "", NEW)
    assert (drafted.status_code, drafted.json()["status"]) == (201, "draft")
    assert drafted.json()["steps"] == ["submit", "revise", "withdraw"]
    sent = post(officer, "", NEW | {"is_new_person": True, "submit": True})
    assert (sent.json()["status"], sent.json()["became"][:7]) == ("submitted", "Waiting")
    assert Event.objects.filter(verb="referral.submit").count() == 1


def test_someone_like_one_known_is_chosen_or_said_to_be_new(post, officer, make_offender):
    known = make_offender(given_names="Robin", family_name="Newcomer")
    refused = post(officer, "", NEW)
    assert refused.status_code == 400
    assert str(known.pk) in refused.json()["fields"]["offender"][0]
    assert Event.objects.get(verb="offender.match").offenders == [known.pk]
    said = {name: NEW[name] for name in ("source", "funds_addiction")}
    assert post(officer, "", said | {"offender": str(known.pk)}).json()["offender"] == str(known.pk)
    assert post(officer, "", NEW | {"offender": str(known.pk)}).status_code == 400
    assert post(officer, "", NEW | {"is_new_person": True}).status_code == 201
    assert Offender.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"status": "accepted"}, "status"),
        ({"sender": "unknown"}, "sender"),
        ({"source": "nobody"}, "source"),
        ({"funds_addiction": True}, "funds_addiction"),
        ({"date_of_birth": "27 Smarch"}, "date_of_birth"),
        ({"offender": "x"}, "offender"),
        ({"offender": "4f1c0c1e-0000-4000-8000-000000000000", "given_names": None}, "given_names"),
    ],
)
def test_what_is_wrong_is_refused_by_name(post, officer, said, field):
    response = post(officer, "", NEW | said)
    assert response.status_code == 400
    assert field in response.json()["fields"]
    assert not Referral.objects.exists()


def test_who_does_not_fit_is_not_kept(post, officer):
    response = post(officer, "", NEW | {"funds_addiction": "no", "submit": True})
    assert response.status_code == 400
    assert "is not met" in response.json()["detail"]
    assert not Offender.objects.exists()


def test_steps_by_name(post, make_referral, facilitator, officer, cgl_worker):
    referral = make_referral("submitted")
    at = f"{referral.pk}/"
    assert post(officer, f"{at}accept/", {"worker": str(facilitator.pk)}).status_code == 403
    assert post(cgl_worker, f"{at}accept/", {"worker": str(facilitator.pk)}).status_code == 404
    assert post(facilitator, f"{at}accept/", {"worker": str(officer.pk)}).status_code == 400
    assert post(facilitator, f"{at}accept/", {"worker": str(facilitator.pk), "colour": "red"}).status_code == 400
    accepted = post(facilitator, f"{at}accept/", {"worker": str(facilitator.pk)})
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    late = post(facilitator, f"{at}decline/", {"reason": "Under 18"})
    assert (late.status_code, late.json()["code"]) == (409, "too_late")
    assert post(facilitator, f"{at}engage/", {}).status_code == 404
    assert post(facilitator, f"{at}close/", {"reason": "Moved away"}).json()["end_reason"] == "Moved away"


def test_who_may_not_is_refused(signed_in, post, provider, make_user, police):
    assert post(provider, "", NEW).status_code == 403
    assert signed_in(make_user("auditor", police)).get("/api/v1/referrals/").status_code == 403
