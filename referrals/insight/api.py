import simplejson
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, viewsets
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from .breakdowns import BREAKDOWNS, CALENDAR
from .forms import ReportForm
from .tables import TABLES, Table
from .views import hides_small, record_report


class ExactJSON(JSONRenderer):
    """Money as numbers with their pence, where the usual renderer gives text."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return simplejson.dumps(data, use_decimal=True).encode()


@extend_schema_field(
    {"oneOf": [{"type": "number", "format": "double"}, {"type": "string", "description": "In words."}]},
)
class FigureField(serializers.Field):
    """A number, or the words that stand for a small one."""


class RowSerializer(serializers.Serializer):
    """One figure. Where it is about one to four people, or would give such a one away, `value` says so in words."""

    measure = serializers.CharField()
    breakdown = serializers.CharField()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    value = FigureField(allow_null=True)
    unit = serializers.CharField()


class ReportViewSet(viewsets.ViewSet):
    """Tables of figures for any period, the same rows as `manage.py report` gives."""

    renderer_classes = [ExactJSON]
    lookup_field = "table"
    lookup_value_regex = "[a-z0-9_]+"

    def check_permissions(self, request):
        super().check_permissions(request)
        about = TABLES.get(self.kwargs.get("table"))
        asked = {about.view} if about else {each.view for each in TABLES.values()}
        if not any(map(request.user.has_perm, asked)):
            raise exceptions.PermissionDenied("This is not yours to see.")

    @extend_schema(
        responses=RowSerializer(many=True),
        parameters=[
            OpenApiParameter("table", str, "path", enum=list(TABLES)),
            OpenApiParameter("from", str, required=True, description="The first day, as 2021-07-01."),
            OpenApiParameter("to", str, required=True, description="The last day, included."),
            OpenApiParameter("as_of", str, description="The day whose knowledge counts; today when left out."),
            OpenApiParameter("by", str, enum=[*BREAKDOWNS, *CALENDAR], description="A breakdown."),
        ],
    )
    def retrieve(self, request, table):
        if table not in TABLES:
            raise exceptions.NotFound(f"There is no table “{table}”. There are: {', '.join(TABLES)}.")
        about = TABLES[table]
        form = ReportForm(request.query_params, user=request.user, about=about)
        if form.stranger:
            raise exceptions.ParseError(form.stranger)
        if not form.is_valid():
            raise exceptions.ValidationError(form.errors)
        rows = Table(table, form.period, form.cleaned_data["by"], hides_small=hides_small(request.user, about)).rows()
        record_report("report.api", form, by=request.user, table=table, rows=len(rows))
        return Response(rows)


# (prefix, view set, basename), registered by config.api
ROUTES = [("reports", ReportViewSet, "report")]
