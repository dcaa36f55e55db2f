"""Cover asked for by who has no team to arrange it in."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from referrals.models import Cover

pytestmark = pytest.mark.django_db


@pytest.fixture
def nowhere(make_user, police):
    """A supervisor whose hat names no unit, and so is of no team."""
    return make_user("supervisor", police, None)


def test_who_is_of_no_unit_has_no_team_to_arrange_in(nowhere, facilitator, officer, signed_in):
    assert not Cover.members(nowhere).exists()
    today = timezone.localdate()
    for absent, covered_by in ((facilitator, officer), (officer, facilitator), (nowhere, officer)):
        with pytest.raises(PermissionDenied):
            Cover.arrange(
                by=nowhere, absent=absent, covered_by=covered_by, first=today, last=today + dt.timedelta(days=9),
                reason="leave",
            )  # fmt: skip
    said = {"absent": str(facilitator.pk), "covered_by": str(officer.pk), "last": str(today), "reason": "leave"}
    browser = signed_in(nowhere)
    assert str(officer) not in browser.get("/cover/add/").text
    answer = browser.post("/api/v1/covers/", said, content_type="application/json")
    assert answer.status_code in (400, 403)
    assert not Cover.objects.exists()


def test_a_whole_agencys_manager_arranges_for_all_of_it(make_user, cranstoun, cranstoun_worker):
    manager = make_user("cranstoun_manager", cranstoun)
    assert set(Cover.members(manager)) == {manager, cranstoun_worker}
