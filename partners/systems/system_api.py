"""Partner systems over the API: of a token what it opens, for whoever calls with it; all, for administrators."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from partners.audit.models import Event
from partners.frame.api import RecordedViewSet, checked
from partners.settings import setting

from .forms import RevokeForm
from .models import System, Token


class SystemSerializer(serializers.ModelSerializer):
    role = serializers.CharField(allow_null=True, help_text="What it acts as today.")
    is_open = serializers.BooleanField()
    live_tokens = serializers.IntegerField(source="live")
    last_used_at = serializers.DateTimeField(source="used_at", allow_null=True)

    class Meta:
        model = System
        fields = ["id", "agency", "name", "contact", "role", "user", "is_open", "live_tokens", "last_used_at"]
        read_only_fields = fields


class SystemViewSet(RecordedViewSet):
    """Partner systems, for administrators."""

    permission_required = "systems.view_system"
    serializer_class = SystemSerializer
    verb = "system"

    def scope(self):
        return System.objects.visible_to(self.request.user).with_use().with_names()


class TokenSerializer(serializers.ModelSerializer):
    class Meta:
        model = Token
        fields = [
            "id", "system", "prefix", "scope", "made_at", "made_by", "expires_at", "last_used_at", "revoked_at",
            "revoked_by",
        ]  # fmt: skip
        read_only_fields = fields


class TokenViewSet(RecordedViewSet):
    """Tokens of partner systems, the latest first, for administrators. They are made in the back office."""

    permission_required = "systems.view_system"
    serializer_class = TokenSerializer
    verb = "token"
    apart = ("last_used_at",)

    def scope(self):
        return Token.objects.visible_to(self.request.user).with_names()

    @extend_schema(request={"application/json": {"type": "object", "properties": {"reason": {"type": "string"}}}})
    @action(detail=True, methods=["post"])
    def revoke(self, request, pk):
        """It opens nothing from the next call on. Takes `reason`."""
        if not request.user.has_perm("systems.change_system"):
            raise PermissionDenied("Tokens are revoked by administrators.")
        token = self.get_object()
        reason = checked(RevokeForm(request.data)).cleaned_data["reason"]
        if not Token.objects.filter(pk=token.pk).revoke(by=request.user, reason=reason):
            raise ValidationError("This token was revoked already.", code="revoked")
        self.locked = None
        return self.answer(self.get_object())


class OwnTokenSerializer(serializers.Serializer):
    """The token that a call is made with."""

    system = serializers.UUIDField(source="system_id")
    name = serializers.CharField(source="system.name")
    agency = serializers.UUIDField(source="system.agency_id")
    role = serializers.CharField(source="system.user.membership.role")
    scope = serializers.ChoiceField(choices=Token.Scope.choices)
    expires_at = serializers.DateTimeField()
    calls_a_minute = serializers.SerializerMethodField()

    def get_calls_a_minute(self, token) -> int:
        (most,) = setting("calls_a_minute")
        return int(most)


class OwnToken(ViewSet):
    """Of the token that the call is made with: as whom, what it may, until when, how often. 404 without one."""

    @extend_schema(responses=forced_singular_serializer(OwnTokenSerializer), operation_id="token_retrieve")
    def list(self, request):
        if request.auth is None:
            raise Http404
        Event.objects.record(Event.Kind.CONSULTATION, "token.view", by=request.user, subject=request.auth.system)
        return Response(OwnTokenSerializer(request.auth).data)


# (prefix, view set, basename), registered by config.api
ROUTES = [
    ("systems", SystemViewSet, "system"),
    ("system-tokens", TokenViewSet, "system-token"),
    ("token", OwnToken, "token"),
]
