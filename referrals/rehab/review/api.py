"""Supervisors' reviews and dip samples, under /api/v1/."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import StepsField, step_action, written
from partners.frame.api import RecordedViewSet, checked, split
from referrals.rehab.models import Case, Review, Sample

from .filters import ReviewFilter
from .forms import STEP_FORMS, SampleForm
from .views import ReviewList, reviews


class CaseReviewSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="offender.__str__", read_only=True)

    class Meta:
        model = Review
        fields = [
            "id", "case", "name", "facilitator", "by", "status", "begun_at", "finished_on", *Review.ANSWERS, "found",
            "good", "to_do", "next_on",
        ]  # fmt: skip


class CaseReviewWithSteps(CaseReviewSerializer):
    steps = StepsField()

    class Meta(CaseReviewSerializer.Meta):
        fields = [*CaseReviewSerializer.Meta.fields, "steps"]


class ReviewViewSet(AmendableViewSet):
    """Reviews. POST begins one of a `case`; POST {id}/write/ keeps it as it is sent, {id}/finish/ signs it off."""

    permission_required = "rehab.view_review"
    verb = "review"
    filterset_class = ReviewFilter
    orders = ReviewList.orders

    def scope(self):
        return reviews(self.request.user)

    @property
    def serializer_class(self):
        return CaseReviewSerializer if self.action == "list" else CaseReviewWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        case, answers = split(request.data, "case", Case.objects.visible_to(request.user).held_by(request.user))
        if answers:
            raise serializers.ValidationError(dict.fromkeys(answers, "Send it with write or finish."))
        made = written(lambda: Review.begin(case, by=request.user))
        row = self.get_queryset().get(pk=made.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    step = step_action(Review, STEP_FORMS, operation_id="reviews_step", request=OpenApiTypes.OBJECT)


class SampleSerializer(serializers.ModelSerializer):
    cases = serializers.SerializerMethodField(help_text="Those that are yours to see.")
    how = serializers.CharField(read_only=True)

    class Meta:
        model = Sample
        fields = ["id", "drawn_on", "by", "size", "frame", "seed", "how", "cases"]

    def get_cases(self, sample) -> list[str]:
        return [str(case.pk) for case in sample.seen_cases]


class SampleViewSet(RecordedViewSet):
    """Dip samples. POST draws one of `size` cases."""

    permission_required = "rehab.view_sample"
    verb = "sample"
    serializer_class = SampleSerializer
    orders = {"-day": ("-drawn_on", "-id")}

    def scope(self):
        return Sample.objects.visible_to(self.request.user).with_cases(self.request.user)

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        if not Sample.may_draw(request.user):
            raise PermissionDenied("You may not draw a sample.")
        made = written(checked(SampleForm(request.data, user=request.user)).draw)
        row = self.get_queryset().get(pk=made.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)


# (prefix, view set, basename)
REVIEW_ROUTES = [("reviews", ReviewViewSet, "review"), ("samples", SampleViewSet, "sample")]
