"""Cover under /api/v1/: the scopes, filters and forms of the pages."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from offenders.steps import StepsField, step_action, written
from partners.frame.api import RecordedViewSet, checked

from .cover_forms import COVER_FORMS, CoverFilter, CoverForm
from .cover_views import CoverList, covers
from .models import Cover


class CoverSerializer(serializers.ModelSerializer):
    steps = StepsField()
    withheld = ("reason",)

    class Meta:
        model = Cover
        fields = [
            "id", "absent", "covered_by", "agency", "unit", "valid_from", "valid_to", "reason", "status", "made_by",
            "recorded_at", "steps",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, cover):
        """Why someone is away is for who arranges cover."""
        said = super().to_representation(cover)
        return said if Cover.may_arrange(self.context["request"].user) else said | dict.fromkeys(self.withheld)


class CoverViewSet(RecordedViewSet):
    """Who is away, and who stands in for them. POST arranges it; POST {id}/{verb}/ takes a step."""

    permission_required = "referrals.view_cover"
    serializer_class = CoverSerializer
    verb = "cover"
    filterset_class = CoverFilter
    orders = CoverList.orders

    def scope(self):
        return covers(self.request.user)

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        if not Cover.may_arrange(request.user):
            raise PermissionDenied("You may not arrange who stands in for whom.")
        cover = written(checked(CoverForm(request.data, user=request.user)).write)
        return Response(self.get_serializer(cover).data, status=status.HTTP_201_CREATED)

    step = step_action(Cover, COVER_FORMS, operation_id="covers_step", request=OpenApiTypes.OBJECT)


ROUTES = [("covers", CoverViewSet, "cover")]
