"""When workers can be booked, under /api/v1/: their own to workers, all of the agency's to who manages it."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from offenders.steps import written
from partners.frame.api import RecordedViewSet, checked, split

from .diary import team_of
from .manage_forms import ChangeHoursForm, EndForm, HoursForm, LeaveForm
from .models import Availability, Leave


class AvailabilitySerializer(serializers.ModelSerializer):
    class Meta:
        model = Availability
        fields = [
            "id", "worker", "agency", "unit", "weekday", "starts", "ends", "slot_minutes", "mode", "place",
            "valid_from", "valid_to",
        ]  # fmt: skip
        read_only_fields = fields


class LeaveSerializer(serializers.ModelSerializer):
    class Meta:
        model = Leave
        fields = ["id", "worker", "agency", "unit", "valid_from", "valid_to"]
        read_only_fields = fields


class OfWorkers(RecordedViewSet):
    """When workers can be booked, as a manager says. POST adds, with `worker`; POST {id}/end/ gives the last day."""

    permission_required = "booking.view_availability"
    form_class = None

    def scope(self):
        return self.serializer_class.Meta.model.objects.visible_to(self.request.user).with_names()

    def _manages(self):
        if not self.request.user.has_perm("booking.change_availability"):
            raise PermissionDenied("Only a manager says when workers can be booked.")

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        self._manages()
        worker, answers = split(request.data, "worker", team_of(request.user))
        form = self.form_class(answers, user=request.user, worker=worker)
        row = written(checked(form).write)
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(request=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def end(self, request, pk):
        return self._write(EndForm)

    def _write(self, form_class, **given):
        self._manages()
        row = self.get_object()
        given |= {"instance": row, "user": self.request.user}
        made = written(checked(form_class(self.request.data, **given)).write)
        return self.answer_anew(made or row)


class AvailabilityViewSet(OfWorkers):
    """Stretches of weekdays. POST {id}/change/ has one otherwise from a day on, and answers what it then is."""

    serializer_class = AvailabilitySerializer
    verb = "availability"
    form_class = HoursForm

    @extend_schema(request=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def change(self, request, pk):
        return self._write(ChangeHoursForm, worker=self.get_object().worker)


class LeaveViewSet(OfWorkers):
    serializer_class = LeaveSerializer
    verb = "leave"
    form_class = LeaveForm


ROUTES = [("availability", AvailabilityViewSet, "availability"), ("leave", LeaveViewSet, "leave")]
