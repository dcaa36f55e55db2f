"""Who at a rehab has to answer a request for a place."""

from django.urls import reverse

from partners.models import Membership
from referrals.rehab.models import Placement


def who_answers(deadline):
    """Those of the rehab who may answer it and see the person; and the address where they do."""
    rows = Placement.objects.filter(pk=deadline.matter)
    hats = Membership.objects.holding("rehab.offer_placement").filter(agency__in=rows.values("unit__agency"))
    return [user for user in hats.users() if user.sees_any(rows)], f"{reverse('rehab:placements')}?status=requested"
