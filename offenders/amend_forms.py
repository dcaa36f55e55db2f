"""What may be amended in each kind of record about a person; the same forms for pages and API."""

import datetime as dt
from copy import copy

from django import forms
from django.utils import timezone

from partners.frame.forms import DateField, Form, ModelForm, Radios
from partners.roles import Category

from .amend import amendable, fields_of
from .consent_forms import AnswerForm
from .forms import WRITTEN, AddressForm, AliasForm, IdentifierForm, MarkerForm, NoteForm, WhenForm, not_in_future
from .models import Address, Alias, Consent, Identifier, Marker, Note, Offender
from .versions import chosen, seal


class AmendForm(Form):
    """What every amendment asks besides the values, and what its reader had seen.

    A field stands for the record's field of its own name, or as `stands_for` says (None: for none). Those that are
    not this user's to amend, as the record stands, are left out.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label="Why is it amended?", widget=forms.Textarea({"rows": 2}), max_length=500)

    stands_for = {}
    template = "frame/step.html"

    def __init__(self, data=None, *, row, user):
        row = copy(row)  # the form of a model writes its answers into it
        self.user = user
        initial = {name: getattr(row, name) for name in self.base_fields if hasattr(row, name)} | self.initial_of(row)
        super().__init__(data, initial=initial, **self.made_with(row, user))
        theirs = fields_of(row, user, self.targets.values())
        for name, target in self.targets.items():
            if target not in theirs:
                del self.fields[name]
        self.order_fields([*(name for name in self.fields if name not in ("reason", "seen")), "reason"])
        self.initial["seen"] = seal(row, dict.fromkeys(self.targets.values()))

    def made_with(self, row, user):
        """What the form asks to be made with, besides."""
        return {"instance": row} if isinstance(self, ModelForm) else {}

    def initial_of(self, row):
        """What the boxes hold that are not simply fields of the record."""
        return {}

    @property
    def targets(self):
        """{field of the form: field of the record}."""
        names = [name for name in self.fields if name not in ("reason", "seen")]
        return {name: target for name in names if (target := self.stands_for.get(name, name))}

    def changes(self, row):
        """{field of the record: value} of what was asked, but what its user chose to keep as it is recorded."""
        return chosen(self.asked(row), self.data)

    def asked(self, row):
        return {target: self.cleaned_data[name] for name, target in self.targets.items() if name in self.cleaned_data}


class EditPersonForm(AmendForm, ModelForm):
    """Every fact of a person that may be corrected."""

    known_by = forms.ChoiceField(
        label="How do you know?", required=False, choices=Offender.Standing, widget=Radios,
        help_text="Of what you change here.",
    )  # fmt: skip
    deceased_on = DateField(label="Date of death", required=False, noun="the date of death")

    class Meta:
        model = Offender
        fields = Offender.FACTS
        labels = {"is_birth_date_about": "The date of birth is an estimate", "phone": "Phone number",
                  "no_messages": "They asked for no texts and no e-mails from us"}  # fmt: skip
        help_texts = {
            "is_birth_date_about": "", "phone": "Only if it is safe to call or text them on it.", "no_messages": "",
        }  # fmt: skip
        widgets = {"access_needs": forms.Textarea({"rows": 2}), "safe_contact": forms.Textarea({"rows": 2})}

    field_order = [*Meta.fields, "known_by"]
    stands_for = {"known_by": None}

    def clean_deceased_on(self):
        return not_in_future(self.cleaned_data["deceased_on"])

    def changes(self, row):
        """What to amend. Of the facts changed, the standing is what was said, or no longer known."""
        answers = super().changes(row)
        changed = [name for name, value in answers.items() if getattr(row, name) != value]
        standing = {name: how for name, how in row.standing.items() if name not in changed}
        if how := self.cleaned_data.get("known_by"):
            standing |= dict.fromkeys(changed, how)
        return {**answers, "standing": standing} if changed else answers


def moment_of(said, was):
    """The moment that the answers of a WhenForm make of the one that `was`: what is left empty stays."""
    was = timezone.localtime(was)
    on, at = said.get("on") or was.date(), said.get("at")
    clock = was.time() if at in (None, dt.time(was.hour, was.minute)) else at
    return timezone.make_aware(dt.datetime.combine(on, clock))


class AmendNoteForm(AmendForm, WhenForm):
    """The facts of a note, and who may read it: fewer at once, more when its author or a supervisor says so."""

    kind = forms.ChoiceField(label="What was it?", choices=Note.Kind, widget=Radios)
    text = forms.CharField(label="What happened?", widget=forms.Textarea({"rows": 6}), max_length=20_000)
    is_opinion = forms.TypedChoiceField(
        label="Fact or opinion?", widget=Radios, coerce=lambda value: value == "opinion",
        choices=[("fact", "Fact"), ("opinion", "Opinion")],
    )  # fmt: skip
    category = forms.ChoiceField(
        label="What is it about?", widget=Radios,
        help_text="This decides who may read it. More readers than now: only its author or a supervisor.",
    )  # fmt: skip
    shared_with = forms.ChoiceField(label="Who may read it?", widget=Radios, choices=NoteForm.SharedWith.choices)
    field_order = ["kind", "text", "on", "at", "is_opinion", "category", "shared_with"]
    stands_for = {"on": "happened_at", "at": "happened_at", "shared_with": "matters"}

    def __init__(self, *args, row, user, **kwargs):
        super().__init__(*args, row=row, user=user, **kwargs)
        reads = user.categories | user.with_consent | {row.category}
        self.fields["category"].choices = [(c.value, c.label) for c in WRITTEN if c in reads]
        self.fields["on"].help_text = "Leave empty to keep the day it has."

    def initial_of(self, row):
        at, shared = timezone.localtime(row.happened_at), NoteForm.SharedWith
        return {
            "on": at.date(), "at": f"{at:%H:%M}", "is_opinion": "opinion" if row.is_opinion else "fact",
            "shared_with": shared.EVERYONE if row.matters else shared.TEAM,
        }  # fmt: skip

    def asked(self, row):
        names = [name for name in ("kind", "text", "is_opinion", "category") if name in self.cleaned_data]
        changes = {name: self.cleaned_data[name] for name in names}
        if {"on", "at"} & self.fields.keys():
            changes["happened_at"] = moment_of(self.cleaned_data, row.happened_at)
        if shared := self.cleaned_data.get("shared_with"):
            everyone = row.matters or row.offender.involvements.open_to(self.user).matters()
            changes["matters"] = everyone if shared == NoteForm.SharedWith.EVERYONE else []
        return changes


# facts of a person, each a row of its own


class AmendFactForm(AmendForm):
    """A fact of a person, as it is asked when it is added; of one that holds between two days, its last day too."""

    def made_with(self, row, user):
        return {"instance": row, "user": user}

    def clean_valid_from(self):
        return not_in_future(self.cleaned_data["valid_from"])

    def clean_valid_to(self):
        return not_in_future(self.cleaned_data["valid_to"])


UNTIL = {"valid_from": "Since when?", "valid_to": "Until when?"}


class AmendAliasForm(AmendFactForm, AliasForm):
    pass


class AmendIdentifierForm(AmendFactForm, IdentifierForm):
    pass


class AmendAddressForm(AmendFactForm, AddressForm):
    class Meta(AddressForm.Meta):
        fields = [*AddressForm.Meta.fields, "valid_to"]
        labels = AddressForm.Meta.labels | UNTIL
        help_texts = {"valid_to": "The last day they lived there. Leave empty while they do."}


class AmendMarkerForm(AmendFactForm, MarkerForm):
    class Meta(MarkerForm.Meta):
        fields = [*MarkerForm.Meta.fields, "valid_from", "valid_to"]
        labels = MarkerForm.Meta.labels | UNTIL
        help_texts = MarkerForm.Meta.help_texts | {"valid_to": "The last day it held. Leave empty while it does."}


class AmendConsentForm(AmendForm, ModelForm):
    """How and when someone answered. What they answered, to what and for whom, is another answer: record that."""

    class Meta:
        model = Consent
        fields = ["how", "words", "giver", "giver_name", "language", "interpreter", "answered_on"]
        labels = {name: AnswerForm.base_fields[name].label for name in fields}
        help_texts = {name: AnswerForm.base_fields[name].help_text for name in fields if name != "answered_on"}

    def clean_answered_on(self):
        return not_in_future(self.cleaned_data["answered_on"])


amendable(Offender, EditPersonForm, Category.IDENTITY)
amendable(Note, AmendNoteForm, Category.GENERAL)
amendable(Alias, AmendAliasForm, Category.IDENTITY)
amendable(Identifier, AmendIdentifierForm, Category.IDENTITY)
amendable(Address, AmendAddressForm, Category.IDENTITY)
amendable(Marker, AmendMarkerForm, Category.IDENTITY, apart={"detail": Category.POLICE})
amendable(Consent, AmendConsentForm, Category.GENERAL)
