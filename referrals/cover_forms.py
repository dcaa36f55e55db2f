"""What arranging a cover, and its steps, must be told: pages, API and back office alike."""

import django_filters as filters
from django import forms
from django.utils import timezone

from offenders.steps import StepForm
from partners.frame.filters import FilterSet
from partners.frame.forms import DateField, Form, Radios
from partners.models import User

from .colleagues import ColleagueField
from .models import Cover
from .workflow import Arranged


class CoverForm(Form):
    """Who is away, who stands in, and when."""

    absent = ColleagueField(User.objects.none(), label="Who is away?", widget=forms.Select, empty_label="Choose")
    covered_by = ColleagueField(User.objects.none(), label="Who stands in for them?", empty_label=None)
    first = DateField(
        label="What is the first day?", noun="the first day", required=False, help_text="Leave empty for today."
    )
    last = DateField(label="What is the last day?", noun="the last day", help_text="It can be changed while it holds.")
    reason = forms.ChoiceField(
        label="Why are they away?", choices=Cover.Reason, widget=Radios,
        help_text="Read by those who arrange cover, and by nobody else.",
    )  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        for name in ("absent", "covered_by"):
            self.fields[name].among(Cover.members(user), user)

    def context(self):
        told = "While it lasts, what is theirs shows to whoever stands in as well, and is theirs again the day after."
        return {"consequence": f"{told} Nothing is moved, and what is done is credited to who did it."}

    def write(self):
        said = self.cleaned_data | {"first": self.cleaned_data["first"] or timezone.localdate()}
        return Cover.arrange(by=self.user, **said)


class EndForm(StepForm):
    """Sooner or later than was said."""

    on = None
    last = DateField(label="What is the last day?", noun="the last day")

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.initial["last"] = record.valid_to

    def context(self):
        return {"lead": f"{self.record.covered_by} stands in for {self.record.absent}, {self.record.days_in_words}."}


class CancelForm(StepForm):
    on = None

    def context(self):
        lead = f"{self.record.covered_by} is to stand in for {self.record.absent}, {self.record.days_in_words}."
        return {"lead": lead, "danger": True}


COVER_FORMS = {"end": EndForm, "cancel": CancelForm}


class CoverFilter(FilterSet):
    when = filters.ChoiceFilter(
        label="When", method="by_when", widget=Radios, empty_label="Now and to come",
        choices=[("now", "Today"), ("over", "Over"), ("cancelled", "Cancelled")],
    )  # fmt: skip
    absent = filters.ModelChoiceFilter(label="Who is away", queryset=lambda request: Cover.members(request.user),
                                       empty_label="Anyone")  # fmt: skip
    covered_by = filters.ModelChoiceFilter(label="Who stands in", queryset=lambda request: Cover.members(request.user),
                                           empty_label="Anyone")  # fmt: skip

    class Meta(FilterSet.Meta):
        model = Cover
        fields = ["when", "absent", "covered_by"]

    def by_when(self, rows, name, value):
        return {
            "now": lambda: rows.holding(),
            "over": lambda: rows.arranged().filter(valid_to__lt=timezone.localdate()),
            "cancelled": lambda: rows.filter(status=Arranged.CANCELLED),
        }[value]()
