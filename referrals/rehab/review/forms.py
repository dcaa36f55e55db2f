"""What a review and a dip sample must be told: the same for pages, API and back office."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from offenders.amend_forms import AmendForm
from offenders.steps import ReasonForm, StepForm
from partners.frame.forms import DateField, Form, Radios
from partners.settings import setting
from referrals.rehab.models import Review, Sample
from referrals.rehab.models.review import Answer, latest_next
from referrals.rehab.models.sample import MOST

TO_DO = (1, 2, 3)  # of more than three things asked for at one sitting, most are not done
SAID = (*Review.ANSWERS, "found", "good", "next_on")


def question(name):
    """One of the plain questions of a review."""
    label = Review._meta.get_field(name).verbose_name.capitalize()
    return forms.ChoiceField(label=label, choices=Answer, widget=Radios)


class ReviewForm(StepForm):
    """A review that is signed off. `record` is the review, which need not be begun yet."""

    replaces = SAID
    on = None
    found = forms.CharField(
        label="What did you see?", max_length=4000, widget=forms.Textarea({"rows": 6}),
        help_text="In the contacts, the plan, the risks. The facilitator reads it; the agencies it is shared with do "
        "not.",
    )  # fmt: skip
    contact, safety, way, partners, written = (question(name) for name in Review.ANSWERS)
    good = forms.CharField(
        label="What is good?", max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )  # fmt: skip
    next_on = DateField(label="When is the case looked into again?", noun="the day", required=False)

    def __init__(self, *args, record, user, **kwargs):
        super().__init__(*args, record=record, user=user, **kwargs)
        for name in SAID:
            self.initial.setdefault(name, getattr(record, name))
        for number in TO_DO:
            text, due_on = record.to_do[number - 1] if len(record.to_do) >= number else ("", None)
            self.fields[f"to_do_{number}"] = forms.CharField(
                label=f"What is to be done? ({number})", max_length=1000, required=False, initial=text,
                widget=forms.Textarea({"rows": 2}), help_text="It becomes a task of the facilitator." * (number == 1),
            )  # fmt: skip
            self.fields[f"due_{number}"] = DateField(
                label=f"By when? ({number})", noun="the day", required=False,
                initial=due_on and dt.date.fromisoformat(due_on),
            )  # fmt: skip
        self.order_fields([*(name for name in self.fields if name != "next_on"), "next_on"])
        self.fields[
            "next_on"
        ].help_text = f"Leave empty for {date_format(latest_next(timezone.localdate()), 'j F Y')}, the latest."

    def clean(self):
        answers = super().clean()
        self.check_to_do(answers)
        return answers

    def check_to_do(self, answers):
        for number in TO_DO:
            text, due_on = answers.get(f"to_do_{number}"), answers.get(f"due_{number}")
            if text and not due_on and f"due_{number}" not in self.errors:
                self.add_error(f"due_{number}", "Say by when it is to be done.")
            if due_on and not text:
                self.add_error(f"to_do_{number}", "Say what is to be done by then.")
            if due_on and due_on < timezone.localdate():
                self.add_error(f"due_{number}", "The day must be today or later.")

    def clean_next_on(self):
        day, today = self.cleaned_data["next_on"], timezone.localdate()
        if day and day <= today:
            raise ValidationError("The next review is after this one.")
        if day and day > (last := latest_next(today)):
            raise ValidationError(f"The next review is on {date_format(last, 'j F Y')} at the latest.")
        return day

    def take(self, verb):
        """Write it, or sign it off, with all that it says: what is empty is empty now."""
        said = {name: self.cleaned_data[name] for name in SAID}
        pairs = [(self.cleaned_data[f"to_do_{number}"], self.cleaned_data[f"due_{number}"]) for number in TO_DO]
        with transaction.atomic():
            said |= self.settled(said)
            return getattr(self.record, verb)(by=self.user, to_do=[pair for pair in pairs if pair[0]], **said)


class DraftForm(ReviewForm):
    """The same, not finished: nothing has to be answered yet."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def check_to_do(self, answers):
        """What is to be done may lack its day yet."""


class LeaveForm(ReasonForm):
    on = None

    def context(self):
        told = "What is written is kept for those who review. Another supervisor may begin anew."
        return {"consequence": told, "danger": True}


STEP_FORMS = {"write": DraftForm, "finish": ReviewForm, "leave": LeaveForm}


class SampleForm(Form):
    """How many cases a dip sample picks."""

    size = forms.IntegerField(label="How many cases?", min_value=1, max_value=MOST)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        (usual,) = setting("sample_size")
        self.initial.setdefault("size", int(usual))

    def draw(self):
        return Sample.draw(by=self.user, size=self.cleaned_data["size"])


class AmendReviewForm(AmendForm):
    """What a review that is signed off says."""

    found, good, next_on = (ReviewForm.base_fields[name] for name in ("found", "good", "next_on"))
    contact, safety, way, partners, written = (question(name) for name in Review.ANSWERS)
