"""Emergency access over the API: opening, closing, the queue and its review."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from partners.frame.api import RecordedViewSet, checked

from .emergency_forms import STEP_FORMS, EmergencyFilter, OpenForm
from .models import EmergencyAccess
from .steps import StepsField, step_names, take_api_step, written


class EmergencySerializer(serializers.ModelSerializer):
    person = serializers.CharField(source="offender.reference", help_text="Their reference.")
    user = serializers.StringRelatedField()
    agency = serializers.StringRelatedField()
    reviewed_by = serializers.StringRelatedField()
    steps = StepsField()

    class Meta:
        model = EmergencyAccess
        fields = [
            "id", "person", "user", "agency", "unit", "reason", "opened_at", "closes_at", "status", "reviewed_by",
            "reviewed_at", "outcome", "note", "steps",
        ]  # fmt: skip


class OpenSerializer(serializers.Serializer):
    person = serializers.CharField(help_text="The `handle` that a search gave of someone known.")
    reason = serializers.CharField()


class ReviewSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(EmergencyAccess.Outcome.choices, required=False)
    note = serializers.CharField(required=False)


class EmergencyViewSet(RecordedViewSet):
    """One's own, and for who reviews those of their agency."""

    serializer_class = EmergencySerializer
    filterset_class = EmergencyFilter
    verb = "emergencyaccess"
    permission_required = "offenders.open_emergency"

    def scope(self):
        return EmergencyAccess.objects.visible_to(self.request.user).with_names()

    @extend_schema(request=OpenSerializer, responses={201: EmergencySerializer})
    def create(self, request):
        """Open someone whom a search recognised. Who has them open already is told of that one."""
        form = checked(OpenForm(request.data, user=request.user))
        return Response(self.get_serializer(written(form.open)).data, status=201)

    @extend_schema(
        operation_id="emergencies_step",
        request=ReviewSerializer,
        responses=EmergencySerializer,
        parameters=[OpenApiParameter("verb", str, OpenApiParameter.PATH, enum=step_names(EmergencyAccess).split("|"))],
    )
    @action(detail=True, methods=["post"], url_path=rf"(?P<verb>{step_names(EmergencyAccess)})")
    def step(self, request, pk, verb):
        """Close one's own, or review another's: `outcome` and `note` are for the review."""
        return take_api_step(self, verb, STEP_FORMS)


ROUTES = [("emergencies", EmergencyViewSet, "emergency")]
