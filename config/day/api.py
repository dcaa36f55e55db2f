"""My day, my team's, and the address of a calendar, under /api/v1/."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from partners.audit.models import Event
from referrals.models import CalendarLink

from . import items, leads, may
from .calendar import address_of


class ItemSerializer(serializers.Serializer):
    what = serializers.CharField()
    day = serializers.DateField()
    at = serializers.DateTimeField(allow_null=True, help_text="The moment, where it has one.")
    is_overdue = serializers.BooleanField()
    offender = serializers.UUIDField()
    name = serializers.CharField()
    text = serializers.CharField()
    note = serializers.CharField()
    worker = serializers.UUIDField(allow_null=True, help_text="Who has it; null where it is their whole team's.")
    page = serializers.CharField()


@extend_schema_serializer(many=False)
class DaySerializer(serializers.Serializer):
    day = serializers.DateField()
    is_cut = serializers.BooleanField(help_text="Whether there is more than is shown.")
    items = ItemSerializer(many=True)


class DayViewSet(viewsets.ViewSet):
    """What is overdue and what is to be done today: the user's own, or their team's."""

    @extend_schema(responses=DaySerializer)
    def list(self, request):
        if not may(request.user):
            raise PermissionDenied("Nothing of your role stands in a day.")
        return self._answer(request.user, "day.view", is_team=False)

    @extend_schema(responses=DaySerializer)
    @action(detail=False)
    def team(self, request):
        if not leads(request.user):
            raise PermissionDenied("A team's day is for those who answer for it.")
        return self._answer(request.user, "day.team", is_team=True)

    def _answer(self, user, verb, *, is_team):
        today = timezone.localdate()
        found, is_cut = items(user, today, is_team=is_team)
        Event.objects.shown(verb, [item.row for item in found], by=user)
        rows = [
            {
                "what": item.what, "day": item.day, "at": item.at, "is_overdue": item.day < today,
                "offender": item.row.offender_id, "name": str(item.person), "text": item.text, "note": item.note,
                "worker": item.worker and item.worker.pk, "page": item.url,
            }
            for item in found
        ]  # fmt: skip
        return Response(DaySerializer({"day": today, "is_cut": is_cut, "items": rows}).data)


@extend_schema_serializer(many=False)
class CalendarSerializer(serializers.Serializer):
    made_at = serializers.DateTimeField(allow_null=True)
    asked_at = serializers.DateTimeField(allow_null=True)
    address = serializers.CharField(required=False, help_text="Told once, when it is made.")


class CalendarViewSet(viewsets.ViewSet):
    """The private address of the user's calendar. POST makes a new one in place of any there was, and tells it."""

    def check_permissions(self, request):
        super().check_permissions(request)
        if not may(request.user):
            raise PermissionDenied("Nothing of your role stands in a calendar.")

    @extend_schema(responses=CalendarSerializer)
    def list(self, request):
        return Response(self._link(request.user))

    @extend_schema(request=None, responses={201: CalendarSerializer})
    def create(self, request):
        told = {"address": address_of(CalendarLink.make(by=request.user))}
        return Response(self._link(request.user) | told, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=CalendarSerializer)
    @action(detail=False, methods=["post"])
    def revoke(self, request):
        """The address opens no more."""
        CalendarLink.objects.of(request.user).revoke(by=request.user)
        return Response(self._link(request.user))

    def _link(self, user):
        link = CalendarLink.objects.of(user).live().first()
        return {"made_at": link and link.made_at, "asked_at": link and link.asked_at}


ROUTES = [("day", DayViewSet, "day"), ("calendar", CalendarViewSet, "calendar")]
