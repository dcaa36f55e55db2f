"""Follow-ups and the attempts to reach people for them, under /api/v1/: the scopes and forms of the pages."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import written
from partners.frame.api import checked, split

from .follow_up_forms import AttemptForm, FollowUpForm
from .follow_up_views import FollowUpList, follow_ups
from .models import Case, FollowUp, FollowUpAttempt
from .placement_filters import AttemptFilter, FollowUpFilter

FOUND = ("reached", "abstinent", "how_known", "offending", "housed", "working", "wellbeing", "text")


class FollowUpSerializer(serializers.ModelSerializer):
    """A check after rehab. What was found is null for who may not read another agency's health information."""

    name = serializers.CharField(source="offender.__str__", read_only=True)
    attempts = serializers.IntegerField(source="tries", help_text="To reach them, so far.")
    withheld = FOUND

    class Meta:
        model = FollowUp
        fields = ["id", "case", "placement", "name", "weeks", "due_on", "done_on", "attempts", "by", "agency", *FOUND]

    def to_representation(self, follow_up):
        shown = super().to_representation(follow_up)
        return shown if follow_up.done_on and follow_up.may_read else shown | dict.fromkeys(self.withheld)


class FollowUpViewSet(AmendableViewSet):
    """Checks after rehab, planned and done. POST records one that was not planned; POST {id}/record/ a planned one."""

    permission_required = "rehab.view_followup"
    serializer_class = FollowUpSerializer
    verb = "follow_up"
    filterset_class = FollowUpFilter
    orders = FollowUpList.orders

    def scope(self):
        return follow_ups(self.request.user).order_by("day", "id")

    def keep(self, record, answers, code):
        if not self.request.user.has_perm("rehab.record_followup"):
            raise PermissionDenied("You may not record follow-ups.")
        follow_up = written(checked(FollowUpForm(answers, record=record, user=self.request.user)).write)
        return Response(self.get_serializer(self.get_queryset().get(pk=follow_up.pk)).data, status=code)

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        case, answers = split(request.data, "case", Case.objects.visible_to(request.user).with_names())
        return self.keep(case, answers, status.HTTP_201_CREATED)

    @extend_schema(request=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def record(self, request, pk):
        return self.keep(self.get_object(), request.data, status.HTTP_200_OK)


class AttemptSerializer(serializers.ModelSerializer):
    class Meta:
        model = FollowUpAttempt
        fields = ["id", "follow_up", "occurred_at", "method", "result", "text", "by", "agency", "recorded_at"]


class AttemptViewSet(AmendableViewSet):
    """Attempts to reach people, newest first. POST logs one."""

    permission_required = "rehab.view_followup"
    serializer_class = AttemptSerializer
    verb = "follow_up_attempt"
    filterset_class = AttemptFilter

    def scope(self):
        return FollowUpAttempt.objects.visible_to(self.request.user).with_names()

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        rows = FollowUp.objects.visible_to(request.user).with_names().with_attempts(by=request.user)
        follow_up, answers = split(request.data, "follow_up", rows)
        if not request.user.has_perm("rehab.record_followup"):
            raise PermissionDenied("You may not record follow-ups.")
        attempt = written(checked(AttemptForm(answers, record=follow_up, user=request.user)).write)
        return Response(self.get_serializer(attempt).data, status=status.HTTP_201_CREATED)


FOLLOW_UP_ROUTES = [
    ("follow-ups", FollowUpViewSet, "follow-up"),
    ("follow-up-attempts", AttemptViewSet, "follow-up-attempt"),
]
