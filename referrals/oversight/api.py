"""Approvals and gaps under /api/v1/: what the pages show, and their filters."""

from django.core.exceptions import BadRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import exceptions, serializers, viewsets
from rest_framework.response import Response

from partners.audit.models import Event
from partners.frame.api import Permitted
from partners.frame.paging import capped_count, keyset_page

from .approvals import SOURCES, queue_page
from .forms import ApprovalFilter
from .quality import CHECKS, Gap, checks_of


class ApprovalSerializer(serializers.Serializer):
    """Something that waits for your decision; `url` is the page on which it is decided."""

    id = serializers.UUIDField(source="row.pk")
    kind = serializers.ChoiceField(choices=[(kind, source.label) for kind, source in SOURCES.items()])
    about = serializers.CharField(help_text="The person; in an emergency, their reference alone.")
    what = serializers.CharField()
    asked_by = serializers.CharField()
    since = serializers.DateTimeField()
    days = serializers.IntegerField(help_text="How many days it has waited.")
    url = serializers.CharField()


@extend_schema_serializer(many=False)
class ApprovalsSerializer(serializers.Serializer):
    """A page of them."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ApprovalSerializer(many=True)


class OverseeingViewSet(Permitted, viewsets.ViewSet):
    """Lists of rows of several kinds, to who holds the permission."""

    def answer(self, find, serializer, verb):
        """The page that `find` gives of the address's parameters, its rows recorded as shown."""
        request = self.request
        try:
            page, lines = find(request.query_params, path=request.build_absolute_uri(request.path))
        except BadRequest as error:
            raise exceptions.ParseError(str(error)) from None
        Event.objects.shown(verb, [line.row for line in lines], by=request.user, filters=sorted(request.query_params))
        results = serializer(lines, many=True).data
        return Response({"next": page.next_url, "previous": page.previous_url, "results": results})


class ApprovalViewSet(OverseeingViewSet):
    """What waits for your decision, the longest waiting first; never what you asked for yourself."""

    permission_required = "oversight.view_approval"

    @extend_schema(
        responses=ApprovalsSerializer,
        parameters=[
            OpenApiParameter("kind", OpenApiTypes.STR, enum=list(SOURCES), many=True),
            OpenApiParameter("days", OpenApiTypes.INT, enum=[2, 7, 14], description="Waiting for so long at least."),
            OpenApiParameter("after", OpenApiTypes.STR, description="The id of the last row of the page before."),
            OpenApiParameter("before", OpenApiTypes.STR, description="The id of the first row of the page after."),
        ],
    )
    def list(self, request):
        form = ApprovalFilter(request.query_params, user=request.user)
        if form.stranger:
            raise exceptions.ParseError(form.stranger)
        if not form.is_valid():
            raise exceptions.ValidationError(form.errors)

        def find(params, path):
            page = queue_page(form.queue, params, path=path)
            return page, page.rows

        return self.answer(find, ApprovalSerializer, "approval.list")


class CheckSerializer(serializers.Serializer):
    """Something that is looked for in your team's records, and how many lack it."""

    name = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    number = serializers.IntegerField(help_text="Counted up to 1,001.")


class GapSerializer(serializers.Serializer):
    """One that lacks it; `url` is the page on which it is put right."""

    id = serializers.CharField(source="row.pk")
    about = serializers.CharField()
    note = serializers.CharField()
    url = serializers.CharField()


class GapsSerializer(serializers.Serializer):
    """A page of them."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = GapSerializer(many=True)


class GapViewSet(OverseeingViewSet):
    """What is missing or odd in your team's records: what is looked for, and by its name the rows."""

    permission_required = "oversight.view_gap"
    lookup_field = "name"
    lookup_value_regex = "[a-z_]+"

    @extend_schema(responses=CheckSerializer(many=True))
    def list(self, request):
        user = request.user
        Event.objects.shown("gap.list", [], by=user)
        found = [
            {"name": name, "title": check.title, "sentence": check.sentence, "number": capped_count(check.rows(user))}
            for name, check in checks_of(user).items()
        ]
        return Response(CheckSerializer(found, many=True).data)

    @extend_schema(
        operation_id="quality_gaps",
        responses=GapsSerializer,
        parameters=[
            OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, enum=[*CHECKS]),
            OpenApiParameter("after", OpenApiTypes.STR, description="The id of the last row of the page before."),
            OpenApiParameter("before", OpenApiTypes.STR, description="The id of the first row of the page after."),
        ],
    )
    def retrieve(self, request, name):
        check = checks_of(request.user).get(name)
        if check is None:
            raise exceptions.NotFound("There is nothing here, or it is not yours to see.")
        if unknown := sorted(set(request.query_params) - {"after", "before"}):
            raise exceptions.ParseError(f"There is no filter “{unknown[0]}” here.")

        def find(params, path):
            page = keyset_page(check.rows(request.user), check.order, params, path=path)
            return page, [Gap(check, row) for row in page.rows]

        return self.answer(find, GapSerializer, "gap.view")


# (prefix, view set, basename), registered by config.api
ROUTES = [("approvals", ApprovalViewSet, "approval"), ("quality", GapViewSet, "gap")]
