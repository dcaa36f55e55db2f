from django.core.exceptions import BadRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, viewsets
from rest_framework.response import Response

from partners.frame.api import Permitted, RecordedViewSet

from .filters import EventFilters
from .models import Event
from .question_views import as_text
from .questions import QUESTIONS, QuestionForm, ask
from .views import record_reading, scope


class EventSerializer(serializers.ModelSerializer):
    by = serializers.EmailField(source="by.email", allow_null=True)
    agency = serializers.StringRelatedField()
    unit = serializers.StringRelatedField()
    recipient = serializers.StringRelatedField()
    agreement = serializers.StringRelatedField()

    class Meta:
        model = Event
        fields = [
            "id", "at", "kind", "verb", "by", "role", "agency", "unit", "purpose", "subject_type", "subject_id",
            "offenders", "before", "after", "reason", "recipient", "agreement", "request_id", "ip_address", "detail",
        ]  # fmt: skip


class Events(RecordedViewSet):
    """The record, newest first, for auditors. Reading it is recorded."""

    serializer_class = EventSerializer
    filterset_class = EventFilters
    permission_required = "audit.view_event"
    verb = "audit"

    def scope(self):
        return scope(self.request.user)

    def list(self, request, *args, **kwargs):
        people = EventFilters(request.query_params, queryset=Event.objects.none()).people
        if people:
            record_reading("audit.search", by=request.user, people=people)
        return super().list(request, *args, **kwargs)

    def retrieve(self, request, *args, **kwargs):
        event = self.get_object()
        record_reading("audit.view", by=request.user, people=event.offenders, subject=event)
        return Response(self.get_serializer(event).data)


class QuestionSerializer(serializers.Serializer):
    """Something that can be asked of the record: what it must be told, and may be."""

    name = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    asks = serializers.ListField(child=serializers.CharField())
    may_ask = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.CharField())


class AnswerSerializer(QuestionSerializer):
    rows = serializers.ListField(
        child=serializers.ListField(), help_text="A list of values each, in the order of `columns`."
    )


class QuestionViewSet(Permitted, viewsets.ViewSet):
    """The ten questions of the record, for auditors; and by the name of one its answer, whole. To ask is recorded."""

    lookup_field = "name"
    lookup_value_regex = "[a-z-]+"
    permission_required = "audit.view_event"

    @extend_schema(responses=QuestionSerializer(many=True))
    def list(self, request):
        asked = [{"name": name, **question._asdict()} for name, question in QUESTIONS.items()]
        Event.objects.record(Event.Kind.CONSULTATION, "audit.questions", by=request.user)
        return Response(QuestionSerializer(asked, many=True).data)

    @extend_schema(
        responses=AnswerSerializer,
        parameters=[
            OpenApiParameter("name", str, OpenApiParameter.PATH, enum=[*QUESTIONS]),
            OpenApiParameter("person", str, description="A reference, or an id."),
            OpenApiParameter("user", str, description="An e-mail address."),
            OpenApiParameter("agency", str, description="An id."),
            OpenApiParameter("address", str, description="An IP address."),
            OpenApiParameter("since", str, description="A day; a year ago where it is not said."),
            OpenApiParameter("until", str, description="A day; today where it is not said."),
        ],
    )
    def retrieve(self, request, name):
        question = QUESTIONS.get(name)
        if question is None:
            raise exceptions.NotFound("There is nothing here, or it is not yours to see.")
        form = QuestionForm(request.query_params, question=question)
        if form.stranger:
            raise exceptions.ParseError(form.stranger)
        if not form.is_valid():
            raise exceptions.ValidationError(form.errors)
        try:
            rows = ask(form, by=request.user)
        except BadRequest as error:
            raise exceptions.ParseError(str(error)) from None
        return Response(AnswerSerializer({"name": name, **question._asdict(), "rows": list(as_text(rows))}).data)


# (prefix, view set, basename), registered by config.api
ROUTES = [("audit/events", Events, "audit-event"), ("audit/questions", QuestionViewSet, "audit-question")]
