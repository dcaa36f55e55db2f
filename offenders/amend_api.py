"""Amending over the API: PATCH to any record that its page amends, and its history."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from partners.audit.models import Event
from partners.frame.api import RecordedViewSet, checked

from .amend import KINDS, amend, history, word


class LineSerializer(serializers.Serializer):
    """A field as it was and as it became; both null where they are withheld."""

    name = serializers.CharField(help_text="The field.")
    label = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    was = serializers.CharField(help_text="The value before, in words; says so where it is not yours to read.")
    now = serializers.CharField(help_text="The value after, in words.")


class AmendmentSerializer(serializers.Serializer):
    """One amendment of a record."""

    id = serializers.UUIDField()
    by = serializers.CharField(source="who")
    agency = serializers.CharField(source="team", help_text="Says so where it is not yours to read.")
    recorded_at = serializers.DateTimeField()
    reason = serializers.CharField(source="why")
    lines = LineSerializer(many=True)


class AmendableViewSet(RecordedViewSet):
    """Rows that may be amended: PATCH with any of the fields that the page asks, and a `reason`; GET …/history/."""

    @extend_schema(request=OpenApiTypes.OBJECT)
    def partial_update(self, request, pk=None):
        """What is sent is amended, what is not stays."""
        row, user = self.get_object(), request.user
        kind = KINDS[word(type(row))]
        if not kind.model.objects.amendable_by(user).filter(pk=row.pk).exists():
            raise PermissionDenied(f"You may not amend this {row._meta.verbose_name}.")
        form = kind.form(request.data, row=row, user=user)
        form.fields.pop("seen")  # a program says what it read by If-Match
        if isinstance(request.data, dict):
            for name in form.fields.keys() - request.data.keys() - {"reason"}:
                del form.fields[name]
        checked(form)
        amend(row, form.changes(row), by=user, reason=form.cleaned_data["reason"])
        return self.answer_anew(row)

    @extend_schema(responses=AmendmentSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def history(self, request, pk=None):
        """What was amended in it, newest first, as far as it is yours to read."""
        row = self.get_object()
        Event.objects.shown(f"{self.verb}.history", [row], by=request.user, subject=row)
        return Response(AmendmentSerializer(history([row], request.user), many=True).data)
