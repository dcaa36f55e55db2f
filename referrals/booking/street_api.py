"""Sending a whole Divert referral with its first appointment, under /api/v1/: what another force's app sends."""

import uuid

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from partners.audit.models import Event
from partners.frame.api import checked, refuse_unknown
from referrals.api import OneReferralSerializer, WhomSerializer, known_person, new_person
from referrals.models import Referral, Resolution
from referrals.pathways import ABOUT, Pathway
from referrals.street import area_of, to_be
from referrals.street_forms import HappenedForm, StreetWhoForm, TermsForm

from .models import Appointment
from .operations import send
from .slot_api import AppointmentSerializer, agency_of_slots, found
from .slots import modes_for


class NewDivertSerializer(WhomSerializer):
    """Someone found with drugs: who they are, what happened, on what terms, and when. The pages' forms check it.

    `slot` is one of `/api/v1/slots/`.
    """

    referral = serializers.UUIDField(required=False, help_text="The id it will have: the key its slot is held for.")
    slot = serializers.CharField()
    officer_ethnicity = serializers.CharField(required=False, help_text="As you see it, 6+1; of a new person.")
    drug = serializers.CharField(help_text="Its name.")
    quantity = serializers.CharField(required=False)
    offence = serializers.CharField(help_text="The Home Office code.")
    purpose = serializers.CharField(help_text="own, supply or unknown.")
    is_aggravating = serializers.CharField(help_text="yes, no or unknown.")
    place = serializers.CharField()
    on = serializers.DateField(required=False, help_text="When it happened; now when left out.")
    at = serializers.CharField(required=False, help_text="At what time, like 14:30.")
    stop_search_reference = serializers.CharField(required=False)
    crime_reference = serializers.CharField(required=False)
    accepts_responsibility = serializers.BooleanField()
    agrees = serializers.BooleanField()
    acceptance = serializers.CharField(help_text="In their own words.")
    appropriate_adult = serializers.CharField(required=False, help_text="Of someone under 18.")
    adult_relation = serializers.CharField(required=False)
    signature = serializers.CharField(required=False, help_text="An SVG path in a box of 600 by 240.")
    signed_as = serializers.CharField(required=False, help_text="The name they typed, where they did not draw it.")
    is_signed = serializers.BooleanField(required=False, help_text="They typed it themselves.")
    victim = serializers.ChoiceField(Resolution.Victim.choices)
    victim_view = serializers.CharField(required=False)
    gravity_score = serializers.IntegerField()
    gravity_rationale = serializers.CharField(required=False)


class SentSerializer(serializers.Serializer):
    """The referral, accepted, and its appointment."""

    referral = OneReferralSerializer()
    appointment = AppointmentSerializer()


class DivertViewSet(viewsets.ViewSet):
    """Sending a Divert referral whole: the person, the resolution and the appointment, or nothing."""

    serializer_class = NewDivertSerializer

    @extend_schema(request=NewDivertSerializer, responses={201: SentSerializer})
    def create(self, request):
        user = request.user
        if not user.has_perms(ABOUT[Pathway.DIVERT].needs):
            raise PermissionDenied("You may not refer people to Divert.")
        refuse_unknown(request.data, NewDivertSerializer().fields)
        asked = NewDivertSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = {name: value for name, value in asked.validated_data.items() if value is not False}
        key, slot = said.pop("referral", None) or uuid.uuid4(), said.pop("slot")
        if sent := Referral.objects.visible_to(user).filter(pk=key, referred_by=user).first():
            return self.answer(sent)
        known, is_new = said.pop("offender", None), said.pop("is_new_person", None)
        whom = {name: said.pop(name) for name in StreetWhoForm().fields if name in said}
        happened = {name: said.pop(name) for name in HappenedForm(is_new=True).fields if name in said}
        person = known_person(user, known, whom) if known else new_person(user, whom, is_new, StreetWhoForm)
        happened = checked(HappenedForm(happened, is_new=not known))
        if not known:
            person.seen_as = happened.cleaned_data["officer_ethnicity"]
        resolution = happened.resolution_fields()
        is_child = to_be(person, resolution, by=user).resolution.is_child
        terms = checked(TermsForm(said, is_child=is_child))
        held = Appointment.objects.held_by(user, key).first()
        modes = modes_for(area_of(person))
        referral = send(
            by=user, person=person, key=key,
            resolution=resolution | terms.resolution_fields(timezone.now()),
            slot=found(slot, agency_of_slots(), but=held, modes=modes), hold=held,
        )  # fmt: skip
        return self.answer(referral)

    def answer(self, referral):
        """What was sent, recorded as shown."""
        user = self.request.user
        rows = Referral.objects.visible_to(user).with_names().with_leave(user)
        row = rows.get(pk=referral.pk)
        appointment = row.appointments.with_names().order_by("starts_at").first()
        Event.objects.shown("referral.view", [row], by=user, subject=row)
        sent = SentSerializer({"referral": row, "appointment": appointment}, context={"request": self.request})
        return Response(sent.data, status=201)


ROUTES = [("divert", DivertViewSet, "divert")]
