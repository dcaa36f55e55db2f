import django_filters as filters
from django import forms

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes
from partners.models import User
from referrals.rehab.models import Review
from referrals.rehab.placement_filters import radios

from .workflow import Stands


def reviewed(request):
    """Those of whose work the user sees a review."""
    if request is None:
        return User.objects.none()
    return User.objects.filter(pk__in=Review.objects.visible_to(request.user).values("facilitator"))


class ReviewFilter(FilterSet):
    status = filters.MultipleChoiceFilter(choices=Stands.choices, widget=Checkboxes, label="Status", distinct=False)
    facilitator = filters.ModelChoiceFilter(queryset=reviewed, empty_label="Anyone", label="Facilitator")
    whose = radios([("mine", "Of my work"), ("by_me", "By me")], "Whose", "by_whose")
    case = filters.UUIDFilter(label="Case", widget=forms.HiddenInput)

    class Meta(FilterSet.Meta):
        model = Review
        fields = ["status", "facilitator", "whose", "case"]

    def by_whose(self, rows, name, value):
        return rows.about(self.request.user) if value == "mine" else rows.of(self.request.user)
