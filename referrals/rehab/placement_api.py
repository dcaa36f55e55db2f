"""Placements, progress and rehab units under /api/v1/: the scopes, filters and forms of the pages."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import StepsField, step_action, written
from partners.audit.models import Event
from partners.frame.api import RecordedViewSet, checked, split

from .models import Case, Placement, Progress, RehabUnit
from .placement_filters import PlacementFilter, ProgressFilter
from .placement_forms import PLACEMENT_FORMS, ProgressForm
from .placement_views import PlacementList, placements, units
from .request.forms import NeedsForm, RequestForm, verdict


class PlacementSerializer(serializers.ModelSerializer):
    """A placement. What the request says is null for who may not read another agency's health information."""

    name = serializers.CharField(source="offender.__str__", read_only=True)
    days = serializers.IntegerField(read_only=True, help_text="In rehab so far.")
    last_progress_on = serializers.DateField(read_only=True, allow_null=True)
    cost = serializers.DecimalField(
        max_digits=12, decimal_places=2, read_only=True, allow_null=True,
        help_text="Pounds, as it is booked or as it was; null where not known.",
    )  # fmt: skip
    withheld = ("needs", "needs_detox", "circumstances")

    class Meta:
        model = Placement
        fields = [
            "id", "case", "offender", "name", "unit", "status", "requested_on", "needs", "needs_detox",
            "circumstances", "expected_arrival", "expected_departure", "arrived_on", "departed_on",
            "departure_reason", "move_on", "continues", "decline_reason", "end_reason", "days",
            "last_progress_on", "weekly_price", "cost",
        ]  # fmt: skip

    def to_representation(self, placement):
        shown = super().to_representation(placement)
        return shown if placement.may_read else shown | dict.fromkeys(self.withheld)


class PlacementWithSteps(PlacementSerializer):
    steps = StepsField()

    class Meta(PlacementSerializer.Meta):
        fields = [*PlacementSerializer.Meta.fields, "steps"]


class PlacementViewSet(AmendableViewSet):
    """Rehab places asked for, booked and taken.

    POST asks one or several `units`, and answers a list, a placement for each; POST {id}/{verb}/ takes a step.
    """

    permission_required = "rehab.view_placement"
    verb = "placement"
    filterset_class = PlacementFilter
    orders = PlacementList.orders
    apart = ("steps", "days", "cost")

    def scope(self):
        return placements(self.request.user)

    @property
    def serializer_class(self):
        return PlacementSerializer if self.action == "list" else PlacementWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT, responses={201: PlacementWithSteps(many=True)})
    def create(self, request):
        case, answers = split(request.data, "case", Case.objects.visible_to(request.user).with_names())
        if not Placement.may_request(request.user, case):
            raise PermissionDenied("You may not request a rehab place for this person.")
        made = written(checked(RequestForm(answers, record=case, user=request.user)).write)
        rows = self.get_queryset().filter(pk__in=[placement.pk for placement in made])
        return Response(self.get_serializer(rows, many=True).data, status=status.HTTP_201_CREATED)

    step = step_action(Placement, PLACEMENT_FORMS, operation_id="placements_step", request=OpenApiTypes.OBJECT)


class ProgressSerializer(serializers.ModelSerializer):
    class Meta:
        model = Progress
        fields = ["id", "placement", "on", "engagement", "text", "concern", "by", "recorded_at"]


class ProgressViewSet(AmendableViewSet):
    """Weeks in rehab, newest first. POST logs one."""

    permission_required = "rehab.view_placement"
    serializer_class = ProgressSerializer
    verb = "progress"
    filterset_class = ProgressFilter

    def scope(self):
        return Progress.objects.visible_to(self.request.user).with_names()

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        stay, answers = split(request.data, "placement", Placement.objects.visible_to(request.user).with_names())
        if not stay.may_log(request.user):
            raise PermissionDenied("You may not record progress on this placement.")
        week = written(checked(ProgressForm(answers, record=stay, user=request.user)).write)
        return Response(self.get_serializer(week).data, status=status.HTTP_201_CREATED)


class RehabUnitSerializer(serializers.ModelSerializer):
    in_house = serializers.IntegerField(read_only=True)
    booked = serializers.IntegerField(read_only=True, help_text="To have arrived by today.")
    out = serializers.IntegerField(read_only=True, help_text="Places out of use today.")
    free = serializers.IntegerField(read_only=True, allow_null=True, help_text="Today; null where not known.")
    next_departure = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = RehabUnit
        fields = [
            "id", "agency", "name", "places", "takes", "has_detox", "restrictions", "cannot_take", "weekly_price",
            "latitude", "longitude", "in_house", "booked", "out", "free", "next_departure",
        ]  # fmt: skip


class FitSerializer(serializers.Serializer):
    """One thing asked of a unit."""

    name = serializers.CharField()
    met = serializers.BooleanField(allow_null=True, help_text="Null: not known.")
    sentence = serializers.CharField()


class FittingSerializer(serializers.Serializer):
    """A unit, and how it fits what someone needs."""

    unit = serializers.UUIDField()
    name = serializers.CharField()
    fits = serializers.BooleanField(allow_null=True, help_text="Null where something is not known.")
    reasons = FitSerializer(many=True)


class RehabUnitViewSet(RecordedViewSet):
    """Units that take people today, with what is free in each. POST fits/ asks which fit someone, best first."""

    permission_required = "rehab.view_placement"
    serializer_class = RehabUnitSerializer
    verb = "rehab_unit"

    def scope(self):
        return units(self.request.user)

    @extend_schema(request=OpenApiTypes.OBJECT, responses=FittingSerializer(many=True))
    @action(detail=False, methods=["post"], pagination_class=None, filter_backends=[])
    def fits(self, request):
        """Which units fit the person of a case, and why not. Nothing is kept, and no unit is told."""
        case, answers = split(request.data, "case", Case.objects.visible_to(request.user).with_names())
        if not Placement.may_request(request.user, case):
            raise PermissionDenied("You may not request a rehab place for this person.")
        form = checked(NeedsForm(answers, record=case, user=request.user))
        Event.objects.shown("case.fits", [case], by=request.user, subject=case)
        rows = [
            {"unit": unit.pk, "name": unit.name, "fits": verdict(found), "reasons": found}
            for unit, found in form.fits()
        ]
        return Response(FittingSerializer(rows, many=True).data)


# (prefix, view set, basename)
PLACEMENT_ROUTES = [
    ("placements", PlacementViewSet, "placement"),
    ("progress", ProgressViewSet, "progress"),
    ("rehab-units", RehabUnitViewSet, "rehab-unit"),
]
