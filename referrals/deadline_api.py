"""Deadlines under /api/v1/: the scope, filters and forms of the pages."""

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from offenders.steps import StepsField, step_action
from partners.frame.api import RecordedViewSet

from .deadline_filters import DeadlineFilter
from .deadline_forms import DEADLINE_FORMS
from .deadline_views import DeadlineList, deadlines
from .models import Deadline


class DeadlineSerializer(serializers.ModelSerializer):
    is_overdue = serializers.BooleanField(read_only=True)
    stands = serializers.CharField(read_only=True, help_text="How it stands, in words.")

    class Meta:
        model = Deadline
        fields = [
            "id", "referral", "matter", "kind", "worker", "status", "set_on", "days", "due_on", "met_on", "days_taken",
            "dropped_on", "paused_on", "pause_reason", "paused_by", "paused_days", "warned_at", "escalated_at",
            "is_overdue", "stands",
        ]  # fmt: skip


class DeadlineWithSteps(DeadlineSerializer):
    steps = StepsField()

    class Meta(DeadlineSerializer.Meta):
        fields = [*DeadlineSerializer.Meta.fields, "steps"]


class DeadlineViewSet(RecordedViewSet):
    """By when something is to be done for a referral, the first due first. POST {id}/pause/ and {id}/resume/."""

    verb = "deadline"
    permission_required = "referrals.view_deadline"
    filterset_class = DeadlineFilter
    orders = DeadlineList.orders
    apart = ("steps", "is_overdue", "stands")

    def scope(self):
        return deadlines(self.request.user)

    @property
    def serializer_class(self):
        return DeadlineSerializer if self.action == "list" else DeadlineWithSteps

    step = step_action(Deadline, DEADLINE_FORMS, operation_id="deadlines_step", request=OpenApiTypes.OBJECT)


ROUTES = [("deadlines", DeadlineViewSet, "deadline")]
