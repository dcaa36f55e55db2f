"""Assessments over the API: recorded at once, or begun and written section by section as on their pages."""

from django.core.exceptions import PermissionDenied, ValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import written
from partners.frame.api import checked, split

from .assessment_forms import AssessmentOfForm, BeginAssessmentForm, FinishForm, SectionForm
from .case_api import WorkerSerializer
from .case_filters import AssessmentFilterSet
from .models import AssessedSubstance, Assessment, Case
from .questions import SECTIONS, sections_of


class SubstanceSerializer(serializers.ModelSerializer):
    class Meta:
        model = AssessedSubstance
        fields = ["substance", "daily_spend", "route", "frequency"]


class AssessmentSerializer(serializers.ModelSerializer):
    by = WorkerSerializer()
    agency = serializers.StringRelatedField()
    substances = SubstanceSerializer(many=True)
    daily_spend = serializers.DecimalField(10, 2, allow_null=True, help_text="Pounds a day in all; null: not known.")

    class Meta:
        model = Assessment
        fields = [
            "id", "case", "part", "round", "assessed_on", "finished_at", "by", "agency", "substances", "daily_spend",
            "funded_by", "offending", "orders", "risks", "housing", "family", "treatment_history", "prescribing",
            "motivation", "health", "drinking", "asked",
        ]  # fmt: skip


class AssessmentViewSet(AmendableViewSet):
    verb = "assessment"
    permission_required = "rehab.view_case"
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentFilterSet

    def scope(self):
        rows = Assessment.objects.visible_to(self.request.user).with_spend().select_related("case", "by", "agency")
        return rows.prefetch_related("substances")

    @extend_schema(
        description="Record an assessment, or a part of one, finished at once: case, part, and what pages ask."
    )
    def create(self, request):
        form = checked(AssessmentOfForm(request.data, user=request.user))
        assessment = written(form.record)
        row = self.scope().get(pk=assessment.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def under_way(self):
        """The assessment, to be written in."""
        if not self.request.user.has_perm("rehab.assess_case"):
            raise PermissionDenied("You may not assess this person.")
        return self.get_object()

    @extend_schema(request=OpenApiTypes.OBJECT)
    @action(detail=False, methods=["post"])
    def begin(self, request):
        """Begin one, or a part of one, to be written section by section: case, part, and maybe on."""
        case, answers = split(request.data, "case", Case.objects.visible_to(request.user))
        row = written(checked(BeginAssessmentForm(answers, case=case, user=request.user)).begin)
        return self.answer_anew(row, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="assessments_write",
        parameters=[OpenApiParameter("section", str, OpenApiParameter.PATH, enum=list(SECTIONS))],
        request=OpenApiTypes.OBJECT,
    )
    @action(detail=True, methods=["post"], url_path=f"(?P<section>{'|'.join(SECTIONS)})")
    def write(self, request, pk, section):
        """Keep a section, as its page does: what is left out is left empty."""
        row = self.under_way()
        if section not in sections_of(row.part):
            raise ValidationError("This section is of the other part.")
        form = SectionForm(request.data, row=row, section=section, user=request.user)
        del form.fields["seen"]  # a program says what it read by If-Match
        written(checked(form).write)
        return self.answer_anew(row)

    @extend_schema(request=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def finish(self, request, pk):
        """Say that it is complete: assessed_on, the day it is dated."""
        row = self.under_way()
        written(checked(FinishForm(request.data, row=row, user=request.user)).write)
        return self.answer_anew(row)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def discard(self, request, pk):
        """Throw away one that was begun by mistake."""
        row = self.under_way()
        written(lambda: row.discard(by=request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


ASSESSMENT_ROUTES = [("assessments", AssessmentViewSet, "assessment")]
