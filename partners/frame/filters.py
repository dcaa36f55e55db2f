"""Filters, the same for page and API; a filter that does not exist is refused, never ignored."""

from datetime import date

from django_filters import DateFilter
from django_filters import FilterSet as DjangoFilterSet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ParseError, ValidationError

from .forms import DateField, FilterForm
from .templatetags.frame import date_or
from .unsaid import all_said

# what an address may carry besides filters
PAGING = frozenset({"after", "before", "sort", "size"})


class FilterSet(DjangoFilterSet):
    """The base of every filter set of ours.

    Filters named in `unsaid` hold words that stand in no address: a page sends them by POST (`UnsaidListPage`).
    """

    unsaid = ()

    class Meta:
        form = FilterForm

    def __init__(self, data=None, queryset=None, *, request=None, prefix=None):
        data = all_said(request, data, self.unsaid) if self.unsaid and request and data else data
        super().__init__(data, queryset, request=request, prefix=prefix)

    @property
    def unknown(self):
        """The parameters given that are no filters of this list."""
        return [name for name in self.form.unknown if name not in PAGING]

    @property
    def problem(self):
        """A sentence about what is wrong with the parameters, or nothing."""
        if self.unknown:
            return f"There is no filter “{self.unknown[0]}” here. There are: {', '.join(sorted(self.filters))}."
        if not self.is_valid():
            name, errors = next(iter(self.form.errors.items()))
            return f"{self.form.fields[name].label or name}: {errors[0]}"
        return ""


def tags_of(form, params):
    """The filters chosen in this form, as (words, the address without it)."""
    chosen = []
    for name in form.changed_data:
        field, value = form.fields[name], form.cleaned_data.get(name)
        if value in (None, "", []) or not form.is_valid():
            continue
        choices = {str(key): label for key, label in getattr(field, "choices", [])}
        for one in value if isinstance(value, (list, tuple)) else [value]:
            key = str(getattr(one, "pk", one))
            rest = params.copy()
            rest.setlist(name, [v for v in params.getlist(name) if v != key] if len(params.getlist(name)) > 1 else [])
            for gone in (*(k for k in params if k.startswith(f"{name}_")), "after", "before"):
                rest.pop(gone, None)
            words = date_or(one) if isinstance(one, date) else choices.get(key, one)
            chosen.append((f"{field.label}: {words}", f"?{rest.urlencode()}"))
    return chosen


class DayFilter(DateFilter):
    """A day, in three boxes on a page and as one string in an address."""

    field_class = DateField


class StrictFilterBackend(DjangoFilterBackend):
    """400 for an unknown filter or a value that is none of its choices."""

    def filter_queryset(self, request, queryset, view):
        """The rows of a list; one row by its id is found whatever the filters, even where a list requires one."""
        if view.action != "list":
            return queryset
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            if unknown := sorted(set(request.query_params) - PAGING):
                raise ParseError(f"There is no filter “{unknown[0]}” here.")
            return queryset
        if filterset.unknown:
            raise ParseError(filterset.problem)
        if not filterset.is_valid():
            raise ValidationError(filterset.errors)
        return filterset.qs
