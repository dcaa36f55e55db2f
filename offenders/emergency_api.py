"""Emergency access over the API: opening, closing, the queue and its review."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.frame.api import RecordedViewSet, checked

from .emergency_forms import STEP_FORMS, EmergencyFilter, OpenForm
from .models import EmergencyAccess
from .steps import StepsField, step_action, written


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

    step = step_action(
        EmergencyAccess, STEP_FORMS, operation_id="emergencies_step", request=ReviewSerializer,
        responses=EmergencySerializer,
        description="Close one's own, or review another's: `outcome` and `note` are for the review.",
    )  # fmt: skip


ROUTES = [("emergencies", EmergencyViewSet, "emergency")]
