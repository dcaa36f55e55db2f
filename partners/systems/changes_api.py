"""What changed since, and the rows themselves, many at once: for whoever keeps a copy of what is theirs to see."""

from django.core.exceptions import BadRequest, ValidationError
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from partners.audit.models import Event
from partners.frame.paging import LARGEST

from .changes import KINDS, changes_since, cursor_of, rows_of

NAMES = sorted(KINDS.values())


class ChangeSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=NAMES)
    id = serializers.CharField()
    what = serializers.CharField(help_text="What was done, as in referral.accept; offender.open: opened to you.")
    at = serializers.DateTimeField(help_text="When. They come in the order in which they were saved, not of this.")
    address = serializers.CharField()


class SinceSerializer(serializers.Serializer):
    results = ChangeSerializer(many=True)
    cursor = serializers.CharField(help_text="Send it as “since” the next time.")
    more = serializers.BooleanField(help_text="Ask again at once: there may be more. Perhaps none of these is yours.")


class RowsSerializer(serializers.Serializer):
    results = serializers.ListField(child=serializers.DictField())


class ChangeViewSet(viewsets.ViewSet):
    """What changed of the rows that you see now, in the order in which it was saved. Nothing is told too early, to be
    overtaken; so a change may be told some seconds after it was made."""

    def _refuse_unknown(self, *known):
        if unknown := sorted(set(self.request.query_params) - set(known)):
            raise exceptions.ParseError(f"There is no filter “{unknown[0]}” here. There are: {', '.join(known)}.")

    @extend_schema(
        responses=forced_singular_serializer(SinceSerializer),
        parameters=[
            OpenApiParameter("since", description="The cursor of the last answer; “now”; nothing: from the beginning."),
            OpenApiParameter("size", OpenApiTypes.INT, description=f"How many, at the most {LARGEST}."),
        ],
    )
    def list(self, request):
        self._refuse_unknown("since", "size")
        size = request.query_params.get("size", str(LARGEST))
        if not (size.isascii() and size.isdigit() and len(size) < 9 and 1 <= int(size) <= LARGEST):
            raise exceptions.ParseError(f"“size” must be a number from 1 to {LARGEST}.")
        try:
            place = cursor_of(request.query_params.get("since", ""))
        except BadRequest as error:
            raise exceptions.ParseError(str(error)) from None
        since = changes_since(request.user, place, size=int(size))
        Event.objects.shown("change.list", since.changes, by=request.user)
        cursor = "-".join(map(str, since.cursor))
        return Response(SinceSerializer({"results": since.changes, "cursor": cursor, "more": since.more}).data)

    @extend_schema(
        operation_id="changes_rows",
        responses=RowsSerializer,
        parameters=[
            OpenApiParameter("kind", enum=NAMES, required=True),
            OpenApiParameter("id", many=True, required=True, description=f"Several times, at the most {LARGEST}."),
        ],
    )
    @action(detail=False)
    def rows(self, request):
        """Rows of one kind by their ids, as its list shows them. One that is not among them is gone, or no longer
        yours to see: delete your copy."""
        self._refuse_unknown("kind", "id")
        kind, ids = request.query_params.get("kind"), request.query_params.getlist("id")
        if kind not in NAMES:
            raise exceptions.ParseError(f"“kind” is one of these: {', '.join(NAMES)}.")
        if not 1 <= len(ids) <= LARGEST:
            raise exceptions.ParseError(f"Send “id” at least once, and at the most {LARGEST} times.")
        try:
            found = rows_of(request.user, kind, ids)
        except (ValidationError, ValueError):
            raise exceptions.ParseError("One of these is no id.") from None
        Event.objects.shown("change.rows", [row for row, _ in found], by=request.user, of=kind)
        return Response({"results": [shown for _, shown in found]})


ROUTES = [("changes", ChangeViewSet, "change")]
