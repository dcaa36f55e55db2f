"""What workers record, under /api/v1/: interventions, contact attempts and who waits."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action

from offenders.amend_api import AmendableViewSet
from offenders.steps import written
from partners.frame.api import RecordedViewSet, checked, split
from referrals.deadline_api import DeadlineSerializer
from referrals.models import Referral

from .diary_views import Waiting
from .models import Appointment, ContactAttempt, Intervention
from .waiting import waiting
from .waiting_filters import WaitingFilters
from .worker_forms import ContactForm, WriteUpForm


class InterventionSerializer(serializers.ModelSerializer):
    """What happened in a 1:1: health, for those who treat the person."""

    audit_c = serializers.IntegerField(allow_null=True, help_text="0 to 12; from 5 on the other seven are asked.")
    withheld = ("concern", "acknowledged_at", "acknowledged_by")

    class Meta:
        model = Intervention
        fields = [
            "id", "appointment", "how_it_went", "drugs", "main_drug", "audit_frequency", "audit_units", "audit_binge",
            "audit_c", "advice", "agreed", "onward", "onward_detail", "concern", "acknowledged_at", "acknowledged_by",
            "recorded_at", "recorded_by",
        ]  # fmt: skip

    def to_representation(self, intervention):
        shown = super().to_representation(intervention)
        return shown if intervention.may_read_concern else shown | dict.fromkeys(self.withheld)


class InterventionViewSet(AmendableViewSet):
    """Attended appointments written up. POST writes one up; POST {id}/acknowledge/ says its concern is read."""

    verb = "intervention"
    permission_required = "booking.view_intervention"
    serializer_class = InterventionSerializer

    def scope(self):
        rows = Intervention.objects.visible_to(self.request.user).with_names().with_leave(self.request.user)
        return rows.prefetch_related("drugs")

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        seen = Appointment.objects.visible_to(request.user).with_names()
        appointment, answers = split(request.data, "appointment", seen)
        if not Intervention.may_record(request.user, appointment):
            raise PermissionDenied("You may not write up this appointment.")
        row = written(checked(WriteUpForm(answers, record=appointment, user=request.user)).write)
        return self.answer_anew(row, status.HTTP_201_CREATED)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request, pk):
        row = self.get_object()
        written(lambda: row.acknowledge(by=request.user))
        return self.answer_anew(row)


class ContactAttemptSerializer(serializers.ModelSerializer):
    class Meta:
        model = ContactAttempt
        fields = ["id", "referral", "occurred_at", "method", "result", "recorded_at", "recorded_by"]


class ContactAttemptViewSet(AmendableViewSet):
    """Attempts to reach someone who was referred, newest first. POST logs one."""

    verb = "contact_attempt"
    permission_required = "booking.view_contactattempt"
    serializer_class = ContactAttemptSerializer

    def scope(self):
        return ContactAttempt.objects.visible_to(self.request.user).with_names()

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        seen = Referral.objects.visible_to(request.user).with_names()
        referral, answers = split(request.data, "referral", seen)
        if not ContactAttempt.may_log(request.user, referral):
            raise PermissionDenied("You may not log contact attempts on this referral.")
        row = written(checked(ContactForm(answers, record=referral, user=request.user)).write)
        return self.answer_anew(row, status.HTTP_201_CREATED)


class WaitingSerializer(DeadlineSerializer):
    """Someone referred and not reached: their deadline, with what was tried."""

    name = serializers.CharField(source="referral.offender.__str__")
    offender = serializers.UUIDField(source="referral.offender_id")
    worker = serializers.UUIDField(source="referral.worker_id", allow_null=True)
    referred_on = serializers.DateField()
    attempts = serializers.IntegerField()
    last_attempt_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True, help_text="Their next appointment.")
    proposed = serializers.BooleanField(help_text="Enough was tried: they may be recorded as not engaged.")

    class Meta(DeadlineSerializer.Meta):
        fields = [
            *DeadlineSerializer.Meta.fields, "name", "offender", "worker", "referred_on", "attempts",
            "last_attempt_at", "next_at", "proposed",
        ]  # fmt: skip


class WaitingViewSet(RecordedViewSet):
    """Referred, not yet contacted: the page's list, its filters and orders."""

    verb = "deadline"
    permission_required = Waiting.permission_required
    serializer_class = WaitingSerializer
    filterset_class = WaitingFilters
    orders = Waiting.orders
    apart = ("is_overdue", "stands", "proposed", "next_at", "attempts", "last_attempt_at")

    def scope(self):
        return waiting(self.request.user)


ROUTES = [
    ("interventions", InterventionViewSet, "intervention"),
    ("contact-attempts", ContactAttemptViewSet, "contact-attempt"),
    ("waiting", WaitingViewSet, "waiting"),
]
