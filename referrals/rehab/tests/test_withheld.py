"""Health that another agency recorded stays closed to the team without consent, however it is asked for."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.rehab.models import Assessment, FollowUp, FollowUpAttempt

pytestmark = pytest.mark.django_db

STAYED = dt.date(2024, 2, 1)
BEHIND = "/reports/o2r/cases/?from=2024-01-01&to=2024-12-31&measure=abstinent_and_not_offending"


@pytest.fixture
def shared(make_case, facilitator, cgl):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    return case


def test_what_an_earlier_case_cost_a_day_is_not_told_by_a_later_one(
    client, shared, make_case, make_placement, facilitator, cgl_worker, police, make_consent
):
    Assessment.record(
        shared, by=cgl_worker, assessed_on=STAYED, substances=[{"substance": "heroin", "daily_spend": "80.00"}]
    )
    shared.close(by=facilitator, outcome="Moved", on=STAYED)
    later = make_case(offender=shared.offender, on=STAYED)
    make_placement(case=later, on=STAYED)
    client.force_login(facilitator)
    page = reverse("rehab:case", args=[later.pk])
    assert "Saved so far" not in client.get(page).content.decode()
    make_consent(shared.offender, police)
    assert "Saved so far" in client.get(page).content.decode()


def test_a_figure_opened_does_not_tell_who_is_abstinent(
    client, shared, make_placement, facilitator, supervisor, cgl_worker, police, make_consent
):
    stay = make_placement("departed", case=shared)
    check = FollowUp.objects.filter(placement=stay).order_by("due_on").first()
    check.record(by=cgl_worker, on=check.due_on, abstinent="yes", offending="no")
    client.force_login(supervisor)
    name = str(shared.offender)
    assert name not in client.get(BEHIND).content.decode()
    make_consent(shared.offender, police)
    assert name in client.get(BEHIND).content.decode()


def test_no_list_tells_who_was_reached(client, shared, make_placement, supervisor, cgl_worker):
    stay = make_placement("departed", case=shared)
    check = FollowUp.objects.filter(placement=stay).order_by("due_on").first()
    for _ in range(3):
        FollowUpAttempt.record(check, by=cgl_worker, method="phone", result="no_answer")
    check.record(by=cgl_worker, on=check.due_on, reached=False)
    client.force_login(supervisor)
    for path in ("", f"{check.pk}/change/"):
        assert "eached" not in client.get(f"/admin/rehab/followup/{path}").content.decode()
    assert client.get("/admin/rehab/followup/?reached__exact=0").status_code == 400
    recorded = client.get("/o2r/follow-ups/?when=recorded").content.decode()
    assert str(shared.offender) in recorded
    assert "Not reached" not in recorded


def test_a_case_closed_long_ago_but_shared_since_closes(shared, facilitator, cgl):
    shared.close(by=facilitator, outcome="Moved", on=STAYED)
    assert shared.offender.involvements.get(agency=cgl).valid_to == timezone.localdate()


def test_nothing_personal_stays_in_a_browser(client, shared, facilitator):
    client.force_login(facilitator)
    for path in ("/", shared.get_absolute_url(), "/o2r/team.csv", f"/api/v1/cases/{shared.pk}/", "/people/none/"):
        assert "no-store" in client.get(path).headers["Cache-Control"], path
