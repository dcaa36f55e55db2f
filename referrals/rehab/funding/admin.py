"""Money for stays in the back office: funders and budgets are the administrators', the rest is read and answered."""

from django.contrib import admin

from offenders.backoffice import StepAdmin
from partners.backoffice import RecordedInline
from partners.dated_admin import AFFECTED, DatedAdmin
from referrals.rehab.models import Budget, Funder, Funding, Payment, UnitCost

from .forms import FUNDING_FORMS


class BudgetInline(RecordedInline):
    model = Budget


@admin.register(Funder)
class FunderAdmin(DatedAdmin):
    list_display = ["name", "kind", "valid_from", "valid_to"]
    list_filter = ["kind"]
    search_fields = ["name"]
    inlines = [BudgetInline]


@admin.register(Budget)
class BudgetAdmin(DatedAdmin):
    list_display = ["funder", "label", "amount"]
    list_filter = ["year", "funder"]
    list_select_related = ["funder"]


class PaymentInline(RecordedInline):
    model = Payment
    read_only = True
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")


@admin.register(Funding)
class FundingAdmin(StepAdmin):
    step_forms = FUNDING_FORMS
    list_display = ["offender", "funder", "year_label", "status", "asked", "agreed", "asked_on"]
    list_filter = ["status", "year", "funder"]
    list_select_related = ["placement__offender", "funder"]
    inlines = [PaymentInline]


@admin.register(UnitCost)
class UnitCostAdmin(DatedAdmin):
    fixed = ["offence", "pounds", "price_year", "low", "central", "high"]
    matters_when_added = True
    list_display = ["offence", "pounds", "price_year", "low", "central", "high", "valid_from", "valid_to"]
    search_fields = ["offence"]


def figures_of(cost):
    """Which days a unit cost counts, in every figure that is reported from now on."""
    until = f" to {cost.valid_to:%-d %B %Y}" if cost.valid_to else " on"
    return (
        f"Reports count days from {cost.valid_from:%-d %B %Y}{until} with it, those printed earlier too when redrawn."
    )


def left_of(budget):
    """What is agreed out of a budget already."""
    (row,) = Budget.objects.with_totals().filter(pk=budget.pk)
    return f"£{row.committed:,.2f} of it is agreed, £{row.asked:,.2f} more is asked for: £{row.left:,.2f} is left."


AFFECTED["rehab.unitcost"] = [figures_of]
AFFECTED["rehab.budget"] = [left_of]
