"""What is asked of places out of use: the same for pages and API."""

from django import forms

from offenders.steps import StepForm
from partners.frame.forms import DateField, Radios
from referrals.rehab.models import OutOfUse


class OutOfUseForm(StepForm):
    """Places that nobody can have for some days. `record` is the unit."""

    on = None
    places = forms.IntegerField(label="How many places?", min_value=1, max_value=999)
    reason = forms.ChoiceField(label="Why?", choices=OutOfUse.Reason, widget=Radios)
    valid_from = DateField(label="From which day?", noun="the first day")
    valid_to = DateField(
        label="Until which day?", noun="the last day", required=False,
        help_text="The last day on which nobody can have them. Leave empty if that is not known.",
    )  # fmt: skip

    def clean(self):
        answers = super().clean()
        first, last = answers.get("valid_from"), answers.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", "The last day cannot be before the first.")
        return answers

    def context(self):
        return {
            "consequence": "Nobody can be booked into these places. Whoever has one, or is booked into it, keeps it: "
            "agree other dates with them first.",
        }

    def write(self):
        return OutOfUse.add(self.record, by=self.user, **self.cleaned_data)


class ChangeOutOfUseForm(OutOfUseForm):
    """It was otherwise, or ends on another day. `record` is the row."""

    replaces = OutOfUse.SAID
    places = forms.IntegerField(
        label="How many places?", min_value=0, max_value=999, help_text="0 if none were out of use after all."
    )

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        for name in OutOfUse.SAID:
            self.initial.setdefault(name, getattr(record, name))

    def write(self):
        said = {name: self.cleaned_data[name] for name in OutOfUse.SAID}
        self.record.change(by=self.user, **self.settled(said))
