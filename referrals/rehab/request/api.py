"""What fits someone, and the questions of rehabs, under /api/v1/."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import StepsField, step_action, written
from partners.frame.api import checked, split
from referrals.rehab.models import Placement, PlacementQuestion

from .forms import QUESTION_FORMS, AskForm


class PlacementQuestionSerializer(serializers.ModelSerializer):
    """A rehab's question. The answer is null for who may not read another agency's health information."""

    withheld = ("answer_text",)

    class Meta:
        model = PlacementQuestion
        fields = ["id", "placement", "status", "text", "by", "asked_at", "answer_text", "answered_by", "answered_at"]

    def to_representation(self, question):
        shown = super().to_representation(question)
        return shown if question.may_read else shown | dict.fromkeys(self.withheld)


class PlacementQuestionWithSteps(PlacementQuestionSerializer):
    steps = StepsField()

    class Meta(PlacementQuestionSerializer.Meta):
        fields = [*PlacementQuestionSerializer.Meta.fields, "steps"]


class PlacementQuestionViewSet(AmendableViewSet):
    """What rehabs ask before they answer a request. POST asks; POST {id}/answer/ answers."""

    permission_required = "rehab.view_placementquestion"
    verb = "placementquestion"

    def scope(self):
        user = self.request.user
        return PlacementQuestion.objects.visible_to(user).with_leave(user).with_names().order_by("-asked_at", "-id")

    @property
    def serializer_class(self):
        return PlacementQuestionSerializer if self.action == "list" else PlacementQuestionWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        user = request.user
        placement, answers = split(request.data, "placement", Placement.objects.visible_to(user).with_names())
        if not PlacementQuestion.may_ask(user, placement):
            raise PermissionDenied("You may not ask about this placement.")
        question = written(checked(AskForm(answers, record=placement, user=user)).write)
        row = self.get_queryset().get(pk=question.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    step = step_action(
        PlacementQuestion, QUESTION_FORMS, operation_id="placement_questions_step", request=OpenApiTypes.OBJECT
    )


# (prefix, view set, basename)
REQUEST_ROUTES = [("placement-questions", PlacementQuestionViewSet, "placement-question")]
