"""Likely pairs and merges over the API: the pages' querysets, forms and answers."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from partners.audit.models import Event
from partners.frame.api import RecordedViewSet, checked, refuse_unknown

from . import duplicates, merge
from .forms import WhyForm
from .merge_forms import CompareForm, MergeFilter, MergeForm, PairFilter, version
from .merge_views import find_pair, merges, pairs
from .models import LikelyPair, Merge, Offender
from .steps import written


class OneOfTwoSerializer(serializers.ModelSerializer):
    class Meta:
        model = Offender
        fields = ["id", "reference", "given_names", "family_name", "date_of_birth"]


class LikelyPairSerializer(serializers.ModelSerializer):
    one = OneOfTwoSerializer()
    other = OneOfTwoSerializer()
    why = serializers.SerializerMethodField(help_text="In what they are alike, and in what not, as sentences.")
    decided_by = serializers.StringRelatedField(allow_null=True)

    class Meta:
        model = LikelyPair
        fields = [
            "id", "one", "other", "score", "why", "found_at", "state", "decided_by", "decided_at", "reason"
        ]  # fmt: skip

    def get_why(self, pair) -> list[str]:
        return list(duplicates.words(pair, self.context["request"].user))


class OnePairSerializer(LikelyPairSerializer):
    seen = serializers.SerializerMethodField(help_text="Which amendment of either person came last.")

    class Meta(LikelyPairSerializer.Meta):
        fields = [*LikelyPairSerializer.Meta.fields, "seen"]

    def get_seen(self, pair) -> str:
        return version(pair)


class MergeSerializer(serializers.ModelSerializer):
    state = serializers.CharField(help_text="to_review, reviewed or undone.")
    kept = OneOfTwoSerializer()
    gone_reference = serializers.CharField(source="gone.reference")
    by = serializers.StringRelatedField()
    reviewed_by = serializers.StringRelatedField(allow_null=True)
    undone_by = serializers.StringRelatedField(allow_null=True)

    class Meta:
        model = Merge
        fields = [
            "id", "state", "kept", "gone", "gone_reference", "choices", "by", "at", "reason", "reviewed_by",
            "reviewed_at", "undone_by", "undone_at", "undone_reason",
        ]  # fmt: skip


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField()


class CompareSerializer(serializers.Serializer):
    first = serializers.CharField(help_text="A person's reference.")
    second = serializers.CharField(help_text="Another's.")


class ChoicesSerializer(ReasonSerializer):
    """Why, and “one” or “other” for what is not to be as proposed: who `leads`, and each fact that differs."""

    leads = serializers.ChoiceField(["one", "other"], required=False)
    given_names = serializers.CharField(required=False, help_text="And so on, fact by fact: one or other.")


class ForSupervisors(RecordedViewSet):
    """Rows of two people, and what a supervisor decides of them."""

    http_method_names = ["get", "post", "head", "options"]

    def _lock(self, request):
        """The people first, as everyone does who changes what is of both."""
        row = self.get_object()
        merge.lock(*Offender.objects.filter(pk__in=row.offender_ids))
        self.get_object()
        return super()._lock(request)


class LikelyPairViewSet(ForSupervisors):
    """Pairs of people who may be one, of whom the user sees both; those to be decided unless `state` says others."""

    serializer_class = LikelyPairSerializer
    filterset_class = PairFilter
    verb = "likelypair"
    permission_required = "offenders.view_likelypair"

    def scope(self):
        return pairs(self.request.user)

    def get_object(self):
        return self.locked or find_pair(self.request.user, self.kwargs["pk"])

    def get_serializer_class(self):
        return LikelyPairSerializer if self.action == "list" else OnePairSerializer

    @extend_schema(request=CompareSerializer, responses={201: OnePairSerializer})
    def create(self, request):
        """A pair of two people whom nobody proposed, to be merged by its id."""
        merge.check_supervises(request.user)
        pair = checked(CompareForm(request.data, user=request.user)).pair()
        return self.answer_anew(pair, 201)

    @extend_schema(request=ChoicesSerializer, responses=MergeSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request, pk):
        pair = self.get_object()
        merge.check_may_merge(pair.one, pair.other, request.user)
        form = checked(MergeForm(request.data, pair=pair))
        done = written(lambda: form.merge(by=request.user))
        Event.objects.shown("merge.view", [done], by=request.user, subject=done)
        return Response(MergeSerializer(done).data)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def different(self, request, pk):
        """They are two people."""
        pair = self.get_object()
        merge.check_may_merge(pair.one, pair.other, request.user)
        form = checked(WhyForm(request.data))
        pair = merge.say_different(pair, by=request.user, reason=form.cleaned_data["reason"])
        return self.answer_anew(pair)


class MergeViewSet(ForSupervisors):
    """Merges of people whom the user sees."""

    serializer_class = MergeSerializer
    filterset_class = MergeFilter
    verb = "merge"
    permission_required = "offenders.view_merge"

    def scope(self):
        return merges(self.request.user)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def review(self, request, pk):
        """They are one person: a second supervisor says so."""
        merge.check_supervises(request.user)
        refuse_unknown(request.data, ())
        return self.answer_anew(merge.review(self.get_object(), by=request.user))

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def unmerge(self, request, pk):
        """They are two people: each gets back what it had."""
        merge.check_supervises(request.user)
        reason = checked(WhyForm(request.data)).cleaned_data["reason"]
        done = written(lambda: merge.unmerge(self.get_object(), by=request.user, reason=reason))
        return self.answer_anew(done)


ROUTES = [("pairs", LikelyPairViewSet, "pair"), ("merges", MergeViewSet, "merge")]
