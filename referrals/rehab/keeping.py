"""What Offender to Rehab says of how long a person's records are kept (offenders/retention/rules.py)."""

from offenders.retention.models import Group

from .models import Case, Placement


def risky(ids):
    return Case.objects.filter(offender__in=ids, risk=Case.Risk.HIGH).values_list("offender", flat=True)


def stayed(ids):
    return Placement.objects.filter(offender__in=ids, arrived_on__isnull=False).values_list("offender", flat=True)


def unended(ids):
    return Case.objects.open().filter(offender__in=ids).values_list("offender", flat=True)


GROUPS = [(Group.SERIOUS, "a high risk on their case", risky), (Group.TREATMENT, "a stay in rehab", stayed)]
UNDER_WAY = ("a case", unended)
