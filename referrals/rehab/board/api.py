"""The rehab board and places out of use under /api/v1/."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from offenders.steps import written
from partners.frame.api import RecordedViewSet, checked, split
from referrals.rehab.models import OutOfUse, RehabUnit
from referrals.rehab.placement_views import units

from . import board
from .filters import BoardFilter
from .forms import ChangeOutOfUseForm, OutOfUseForm


class BoardDaySerializer(serializers.Serializer):
    """A unit on a day; how many, and nobody's name."""

    on = serializers.DateField()
    taken = serializers.IntegerField(source="day.taken", help_text="People booked or in house.")
    out_of_use = serializers.IntegerField(source="day.out")
    free = serializers.IntegerField(source="day.free", allow_null=True, help_text="Null where places are not known.")
    too_many = serializers.IntegerField(source="day.over")
    arrive = serializers.IntegerField(help_text="Expected to.")
    leave = serializers.IntegerField(help_text="Expected to.")


class RehabBoardSerializer(serializers.ModelSerializer):
    """A unit and its days: two weeks from `first`, or from this week's Monday."""

    next_free = serializers.DateField(
        help_text="From when a place is free for so many `weeks`; null where none is, or places are not known."
    )
    days = BoardDaySerializer(many=True)

    class Meta:
        model = RehabUnit
        fields = ["id", "agency", "name", "places", "next_free", "days"]


class BoardViewSet(RecordedViewSet):
    """Free places by day, what is expected, and when a place that fits is free."""

    permission_required = "rehab.view_placement"
    serializer_class = RehabBoardSerializer
    verb = "board"
    filterset_class = BoardFilter
    http_method_names = ["get", "head", "options"]

    def scope(self):
        return units(self.request.user)

    def paginate_queryset(self, queryset):
        return self.with_days(super().paginate_queryset(queryset))

    def get_object(self):
        return self.with_days([super().get_object()])[0]

    def with_days(self, rows):
        """These units, each with what the board says of it."""
        filterset = BoardFilter(self.request.query_params, queryset=RehabUnit.objects.none(), request=self.request)
        asked = filterset.form.cleaned_data if filterset.is_valid() else {}
        for row in board.rows(rows, *board.days_asked(asked), board.weeks_asked(asked)):
            row.unit.days, row.unit.next_free = row.cells, row.next_free
        return rows


class OutOfUseSerializer(serializers.ModelSerializer):
    class Meta:
        model = OutOfUse
        fields = ["id", "unit", "places", "valid_from", "valid_to", "reason", "recorded_at"]


class OutOfUseViewSet(RecordedViewSet):
    """Places out of use, the latest first. POST puts some out of use; POST {id}/change/ says all of it anew."""

    permission_required = "rehab.view_outofuse"
    serializer_class = OutOfUseSerializer
    verb = "outofuse"

    def scope(self):
        return OutOfUse.objects.visible_to(self.request.user).with_names()

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        unit, answers = split(request.data, "unit", RehabUnit.objects.visible_to(request.user))
        if not OutOfUse.may_add(request.user, unit):
            raise PermissionDenied("You may not put places of this unit out of use.")
        row = written(checked(OutOfUseForm(answers, record=unit, user=request.user)).write)
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(request=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def change(self, request, pk):
        row = self.get_object()
        if not OutOfUse.objects.changeable_by(request.user).filter(pk=row.pk).exists():
            raise PermissionDenied("You may not change which places of this unit are out of use.")
        form = ChangeOutOfUseForm(request.data, record=row, user=request.user)
        form.fields.pop("seen")  # a program says what it read by If-Match
        written(checked(form).write)
        return self.answer_anew(row)


# (prefix, view set, basename)
ROUTES = [("rehab-board", BoardViewSet, "rehab-board"), ("out-of-use", OutOfUseViewSet, "out-of-use")]
