"""What is asked of rehab units, and what they ask back: the same for pages and API."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils.html import format_html, format_html_join

from offenders.models import Address
from offenders.steps import StepForm
from partners.frame.forms import Checkboxes, DateField, MoneyField, yes_or_no
from partners.frame.templatetags.frame import pounds
from partners.models import Agreement, Area
from referrals.rehab.matching import Circumstance, Needs, fits
from referrals.rehab.models import Placement, PlacementQuestion, RehabUnit
from referrals.rehab.placement_forms import foreseeable, happened, one_at_a_time

# by what is least sure of what was asked: a word for the unit as a whole, the colour of its tag
VERDICTS = {False: ("Does not fit", "red"), None: ("Ask them", "yellow"), True: ("Fits", "green")}


def verdict(found):
    """Whether a unit fits: not if anything is not met, not known if anything is not known."""
    met = [fit.met for fit in found]
    return False if False in met else None if None in met else True


class NeedsForm(StepForm):
    """What they need of a rehab. `record` is the case."""

    on = None
    needs_detox = yes_or_no(label="Do they need detox first?")
    circumstances = forms.MultipleChoiceField(
        label="Is any of this true of them?", choices=Circumstance, widget=Checkboxes, required=False,
        help_text="What some units cannot take. Those asked are told what you tick.",
    )  # fmt: skip
    expected_arrival = DateField(
        label="When would they arrive?", noun="the day of arrival", required=False, validators=[foreseeable]
    )
    expected_departure = DateField(
        label="When would they leave?", noun="the day of departure", required=False, validators=[foreseeable]
    )
    near = forms.ModelChoiceField(
        Area.objects.filter(latitude__isnull=False), label="Near where?", required=False, empty_label="Anywhere",
        help_text="Where they live, or where it is better for them to be.",
    )  # fmt: skip
    miles = forms.IntegerField(
        label="How many miles away, at the most?", min_value=1, max_value=600, required=False,
        widget=forms.NumberInput({"class": "govuk-input--width-3"}),
    )  # fmt: skip
    price_limit = MoneyField(
        label="How many pounds a week, at the most?", required=False, help_text="Units are not told this."
    )
    WANTED = ["needs_detox", "circumstances", "expected_arrival", "expected_departure", "near", "miles", "price_limit"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        home = Address.objects.on().filter(offender=self.record.offender_id, area__latitude__isnull=False)
        self.initial.setdefault("near", home.values_list("area", flat=True).first())

    def clean(self):
        answers = super().clean()
        arrival, departure = answers.get("expected_arrival"), answers.get("expected_departure")
        if arrival and departure and departure < arrival:
            self.add_error("expected_departure", "They cannot be expected to leave before they arrive.")
        return answers

    def offered(self):
        """The units that may be asked: of agencies with an agreement with the team's, and of its own."""
        agreed = Agreement.objects.between(self.record.agency, OuterRef("agency"))
        units = RehabUnit.objects.visible_to(self.user).on().filter(Q(agency=self.record.agency) | Exists(agreed))
        return units.with_free_places()

    def fits(self):
        """[(unit, [Fit])], best first, for what was answered; for what is known of them where nothing was yet."""
        answers = self.cleaned_data if self.is_bound else dict(self.initial)
        if not self.is_bound:
            answers["near"] = Area.objects.filter(pk=answers["near"]).first()
        needs = Needs(
            sex=self.record.offender.sex, detox=bool(answers.get("needs_detox")),
            circumstances=tuple(answers.get("circumstances") or ()), arrival=answers.get("expected_arrival"),
            departure=answers.get("expected_departure"), price_limit=answers.get("price_limit"),
            near=answers.get("near"), miles=answers.get("miles"),
        )  # fmt: skip
        return fits(self.offered(), needs)


