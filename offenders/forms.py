"""What is asked about a person; the same forms for pages and API."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from partners.frame.forms import DateField, Form, ModelForm, Radios
from partners.models import Area
from partners.roles import Category

from .identifiers import KINDS, check_identifier, kinds_read_by
from .models import Address, Alias, Identifier, Marker, Note, Offender

WRITTEN = [Category.GENERAL, Category.HEALTH, Category.DRUG_TEST, Category.SAFEGUARDING, Category.POLICE]
NOT_IN_FUTURE = "This cannot be in the future."


def not_in_future(day):
    """The day, where it has come or none is given; raises ValidationError with a sentence."""
    if day and day > timezone.localdate():
        raise ValidationError(NOT_IN_FUTURE, code="future")
    return day


class SearchForm(Form):
    q = forms.CharField(
        label="Who are you looking for?",
        max_length=200,
        error_messages={"required": "Enter a name, a date of birth, a reference, a phone number or an identifier"},
    )


class PersonForm(ModelForm):
    """Who a person is. `save_new` adds them; `facts` are the fields for Offender.add or for an amendment."""

    age = forms.IntegerField(
        label="About how old?", required=False, min_value=10, max_value=110,
        help_text="Only if the date of birth is not known. In years.",
        error_messages={"min_value": "Enter an age of 10 or more", "max_value": "Enter an age of 110 or less"},
    )  # fmt: skip
    area = forms.ModelChoiceField(
        Area.objects.all(), label="Where do they live?", required=False, widget=Radios, empty_label="Not known"
    )
    known_by = forms.ChoiceField(
        label="How do you know?", required=False, choices=Offender.Standing, widget=Radios,
        help_text="Of what you enter here.",
    )  # fmt: skip

    class Meta:
        model = Offender
        fields = ["given_names", "family_name", "date_of_birth", "sex", "ethnicity", "officer_ethnicity", "phone"]
        labels = {"phone": "Phone number"}
        help_texts = {"phone": "Only if it is safe to call or text them on it."}

    field_order = ["given_names", "family_name", "date_of_birth", "age"]

    def clean_phone(self):
        return " ".join(self.cleaned_data["phone"].split())

    def clean(self):
        answers = super().clean()
        if answers.get("date_of_birth") and answers.get("age") is not None:
            self.add_error("age", "Enter the date of birth or an age, not both")
        elif answers.get("age") is not None:
            answers["date_of_birth"] = dt.date(timezone.localdate().year - answers["age"], 1, 1)
        return answers

    @property
    def facts(self):
        """The answers as fields of Offender, with the standing of each fact given."""
        answers = self.cleaned_data
        facts = {name: answers[name] for name in self._meta.fields if name in answers}
        facts["is_birth_date_about"] = answers.get("age") is not None
        if how := answers.get("known_by"):
            facts["standing"] = {name: how for name in self._meta.fields if facts.get(name)}
        return facts

    def save_new(self, *, by):
        """Add the person, and where they live if that was said. Returns the Offender."""
        from .facts import record_fact

        offender = Offender.add(by=by, **self.facts)
        if area := self.cleaned_data.get("area"):
            address = Address(offender=offender, area=area, valid_from=timezone.localdate())
            record_fact(address, by=by)
        return offender


class ClockField(forms.TimeField):
    """A time of day as text; whatever else a program sends is no time."""

    def to_python(self, value):
        return super().to_python(value if value is None else str(value))


class WhenForm(Form):
    """When something happened: a day, and a time where it matters."""

    on = DateField(label="When?", noun="the date", required=False, help_text="Leave empty for now.")
    at = ClockField(
        label="At what time?", required=False, help_text="Like 14:30. Leave empty if it does not matter.",
        widget=forms.TextInput({"class": "govuk-input--width-4"}),
        input_formats=["%H:%M", "%H.%M", "%H%M", "%I%p", "%I:%M%p", "%I.%M%p"],
        error_messages={"invalid": "Enter a time, like 14:30"},
    )  # fmt: skip

    def clean_on(self):
        return not_in_future(self.cleaned_data["on"])

    def clean(self):
        answers, now = super().clean(), timezone.localtime()
        day, clock = answers.get("on"), answers.get("at")
        if day or clock:
            moment = timezone.make_aware(dt.datetime.combine(day or now.date(), clock or dt.time()))
            if moment > now:
                self.add_error("at", NOT_IN_FUTURE)
            answers["happened_at"] = moment
        elif not self.errors:
            answers["happened_at"] = now
        return answers


class NoteForm(WhenForm):
    """A contact with the person, or a note about them."""

    class SharedWith:
        EVERYONE, TEAM = "everyone", "team"
        choices = [(EVERYONE, "Everyone who works on this with us and may read it"), (TEAM, "Our own team only")]

    kind = forms.ChoiceField(label="What was it?", choices=Note.Kind, widget=Radios)
    text = forms.CharField(
        label="What happened?", widget=forms.Textarea({"rows": 4}), max_length=20_000, strip=True,
        help_text="What others need to know. Leave out other people's names where you can.",
    )  # fmt: skip
    category = forms.ChoiceField(label="What is it about?", widget=Radios)
    is_opinion = forms.TypedChoiceField(
        label="Fact or opinion?", widget=Radios, coerce=lambda value: value == "opinion", initial="fact",
        choices=[("fact", "Fact: seen, heard or on paper"), ("opinion", "Opinion: what you make of it")],
    )  # fmt: skip
    shared_with = forms.ChoiceField(
        label="Who may read it?", widget=Radios, choices=SharedWith.choices, initial=SharedWith.EVERYONE
    )
    field_order = ["kind", "text", "on", "at", "category", "is_opinion", "shared_with"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        reads = user.categories | user.with_consent
        self.fields["category"].choices = [(c.value, c.label) for c in WRITTEN if c in reads]
        self.fields["category"].initial = Category.GENERAL


class NewNoteForm(NoteForm):
    """A note as the API takes it, which says whom it is about."""

    offender = forms.ModelChoiceField(Offender.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["offender"].queryset = Offender.objects.visible_to(user)


class FactForm(ModelForm):
    """A fact that is added to a person's record. It is checked as a row once its person is known."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user


