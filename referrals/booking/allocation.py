"""Whom those who give 1:1s are to give to someone: who was referred and not accepted, and those of who has left."""

from django.db.models import F, Q

from referrals.allocation import Pool
from referrals.allocation_api import AllocationViewSet
from referrals.allocation_views import AllocationPage, filters_of
from referrals.pathways import ABOUT
from referrals.workflow import UNDER_WAY, Status

BOOKED = [pathway for pathway, about in ABOUT.items() if about.is_booked]


class Workload(Pool):
    permission, work = "booking.change_availability", "booking.record_appointment"

    @classmethod
    def under_way(cls, referrals):
        return referrals.filter(pathway__in=BOOKED, status__in=UNDER_WAY).annotate(holder=F("worker"))

    @classmethod
    def waiting(cls, rows):
        return rows.filter(Q(status=Status.SUBMITTED) | Q(has_left=True))


class ToAllocate(AllocationPage):
    pool, filterset_class = Workload, filters_of(Workload)


class ToAllocateViewSet(AllocationViewSet):
    page = ToAllocate


ROUTES = [("referrals-to-allocate", ToAllocateViewSet, "referral-to-allocate")]
