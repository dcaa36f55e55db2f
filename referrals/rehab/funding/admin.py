"""Money for stays in the back office: funders and budgets are the administrators', the rest is read and answered."""

from django.contrib import admin

from offenders.backoffice import StepAdmin
from partners.backoffice import RecordedAdmin, RecordedInline
from referrals.rehab.models import Budget, Funder, Funding, Payment, UnitCost

from .forms import FUNDING_FORMS


class BudgetInline(RecordedInline):
    model = Budget


@admin.register(Funder)
class FunderAdmin(RecordedAdmin):
    list_display = ["name", "kind", "valid_from", "valid_to"]
    list_filter = ["kind"]
    search_fields = ["name"]
    inlines = [BudgetInline]


@admin.register(Budget)
class BudgetAdmin(RecordedAdmin):
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
    list_filter = ["status", "year", ("funder", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["placement__offender", "funder"]
    inlines = [PaymentInline]


@admin.register(UnitCost)
class UnitCostAdmin(RecordedAdmin):
    list_display = ["offence", "pounds", "price_year", "low", "central", "high", "valid_from", "valid_to"]
    search_fields = ["offence"]
