"""Which cases a list shows: page, export and API alike."""

import datetime as dt

import django_filters
from django.utils import timezone

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes, Radios
from partners.models import User

from .models import Assessment, Case
from .workflow import Decision, Phase


def facilitators(request):
    """Those who hold a case that the user sees."""
    if request is None:
        return User.objects.none()
    seen = Case.objects.visible_to(request.user)
    return User.objects.filter(pk__in=seen.values("facilitator"))


class CaseFilterSet(FilterSet):
    phase = django_filters.MultipleChoiceFilter(choices=Phase.choices, widget=Checkboxes)
    due = django_filters.ChoiceFilter(
        label="Next action",
        choices=[("overdue", "Overdue"), ("week", "Due within 7 days"), ("none", "Not set")],
        empty_label="Any",
        widget=Radios,
        method="filter_due",
    )
    no_contact = django_filters.ChoiceFilter(
        label="No contact in",
        choices=[("7", "7 days"), ("14", "14 days"), ("28", "28 days")],
        empty_label="Any",
        widget=Radios,
        method="filter_no_contact",
    )
    plan = django_filters.ChoiceFilter(
        label="Throughcare plan", choices=[("gaps", "Leaving or left, with gaps")], empty_label="Any", widget=Radios,
        method="filter_plan",
    )  # fmt: skip
    facilitator = django_filters.ModelChoiceFilter(queryset=facilitators, empty_label="Anyone")
    risk = django_filters.MultipleChoiceFilter(choices=Case.Risk.choices, widget=Checkboxes)
    decision = django_filters.MultipleChoiceFilter(choices=Decision.choices, widget=Checkboxes)

    class Meta(FilterSet.Meta):
        model = Case
        fields = []

    def filter_due(self, rows, name, value):
        today = timezone.localdate()
        if value == "overdue":
            return rows.overdue(today)
        if value == "week":
            return rows.open().filter(next_action_due__range=(today, today + dt.timedelta(days=7)))
        return rows.open().filter(next_action_due=None)

    def filter_no_contact(self, rows, name, value):
        day = timezone.localdate() - dt.timedelta(days=int(value))
        return rows.without_contact_since(day, by=self.request.user)

    def filter_plan(self, rows, name, value):
        return rows.lacking_plan()


class AssessmentFilterSet(FilterSet):
    case = django_filters.UUIDFilter()

    class Meta(FilterSet.Meta):
        model = Assessment
        fields = []
