"""What one was told, and how one wants to hear, over the API: the scopes, filters and forms of the pages."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from partners.frame.api import RecordedViewSet, checked, refuse_unknown
from partners.models import User

from .filters import NoticeFilter
from .forms import PreferencesForm
from .hearing import preferences_of
from .models import Notice
from .occasions import CHOSEN, How
from .views import NoticeList


class NoticeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Notice
        fields = [
            "id", "occasion", "channel", "subject", "text", "status", "problem", "digest", "send_at", "sent_at",
            "delivered_at",
        ]  # fmt: skip


class NoticeViewSet(RecordedViewSet):
    """What you were told, the latest first."""

    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter
    verb = "notice"
    orders = NoticeList.orders

    def scope(self):
        return Notice.objects.to(self.request.user)


class PreferencesSerializer(serializers.Serializer):
    id = serializers.UUIDField(help_text="Yours, as a user.")
    quiet_hours = serializers.BooleanField(help_text="Whether what can wait is not sent in the quiet hours.")

    class Meta:
        model = User

    def get_fields(self):
        hows = ", ".join(How.values)
        asked = {str(one): serializers.CharField(help_text=f"{one.label}: {hows}") for one in CHOSEN}
        return super().get_fields() | asked

    def to_representation(self, user):
        return {"id": str(user.pk), **preferences_of(user)}


class PreferencesViewSet(RecordedViewSet):
    """How you hear of what; yours alone. PATCH changes what it names."""

    serializer_class = PreferencesSerializer
    verb = "preferences"

    def scope(self):
        return User.objects.filter(pk=self.request.user.pk)

    @extend_schema(request=PreferencesSerializer, responses=PreferencesSerializer)
    def partial_update(self, request, pk):
        user, now = self.get_object(), preferences_of(request.user)
        refuse_unknown(request.data, now)
        checked(PreferencesForm(now | dict(request.data), user=request.user)).write()
        return self.answer_anew(user)


ROUTES = [("notices", NoticeViewSet, "notice"), ("notice-preferences", PreferencesViewSet, "notice-preferences")]
