"""The assessment, on one page or section by section: what each substance costs a day, how life stands."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.boundfield import BoundField
from django.utils import timezone

from offenders.versions import chosen, compare, seal
from partners.frame.forms import Checkboxes, DateField, Form, MoneyField, Radios

from .models import AssessedSubstance, Assessment, Case
from .models.assessment import CLOSED
from .questions import QUESTIONS, SECTIONS, Part, names_of
from .workflow import Phase

Substance = AssessedSubstance.Substance
UNSAID = [("", "Not said")]


def words(name):
    label, hint = QUESTIONS[name]
    return forms.CharField(
        label=label, help_text=hint, required=False, widget=forms.Textarea({"rows": 3}), max_length=4000
    )


def controls(value, label):
    """The three controls of a substance."""
    route, frequency = AssessedSubstance.Route.choices, AssessedSubstance.Frequency.choices
    wrong = f"{label}: enter pounds a day, like 20 or 12.50"
    words = {"invalid": wrong, "min_value": wrong, "max_digits": wrong, "max_whole_digits": wrong}
    return {
        value: MoneyField(label=f"{label}, pounds a day", required=False, max_digits=8, error_messages=words),
        f"{value}_route": forms.ChoiceField(label=f"{label}, how taken", choices=UNSAID + route, required=False),
        f"{value}_frequency": forms.ChoiceField(
            label=f"{label}, how often", choices=UNSAID + frequency, required=False
        ),
    }


SubstancesForm = type(
    "SubstancesForm",
    (Form,),
    {name: field for choice in Substance.choices for name, field in controls(*choice).items()},
)


TEXTS = [name for name in names_of(Part.WHOLE) if name not in ("substances", "funded_by")]
PartForm = type("PartForm", (SubstancesForm,), {name: words(name) for name in TEXTS})


class AssessmentForm(PartForm):
    """A substance with all three controls empty is not used; with the money alone empty, its cost is not known."""

    assessed_on = DateField(label="When were they assessed?", noun="the date of the assessment")
    funded_by = forms.MultipleChoiceField(
        label=QUESTIONS["funded_by"].text,
        choices=Assessment.Funding.choices,
        widget=Checkboxes,
        required=False,
        help_text=QUESTIONS["funded_by"].hint,
    )
    field_order = ["assessed_on", *(name for name in SubstancesForm.base_fields), *names_of(Part.WHOLE)]

    def __init__(self, *args, case, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.case, self.user = case, user
        self.initial.setdefault("assessed_on", timezone.localdate())

    def context(self):
        return {}

    @property
    def rows(self):
        """Each substance with its three controls, as the page lays them out; none where they are not asked."""
        return [
            (label, self[value], self[f"{value}_route"], self[f"{value}_frequency"])
            for value, label in Substance.choices
            if value in self.fields
        ]

    @property
    def other_fields(self) -> list[BoundField]:
        """What comes after the table."""
        return [self[name] for name in ("funded_by", *TEXTS) if name in self.fields]

    @property
    def questions(self):
        """{field: the question, in the words it is asked in here}."""
        asked = {name: QUESTIONS[name].text for name in QUESTIONS if name in self.fields}
        return asked | ({"substances": QUESTIONS["substances"].text} if Substance.HEROIN in self.fields else {})

    def clean_assessed_on(self):
        day = self.cleaned_data["assessed_on"]
        if day > timezone.localdate():
            raise ValidationError("The date of the assessment cannot be in the future")
        return day

    def clean(self):
        answers = super().clean()
        if self.case and self.case.phase == Phase.CLOSED:
            raise ValidationError(CLOSED, code="closed")
        said = [value for name, value in answers.items() if name not in ("assessed_on", "case", "part")]
        if not self.errors and all(value in (None, "", []) for value in said):
            raise ValidationError("Say what they take, or something of how life stands, before you record it.")
        return answers

    @staticmethod
    def substances(answers):
        """The rows that these answers make, each as a dict."""
        for value in Substance.values:
            spend, route, frequency = (answers.get(name) for name in (value, f"{value}_route", f"{value}_frequency"))
            if spend is None and not route and not frequency:
                continue
            row = {"substance": value, "daily_spend": spend, "route": route, "frequency": frequency}
            yield {name: answer for name, answer in row.items() if answer != ""}

    @property
    def answers(self):
        """{field of the assessment: what was answered}, of all that is asked here."""
        answers = {name: self.cleaned_data[name] for name in ("funded_by", *TEXTS) if name in self.fields}
        if Substance.HEROIN in self.fields:
            answers["substances"] = list(self.substances(self.cleaned_data))
        return answers

    def record(self):
        """Keep it. Raises what Assessment.record raises."""
        day, part = self.cleaned_data["assessed_on"], self.cleaned_data.get("part") or Part.WHOLE
        return Assessment.record(
            self.case, by=self.user, assessed_on=day, part=part, asked=self.questions, **self.answers
        )


def substances_of(assessment):
    """{control: value} of the substances that are recorded."""
    return {
        f"{one.substance}{part}": value
        for one in assessment.substances.all()
        for part, value in (("", one.daily_spend), ("_route", one.route), ("_frequency", one.frequency))
    }


class AssessmentOfForm(AssessmentForm):
    """The same for the API, which names the case too, and may name the part: of another part nothing is taken."""

    case = forms.ModelChoiceField(Case.objects.none())
    part = forms.ChoiceField(choices=Part, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, case=None, user=user, **kwargs)
        self.fields["case"].queryset = Case.objects.visible_to(user)
        if isinstance(self.data, dict) and self.data.get("part") in Part.values:
            only(self, names_of(self.data["part"]))

    def clean_case(self):
        self.case = self.cleaned_data["case"]
        return self.case


def only(form, names):
    """Leave in this form, of the questions of an assessment, those of these names."""
    for name in QUESTIONS.keys() - set(names):
        form.fields.pop(name, None)
    if "substances" not in names:
        for name in SubstancesForm.base_fields:
            del form.fields[name]


class BeginAssessmentForm(Form):
    """Which part of an assessment the user's agency does now."""

    on = DateField(label="When was this?", noun="the date", required=False, help_text="Leave empty for today.")
    part = forms.ChoiceField(
        label="Which part will you do?", choices=Part, widget=Radios,
        help_text="Two agencies do a part each, in their own sign-ins; or one does all of it.",
    )  # fmt: skip
    field_order = ["part", "on"]

    def __init__(self, *args, case, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.case, self.user = case, user
        self.initial.setdefault("part", Assessment.part_of(user, case))

    def context(self):
        missing = self.case.assessments.missing()
        parts = "; ".join(part.label.lower() for part in missing)
        again = "Both parts are finished: this begins another assessment, and the one before it stays as it is."
        return {"lead": f"Not finished yet: {parts}." if missing else again}

    def begin(self):
        answers = {name: value for name, value in self.cleaned_data.items() if value}
        return Assessment.begin(self.case, by=self.user, **answers)


class SectionForm(AssessmentForm):
    """One section of an assessment that is not finished. Nothing in it must be answered to be kept."""

    marks_optional = False
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, row, section, user):
        self.row, names = row, SECTIONS[section].names
        initial = {name: getattr(row, name) for name in names if name != "substances"} | substances_of(row)
        super().__init__(data, case=row.case, user=user, initial=initial)
        del self.fields["assessed_on"]
        only(self, names)
        self.names = names
        self.initial["seen"] = self.seal()

    def seal(self):
        return seal(self.row, self.names)

    def clean(self):
        return self.cleaned_data

    def write(self):
        """Keep the answers, unless someone else changed them meanwhile (Overtaken)."""
        with transaction.atomic():
            locked = Assessment.objects.select_for_update().get(pk=self.row.pk)
            answers = chosen(self.answers, self.data)
            if self.cleaned_data.get("seen"):
                compare(locked, answers, self.cleaned_data["seen"], by=self.user)
            self.row.keep(by=self.user, asked=self.questions, **answers)
        return self.row


class DiscardForm(Form):
    """Nothing is asked but to be sure."""

    def context(self):
        return {"consequence": "What was written in it goes. That it was begun stays on record.", "danger": True}


class FinishForm(Form):
    """The day it is dated, asked below what it says."""

    assessed_on = DateField(label="When were they assessed?", noun="the date of the assessment")

    def __init__(self, data=None, *, row, user):
        super().__init__(data, initial={"assessed_on": row.assessed_on})
        self.row, self.user = row, user

    def write(self):
        self.row.finish(by=self.user, on=self.cleaned_data["assessed_on"])
