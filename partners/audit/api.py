from rest_framework import serializers
from rest_framework.response import Response

from partners.frame.api import RecordedViewSet

from .filters import EventFilters
from .models import Event
from .views import record_reading, scope


class EventSerializer(serializers.ModelSerializer):
    by = serializers.EmailField(source="by.email", default=None)
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


# (prefix, view set, basename), registered by config.api
ROUTES = [("audit/events", Events, "audit-event")]
