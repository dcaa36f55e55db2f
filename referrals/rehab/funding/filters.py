"""Which fundings, payments and budgets a list shows, by page and by API."""

import django_filters as filters
from django import forms

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes
from referrals.rehab.models import Budget, Funder, Funding, Overspend, Payment
from referrals.rehab.models.funder import year_label
from referrals.rehab.placement_filters import radios
from referrals.rehab.workflow import Answer, Wish


def years_recorded():
    """Those of which there is a budget, or of which something was asked, as choices; the newest first."""
    rows = Funding.objects.order_by().values_list("year"), Budget.objects.order_by().values_list("year")
    return [(year, year_label(year)) for year in sorted({year for (year,) in rows[0].union(rows[1])}, reverse=True)]


class OfBudget(FilterSet):
    """By whose money and of which year."""

    funder = filters.ModelChoiceFilter(queryset=Funder.objects.all(), label="Funder", empty_label="Any funder")
    year = filters.ChoiceFilter(choices=years_recorded, label="Financial year", empty_label="Any year")


class FundingFilter(OfBudget):
    status = filters.MultipleChoiceFilter(choices=Answer.choices, widget=Checkboxes, label="Status", distinct=False)
    whose = radios([("mine", "Whose answer I can record"), ("confirm", "Which I can confirm")], "To do", "by_whose")
    placement = filters.UUIDFilter(label="Placement", widget=forms.HiddenInput)

    class Meta(FilterSet.Meta):
        model = Funding
        fields = ["status", "whose", "funder", "year", "placement"]

    def by_whose(self, rows, name, value):
        user = self.request.user
        return rows.to_answer(user) if value == "mine" else rows.to_confirm(user)


class BudgetFilter(OfBudget):
    class Meta(FilterSet.Meta):
        model = Budget
        fields = ["funder", "year"]


class OverspendFilter(FilterSet):
    status = filters.MultipleChoiceFilter(choices=Wish.choices, label="Status", distinct=False)
    placement = filters.UUIDFilter(label="Placement")

    class Meta(FilterSet.Meta):
        model = Overspend
        fields = ["status", "placement"]


class PaymentFilter(FilterSet):
    funding = filters.UUIDFilter(label="Funding")

    class Meta(FilterSet.Meta):
        model = Payment
        fields = ["funding"]