class RequestForm(NeedsForm):
    """A place asked for: of which units, and what they must know. Each gets a request of its own.

    Sent with `look` it only shows again which units fit.
    """

    needs = forms.CharField(
        label="What must the unit know to answer?", max_length=4000,
        widget=forms.Textarea({"rows": 6}),
        help_text="Needs, risks, prescribing. The unit reads this: leave out police intelligence and the names of "
        "other people.",
    )  # fmt: skip
    units = forms.ModelMultipleChoiceField(
        RehabUnit.objects.none(), label="Which units?", widget=Checkboxes,
        help_text="Those of agencies that have a sharing agreement with yours. Tick all that you want to ask.",
        error_messages={"required": "Choose at least one unit to ask."},
    )  # fmt: skip
    on = DateField(
        label="When was the place asked for?", noun="the date", required=False, help_text="Leave empty for today."
    )
    field_order = ["needs", *NeedsForm.WANTED, "units", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = self.offered()
        if last := self.record.placements.order_by("requested_on", "recorded_at").last():
            for name in ("needs", "needs_detox", "circumstances"):
                self.initial.setdefault(name, getattr(last, name))
        self.is_looking = "look" in self.data

    def full_clean(self):
        super().full_clean()
        for name in list(self.errors) if self.is_looking else ():
            if self.errors.as_data()[name][0].code == "required":  # not asked yet
                del self.errors[name]

    def is_valid(self):
        return super().is_valid() and not self.is_looking

    def clean_on(self):
        return happened(self.cleaned_data["on"], since=self.record.opened_on, what="the day the case was opened")

    def clean_units(self):
        units = self.cleaned_data["units"]
        asked = set(self.record.placements.live().values_list("unit", flat=True))
        if again := [str(unit) for unit in units if unit.pk in asked]:
            said = ", ".join(again)
            raise ValidationError(f"Already asked for a place for this person: {said}. Leave out what is asked.")
        return units

    def clean(self):
        if self.record.offender.deceased_on:
            raise ValidationError("This person has died.")
        return super().clean()

    def context(self):
        ranked = self.fits()
        self.fields["units"].choices = [(unit.pk, unit_words(unit, found)) for unit, found in ranked]
        return {
            "lead": "Each unit that you ask answers by itself, with an offer, a question, or no and why. Booking one "
            "withdraws the others.",
            "consequence": "The staff of each unit that you ask will see this person's name, age and the health "
            "information that you write here, from the moment you send this. Ask those that could take them.",
            "wanted": [self[name] for name in ("needs", *self.WANTED)],
            "is_none": not ranked,
        }

    def write(self):
        """Ask each unit. Returns the Placements."""
        told = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        kept = {
            name: told[name]
            for name in ("needs", "needs_detox", "circumstances", "expected_arrival", "expected_departure", "on")
            if name in told
        }
        with one_at_a_time(self.record):
            return [Placement.request(self.record, by=self.user, unit=unit, **kept) for unit in self.clean_units()]


def unit_words(unit, found):
    """A unit to choose: its name, whether it fits, why or why not."""
    word, colour = VERDICTS[verdict(found)]
    said = [*(fit for met in (False, None, True) for fit in found if fit.met is met)]
    reasons = format_html_join(
        "", '<span class="tc-table__note">{}: {}</span>',
        (({False: "No", None: "Not known", True: "Yes"}[fit.met], fit.sentence) for fit in said),
    )  # fmt: skip
    facts = [unit.restrictions] if unit.restrictions else []
    if unit.weekly_price is not None and "price" not in {fit.name for fit in found}:
        facts.insert(0, f"{pounds(unit.weekly_price)} a week")
    more = format_html('<span class="tc-table__note">{}</span>', ". ".join(facts)) if facts else ""
    tag = format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', colour, word)
    return format_html("{} {}{}{}", unit, tag, reasons, more)


class AskForm(StepForm):
    """A question of the rehab. `record` is the placement."""

    on = None
    text = forms.CharField(
        label="What do you need to know?", max_length=600, widget=forms.Textarea({"rows": 4}),
        help_text="The O2R team reads and answers it here. Leave out what you know of other people.",
    )  # fmt: skip

    def context(self):
        return {"lead": "The request stays open: you can offer or decline before the answer comes."}

    def write(self):
        return PlacementQuestion.ask(self.record, by=self.user, text=self.cleaned_data["text"])


class AnswerForm(StepForm):
    """The team's answer. `record` is the question."""

    on = None
    answer_text = forms.CharField(
        label="What do you answer?", max_length=4000, widget=forms.Textarea({"rows": 5}),
        help_text="The unit's staff read this: leave out police intelligence and the names of other people.",
    )  # fmt: skip

    def context(self):
        return {"answers": [(f"{self.record.placement.unit} asks", self.record.text)]}


QUESTION_FORMS = {"answer": AnswerForm}
