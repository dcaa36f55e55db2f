"""Slots, and appointments in them, under /api/v1/: what another force's app needs to book."""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from offenders.steps import StepsField, step_action, written
from partners.audit.models import Event
from partners.frame.api import RecordedViewSet, checked, split
from partners.frame.forms import Form
from partners.models import Service
from referrals.models import Referral
from referrals.pathways import Pathway

from . import slots
from .models import Appointment, Mode
from .slot_filters import AppointmentFilters, SlotsForm
from .worker_forms import APPOINTMENT_FORMS, BookForm, RescheduleForm

MAY_BOOK = "booking.book_appointment"


class SlotSerializer(serializers.Serializer):
    """A time that is free."""

    slot = serializers.CharField(help_text="Its key: what is sent to hold it or to book it.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    mode = serializers.ChoiceField(Mode.choices)
    place = serializers.CharField()
    worker = serializers.UUIDField()
    in_words = serializers.CharField()


class HoldForm(Form):
    """Which slot, and for which referral: the key that it will be sent with."""

    slot = forms.CharField()
    referral = forms.UUIDField()


class HoldSerializer(serializers.Serializer):
    slot = serializers.CharField()
    referral = serializers.UUIDField(help_text="The key that the referral will be sent with.")


class HeldSerializer(SlotSerializer):
    held_until = serializers.DateTimeField()


def agency_of_slots():
    """Who gives the appointments that are booked today."""
    service = Service.objects.on().filter(pathway=Pathway.DIVERT).select_related("agency").first()
    if service is None:
        raise ValidationError("Nobody takes referrals with an appointment today.")
    return service.agency


def found(key, agency, *, but=None, **asked):
    """The slot of this key; the time of `but`, a hold of the asker's own, is free.

    Raises SlotTaken, with the next few of those asked for from its time on, where it is not free.
    """
    slot = slots.find(key, agency, but=but)
    if slot is None:
        raise slots.SlotTaken(offered=slots.next_few(agency, after=slots.parsed(key)[0], but=but, **asked))
    return slot


class SlotViewSet(viewsets.ViewSet):
    """Times at which someone can be seen, the soonest first; and holding one while a referral is finished."""

    serializer_class = SlotSerializer

    def check_permissions(self, request):
        super().check_permissions(request)
        if not request.user.has_perm(MAY_BOOK):
            raise PermissionDenied("Only those who may book appointments see what is free.")

    @extend_schema(
        responses=SlotSerializer(many=True),
        parameters=[
            OpenApiParameter("mode", str, many=True, enum=Mode.values, description="All but custody when left out."),
            OpenApiParameter("from", {"type": "string", "format": "date"}),
            OpenApiParameter("to", {"type": "string", "format": "date"}),
            OpenApiParameter("area", str, description="Where the person lives: outside the area, phone or video only."),
            OpenApiParameter("referral", str, description="Whom it is for: their area, and when they are free."),
            OpenApiParameter("worker", str),
            OpenApiParameter("size", int, description="How many at most; 20 when left out."),
        ],
    )
    def list(self, request):
        form = SlotsForm(request.query_params, user=request.user)
        if form.stranger:
            raise ParseError(form.stranger)
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        modes = slots.modes_for(form.lives_in, form.cleaned_data["mode"] or None)
        rows = slots.free(agency_of_slots(), modes=modes, **form.asked)
        Event.objects.shown("slot.list", rows, by=request.user, filters=sorted(request.query_params))
        return Response([slot.as_data for slot in rows])

    @extend_schema(request=HoldSerializer, responses={201: HeldSerializer})
    @action(detail=False, methods=["post"])
    def hold(self, request):
        """Keep a slot for some minutes, for the referral that will have this key. A new one replaces the one before."""
        said = checked(HoldForm(request.data)).cleaned_data
        held = Appointment.objects.held_by(request.user, said["referral"]).first()
        slot = found(said["slot"], agency_of_slots(), but=held)
        hold = Appointment.hold(slot, by=request.user, key=said["referral"])
        return Response(slot.as_data | {"held_until": hold.held_until}, status=201)


class AppointmentSerializer(serializers.ModelSerializer):
    """When, how, with whom and how it stands; how late they were only to those who gave it."""

    name = serializers.CharField(source="offender.__str__", read_only=True)
    withheld = ("late_minutes",)

    class Meta:
        model = Appointment
        fields = [
            "id", "referral", "offender", "name", "kind", "starts_at", "ends_at", "is_day_only", "mode", "place",
            "worker", "agency", "status", "late_minutes", "change_asked_by", "change_reason", "replaces",
            "outcome_recorded_at", "recorded_at", "recorded_by",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, appointment):
        shown = super().to_representation(appointment)
        user = self.context["request"].user
        gave = user.has_perm("booking.record_appointment") and appointment.agency_id == user.membership.agency_id
        return shown if gave else shown | dict.fromkeys(self.withheld)


class OneAppointmentSerializer(AppointmentSerializer):
    """One appointment, with the steps this user may take now."""

    steps = StepsField()

    class Meta(AppointmentSerializer.Meta):
        fields = [*AppointmentSerializer.Meta.fields, "steps"]


class NewAppointmentSerializer(serializers.Serializer):
    referral = serializers.UUIDField(help_text="One that you see, and that is open.")
    slot = serializers.CharField(help_text="The key of a slot.")
    kind = serializers.ChoiceField(Appointment.Kind.choices)


class AppointmentStepSerializer(serializers.Serializer):
    """What steps may be told: each asks for its own, as its page does."""

    slot = serializers.CharField(required=False, help_text="Of reschedule: the key of another slot.")
    asked_by = serializers.ChoiceField(Appointment.AskedBy.choices, required=False)
    reason = serializers.CharField(required=False, help_text="One of the sentences of the page.")
    took_place = serializers.BooleanField(required=False)
    attended = serializers.BooleanField(required=False)
    late_minutes = serializers.IntegerField(required=False)
    why = serializers.CharField(required=False)


def free_or_taken(form):
    """The slot that a form names: a program that is late is told by 409, with what is free; a page asks again."""
    referral = form.referral
    asked = {"modes": slots.modes_for(referral.area_id), "person": referral.offender_id}
    held = Appointment.objects.held_by(form.user, referral.pk).first()
    return found(form.cleaned_data["slot"], form.agency, but=held, **asked)


class BookByProgram(BookForm):
    clean_slot = free_or_taken

    @property
    def agency(self):
        return self.record.to_agency


class RescheduleByProgram(RescheduleForm):
    clean_slot = free_or_taken


class AppointmentViewSet(RecordedViewSet):
    """Appointments of referrals you see. POST books one; POST {id}/{verb}/ takes a step."""

    permission_required = "booking.view_appointment"
    verb = "appointment"
    filterset_class = AppointmentFilters
    orders = {"starts_at": ("starts_at", "id"), "-starts_at": ("-starts_at", "-id")}

    def scope(self):
        return Appointment.objects.visible_to(self.request.user).with_names()

    def _lock(self, request):
        """The referral first, as its own steps do, so that nobody waits for who waits for them."""
        appointment = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        Referral.objects.select_for_update(no_key=True).get(pk=appointment.referral_id)
        return super()._lock(request)

    @property
    def serializer_class(self):
        return AppointmentSerializer if self.action == "list" else OneAppointmentSerializer

    @extend_schema(request=NewAppointmentSerializer, responses={201: OneAppointmentSerializer})
    def create(self, request):
        user = request.user
        if not user.has_perm(MAY_BOOK):
            raise PermissionDenied("You may not book appointments.")
        referral, answers = split(request.data, "referral", Referral.objects.visible_to(user).with_names())
        appointment = written(checked(BookByProgram(answers, record=referral, user=user)).write)
        return self.answer(self.get_queryset().get(pk=appointment.pk), 201)

    step = step_action(
        Appointment, APPOINTMENT_FORMS | {"reschedule": RescheduleByProgram}, operation_id="appointments_step",
        request=AppointmentStepSerializer, responses=OneAppointmentSerializer,
    )  # fmt: skip


ROUTES = [("slots", SlotViewSet, "slot"), ("appointments", AppointmentViewSet, "appointment")]
