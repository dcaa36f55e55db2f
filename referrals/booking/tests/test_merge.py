"""An appointment goes with the record it hangs on, when that is merged into another, and comes back."""

import pytest
from django.core.exceptions import ValidationError

from offenders.merge import merge, obstacles, unmerge
from offenders.models import Merge
from referrals.booking.models import Appointment


@pytest.fixture
def two(make_offender, make_referral, facilitator):
    """Two records that the team works with."""
    people = [make_offender(by=facilitator, phone="07700 900123") for _ in range(2)]
    for person in people:
        make_referral("submitted", offender=person, by=facilitator)
    return people


def test_it_moves_with_a_merge_and_comes_back(two, make_divert, officer, supervisor, few):
    kept, gone = two
    row = Appointment.book(make_divert(offender=gone), by=officer, slot=few[0])
    done = merge(kept, gone, choices={}, by=supervisor, reason="Same custody number")
    row.refresh_from_db()
    assert row.offender == kept
    unmerge(done, by=supervisor, reason="Two people after all")
    row.refresh_from_db()
    assert row.offender == gone
    assert row.referral.offender == gone


def test_two_at_one_time_are_said_before_anything_is_merged(
    two, make_divert, officer, supervisor, few, make_user, make_availability, cranstoun
):
    second = make_user("cranstoun_worker", cranstoun)
    make_availability(second)
    kept, gone = two
    Appointment.book(make_divert(offender=kept), by=officer, slot=few[0])
    Appointment.book(make_divert(offender=gone), by=officer, slot=few[0]._replace(worker=second))
    sentence = "They have another appointment at that time. Both records have one; put that right first."
    assert list(obstacles(kept, gone)) == [sentence]
    with pytest.raises(ValidationError, match="Both records have one"):
        merge(kept, gone, choices={}, by=supervisor, reason="Same custody number")
    assert not Merge.objects.exists()
