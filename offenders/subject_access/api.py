"""Requests for one's own data over the API: the steps, the texts to decide on, and the answer as data."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from offenders.account_api import AccountSerializer
from offenders.steps import StepsField, step_action, written
from partners.frame.api import NamesPeople, RecordedViewSet, refuse_unknown
from partners.frame.filters import FilterSet

from .answer import as_data
from .forms import LINE_FORMS, STEP_FORMS, ReceiveForm, SubjectRequestFilter
from .models import ANSWER, SubjectLine, SubjectRequest


class SubjectRequestSerializer(serializers.ModelSerializer):
    person = serializers.CharField(source="offender.reference", help_text="Their reference.")
    agency = serializers.StringRelatedField()
    steps = StepsField()

    class Meta:
        model = SubjectRequest
        fields = [
            "id", "person", "agency", "asked_on", "how", "asked_for", "answer_to", "due_on", "status", "identity",
            "identified_on", "parts_done", "parts", "ended_on", "sent_how", "refusal", "cleared_at", "steps",
        ]  # fmt: skip


class ReceiveSerializer(serializers.Serializer):
    person = serializers.CharField(help_text="A reference, or a whole number of theirs.")
    asked_on = serializers.DateField()
    how = serializers.ChoiceField(SubjectRequest.How.choices)
    asked_for = serializers.CharField(required=False)
    answer_to = serializers.CharField()


class SubjectStepSerializer(serializers.Serializer):
    identity = serializers.CharField(required=False)
    sent_how = serializers.ChoiceField(SubjectRequest.How.choices, required=False)
    reason = serializers.CharField(required=False)
    on = serializers.DateField(required=False)


class SubjectRequestViewSet(RecordedViewSet):
    """What people asked the user's agency for, by when it is to be answered."""

    serializer_class = SubjectRequestSerializer
    filterset_class = SubjectRequestFilter
    verb = "subjectrequest"
    permission_required = ANSWER
    apart = ("steps", "parts_done")

    def scope(self):
        return SubjectRequest.objects.visible_to(self.request.user).with_names()

    @extend_schema(request=ReceiveSerializer, responses={201: SubjectRequestSerializer})
    def create(self, request):
        """Someone asked."""
        form = ReceiveForm(request.data, user=request.user)
        refuse_unknown(form.data, form.fields)
        if not form.is_valid():
            raise NamesPeople(form.errors)  # who was found by a number stays in the record
        return self.answer_anew(written(form.receive), status=201)

    @extend_schema(responses=AccountSerializer)
    @action(detail=True)
    def told(self, request, pk):
        """The answer as data, as far as it is reviewed, once all is brought together."""
        asked = get_object_or_404(self.scope().with_an_answer(), pk=pk)
        return Response(as_data(asked, by=request.user))

    step = step_action(
        SubjectRequest, STEP_FORMS, operation_id="subject_requests_step", request=SubjectStepSerializer,
        responses=SubjectRequestSerializer,
        description="`identity` is to confirm who they are, `sent_how` to record that it was sent, `reason` to refuse.",
    )  # fmt: skip


class SubjectLineSerializer(serializers.ModelSerializer):
    steps = StepsField()
    facts = serializers.JSONField(help_text="[label, words] of what speaks of nobody else.")

    class Meta:
        model = SubjectLine
        fields = [
            "id", "request", "number", "section", "what", "happened_on", "facts", "words", "told", "status", "why",
            "steps",
        ]  # fmt: skip


class DecideSerializer(serializers.Serializer):
    told = serializers.CharField(required=False, help_text="The part that is told.")
    why = serializers.CharField(required=False)


class SubjectLineFilter(FilterSet):
    request = django_filters.UUIDFilter(label="Request", field_name="request")
    status = django_filters.ChoiceFilter(label="Status", choices=SubjectLine.Status.choices)

    class Meta(FilterSet.Meta):
        model = SubjectLine
        fields = []


class SubjectLineViewSet(RecordedViewSet):
    """What each record holds about a person who asks; words that may speak of others wait to be decided on."""

    serializer_class = SubjectLineSerializer
    filterset_class = SubjectLineFilter
    verb = "subjectline"
    permission_required = ANSWER

    def scope(self):
        return SubjectLine.objects.visible_to(self.request.user).with_names()

    step = step_action(
        SubjectLine, LINE_FORMS, operation_id="subject_lines_step", request=DecideSerializer,
        responses=SubjectLineSerializer,
        description="Say `why` where not all of it is told, and `told`, which part is.",
    )  # fmt: skip


ROUTES = [
    ("subject-requests", SubjectRequestViewSet, "subject-request"),
    ("subject-lines", SubjectLineViewSet, "subject-line"),
]
