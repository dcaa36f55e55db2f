"""What a manager is asked: when their workers can be booked, and which days of the board to show."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from offenders.forms import ClockField
from partners.frame.forms import DateField, FilterForm, Form, ModelForm, Radios

from .models import Availability, Leave

CLOCK = {
    "widget": forms.TimeInput({"class": "govuk-input--width-4"}, format="%H:%M"),
    "input_formats": ["%H:%M", "%H.%M", "%H%M"],
    "error_messages": {"invalid": "Enter a time, like 14:30"}, "help_text": "Like 14:30.",
}  # fmt: skip
LONGEST = 92  # days on the board at once


class BoardForm(FilterForm):
    """Which days."""

    first = DateField(label="From", required=False)
    last = DateField(label="To", required=False)

    def clean(self):
        said, today = super().clean(), timezone.localdate()
        first = said.get("first") or today - dt.timedelta(days=today.weekday())
        last = said.get("last") or first + dt.timedelta(days=6)
        if last < first:
            raise ValidationError("The last day cannot be before the first.")
        if (last - first).days > LONGEST:
            raise ValidationError("That is more than three months. Choose fewer days.")
        return said | {"first": first, "last": last}


class HoursForm(ModelForm):
    """A stretch of a weekday, week after week."""

    starts = ClockField(label="From what time?", **CLOCK)
    ends = ClockField(label="Until what time?", **CLOCK)
    valid_from = DateField(
        label="From which day on?", noun="the day", required=False, help_text="Leave empty for today."
    )

    class Meta:
        model = Availability
        fields = ["weekday", "starts", "ends", "mode", "place", "slot_minutes", "valid_from"]
        labels = {"weekday": "Which day of the week?", "mode": "How do they meet?", "place": "Where?",
                  "slot_minutes": "How many minutes is each appointment?"}  # fmt: skip
        widgets = {"slot_minutes": forms.NumberInput({"class": "govuk-input--width-3"}), "mode": Radios}

    def __init__(self, *args, user, worker, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.worker = user, worker
        if "weekday" in self.fields:
            self.fields["weekday"].initial = None

    def _post_clean(self):
        """The model's method writes it, and the database has the last word."""

    def clean_slot_minutes(self):
        minutes = self.cleaned_data["slot_minutes"]
        if not 10 <= minutes <= 240:
            raise ValidationError("An appointment takes from 10 minutes to 4 hours.")
        return minutes

    def write(self):
        said = self.cleaned_data | {"valid_from": self.cleaned_data["valid_from"] or timezone.localdate()}
        return Availability.add(by=self.user, worker=self.worker, **said)


class ChangeHoursForm(HoursForm):
    """The same, otherwise from a day on."""

    valid_from = None
    on = DateField(label="From which day on?", noun="the day", required=False, help_text="Leave empty for today.")

    class Meta(HoursForm.Meta):
        fields = ["starts", "ends", "mode", "place", "slot_minutes"]

    def write(self):
        said = self.cleaned_data | {"on": self.cleaned_data["on"] or timezone.localdate()}
        return self.instance.change(by=self.user, **said)


class EndForm(Form):
    """The last day of hours, or of leave."""

    on = DateField(label="What is the last day?", noun="the last day")

    def __init__(self, *args, instance, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance, self.user = instance, user
        self.initial["on"] = instance.valid_to

    def write(self):
        return self.instance.end(by=self.user, on=self.cleaned_data["on"])


class LeaveForm(Form):
    """Days on which a worker cannot be booked. Why is not asked."""

    first = DateField(label="What is the first day?", noun="the first day")
    last = DateField(
        label="What is the last day?", noun="the last day", required=False, help_text="Leave empty for one day."
    )

    def __init__(self, *args, user, worker, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.worker = user, worker

    def clean(self):
        said = super().clean()
        first = said.get("first")
        last = said.get("last") or first
        if first and last < first:
            self.add_error("last", "The last day cannot be before the first.")
        return said | {"last": last}

    def write(self):
        said = self.cleaned_data
        return Leave.add(by=self.user, worker=self.worker, first=said["first"], last=said["last"])
