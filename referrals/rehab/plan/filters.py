"""Which actions a list shows, by page and by API."""

import django_filters as filters
from django import forms
from django.utils import timezone

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes, Radios
from partners.models import Agency
from referrals.rehab.models import Action, ActionLink, Plan, PlanDomain
from referrals.workflow import Todo

from .workflow import Domain, PlanState


def agencies(request):
    """Those that something the user sees is given to."""
    if request is None:
        return Agency.objects.none()
    return Agency.objects.filter(pk__in=Action.objects.visible_to(request.user).values("agency"))


class ActionFilter(FilterSet):
    whose = filters.ChoiceFilter(
        label="Whose", choices=[("mine", "Mine")], empty_label="Anyone's", widget=Radios, method="by_whose"
    )
    due = filters.ChoiceFilter(
        label="When", choices=[("overdue", "Overdue")], empty_label="Any time", widget=Radios, method="by_due"
    )
    status = filters.MultipleChoiceFilter(choices=Todo.choices, widget=Checkboxes, distinct=False)
    domain = filters.MultipleChoiceFilter(
        field_name="domain__domain", choices=Domain.choices, widget=Checkboxes, distinct=False, label="Part of the plan"
    )
    agency = filters.ModelChoiceFilter(queryset=agencies, label="Agency", empty_label="Any agency")
    case = filters.UUIDFilter(field_name="domain__plan__case", label="Case", widget=forms.HiddenInput)

    class Meta(FilterSet.Meta):
        model = Action
        fields = []

    def by_whose(self, rows, name, value):
        return rows.of(self.request.user)

    def by_due(self, rows, name, value):
        return rows.overdue(timezone.localdate())


class PlanFilter(FilterSet):
    status = filters.MultipleChoiceFilter(choices=PlanState.choices, widget=Checkboxes, distinct=False)
    case = filters.UUIDFilter()

    class Meta(FilterSet.Meta):
        model = Plan
        fields = []


class LinkFilter(FilterSet):
    action = filters.UUIDFilter()

    class Meta(FilterSet.Meta):
        model = ActionLink
        fields = []


class DomainFilter(FilterSet):
    plan = filters.UUIDFilter()

    class Meta(FilterSet.Meta):
        model = PlanDomain
        fields = []
