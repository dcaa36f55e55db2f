import django_filters as filters
from django import forms

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes
from referrals.rehab.models import Preparation
from referrals.rehab.placement_filters import radios
from referrals.rehab.workflow import Stage


class PreparationFilter(FilterSet):
    status = filters.MultipleChoiceFilter(choices=Stage.choices, widget=Checkboxes, label="Status", distinct=False)
    kind = filters.MultipleChoiceFilter(
        choices=Preparation.Kind.choices, widget=Checkboxes, label="What", distinct=False
    )
    when = radios([("overdue", "Overdue, not begun")], "When", "by_when")
    whose = radios([("mine", "Mine")], "Whose", "by_whose")
    case = filters.UUIDFilter(label="Case", widget=forms.HiddenInput)

    class Meta(FilterSet.Meta):
        model = Preparation
        fields = ["status", "kind", "when", "whose", "case"]

    def by_when(self, rows, name, value):
        return rows.overdue()

    def by_whose(self, rows, name, value):
        return rows.of(self.request.user)
