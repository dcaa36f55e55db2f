"""A manager's figures, under /api/v1/."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from .board import COLUMNS
from .manage_views import MANAGES, asked, figures_of


class FiguresSerializer(serializers.Serializer):
    """Numbers of appointments, and of slots that are free from now on."""

    name = serializers.CharField(help_text="The worker, or how they meet.")
    id = serializers.CharField(help_text="The worker's id, or the mode's word.")
    figures = serializers.DictField(child=serializers.IntegerField(), help_text=", ".join(name for name, _ in COLUMNS))


class WaitingAgeSerializer(serializers.Serializer):
    age = serializers.CharField(help_text="Days since the referral.")
    number = serializers.IntegerField()


@extend_schema_serializer(many=False)
class BoardSerializer(serializers.Serializer):
    first = serializers.DateField()
    last = serializers.DateField()
    workers = FiguresSerializer(many=True)
    modes = FiguresSerializer(many=True)
    waiting = WaitingAgeSerializer(many=True)


class BoardViewSet(viewsets.ViewSet):
    """What is free, booked and recorded, by worker and by mode; and who waits, by age. It names nobody referred."""

    def check_permissions(self, request):
        super().check_permissions(request)
        if not request.user.has_perm(MANAGES):
            raise PermissionDenied("The board is for those who manage workers.")

    @extend_schema(
        responses=BoardSerializer,
        parameters=[
            OpenApiParameter("first", str, description="The first day; this week's Monday when left out."),
            OpenApiParameter("last", str, description="The last day, included; six days later when left out."),
        ],
    )
    def list(self, request):
        _, first, last = asked(request.query_params)
        figures = figures_of(request.user, first, last)
        rows = {
            "workers": [
                {"name": str(worker), "id": str(worker.pk), "figures": counts} for worker, counts in figures["workers"]
            ],
            "modes": [{"name": mode.label, "id": mode, "figures": counts} for mode, counts in figures["modes"]],
            "waiting": [{"age": words, "number": number} for words, number in figures["waiting"]],
        }
        return Response({"first": first, "last": last, **rows})


# (prefix, view set, basename)
ROUTES = [("board", BoardViewSet, "board")]
