"""Webhooks and their deliveries over the API: for administrators, and for a system its own."""

import django_filters
from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from partners.frame.api import RecordedViewSet, checked
from partners.frame.filters import FilterSet
from partners.frame.forms import Form

from .hook_forms import PauseForm
from .hooks import Delivery, Hook


class HookSerializer(serializers.ModelSerializer):
    kinds = serializers.ListField(child=serializers.CharField())
    stands = serializers.CharField(help_text="Live, Paused or Ended.")

    class Meta:
        model = Hook
        fields = [
            "id", "system", "url", "kinds", "sends_rows", "stands", "paused_at", "paused_why", "older_until", "made_at",
        ]  # fmt: skip
        read_only_fields = fields


class PauseSerializer(serializers.Serializer):
    reason = serializers.CharField()


class HookViewSet(RecordedViewSet):
    """Webhooks: all for administrators, who make them in the back office; to a system, its own."""

    serializer_class = HookSerializer
    verb = "hook"
    http_method_names = ["get", "post", "head", "options"]

    def scope(self):
        return Hook.objects.visible_to(self.request.user).with_names()

    def _take(self, verb, whose=Hook.objects.changeable_by, **said):
        hook = self.get_object()
        if not whose(self.request.user).filter(pk=hook.pk).exists():
            raise PermissionDenied(
                "Webhooks are looked after by administrators and by their own system, and resumed by who paused them."
            )
        getattr(hook, verb)(by=self.request.user, **said)
        self.locked = None
        return self.answer(self.get_object())

    @extend_schema(request=PauseSerializer, responses=HookSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request, pk):
        """Nothing is sent until it is resumed, and nothing is lost. Takes `reason`."""
        return self._take("pause", **checked(PauseForm(request.data)).cleaned_data)

    @extend_schema(request=None, responses=HookSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request, pk):
        """What waits is sent, then what comes. What an administrator paused, an administrator resumes."""
        checked(Form(request.data))
        return self._take("resume", Hook.objects.resumable_by)

    @extend_schema(request=None, responses=HookSerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request, pk):
        """What did not arrive waits again, to be sent as the rows are then."""
        checked(Form(request.data))
        return self._take("replay")


class DeliverySerializer(serializers.ModelSerializer):
    class Meta:
        model = Delivery
        fields = ["id", "hook", "kind", "row", "what", "made_at", "status", "attempts", "tried_at", "answer", "problem"]
        read_only_fields = fields


class DeliveryFilter(FilterSet):
    hook = django_filters.UUIDFilter(label="Webhook", field_name="hook")
    status = django_filters.ChoiceFilter(label="Status", choices=Delivery.Status.choices)

    class Meta(FilterSet.Meta):
        model = Delivery
        fields = []


class DeliveryViewSet(RecordedViewSet):
    """What webhooks were told of in the last thirty days, and what became of each, the latest first."""

    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    verb = "delivery"
    http_method_names = ["get", "post", "head", "options"]

    def scope(self):
        return Delivery.objects.visible_to(self.request.user)

    @extend_schema(request=None, responses=DeliverySerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request, pk):
        """Send it again under the same id, as the row is then."""
        checked(Form(request.data))
        delivery = self.get_object()
        hook = Hook.objects.changeable_by(request.user).filter(pk=delivery.hook_id).first()
        if hook is None:
            raise PermissionDenied("Webhooks are looked after by administrators and by their own system.")
        hook.replay(by=request.user, deliveries=Delivery.objects.filter(pk=delivery.pk))
        self.locked = None
        return self.answer(self.get_object())


ROUTES = [("hooks", HookViewSet, "hook"), ("hook-deliveries", DeliveryViewSet, "hook-delivery")]
