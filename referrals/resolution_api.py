"""Resolutions over the API: the same scopes, filters and forms as their pages."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import StepsField, step_action
from partners.audit.models import Event

from .models import Resolution
from .resolution_forms import STEP_FORMS, ResolutionFilters, TakeUpFilters
from .resolution_views import ResolutionList
from .take_up import by_team
from .terms import HELP_NEEDS

HELPED_BY = HELP_NEEDS | {"id", "referral", "kind", "offer", "approval", "steps"}


class ResolutionSerializer(serializers.ModelSerializer):
    offence = serializers.StringRelatedField()
    drug = serializers.StringRelatedField()
    offer = serializers.CharField(help_text="one_to_one, course, young_one_to_one or young_people.")
    outcome_type = serializers.IntegerField(
        allow_null=True, help_text="The Home Office's number: 1, 2, 3 or 8; null of what was refused."
    )

    class Meta:
        model = Resolution
        fields = [
            "id", "referral", "kind", "offence", "occurred_at", "place", "crime_reference", "stop_search_reference",
            "drug", "drug_class", "quantity", "exhibit", "is_own_use", "is_supply_suspected", "is_aggravating",
            "accepts_responsibility", "agrees", "acceptance", "accepted_at", "signature", "is_child",
            "appropriate_adult", "adult_relation", "offer", "victim", "victim_view", "gravity_score",
            "gravity_rationale", "approval", "approval_why", "decided_by", "decided_at", "decision_reason",
            "formal_outcome", "formal_on", "formal_reason", "outcome_type", "marks", "recorded_at", "recorded_by",
        ]  # fmt: skip
        read_only_fields = fields

    withheld = tuple(name for name in Meta.fields if name not in HELPED_BY)

    def to_representation(self, resolution):
        shown = super().to_representation(resolution)
        if resolution.may_read:
            return shown
        return shown | dict.fromkeys(self.withheld)


class OneResolutionSerializer(ResolutionSerializer):
    """One resolution, with the steps this user may take now."""

    steps = StepsField()

    class Meta(ResolutionSerializer.Meta):
        fields = [*ResolutionSerializer.Meta.fields, "steps"]


class ResolutionStepSerializer(serializers.Serializer):
    """What steps are told: each asks for its own, as its page does."""

    reason = serializers.CharField(required=False)
    formal_outcome = serializers.ChoiceField(Resolution.Formal.choices, required=False)
    formal_on = serializers.DateField(required=False)
    formal_reason = serializers.ChoiceField(Resolution.FormalReason.choices, required=False)


class TeamSerializer(serializers.Serializer):
    """What became of those that one team referred in the period; `share` is of a hundred referred."""

    unit = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    referred = serializers.IntegerField()
    engaged = serializers.IntegerField()
    share = serializers.IntegerField(allow_null=True)
    waiting = serializers.IntegerField()
    not_engaged = serializers.IntegerField()
    refused = serializers.IntegerField()
    formal = serializers.IntegerField()


class ResolutionViewSet(AmendableViewSet):
    verb = "resolution"
    permission_required = "referrals.view_resolution"
    serializer_class = ResolutionSerializer
    filterset_class = ResolutionFilters
    orders = ResolutionList.orders

    def scope(self):
        user = self.request.user
        return Resolution.objects.visible_to(user).with_names().with_leave(user)

    def get_serializer_class(self):
        return ResolutionSerializer if self.action == "list" else OneResolutionSerializer

    step = step_action(
        Resolution, STEP_FORMS, operation_id="resolutions_step", request=ResolutionStepSerializer,
        responses=OneResolutionSerializer,
    )  # fmt: skip

    @extend_schema(responses=TeamSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None, filterset_class=TakeUpFilters)
    def take_up(self, request):
        """What became of those that each team referred: of `referred_from` to `referred_to`, or of the last year."""
        if not request.user.has_perm("referrals.oversee_resolution"):
            raise PermissionDenied("This is not yours to see.")
        filterset = TakeUpFilters(request.query_params, queryset=Resolution.objects.none(), request=request)
        if filterset.problem:
            raise ParseError(filterset.problem)
        first, last, only = filterset.asked
        teams, total = by_team(request.user, first, last, **only)
        Event.objects.shown("resolution.take_up", [], by=request.user, filters=sorted(request.query_params))
        return Response(TeamSerializer([*teams, total], many=True).data)


ROUTES = [("resolutions", ResolutionViewSet, "resolution")]
