"""Lists and records as pages: scoped, filtered, paged, and recorded as shown."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import BadRequest
from django.shortcuts import redirect
from django.views.generic import DetailView, TemplateView

from partners.audit.models import Event

from .filters import PAGING, tags_of
from .paging import SIZE, capped_count, keyset_page, order_asked
from .unsaid import address_of


class ListPage(PermissionRequiredMixin, TemplateView):
    """One page of rows.

    A list gives `scope()` (the queryset the API starts from too), `verb` (its name in the record),
    `filterset_class`, and `orders`: {name in the address: fields, never null, ending in a unique one},
    the first being the usual one. The template gets `page`, `total` (capped), `filterset`,
    `filter_tags`, `sort`.
    """

    raise_exception = True
    filterset_class = None
    orders = {}
    size = SIZE

    def scope(self):
        raise NotImplementedError

    def filtered(self):
        """The rows that the address asks for, and the filter set that chose them (None where there is none)."""
        if not self.filterset_class:
            self.refuse_unknown()
            return self.scope(), None
        filterset = self.filterset_class(self.request.GET, queryset=self.scope(), request=self.request)
        if filterset.problem:
            raise BadRequest(filterset.problem)
        return filterset.qs, filterset

    def refuse_unknown(self):
        """Where there is no filter set to do it: what the address asks beyond paging is refused."""
        if unknown := sorted(set(self.request.GET) - PAGING):
            raise BadRequest(f"There is no filter “{unknown[0]}” here.")

    def get_context_data(self, **kwargs):
        params, (rows, filterset) = self.request.GET, self.filtered()
        tags = tags_of(filterset.form, params) if filterset else []
        sort, usual = next(iter(self.orders.items()))
        sort, order = params.get("sort") or sort, order_asked(self.orders, params, usual=usual)
        page = keyset_page(rows, order, params, size=self.size)
        Event.objects.shown(f"{self.verb}.list", page.rows, by=self.request.user, filters=sorted(params))
        return super().get_context_data(
            page=page, total=capped_count(rows), filterset=filterset, filter_tags=tags, sort=sort, **kwargs
        )


class UnsaidListPage(ListPage):
    """A list some of whose filters stand in no address: asked by POST, it leads to one with handles for them."""

    def post(self, request):
        return redirect(address_of(request, self.filterset_class.unsaid))


class RecordPage(DetailView):
    """One record, 404 unless it is in `scope()`. The template gets it as `record`."""

    context_object_name = "record"

    def scope(self):
        raise NotImplementedError

    def get_queryset(self):
        return self.scope()

    def get_object(self, queryset=None):
        record = super().get_object(queryset)
        Event.objects.shown(f"{self.verb}.view", [record], by=self.request.user, subject=record)
        return record
