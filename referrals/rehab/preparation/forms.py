"""What arranging a preparation and its steps must be told: the same for pages, API and back office."""

from django import forms
from django.core.exceptions import ValidationError

from offenders.steps import ReasonForm, StepForm
from partners.frame.forms import DateField, Radios
from partners.models import Agency
from referrals.rehab.models import Preparation
from referrals.rehab.placement_forms import happened


class ArrangeForm(StepForm):
    """A course or a detox, planned. `record` is the case."""

    on = None
    kind = forms.ChoiceField(label="What is arranged?", choices=Preparation.Kind, widget=Radios)
    agency = forms.ModelChoiceField(
        Agency.objects.filter(kind__in=[Agency.Kind.TREATMENT, Agency.Kind.REHAB, Agency.Kind.CHARITY]),
        label="Which agency gives it?", required=False, empty_label="None of those that take part here",
        help_text="Naming an agency here tells it nothing: share the case for that.",
    )  # fmt: skip
    place = forms.CharField(
        label="Where?", max_length=120, required=False, help_text="The ward, the house or the room."
    )
    starts_on = DateField(label="When does it begin?", noun="the first day")
    ends_on = DateField(label="When does it end, if all goes well?", noun="the last day", required=False)

    def clean(self):
        answers = super().clean()
        if not answers.get("agency") and not answers.get("place") and "place" in self.fields:
            self.add_error("place", "Say which agency gives it, or where it is.")
        starts, ends = answers.get("starts_on"), answers.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "It cannot be planned to end before it begins.")
        return answers

    def clean_starts_on(self):
        day = self.cleaned_data["starts_on"]
        if day < self.record.opened_on:
            raise ValidationError("It cannot begin before the case was opened.")
        return day

    def context(self):
        return {"lead": "A detox moves the case into detox on the day that you record that it began."}

    def write(self):
        """Arrange it. Returns the Preparation."""
        answers = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return Preparation.arrange(self.record, by=self.user, **answers)


class DayForm(StepForm):
    """A step of a preparation: not in the future, nor before the case was opened or it began."""

    def clean_on(self):
        begun = self.record.begun_on
        since = (begun, "the day it began") if begun else (self.record.case.opened_on, "the day the case was opened")
        return happened(self.cleaned_data["on"], since=since[0], what=since[1])


class StopForm(ReasonForm, DayForm):
    """It ends before its time, or does not come about."""

    def context(self):
        told = "After a detox that was left the case stands at “Preparing” again." if self.record.begun_on else ""
        return {"danger": True, "consequence": told}


STEP_FORMS = {"begin": DayForm, "complete": DayForm, "leave": StopForm, "cancel": StopForm}
