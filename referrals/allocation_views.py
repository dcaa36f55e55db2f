"""The page of those to be given to someone: a list with a form under it."""

import uuid

import django_filters as filters
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import redirect

from offenders.steps import say_why
from partners.frame.filters import FilterSet
from partners.frame.forms import LOST_RACE
from partners.frame.pages import ListPage
from partners.models import User

from .allocation import AllocationForm
from .models import Referral


def filters_of(pool):
    """The filter set of this pool's list."""

    def holders(request):
        return User.objects.filter(pk__in=pool.rows(request.user).order_by().values("holder"))

    class AllocationFilters(FilterSet):
        held_by = filters.ModelChoiceFilter(
            label="Whose", queryset=holders, empty_label="To be given to someone", method="filter_holder"
        )

        class Meta(FilterSet.Meta):
            model = Referral
            fields = ["held_by"]

        def filter_holder(self, rows, name, value: uuid.UUID):
            return rows.filter(holder=value.pk)

    return AllocationFilters


class AllocationPage(ListPage):
    """Those that somebody is to have: nobody has them yet, or who had them left. Or all of one worker's."""

    template_name = "referrals/allocate.html"
    verb = "referral.allocate"
    orders = {"oldest": ("referred_on", "pk")}
    pool = None

    @property
    def permission_required(self):
        return self.pool.permission

    def scope(self):
        rows = self.pool.rows(self.request.user)
        return rows if self.request.GET.get("held_by") else self.pool.waiting(rows)

    def get_context_data(self, **kwargs):
        kwargs.setdefault("form", self.form())
        ticked = set(kwargs["form"].data.getlist("rows")) if kwargs["form"].is_bound else set()
        context = super().get_context_data(ticked=ticked, **kwargs)
        return context | {"rows": [(row, *self.pool.stands(row)) for row in context["page"].rows]}

    def form(self, data=None):
        rows, _ = self.filtered()
        return AllocationForm(data, user=self.request.user, pool=self.pool, listed=rows)

    def post(self, request):
        form = self.form(request.POST)
        if form.is_valid():
            try:
                with transaction.atomic():
                    number = form.write()
            except ValidationError as error:
                say_why(form, error)
            except IntegrityError:
                form.add_error(None, LOST_RACE)
            else:
                to = form.cleaned_data["to"]
                messages.success(request, f"{number} {'person is' if number == 1 else 'people are'} with {to} now.")
                return redirect(request.get_full_path())
        return self.render_to_response(self.get_context_data(form=form), status=422)
