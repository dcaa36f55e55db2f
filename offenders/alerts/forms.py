"""What looking into an alert asks, and how the list is filtered; the same for pages and API."""

import django_filters
from django import forms

from offenders.steps import StepForm
from partners.frame.filters import FilterSet
from partners.frame.forms import Radios
from partners.models import Agency

from .models import Alert


class ClearForm(StepForm):
    """Why it is as it should be."""

    on = None
    note = forms.CharField(
        label="What did you look into, and what was the reason to read?", widget=forms.Textarea({"rows": 3}),
        max_length=1000, help_text="Name none of the people read about.",
    )  # fmt: skip


class PassOnForm(StepForm):
    """Who decides what follows."""

    on = None
    to = forms.CharField(
        label="To whom?", max_length=120, help_text="Who decides what follows, such as professional standards."
    )
    note = forms.CharField(
        label="What did you look into, and why do you pass it on?", widget=forms.Textarea({"rows": 3}),
        max_length=1000, help_text="Name none of the people read about.",
    )  # fmt: skip

    def context(self):
        return {"consequence": "This only records that you did. Tell them in the way your agency has for it."}


STEP_FORMS = {"clear": ClearForm, "pass_on": PassOnForm}


class AlertFilter(FilterSet):
    """Which alerts."""

    status = django_filters.ChoiceFilter(label="Which", choices=Alert.Status.choices, widget=Radios, empty_label="All")
    rule = django_filters.ChoiceFilter(
        label="What is odd", choices=Alert.Rule.choices, widget=Radios, empty_label="Any"
    )
    agency = django_filters.ModelChoiceFilter(label="Agency", queryset=Agency.objects.all(), empty_label="Any")

    class Meta(FilterSet.Meta):
        model = Alert
        fields = []
