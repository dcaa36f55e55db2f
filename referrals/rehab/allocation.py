"""Whom the O2R team is to give to someone: cases of who has left, and referrals that nobody has yet."""

from django.db.models import Q
from django.db.models.functions import Coalesce

from partners.frame.templatetags.frame import lower_first
from referrals.allocation import Pool
from referrals.allocation_api import AllocationViewSet
from referrals.allocation_views import AllocationPage, filters_of
from referrals.pathways import Pathway
from referrals.workflow import Status

from .workflow import Phase


class Caseload(Pool):
    permission, work = "rehab.allocate_case", "rehab.begin_case"

    @classmethod
    def under_way(cls, referrals):
        waiting = Q(case=None, status__in=[Status.SUBMITTED, Status.ACCEPTED])
        rows = referrals.on_pathway(Pathway.O2R).filter(waiting | Q(case__isnull=False) & ~Q(case__phase=Phase.CLOSED))
        return rows.annotate(holder=Coalesce("case__facilitator", "worker")).select_related("case__facilitator")

    @classmethod
    def waiting(cls, rows):
        return rows.filter(Q(holder=None) | Q(has_left=True))

    @classmethod
    def stands(cls, row):
        case = getattr(row, "case", None)
        if case is None:
            return super().stands(row)
        return case.get_absolute_url(), case.facilitator, f"case, {lower_first(case.get_phase_display())}"

    @classmethod
    def give(cls, row, *, by, to, reason, note):
        if not hasattr(row, "case"):
            super().give(row, by=by, to=to, reason=reason, note=note)
        else:
            row.case.allocate(by=by, facilitator=to, reason=reason, note=note)


class ToAllocate(AllocationPage):
    pool, filterset_class = Caseload, filters_of(Caseload)


class ToAllocateViewSet(AllocationViewSet):
    page = ToAllocate


ROUTES = [("cases-to-allocate", ToAllocateViewSet, "case-to-allocate")]
