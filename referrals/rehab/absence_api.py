"""Absences from rehab under /api/v1/."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import StepsField, step_action, written
from partners.frame.api import checked, split

from .absence_forms import ABSENCE_FORMS, AbsenceForm
from .models import Absence, Placement
from .placement_filters import AbsenceFilter


class AbsenceSerializer(serializers.ModelSerializer):
    offender = serializers.UUIDField(source="offender_id", read_only=True)
    name = serializers.CharField(source="offender.__str__", read_only=True)
    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = Absence
        fields = [
            "id", "placement", "offender", "name", "kind", "left_at", "due_back", "returned_at", "status", "is_overdue",
            "by", "recorded_at",
        ]  # fmt: skip


class AbsenceWithSteps(AbsenceSerializer):
    steps = StepsField()

    class Meta(AbsenceSerializer.Meta):
        fields = [*AbsenceSerializer.Meta.fields, "steps"]


class AbsenceViewSet(AmendableViewSet):
    """Times away from rehab, the latest first. POST records one; POST {id}/return/ says that they came back."""

    permission_required = "rehab.view_absence"
    verb = "absence"
    filterset_class = AbsenceFilter
    apart = ("steps", "is_overdue")

    def scope(self):
        return Absence.objects.visible_to(self.request.user).with_names()

    @property
    def serializer_class(self):
        return AbsenceSerializer if self.action == "list" else AbsenceWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        stay, answers = split(request.data, "placement", Placement.objects.visible_to(request.user).with_names())
        if not Absence.may_record(request.user, stay):
            raise PermissionDenied("You may not record absences from this stay.")
        absence = written(checked(AbsenceForm(answers, record=stay, user=request.user)).write)
        return Response(self.get_serializer(absence).data, status=status.HTTP_201_CREATED)

    step = step_action(Absence, ABSENCE_FORMS, operation_id="absences_step", request=OpenApiTypes.OBJECT)


ABSENCE_ROUTES = [("absences", AbsenceViewSet, "absence")]
