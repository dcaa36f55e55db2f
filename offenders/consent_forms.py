"""What is asked about a person's consent; the same forms for pages and API."""

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from partners.frame.forms import Checkboxes, DateField, Form, Radios
from partners.models import Agency

from .forms import not_in_future
from .models import Consent


class AnswerForm(Form):
    """A person's answer. `record` is the person; the API names them itself."""

    purpose = forms.ChoiceField(
        label="What were they asked?", widget=Radios,
        choices=[
            (purpose.value, format_html('{}<span class="tc-table__note">{}</span>', purpose.label, opens))
            for purpose, opens in Consent.OPENS.items()
        ],
    )  # fmt: skip
    agency = forms.ModelChoiceField(
        Agency.objects.all(), label="For which agency?", widget=Radios, empty_label=None,
        help_text="The agency that would treat them, read their health information, or use it for research.",
    )  # fmt: skip
    answer = forms.ChoiceField(label="What did they answer?", choices=Consent.Answer, widget=Radios)
    how = forms.ChoiceField(label="How did they answer?", choices=Consent.How, widget=Radios)
    words = forms.CharField(
        label="What did they say?", required=False, max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text="In their own words, as far as you remember them.",
    )  # fmt: skip
    covers = forms.ModelMultipleChoiceField(
        Agency.objects.all(), label="Whose health information may it read?", required=False, widget=Checkboxes,
        help_text="Only for sharing. Leave empty if they said it of every agency that works with them.",
    )  # fmt: skip
    giver = forms.ChoiceField(label="Who answered?", choices=Consent.Giver, widget=Radios, initial=Consent.Giver.PERSON)
    giver_name = forms.CharField(
        label="Name of who answered", required=False, max_length=120, help_text="If it was not the person themselves."
    )
    language = forms.CharField(
        label="Language", required=False, max_length=60, help_text="In which they were asked, if not English."
    )
    interpreter = forms.CharField(
        label="Interpreter", required=False, max_length=120, help_text="Their name, if there was one."
    )
    answered_on = DateField(
        label="When did they answer?", noun="the date", required=False, help_text="Leave empty for today."
    )

    def clean_answered_on(self):
        return not_in_future(self.cleaned_data["answered_on"]) or timezone.localdate()

    def clean(self):
        said = super().clean()
        if said.get("covers") and said.get("purpose") != Consent.Purpose.SHARING:
            self.add_error("covers", "Leave this empty: it is asked only about sharing health information.")
        if said.get("agency") and said["agency"] in (said.get("covers") or []):
            self.add_error("covers", f"{said['agency']} reads its own records without being allowed to. Untick it.")
        if said.get("giver") and said["giver"] != Consent.Giver.PERSON and not said.get("giver_name"):
            self.add_error("giver_name", "Enter the name of who answered for the person")
        if said.get("interpreter") and not said.get("language"):
            self.add_error("language", "Enter the language in which they were asked")
        return said


class WithdrawForm(Form):
    """How the person took their consent back, and why."""

    how = forms.ChoiceField(label="How did they say so?", choices=Consent.How, widget=Radios)
    reason = forms.CharField(
        label="Why?", max_length=200, widget=forms.Textarea({"rows": 3}),
        help_text="They need not give a reason; then write that they gave none.",
    )  # fmt: skip
