"""Consent over the API: the pages' querysets, forms and records."""

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from partners.frame.api import checked
from partners.frame.filters import FilterSet

from .amend_api import AmendableViewSet
from .consent_forms import AnswerForm, WithdrawForm
from .filters import visible_offenders
from .models import Consent, Offender
from .steps import written


class ConsentFilter(FilterSet):
    offender = django_filters.ModelChoiceFilter(queryset=visible_offenders, required=True)
    purpose = django_filters.ChoiceFilter(choices=Consent.Purpose.choices)
    agency = django_filters.UUIDFilter()


class ConsentSerializer(serializers.ModelSerializer):
    recorded_by = serializers.StringRelatedField()
    by_agency = serializers.StringRelatedField(help_text="Whose worker recorded it.")
    opens = serializers.SerializerMethodField(help_text="What a yes to it opens, in a sentence.")

    class Meta:
        model = Consent
        fields = [
            "id", "offender", "purpose", "agency", "covers", "answer", "answered_on", "how", "words", "giver",
            "giver_name", "language", "interpreter", "recorded_at", "recorded_by", "by_agency", "ended_at",
            "withdrawn_how", "withdrawn_why", "stands", "opens",
        ]  # fmt: skip

    def get_opens(self, consent) -> str:
        return Consent.OPENS[consent.purpose]


class ConsentOfForm(AnswerForm):
    """The same for the API, which names the person too."""

    offender = forms.ModelChoiceField(Offender.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["offender"].queryset = Offender.objects.worked_by(user)


class ConsentViewSet(AmendableViewSet):
    """One person's answers, newest first. POST records one; POST {id}/withdraw/ takes one back; PATCH corrects how."""

    serializer_class = ConsentSerializer
    filterset_class = ConsentFilter
    verb = "consent"
    permission_required = "offenders.view_consent"

    def scope(self):
        return Consent.objects.visible_to(self.request.user).with_names().prefetch_related("covers")

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        if not request.user.has_perm("offenders.add_consent"):
            raise PermissionDenied("You may not record consent.")
        said = checked(ConsentOfForm(request.data, user=request.user)).cleaned_data
        consent = written(lambda: Consent.record(by=request.user, **said))
        return self.answer_anew(consent, 201)

    @extend_schema(request=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        consent = self.get_object()
        if not consent.may_withdraw(request.user):
            raise PermissionDenied("You may not withdraw this consent.")
        said = checked(WithdrawForm(request.data)).cleaned_data
        written(lambda: consent.withdraw(by=request.user, **said))
        return self.answer_anew(consent)


ROUTES = [("consents", ConsentViewSet, "consent")]
