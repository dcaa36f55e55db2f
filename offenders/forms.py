"""What is asked about a person; the same forms for pages and API."""

import datetime as dt

from django import forms
from django.utils import timezone

from partners.frame.forms import Form, ModelForm, Radios
from partners.models import Area

from .models import Offender


class PersonForm(ModelForm):
    """Who a person is. `save_new` adds them; `facts` are the fields for Offender.add."""

    age = forms.IntegerField(label="About how old?", required=False, min_value=10, max_value=110)
    area = forms.ModelChoiceField(
        Area.objects.all(), label="Where do they live?", required=False, widget=Radios, empty_label="Not known"
    )
    known_by = forms.ChoiceField(required=False, choices=Offender.Standing, widget=Radios)

    class Meta:
        model = Offender
        fields = ["given_names", "family_name", "date_of_birth", "sex", "ethnicity", "officer_ethnicity", "phone"]
        labels = {"phone": "Phone number"}

    field_order = ["given_names", "family_name", "date_of_birth", "age"]

    def clean(self):
        answers = super().clean()
        if answers.get("date_of_birth") and answers.get("age") is not None:
            self.add_error("age", "Enter the date of birth or an age, not both")
        elif answers.get("age") is not None:
            answers["date_of_birth"] = dt.date(timezone.localdate().year - answers["age"], 1, 1)
        return answers

    @property
    def facts(self):
        answers = self.cleaned_data
        facts = {name: answers[name] for name in self._meta.fields if name in answers}
        return facts | {"is_birth_date_about": answers.get("age") is not None}

    def save_new(self, *, by):
        return Offender.add(by=by, **self.facts)


class MatchForm(Form):
    """Is one of these the person?"""

    NOBODY = "none"
    person = forms.ChoiceField(
        label="Is this the person?", widget=Radios,
        error_messages={"required": "Select the person, or that they are none of these"},
    )  # fmt: skip

    def __init__(self, *args, matches, **kwargs):
        super().__init__(*args, **kwargs)
        self.matches = {str(match.offender.pk): match for match in matches}
        people = [(pk, str(match.offender)) for pk, match in self.matches.items()]
        self.fields["person"].choices = [*people, (self.NOBODY, "None of these: add a new record")]

    @property
    def offender(self):
        match = self.matches.get(self.cleaned_data["person"])
        return match.offender if match else None
