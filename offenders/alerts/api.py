"""Alerts over the API: the queue, each with the events it rests on, and looking into it."""

from rest_framework import serializers

from offenders.steps import StepsField, step_action
from partners.frame.api import RecordedViewSet

from .forms import STEP_FORMS, AlertFilter
from .models import REVIEW, Alert


class AlertSerializer(serializers.ModelSerializer):
    user = serializers.EmailField(source="user.email")
    agency = serializers.StringRelatedField()
    reviewed_by = serializers.StringRelatedField()
    steps = StepsField()

    class Meta:
        model = Alert
        fields = [
            "id", "rule", "user", "agency", "day", "people", "events", "raised_at", "status", "reviewed_by",
            "reviewed_at", "passed_to", "note", "steps",
        ]  # fmt: skip


class AlertStepSerializer(serializers.Serializer):
    note = serializers.CharField()
    to = serializers.CharField(required=False, help_text="To whom it is passed on.")


class AlertViewSet(RecordedViewSet):
    """Reading that is out of the ordinary, to look into; one's own is nobody's to see."""

    serializer_class = AlertSerializer
    filterset_class = AlertFilter
    verb = "alert"
    permission_required = REVIEW

    def scope(self):
        return Alert.objects.visible_to(self.request.user).with_names()

    step = step_action(
        Alert, STEP_FORMS, operation_id="alerts_step", request=AlertStepSerializer, responses=AlertSerializer,
        description="Say what you looked into: `note`; and `to`, where you pass it on.",
    )  # fmt: skip


ROUTES = [("alerts", AlertViewSet, "alert")]
