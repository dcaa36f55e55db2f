"""Who may hold a case in a team today."""

from django.db.models import Count, Exists, OuterRef, Q

from partners.models import Membership, User

from .workflow import Phase


def team_of(agency, unit):
    """Those of this team who may hold a case, each with `open_cases`: how many they hold now."""
    members = Membership.objects.holding("rehab.begin_case").filter(agency=agency, unit=unit, user=OuterRef("pk"))
    held = Count("caseload", filter=~Q(caseload__phase=Phase.CLOSED))
    return User.objects.filter(Exists(members)).annotate(open_cases=held)
