"""What emergency access asks: of who opens a person, and of who looks into it; the same for pages and API."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from partners.frame.filters import FilterSet
from partners.frame.forms import Form, Radios
from partners.settings import setting

from .models import EmergencyAccess
from .search import recognised
from .steps import StepForm

FEWEST_WORDS = 3


class OpenForm(Form):
    """Whom to open, by what a search gave, and why it cannot wait."""

    reason = forms.CharField(
        label="Why can this not wait?", widget=forms.Textarea({"rows": 3}), max_length=500,
        help_text="What is happening, and what you need to know. A supervisor reads it at once.",
    )  # fmt: skip
    person = forms.CharField(widget=forms.HiddenInput)
    field_order = ["reason", "person"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_reason(self):
        if len(self.cleaned_data["reason"].split()) < FEWEST_WORDS:
            raise ValidationError("Write a sentence: what is happening, and what you need to know")
        return self.cleaned_data["reason"]

    def clean_person(self):
        """Whom a search of this user recognised within the hour."""
        offender = recognised(self.user, self.cleaned_data["person"])
        if offender is None:
            raise ValidationError("Search for them again, by a whole number or by full name and date of birth.")
        return offender

    def open(self):
        answers = self.cleaned_data
        return EmergencyAccess.open(answers["person"], by=self.user, reason=answers["reason"])


def what_happens():
    (hours,) = setting("emergency_access_hours")
    return (
        f"Their pages open to you for {hours.normalize():f} hours, to read, as far as your role reads. "
        "Everything you open is marked. A supervisor sees it at once, and someone else looks into it afterwards."
    )


class CloseForm(StepForm):
    """Nothing needs saying."""

    on = None


class ReviewForm(StepForm):
    """What came of looking into it."""

    on = None
    outcome = forms.ChoiceField(label="Was it needed?", choices=EmergencyAccess.Outcome, widget=Radios)
    note = forms.CharField(
        label="What did you look into, and what follows?", widget=forms.Textarea({"rows": 3}), max_length=1000
    )

    def context(self):
        answers = [
            ("Opened by", f"{self.record.user}, {self.record.unit or self.record.agency}"),
            ("Why", self.record.reason),
        ]
        then = "It is still open: your review closes it." if self.record.is_live else ""
        return {"answers": answers, "consequence": then}


STEP_FORMS = {"close": CloseForm, "review": ReviewForm}


class EmergencyFilter(FilterSet):
    """What to show of the emergency accesses."""

    stands = django_filters.ChoiceFilter(
        label="Which", method="filter_stands", widget=Radios, empty_label="All",
        choices=[("open", "Open now"), ("waiting", "To be reviewed"), ("reviewed", "Reviewed")],
    )  # fmt: skip
    outcome = django_filters.ChoiceFilter(
        label="Outcome", choices=EmergencyAccess.Outcome.choices, widget=Radios, empty_label="Any"
    )

    class Meta(FilterSet.Meta):
        model = EmergencyAccess
        fields = []

    def filter_stands(self, rows, name, value):
        return rows.filter(closes_at__gt=timezone.now()) if value == "open" else rows.filter(status=value)
