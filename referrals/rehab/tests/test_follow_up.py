"""Checks after rehab: what is due, who records it, and who reads what was found."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.rehab.models import FollowUp

FOUND = "canary-of-the-finding"
URL, API = "/api/v1/follow-ups/", "application/json"


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


@pytest.fixture
def departed(make_placement, facilitator, cgl):
    """Left ten days ago, so that the first follow-up is three days overdue; shared with CGL."""
    stay = make_placement("departed", on=days_ago(38))
    stay.case.share(by=facilitator, agency=cgl)
    return stay


def test_the_list_is_what_is_due(departed, facilitator, cgl_worker, provider, sign_in):
    url = reverse("rehab:follow_ups")
    page = sign_in(facilitator).get(url)
    assert "3 days overdue" in page.content.decode()
    for query, weeks in [
        ("", [1, 4, 12, 26, 52]),
        ("?when=overdue", [1]),
        ("?when=week", []),
        ("?when=later&sort=-due", [52, 26, 12, 4]),
        ("?weeks=4&weeks=12", [4, 12]),
        ("?whose=mine", [1, 4, 12, 26, 52]),
        ("?when=recorded", []),
    ]:
        assert [row.weeks for row in sign_in(facilitator).get(url + query).context["page"].rows] == weeks, query
    assert sign_in(cgl_worker).get(f"{url}?whose=mine").context["page"].rows == []
    assert sign_in(provider).get(url).status_code == 403
    assert sign_in(facilitator).get(f"{url}?when=soon").status_code == 400
    assert sign_in(facilitator).get(f"{URL}?when=soon").status_code == 400


def test_a_finding_is_read_by_its_own_agency_or_with_consent(
    departed, facilitator, cgl_worker, sign_in, police, make_consent
):
    follow_up = FollowUp.objects.first()
    page = reverse("rehab:follow_up_record", args=[follow_up.pk])
    client = sign_in(cgl_worker)
    empty = client.post(page, {"reached": "True"})
    assert empty.status_code == 422
    assert "Are they abstinent" in empty.content.decode()
    answers = {"reached": "True", "abstinent": "yes", "how_known": "tested", "offending": "no", "text": FOUND}
    assert client.post(page, answers).status_code == 302
    assert client.post(page, answers).status_code == 302  # told that it is recorded already
    assert FollowUp.objects.done().count() == 1

    urls = [follow_up.get_absolute_url(), f"{URL}{follow_up.pk}/", URL]
    assert all(FOUND in client.get(url).content.decode() for url in urls)
    client = sign_in(facilitator)
    for url in urls:
        answer = client.get(url)
        assert answer.status_code == 200
        assert FOUND not in answer.content.decode()
    assert client.get(f"{URL}{follow_up.pk}/").json()["abstinent"] is None
    make_consent(departed.offender, police)
    assert all(FOUND in client.get(url).content.decode() for url in urls)


def test_not_reached_closes_this_point(departed, facilitator, sign_in):
    follow_up = FollowUp.objects.first()
    client = sign_in(facilitator)
    answer = client.post(f"{URL}{follow_up.pk}/record/", {"reached": False}, content_type=API)
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["reached"], answer.json()["abstinent"]) == (False, "unknown")
    assert client.post(f"{URL}{follow_up.pk}/record/", {"reached": False}, content_type=API).status_code == 400
    assert "Not reached" in client.get(reverse("rehab:follow_ups") + "?when=recorded").content.decode()


def test_a_check_that_was_not_planned(departed, facilitator, provider, sign_in):
    url = reverse("rehab:follow_up_add", args=[departed.case_id])
    answers = {"reached": "True", "abstinent": "unknown", "offending": "no", "on": days_ago(2).isoformat()}
    assert sign_in(provider).get(url).status_code == 404
    client = sign_in(facilitator)
    for wrong in [{"on": days_ago(-1).isoformat()}, {"on": "1990-01-01"}, {"abstinent": ""}, {"reached": "perhaps"}]:
        assert client.post(url, answers | wrong).status_code == 422, wrong
    assert client.post(url, answers).status_code == 302
    made = client.post(URL, answers | {"case": str(departed.case_id), "text": "Again"}, content_type=API)
    assert made.status_code == 201, made.json()
    assert FollowUp.objects.filter(weeks=None, done_on=days_ago(2)).count() == 2


def test_another_team_sees_no_follow_up(departed, make_user, police, sign_in):
    from partners.models import Unit

    elsewhere = Unit.objects.create(agency=police, name="Another team", kind="team", valid_from=days_ago(900))
    client = sign_in(make_user("facilitator", police, elsewhere))
    follow_up = FollowUp.objects.first()
    assert client.get(reverse("rehab:follow_ups")).context["page"].rows == []
    assert client.get(URL).json()["results"] == []
    for url in [follow_up.get_absolute_url(), reverse("rehab:follow_up_record", args=[follow_up.pk])]:
        assert client.get(url).status_code == 404
    assert client.post(f"{URL}{follow_up.pk}/record/", {"reached": False}, content_type=API).status_code == 404