class IdentifierForm(FactForm):
    class Meta:
        model = Identifier
        fields = ["kind", "value"]
        labels = {"kind": "Which number?", "value": "Number"}

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        reads = kinds_read_by(user)
        self.fields["kind"].choices = [(kind, label) for kind, label in KINDS.items() if kind in reads]

    def clean(self):
        answers = super().clean()
        kind, value = (answers.get(name) or getattr(self.instance, name) for name in ("kind", "value"))
        if kind and value and not self.errors:
            try:
                answers["value"] = check_identifier(kind, value)
            except ValidationError as error:
                self.add_error("value" if "value" in self.fields else "kind", error)
        return answers

    def _post_clean(self):
        # the model checks the number again, in its own words; once is enough
        for name in self.fields.keys() & {"kind", "value"}:
            setattr(self.instance, name, self.cleaned_data.get(name))


class AliasForm(FactForm):
    class Meta:
        model = Alias
        fields = ["kind", "given_names", "family_name"]
        labels = {"kind": "What kind of name is it?"}

    def clean(self):
        answers = super().clean()
        names = (answers.get(name, getattr(self.instance, name)) for name in ("given_names", "family_name"))
        if not any(names):
            where = "given_names" if "given_names" in self.fields else None
            self.add_error(where, "Enter a given name, a family name or both")
        return answers


class AddressForm(FactForm):
    class Meta:
        model = Address
        fields = ["lines", "postcode", "area", "valid_from"]
        labels = {"lines": "Address", "area": "Area", "valid_from": "Since when?"}
        widgets = {
            "lines": forms.Textarea({"rows": 3}),
            "area": Radios,
            "postcode": forms.TextInput({"class": "govuk-input--width-10"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].empty_label = None
        self.fields["valid_from"].initial = timezone.localdate()

    def clean_postcode(self):
        return " ".join(self.cleaned_data["postcode"].upper().split())

    def clean_valid_from(self):
        return not_in_future(self.cleaned_data["valid_from"])


class MarkerForm(FactForm):
    class Meta:
        model = Marker
        fields = ["kind", "detail"]
        labels = {"kind": "What is the warning?"}
        help_texts = {"detail": "Read by the police alone. No sources."}


class WhyForm(Form):
    """A reason, for what is proposed, decided or undone."""

    reason = forms.CharField(label="Why?", widget=forms.Textarea({"rows": 3}), max_length=200)


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
        people = [(pk, self.describe(match)) for pk, match in self.matches.items()]
        self.fields["person"].choices = [*people, (self.NOBODY, "None of these: add a new record")]

    @staticmethod
    def describe(match):
        person = match.offender
        born = f"born {person.date_of_birth:%-d %B %Y}" if person.date_of_birth else "date of birth not known"
        known = "" if match.is_visible else ". Known to Throughcare; refer them to work with them"
        return f"{person}, {born}, {person.area or 'area not known'}{known}"

    @property
    def offender(self):
        """The person chosen, or None for a new record."""
        match = self.matches.get(self.cleaned_data["person"])
        return match.offender if match else None
