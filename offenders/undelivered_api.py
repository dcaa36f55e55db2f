"""Messages that were not delivered, over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from partners.frame.api import RecordedViewSet, checked
from partners.notices.models import Notice

from .steps import written
from .undelivered import SEE_TO, undelivered, with_people
from .undelivered_forms import SeeToForm, UndeliveredFilter
from .undelivered_views import UndeliveredList


class UndeliveredSerializer(serializers.ModelSerializer):
    class Meta:
        model = Notice
        fields = [
            "id", "about", "for_user", "is_to_outsider", "channel", "occasion", "status", "problem", "send_at",
            "seen_to_by", "seen_to_at", "seen_to_why",
        ]  # fmt: skip


class SeeToSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300, help_text="What was done instead.")


class UndeliveredViewSet(RecordedViewSet):
    """Messages about your team's people, and to you, that did not arrive and that nobody has seen to."""

    serializer_class = UndeliveredSerializer
    filterset_class = UndeliveredFilter
    permission_required = SEE_TO
    verb = "notice"
    orders = UndeliveredList.orders

    def scope(self):
        return undelivered(self.request.user)

    @extend_schema(request=SeeToSerializer, responses=UndeliveredSerializer)
    @action(detail=True, methods=["post"])
    def see_to(self, request, pk):
        """Say what was done instead; those to the same address are seen to with it."""
        (notice,) = with_people([self.get_object()], request.user)
        written(checked(SeeToForm(request.data, record=notice, user=request.user)).write)
        notice.refresh_from_db()
        return self.answer(notice)


ROUTES = [("undelivered", UndeliveredViewSet, "undelivered")]
