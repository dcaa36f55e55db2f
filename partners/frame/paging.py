"""Pages of a list that stay fast and true at any depth: each begins after the last row of the one before."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Q
from rest_framework.exceptions import ParseError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response

SIZE = 25
LARGEST = 100
COUNTED = 1000  # beyond this a list says "more than 1,000": an exact count would read every row


class Page(NamedTuple):
    """The rows, and the addresses of the pages on either side (None at an end)."""

    rows: list
    previous_url: str | None
    next_url: str | None


def capped_count(queryset):
    """How many rows, counting no further than COUNTED + 1."""
    return queryset.order_by()[: COUNTED + 1].count()


def _beyond(keys, anchor):
    """Q: rows that come after the anchor in this order."""
    beyond, equal = Q(), Q()
    for key in keys:
        name = key.lstrip("-")
        side = "lt" if key.startswith("-") else "gt"
        beyond |= equal & Q(**{f"{name}__{side}": anchor[name]})
        equal &= Q(**{name: anchor[name]})
    return beyond


def keyset_page(queryset, order, params, *, size=SIZE, path=""):
    """The page that `params` (a QueryDict) asks for by `after` or `before`, the id of a row.

    `order` is a tuple of fields, never null, that ends in a unique one. An id that is no longer in
    the list gives the first page. Raises BadRequest for what is no id at all.
    """
    after, before = params.get("after"), params.get("before")
    keys = order if not before else tuple(key[1:] if key.startswith("-") else f"-{key}" for key in order)
    rows, anchor = queryset.order_by(*keys), None
    if after or before:
        try:
            anchor = queryset.filter(pk=after or before).values(*(key.lstrip("-") for key in keys)).first()
        except (ValidationError, ValueError):
            raise BadRequest("That page does not exist. Go back to the first page of the list.") from None
    if anchor:
        rows = rows.filter(_beyond(keys, anchor))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if before:
        found.reverse()
    has_previous, has_next = (more, True) if before and anchor else (bool(anchor), more)

    def url(side, row):
        kept = [(k, v) for k in params for v in params.getlist(k) if k not in ("after", "before")]
        return f"{path}?{urlencode([*kept, (side, row.pk)])}"

    return Page(
        found,
        url("before", found[0]) if found and has_previous else None,
        url("after", found[-1]) if found and has_next else None,
    )


class KeysetPagination(BasePagination):
    """The same pages for the API: `size`, `after`, `before`; answers `results`, `next`, `previous`."""

    def paginate_queryset(self, queryset, request, view=None):
        try:
            size = int(request.query_params.get("size", SIZE))
        except ValueError:
            size = 0
        if not 1 <= size <= LARGEST:
            raise ParseError(f"“size” must be a number from 1 to {LARGEST}.")
        order = queryset.query.order_by or queryset.model._meta.ordering
        try:
            path = request.build_absolute_uri(request.path)
            self.page = keyset_page(queryset, tuple(order), request.query_params, size=size, path=path)
        except BadRequest as error:
            raise ParseError(str(error)) from None
        return self.page.rows

    def get_paginated_response(self, data):
        return Response({"next": self.page.next_url, "previous": self.page.previous_url, "results": data})

    def get_paginated_response_schema(self, schema):
        url = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["results"],
            "properties": {"next": url, "previous": url, "results": schema},
        }

    def get_schema_operation_parameters(self, view):
        return [
            {"name": name, "in": "query", "required": False, "description": words, "schema": {"type": kind}}
            for name, words, kind in [
                ("after", "The id of the last row of the page before.", "string"),
                ("before", "The id of the first row of the page after.", "string"),
                ("size", f"How many rows, at the most {LARGEST}.", "integer"),
            ]
        ]
