"""The account for the person over the API: the page's words."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from . import account
from .models import Offender


class AccountRowSerializer(serializers.Serializer):
    label = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField())


class AccountSectionSerializer(serializers.Serializer):
    heading = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField())
    rows = AccountRowSerializer(many=True)
    after = serializers.ListField(child=serializers.CharField())


class AccountSerializer(serializers.Serializer):
    title = serializers.CharField()
    name = serializers.CharField()
    reference = serializers.CharField()
    made_on = serializers.DateField()
    opening = serializers.ListField(child=serializers.CharField())
    sections = AccountSectionSerializer(many=True)


class AccountViewSet(viewsets.GenericViewSet):
    """What a person is told of what is held about them; for who may see every agency's part in it."""

    queryset = Offender.objects.none()
    serializer_class = AccountSerializer
    leads_on = True

    @action(detail=True, url_path="account", url_name="detail")
    @extend_schema(responses=AccountSerializer)
    def account(self, request, pk=None):
        offender = get_object_or_404(Offender.objects.visible_to(request.user), pk=pk)
        return Response(AccountSerializer(account.tell(offender, by=request.user)).data)


ROUTES = [("offenders", AccountViewSet, "account")]
