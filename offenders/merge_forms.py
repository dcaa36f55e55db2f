"""What is asked of likely pairs and merges; the same forms and filters for pages and API."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.text import capfirst
from django_filters import ChoiceFilter, MultipleChoiceFilter

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes, Form, Radios

from . import merge, panels
from .codes import Ethnicity, OfficerEthnicity, Sex
from .duplicates import pair_of
from .forms import WhyForm
from .models import Amendment, LikelyPair, Merge, Offender

UNKNOWN = {None, "", False, Sex.UNKNOWN, Ethnicity.UNKNOWN, OfficerEthnicity.UNKNOWN}
SURE = ["", *Offender.Standing.values]  # from the least sure to the surest
MEANWHILE = "One of these two was amended while you were at it. Look at both again, then choose."


class PairFilter(FilterSet):
    """Which likely pairs; those to be decided unless others are asked for."""

    state = ChoiceFilter(
        label="Decision", choices=LikelyPair.State.choices[:2], widget=Radios, empty_label=None, method="in_state"
    )
    alike = MultipleChoiceFilter(
        label="Alike in", widget=Checkboxes, method="alike_in",
        choices=[("number", "A number"), ("name", "Name"), ("alias", "Another name"), ("born", "Date of birth"),
                 ("phone", "Phone"), ("address", "Address")],
    )  # fmt: skip

    def in_state(self, pairs, name, state):
        return pairs.filter(state=state)

    def alike_in(self, pairs, name, kinds):
        for kind in kinds:
            pairs = pairs.filter(reasons__contains=[{"kind": kind}])
        return pairs

    def filter_queryset(self, queryset):
        pairs = super().filter_queryset(queryset)
        return pairs if self.form.cleaned_data["state"] == LikelyPair.State.DIFFERENT else pairs.open()


class MergeFilter(FilterSet):
    state = ChoiceFilter(
        label="Review", choices=Merge.State.choices, widget=Radios, empty_label=None, method="in_state"
    )

    def in_state(self, merges, name, state: str):
        if state == Merge.State.TO_REVIEW:
            return merges.to_review()
        if state == Merge.State.UNDONE:
            return merges.exclude(undone_at=None)
        return merges.standing().exclude(reviewed_at=None)


class CompareForm(Form):
    """Two people whom nobody proposed, by their references."""

    first = forms.CharField(label="One reference", max_length=8)
    second = forms.CharField(label="The other reference", max_length=8)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def _person(self, name):
        reference = self.cleaned_data[name].replace(" ", "").upper()
        person = Offender.objects.visible_to(self.user).referred_to_as([reference]).first()
        if person is None:
            raise ValidationError("There is nobody with this reference, or they are not yours to see.")
        return person

    def clean_first(self):
        return self._person("first")

    def clean_second(self):
        if (second := self._person("second")) == self.cleaned_data.get("first"):
            raise ValidationError("This is the same record. Enter the reference of another.")
        return second

    def pair(self):
        return pair_of(self.cleaned_data["first"], self.cleaned_data["second"])


def version(pair):
    """Which amendment of either came last."""
    keys = list(map(str, pair.offender_ids))
    amendments = Amendment.objects.filter(record_type=Offender._meta.label_lower, record_id__in=keys)
    return str(amendments.order_by("-recorded_at", "-id").values_list("pk", flat=True).first() or "none")


class MergeForm(WhyForm):
    """Whose facts are taken, fact by fact, and which record leads. What differs is asked; the likelier is chosen."""

    leads = forms.ChoiceField(label="Which reference leads?", widget=Radios, required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, pair, **kwargs):
        super().__init__(*args, **kwargs)
        self.pair, self.sides = pair, {"one": pair.one, "other": pair.other}
        older = min(self.sides, key=lambda side: self.sides[side].recorded_at)
        self.fields["leads"].choices = [(side, person.reference) for side, person in self.sides.items()]
        self.fields["leads"].initial = older
        self.fields["seen"].initial = version(pair)
        self.facts = merge.differing(pair.one, pair.other)
        for name in self.facts:
            label = capfirst(Offender._meta.get_field(name).verbose_name)
            choices = [
                (side, format_html('<span class="govuk-visually-hidden">{}: </span>{}', label, words_of(person, name)))
                for side, person in self.sides.items()
            ]
            likelier = max(self.sides, key=lambda side: (*self._weight(side, name), side == older))
            self.fields[name] = forms.ChoiceField(
                label=label, choices=choices, widget=Radios, initial=likelier, required=False
            )

    def _weight(self, side, name):
        """Known before unknown, verified before recorded by an officer before self-reported."""
        person = self.sides[side]
        return getattr(person, name) not in UNKNOWN, SURE.index(person.standing.get(name, ""))

    def clean(self):
        answers = super().clean()
        if answers.get("seen") and answers["seen"] != version(self.pair):
            self.data = {**dict(self.data.items()), "seen": version(self.pair)}  # who has read this may send it again
            self.add_error(None, MEANWHILE)
        for name in ("leads", *self.facts):
            answers[name] = answers.get(name) or self.fields[name].initial
        return answers

    def merge(self, *, by):
        """Merge the two as the answers say. Returns the Merge."""
        answers = self.cleaned_data
        kept, gone = self.sides.values() if answers["leads"] == "one" else reversed(self.sides.values())
        choices = {name: "kept" if answers[name] == answers["leads"] else "gone" for name in self.facts}
        return merge.merge(kept, gone, choices=choices, by=by, reason=answers["reason"])


def words_of(person, name):
    """This fact of the person in words, with how it is known."""
    found = panels.facts_of(person, [name])
    return (found and found[0][1]) or "Not known"
