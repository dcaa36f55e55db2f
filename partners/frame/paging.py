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


def first_which(queryset, shown):
    """The rows of `shown`, a slice of the queryset: asked first which they are, then of those alone with what is joined
    to show them. Asked for both at once, PostgreSQL joins it to every row of a large table first."""
    if not queryset.query.select_related:
        return list(shown)
    ids, rows = list(shown.values_list("pk", flat=True)), queryset.order_by()
    rows.query.where = type(rows.query.where)()  # it was asked just now, and joins whole tables here again
    rows = rows.in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def _beyond(keys, anchor):
    """Q: rows that come after the anchor in this order."""
    beyond, equal = Q(), Q()
    for key in keys:
        name = key.lstrip("-")
        side = "lt" if key.startswith("-") else "gt"
        beyond |= equal & Q(**{f"{name}__{side}": anchor[name]})
        equal &= Q(**{name: anchor[name]})
    return beyond


def order_asked(orders, params, *, usual):
    """The fields that `sort` names among `orders`, else those of `usual`. Raises BadRequest for one there is not."""
    sort = params.get("sort")
    if not sort:
        return usual
    if sort not in orders:
        which = f"It can by: {', '.join(orders)}." if orders else "It has one order."
        raise BadRequest(f"This list cannot be sorted by “{sort}”. {which}")
    return orders[sort]


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
    found = first_which(rows, rows[: size + 1])
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
    """The same pages for the API: `size`, `after`, `before`; answers `results`, `next`, `previous`.

    A view set whose list has several orders names them in `orders`, as its page does; `sort` picks one.
    """

    def paginate_queryset(self, queryset, request, view=None):
        try:
            size = int(request.query_params.get("size", SIZE))
        except ValueError:
            size = 0
        if not 1 <= size <= LARGEST:
            raise ParseError(f"“size” must be a number from 1 to {LARGEST}.")
        usual = tuple(queryset.query.order_by or queryset.model._meta.ordering)
        path, params = request.build_absolute_uri(request.path), request.query_params
        try:
            order = order_asked(getattr(view, "orders", {}), params, usual=usual)
            self.page = keyset_page(queryset, order, params, size=size, path=path)
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
        orders = list(getattr(view, "orders", []))
        return [
            {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
            for name, words, schema in [
                ("after", "The id of the last row of the page before.", {"type": "string"}),
                ("before", "The id of the first row of the page after.", {"type": "string"}),
                ("size", f"How many rows, at the most {LARGEST}.", {"type": "integer"}),
                *([("sort", "By what they are sorted.", {"type": "string", "enum": orders})] if orders else []),
            ]
        ]
