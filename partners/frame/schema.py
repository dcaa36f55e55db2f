"""How the API describes what all its operations share: keys, versions, and the answers where these are wrong."""

from django.core.exceptions import FieldDoesNotExist
from drf_spectacular.openapi import AutoSchema as Described
from rest_framework.serializers import ChoiceField, Field, TimeField

from partners.once import HEADER, READS

PROBLEM = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "detail": {"type": "string", "description": "A sentence for a person."}},
    "required": ["code", "detail"],
}
NEWER = {
    **PROBLEM,
    "properties": {
        **PROBLEM["properties"],
        "etag": {"type": "string", "description": "The version there is now."},
        "changed_by": {"type": "string", "nullable": True},
        "changed_at": {"type": "string", "format": "date-time", "nullable": True},
    },
}
ETAG = {"ETag": {"description": "The version of the record.", "schema": {"type": "string"}}}


def _header(name, sentence):
    return {"in": "header", "name": name, "required": True, "schema": {"type": "string"}, "description": sentence}


def _problem(sentence, schema=PROBLEM):
    return {"description": sentence, "content": {"application/json": {"schema": schema}}}


def _column(field):
    """The column that a field of a serializer shows, or None where it is worked out."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    try:
        column = model and model._meta.get_field(field.source)
    except FieldDoesNotExist:
        return None
    return column if column and column.concrete else None


class AutoSchema(Described):
    """A serializer names in `withheld` what it answers null of to who may not read it.

    A view set whose ids are of what is merged has `leads_on`.
    """

    def _map_serializer_field(self, field, *args, **kwargs):
        """What is only read too is empty or null where the row may hold it so: REST framework leaves that out."""
        if isinstance(field, Field) and field.parent:
            field.allow_null |= field.field_name in getattr(field.parent, "withheld", ())
            if field.read_only and (column := _column(field)):
                field.allow_null |= column.null
                if isinstance(field, ChoiceField):
                    field.allow_blank |= column.blank
        schema = super()._map_serializer_field(field, *args, **kwargs)
        if isinstance(field, TimeField):  # of the clock: the format "time" has an offset from UTC
            schema |= {"pattern": r"^\d\d:\d\d(:\d\d(\.\d+)?)?$"}
            del schema["format"]
        return schema

    def get_operation(self, *args, **kwargs):
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        headers, answers = [], operation["responses"]
        detail, changes = getattr(self.view, "detail", False), self.method in ("POST", "PUT", "PATCH", "DELETE")
        if self.method == "POST" and f"api:{self.view.basename}-{self.view.action}" not in READS:
            headers += [_header(HEADER, "Of your own making, new for each change; the same again if you try again.")]
            answers["422"] = _problem("The key was used with another body. Nothing was done.")
        if detail and changes:
            headers += [_header("If-Match", "The ETag of the version that you read.")]
            answers["412"] = _problem("Someone changed it since. Nothing was done.", NEWER) | {"headers": ETAG}
            answers["428"] = _problem("There is no If-Match.")
        if detail and getattr(self.view, "leads_on", False):
            answers["302"] = {"description": "It was merged into another, which `Location` names."}
        if detail:
            for status in {"200", "201"} & set(answers):
                answers[status] |= {"headers": ETAG}
        if headers:
            operation["parameters"] = [*operation.get("parameters", []), *headers]
        return operation
