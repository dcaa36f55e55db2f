"""Those to be given to someone, over the API: the page's list and form."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from offenders.steps import written
from partners.frame.api import RecordedViewSet, checked

from .allocation import AllocationForm
from .models import Referral


class AllocationSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="offender.__str__", read_only=True)
    holder = serializers.UUIDField(read_only=True, allow_null=True, help_text="Who has them.")
    has_left = serializers.BooleanField(read_only=True, help_text="Whether that one does such work no more.")

    class Meta:
        model = Referral
        fields = ["id", "reference", "offender", "name", "status", "referred_on", "holder", "has_left"]


class AllocationViewSet(RecordedViewSet):
    """Those that somebody works on or is to, the longest waiting first: of them, who has left. POST gives those named
    in `rows` to one of the team, all or none."""

    serializer_class = AllocationSerializer
    verb = "referral.allocate"
    page = None

    @property
    def permission_required(self):
        return self.page.pool.permission

    @property
    def orders(self):
        return self.page.orders

    @property
    def filterset_class(self):
        return self.page.filterset_class

    def scope(self):
        return self.page.pool.rows(self.request.user)

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        pool, user = self.page.pool, request.user
        form = AllocationForm(request.data, user=user, pool=pool, listed=pool.rows(user))
        del form.fields["which"]  # a program names them
        return Response({"given": written(checked(form).write)}, status=200)
