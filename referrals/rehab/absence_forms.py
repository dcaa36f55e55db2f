"""What an absence from rehab and the return from it must be told: the same for pages, API and back office."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from offenders.forms import ClockField, not_in_future
from offenders.steps import StepForm
from partners.frame.forms import DateField, Radios

from .models import Absence


def clock(label):
    """A time of day, which may be left out."""
    return ClockField(
        label=label, required=False, help_text="Like 14:30. Leave empty if it does not matter.",
        widget=forms.TextInput({"class": "govuk-input--width-4"}), input_formats=["%H:%M", "%H.%M", "%H%M"],
        error_messages={"invalid": "Enter a time, like 14:30"},
    )  # fmt: skip


def moment(day, time, *, otherwise):
    """That day at that time; where the time does not matter, at the one `otherwise` given."""
    return timezone.make_aware(dt.datetime.combine(day, time or otherwise))


class AbsenceForm(StepForm):
    """Someone is away for a while. `record` is the stay."""

    kind = forms.ChoiceField(label="Why are they away?", choices=Absence.Kind, widget=Radios)
    due_on = DateField(label="When are they due back?", noun="the day")
    due_at = clock("By what time?")
    on = DateField(
        label="When did they leave?", noun="the day", required=False, help_text="Leave empty for now.",
        validators=[not_in_future],
    )  # fmt: skip
    at = clock("At what time did they leave?")
    field_order = ["kind", "due_on", "due_at", "on", "at"]

    def clean(self):
        said, now = super().clean(), timezone.localtime()
        if not self.errors:
            day, time = said.pop("on"), said.pop("at")
            if day or time:
                said["left_at"] = moment(day or now.date(), time, otherwise=dt.time())
            said["due_back"] = moment(said.pop("due_on"), said.pop("due_at"), otherwise=dt.time(23, 59))
            if said["due_back"] <= said.get("left_at", now):
                raise ValidationError({"due_on": "They are due back after they left."})
        return said

    def context(self):
        return {"consequence": "Their place is kept, and the days count as days in rehab."}

    def write(self):
        return Absence.record(self.record, by=self.user, **self.cleaned_data)


class ReturnForm(StepForm):
    """They came back."""

    on = DateField(
        label="When did they come back?", noun="the day", required=False, help_text="Leave empty for now.",
        validators=[not_in_future],
    )  # fmt: skip
    at = clock("At what time?")
    field_order = ["on", "at"]

    def clean(self):
        said, left = super().clean(), timezone.localtime(self.record.left_at)
        day, time = said.pop("on", None), said.pop("at", None)
        if day or time:
            day = day or timezone.localdate()
            said["returned_at"] = moment(day, time, otherwise=left.time() if day == left.date() else dt.time())
        return said


ABSENCE_FORMS = {"return": ReturnForm}
