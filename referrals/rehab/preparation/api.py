"""Courses and detoxes before the stay, under /api/v1/."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import StepsField, step_action, written
from partners.frame.api import checked, split
from referrals.rehab.models import Case, Preparation

from .filters import PreparationFilter
from .forms import STEP_FORMS, ArrangeForm
from .views import PreparationList, preparations


class PreparationSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="offender.__str__", read_only=True)

    class Meta:
        model = Preparation
        fields = [
            "id", "case", "name", "kind", "agency", "place", "status", "starts_on", "ends_on", "begun_on", "ended_on",
            "end_reason",
        ]  # fmt: skip


class PreparationWithSteps(PreparationSerializer):
    steps = StepsField()

    class Meta(PreparationSerializer.Meta):
        fields = [*PreparationSerializer.Meta.fields, "steps"]


class PreparationViewSet(AmendableViewSet):
    """Courses and detoxes before a stay. POST arranges one; POST {id}/{verb}/ takes a step."""

    permission_required = "rehab.view_preparation"
    verb = "preparation"
    filterset_class = PreparationFilter
    orders = PreparationList.orders

    def scope(self):
        return preparations(self.request.user)

    @property
    def serializer_class(self):
        return PreparationSerializer if self.action == "list" else PreparationWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        case, answers = split(request.data, "case", Case.objects.visible_to(request.user).with_names())
        if not Preparation.may_arrange(request.user, case):
            raise PermissionDenied("You may not arrange a preparation for this person.")
        made = written(checked(ArrangeForm(answers, record=case, user=request.user)).write)
        row = self.get_queryset().get(pk=made.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    step = step_action(Preparation, STEP_FORMS, operation_id="preparations_step", request=OpenApiTypes.OBJECT)


# (prefix, view set, basename)
PREPARATION_ROUTES = [("preparations", PreparationViewSet, "preparation")]
