"""What a check after rehab, and an attempt to reach someone for one, must be told."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from offenders.forms import WhenForm
from offenders.steps import StepForm
from partners.frame.forms import DateField, Radios, yes_or_no

from .models import FollowUp, FollowUpAttempt
from .placement_forms import happened, one_at_a_time


def answer(label):
    return forms.ChoiceField(label=label, choices=FollowUp.Answer, widget=Radios, required=False)


class FollowUpForm(StepForm):
    """What a check after rehab found. `record` is the follow-up, or the case for one that was not planned."""

    reached = yes_or_no(
        label="Was the person reached?",
        help_text="“No” closes this follow-up as not reached, once several attempts are logged. If you mean to try "
        "again, log an attempt instead.",
    )  # fmt: skip
    abstinent = answer("Are they abstinent from drugs and alcohol?")
    how_known = forms.ChoiceField(label="How is that known?", choices=FollowUp.How, widget=Radios, required=False)
    offending = answer("Are they offending?")
    housed = answer("Are they housed?")
    working = answer("Are they in work, training or volunteering?")
    wellbeing = forms.IntegerField(
        label="How well do they feel, from 0 to 20?", required=False, min_value=0, max_value=20,
        help_text="In their own judgement of life as a whole: 0 is poor, 20 is good. Leave empty if it was not asked.",
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "Enter a whole number from 0 to 20"),
        widget=forms.NumberInput({"class": "govuk-input--width-2"}),
    )  # fmt: skip
    text = forms.CharField(
        label="What was said?", max_length=4000, required=False, widget=forms.Textarea({"rows": 4}),
    )  # fmt: skip
    on = DateField(label="When was this?", noun="the date", required=False, help_text="Leave empty for today.")
    field_order = ["reached", "abstinent", "how_known", "offending", "housed", "working", "wellbeing", "text", "on"]

    def context(self):
        return {
            "lead": "Someone who has used again has not failed, and telling it helps: their plan opens again, and the "
            "facilitator goes through it with them."
        }

    def clean_on(self):
        case = getattr(self.record, "case", self.record)
        day = happened(self.cleaned_data["on"], since=case.opened_on, what="the day the case was opened")
        return day or timezone.localdate()

    def clean(self):
        answers = super().clean()
        if answers.get("reached"):
            for name in ("abstinent", "offending"):
                if name in self.fields and not answers.get(name):
                    self.add_error(name, f"Answer “{self.fields[name].label}”; choose “Not known” if it is not known.")
        return answers

    def write(self):
        """Record it. Returns the FollowUp."""
        answers = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        if isinstance(self.record, FollowUp):
            self.record.record(by=self.user, **answers)
            return self.record
        with one_at_a_time(self.record):
            told = {name: value for name, value in answers.items() if name != "on"}
            if self.record.follow_ups.filter(by=self.user, done_on=answers["on"], **told).exists():
                raise ValidationError("You have recorded the same follow-up for that day already.")
            return FollowUp.add(self.record, by=self.user, **answers)


class AttemptForm(WhenForm):
    """An attempt to reach someone. `record` is the follow-up."""

    method = forms.ChoiceField(label="How did you try?", choices=FollowUpAttempt.Method, widget=Radios)
    result = forms.ChoiceField(label="What came of it?", choices=FollowUpAttempt.Result, widget=Radios)
    text = forms.CharField(
        label="Anything that helps the next attempt", max_length=500, required=False,
        widget=forms.Textarea({"rows": 2}), help_text="All who work on the case read it. Leave out health.",
    )  # fmt: skip
    field_order = ["method", "result", "text", "on", "at"]

    def __init__(self, *args, record, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.record, self.user = record, user

    def context(self):
        return {"lead": self.record.tried}

    def write(self):
        said = {name: self.cleaned_data[name] for name in ("method", "result", "text")}
        return FollowUpAttempt.record(self.record, by=self.user, occurred_at=self.cleaned_data["happened_at"], **said)
