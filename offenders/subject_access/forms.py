"""What answering a person asks, step by step; the same for pages and API."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from offenders.models import Offender
from offenders.steps import StepForm
from partners.audit.filters import people_known_by
from partners.audit.models import Event
from partners.frame.filters import FilterSet
from partners.frame.forms import DateField, Form, Radios

from .models import SubjectRequest


class ReceiveForm(Form):
    """Who asked, when, how, for what, and where the answer goes."""

    person = forms.CharField(
        max_length=60, help_text="Their reference, or a whole PNC, CRO or NHS number. Not a name.",
        error_messages={"required": "Enter their reference or number"},
    )  # fmt: skip
    asked_on = DateField(label="When did it come?", noun="the day it came")
    how = forms.ChoiceField(label="How did they ask?", choices=SubjectRequest.How.choices, widget=Radios)
    asked_for = forms.CharField(
        label="What did they ask for?", required=False, widget=forms.Textarea({"rows": 3}), max_length=1000,
        help_text="Leave empty where it is everything.",
    )  # fmt: skip
    answer_to = forms.CharField(
        label="Where does the answer go?", widget=forms.Textarea({"rows": 3}), max_length=500,
        help_text="The postal or e-mail address that they gave, or that they come for it.",
    )  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_person(self):
        people = Offender.objects.filter(pk__in=people_known_by(self.cleaned_data["person"]), merged_into=None)
        person = people.first()
        if person is None:
            raise ValidationError("Nobody has this reference or number. Look at it again.")
        Event.objects.shown("subjectrequest.find", [person], by=self.user)
        if not people.open_to(self.user).exists():
            Event.objects.shown("offender.restricted", [person], by=self.user)
            raise ValidationError("This person is restricted to named people. Ask the supervisors to name you.")
        return person

    def clean_asked_on(self):
        if self.cleaned_data["asked_on"] > timezone.localdate():
            raise ValidationError("This cannot be in the future.")
        return self.cleaned_data["asked_on"]

    def receive(self):
        answers = dict(self.cleaned_data)
        return SubjectRequest.receive(answers.pop("person"), by=self.user, **answers)


class IdentifyForm(StepForm):
    identity = forms.CharField(
        label="How was it confirmed who they are?", max_length=200, widget=forms.Textarea({"rows": 2}),
        help_text="What was seen, such as a passport and a letter to their address. Keep no copy of it.",
    )  # fmt: skip
    on = DateField(
        label="On which day?", noun="the day", required=False,
        help_text="The time to answer runs from it. Leave empty for today.",
    )  # fmt: skip
    field_order = ["identity", "on"]


class CompileForm(StepForm):
    on = None

    def context(self):
        return {
            "consequence": "Everything that your agency holds about this person is brought together, which takes some "
            "minutes. Words that may speak of others wait for you to look at them."
        }


class SendForm(StepForm):
    sent_how = forms.ChoiceField(label="How was it sent?", choices=SubjectRequest.How.choices, widget=Radios)
    on = DateField(label="On which day?", noun="the day", required=False, help_text="Leave empty for today.")
    field_order = ["sent_how", "on"]

    def context(self):
        return {"answers": [("To", self.record.answer_to)]}


class RefuseForm(StepForm):
    reason = forms.CharField(
        label="Why is it refused?", widget=forms.Textarea({"rows": 3}), max_length=500,
        help_text="In words that you tell the person, with their right to complain to the Commissioner.",
    )  # fmt: skip
    field_order = ["reason", "on"]


class ReleaseForm(StepForm):
    on = None

    def context(self):
        return {"answers": [("Words", self.record.words)]}


class WithholdForm(ReleaseForm):
    why = forms.CharField(
        label="Why?", max_length=300, widget=forms.Textarea({"rows": 2}),
        help_text="Whose rights or what harm it is about, as you would tell the Commissioner.",
    )  # fmt: skip


class RedactForm(WithholdForm):
    told = forms.CharField(
        label="What is told", widget=forms.Textarea({"rows": 8}), max_length=20_000,
        help_text="Take out what speaks of others. What you take out is not in the answer.",
    )  # fmt: skip
    field_order = ["told", "why"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["told"].initial = self.record.told or self.record.words

    def clean_told(self):
        if self.cleaned_data["told"].split() == self.record.words.split():
            raise ValidationError("Nothing is taken out. Take something out, or tell it as it is.")
        return self.cleaned_data["told"]


STEP_FORMS = {"identify": IdentifyForm, "compile": CompileForm, "send": SendForm, "refuse": RefuseForm}
LINE_FORMS = {"release": ReleaseForm, "redact": RedactForm, "withhold": WithholdForm}


class SubjectRequestFilter(FilterSet):
    """Which requests."""

    stands = django_filters.ChoiceFilter(
        label="Which", method="filter_stands", widget=Radios, empty_label="All",
        choices=[("open", "To be answered"), ("overdue", "Overdue"), *SubjectRequest.Status.choices],
    )  # fmt: skip

    class Meta(FilterSet.Meta):
        model = SubjectRequest
        fields = []

    def filter_stands(self, rows, name, value):
        if value == "overdue":
            return rows.open().filter(due_on__lt=timezone.localdate())
        return rows.open() if value == "open" else rows.filter(status=value)
