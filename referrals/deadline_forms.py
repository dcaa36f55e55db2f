"""What pages, API and back office ask about a deadline."""

from django import forms

from offenders.forms import not_in_future
from offenders.steps import StepForm
from partners.frame.forms import DateField, Radios

from .models import Deadline


class PauseForm(StepForm):
    reason = forms.ChoiceField(label="Why is it paused?", choices=Deadline.PauseReason, widget=Radios)
    on = DateField(
        label="Since when?", noun="the date", required=False, validators=[not_in_future],
        help_text="Leave empty for today.",
    )  # fmt: skip
    field_order = ["reason", "on"]

    def context(self):
        return {"consequence": "A working day that ends while it is paused does not count."}


class ResumeForm(StepForm):
    on = DateField(
        label="Since when does it run again?", noun="the date", required=False, validators=[not_in_future],
        help_text="Leave empty for today.",
    )  # fmt: skip

    def context(self):
        return {"consequence": "The working days on which it was paused are added to its end."}


DEADLINE_FORMS = {"pause": PauseForm, "resume": ResumeForm}
