"""What referrals say of how long a person's records are kept (offenders/retention/rules.py)."""

from django.db.models import Q

from offenders.retention.models import Group
from partners.models import Agency
from partners.settings import setting

from .models import Referral, Resolution


def serious(ids):
    (gravity,) = setting("approval_from_gravity")
    rows = Resolution.objects.filter(Q(is_supply_suspected=True) | Q(gravity_score__gte=gravity))
    return rows.filter(referral__offender__in=ids).values_list("referral__offender", flat=True)


def treated(ids):
    rows = Referral.objects.filter(offender__in=ids, to_agency__kind=Agency.Kind.TREATMENT)
    return rows.values_list("offender", flat=True)


def unended(ids):
    return Referral.objects.open().filter(offender__in=ids).values_list("offender", flat=True)


GROUPS = [
    (Group.SERIOUS, "supply suspected, or a gravity score that needs approval", serious),
    (Group.TREATMENT, "referred to treatment", treated),
]
UNDER_WAY = ("a referral", unended)
