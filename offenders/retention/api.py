"""Retention under /api/v1/: the scopes, filters and forms of the pages."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action

from offenders.steps import StepsField, step_action, written
from partners.frame.api import RecordedViewSet, checked

from .forms import ACTS, DECISION_FORMS, HOLD_FORMS, DecisionFilter, ScheduleFilter
from .models import VIEW, Decision, Hold, Schedule
from .views import DecisionList, ScheduleList


class ScheduleSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="pk", read_only=True, help_text="The id of the person.")
    person = serializers.CharField(source="offender.reference", read_only=True, help_text="Their reference.")
    is_held = serializers.BooleanField(read_only=True, default=False)
    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = Schedule
        fields = [
            "id", "person", "group", "found", "found_why", "chosen", "chosen_why", "chosen_by", "since", "kept_until",
            "due_on", "is_overdue", "is_held",
        ]  # fmt: skip


PERSON = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)


@extend_schema_view(retrieve=extend_schema(parameters=[PERSON]))
class ScheduleViewSet(RecordedViewSet):
    """Until when records are kept, the first due first. POST {id}/{verb}/ keeps them, proposes to dispose of them,
    chooses another group, or holds them."""

    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilter
    verb = "schedule"
    permission_required = VIEW
    orders = ScheduleList.orders
    apart = ("is_overdue", "is_held")
    leads_on = True

    def scope(self):
        return Schedule.objects.visible_to(self.request.user).with_names()

    @extend_schema(
        parameters=[PERSON, OpenApiParameter("verb", str, OpenApiParameter.PATH, enum=list(ACTS))],
        request=OpenApiTypes.OBJECT, operation_id="retention_act", responses=ScheduleSerializer,
    )  # fmt: skip
    @action(detail=True, methods=["post"], url_path=f"(?P<verb>{'|'.join(ACTS)})")
    def act(self, request, pk, verb):
        """What its page asks; fields that it does not have are refused."""
        record = self.get_object()
        if not record.may(request.user, verb):
            raise PermissionDenied("You may not decide how long these records are kept.")
        written(checked(ACTS[verb][1](request.data, record=record, user=request.user)).write)
        return self.answer_anew(record)


class RetentionDecisionSerializer(serializers.ModelSerializer):
    person = serializers.CharField(source="caption", read_only=True, help_text="Their reference, while there is one.")
    by = serializers.StringRelatedField()
    agency = serializers.StringRelatedField()
    confirmed_by = serializers.StringRelatedField()
    steps = StepsField()

    class Meta:
        model = Decision
        fields = [
            "id", "offender", "person", "what", "status", "group", "due_on", "next_on", "why", "by", "agency", "at",
            "confirmed_by", "confirmed_at", "why_not", "erased_at", "row_count", "steps",
        ]  # fmt: skip


class RetentionDecisionInList(RetentionDecisionSerializer):
    class Meta(RetentionDecisionSerializer.Meta):
        fields = [name for name in RetentionDecisionSerializer.Meta.fields if name != "steps"]

    steps = None


class DecisionViewSet(RecordedViewSet):
    """What was decided of records: kept, proposed to dispose of, erased."""

    filterset_class = DecisionFilter
    verb = "decision"
    permission_required = VIEW
    orders = DecisionList.orders
    apart = ("steps",)

    def scope(self):
        return Decision.objects.visible_to(self.request.user).with_names()

    @property
    def serializer_class(self):
        return RetentionDecisionInList if self.action == "list" else RetentionDecisionSerializer

    step = step_action(
        Decision, DECISION_FORMS, operation_id="retention_decisions_step", request=OpenApiTypes.OBJECT,
        responses=RetentionDecisionSerializer,
    )  # fmt: skip


class LegalHoldSerializer(serializers.ModelSerializer):
    person = serializers.CharField(source="offender.reference", read_only=True)
    by = serializers.StringRelatedField()
    agency = serializers.StringRelatedField()
    lifted_by = serializers.StringRelatedField()

    class Meta:
        model = Hold
        fields = [
            "id", "offender", "person", "status", "reference", "reason", "by", "agency", "at", "lifted_by", "lifted_at",
            "lifted_why",
        ]  # fmt: skip


class HoldViewSet(RecordedViewSet):
    """Legal holds. One is placed on the person's schedule: POST retention/{id}/hold/."""

    serializer_class = LegalHoldSerializer
    verb = "hold"
    permission_required = VIEW
    orders = {"-at": ("-at", "-id"), "at": ("at", "id")}

    def scope(self):
        return Hold.objects.visible_to(self.request.user).with_names()

    step = step_action(
        Hold, HOLD_FORMS, operation_id="legal_holds_step", request=OpenApiTypes.OBJECT, responses=LegalHoldSerializer
    )


ROUTES = [
    ("retention", ScheduleViewSet, "schedule"),
    ("retention-decisions", DecisionViewSet, "decision"),
    ("legal-holds", HoldViewSet, "hold"),
]
