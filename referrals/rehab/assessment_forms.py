"""The assessment on one page: what each substance costs a day, how it is paid for, how life stands."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils import timezone

from partners.frame.forms import Checkboxes, DateField, Form, MoneyField

from .models import AssessedSubstance, Assessment, Case
from .workflow import Phase

Substance = AssessedSubstance.Substance
UNSAID = [("", "Not said")]

# what to write in each box, and what to leave out of it
TEXTS = {
    "treatment_history": ("Treatment before now", "Where, when, and what came of it."),
    "prescribing": ("Prescribing", "What is prescribed now, by whom. “Not known” is an answer."),
    "health": ("Health", "What a rehab or a worker must know. Leave out what does not bear on that."),
    "housing": ("Housing", "Where they sleep, and whether they can go back to it."),
    "family": ("Family", "Who matters to them, and children they care for. Leave out names of children."),
    "orders": ("Bail and court orders", "Conditions and dates. Leave out intelligence."),
    "motivation": ("Motivation", "In their own words where you can."),
}


def words(name):
    label, hint = TEXTS[name]
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


class AssessmentForm(SubstancesForm):
    """A substance with all three controls empty is not used; with the money alone empty, its cost is not known."""

    field_order = ["assessed_on"]
    assessed_on = DateField(label="When were they assessed?", noun="the date of the assessment")
    funded_by = forms.MultipleChoiceField(
        label="How is it paid for?",
        choices=Assessment.Funding.choices,
        widget=Checkboxes,
        required=False,
        help_text="Choose all that apply; none if it is not known.",
    )
    treatment_history = words("treatment_history")
    prescribing = words("prescribing")
    health = words("health")
    housing = words("housing")
    family = words("family")
    orders = words("orders")
    motivation = words("motivation")

    def __init__(self, *args, case, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.case, self.user = case, user
        self.initial.setdefault("assessed_on", timezone.localdate())

    def context(self):
        return {}

    @property
    def rows(self):
        """Each substance with its three controls, as the page lays them out."""
        for value, label in Substance.choices:
            yield label, self[value], self[f"{value}_route"], self[f"{value}_frequency"]

    @property
    def other_fields(self) -> list[BoundField]:
        """What comes after the table."""
        return [self[name] for name in ("funded_by", *TEXTS)]

    def clean_assessed_on(self):
        day = self.cleaned_data["assessed_on"]
        if day > timezone.localdate():
            raise ValidationError("The date of the assessment cannot be in the future")
        return day

    def clean(self):
        answers = super().clean()
        if self.case and self.case.phase == Phase.CLOSED:
            raise ValidationError("This case is closed. Reopen it before recording an assessment.", code="closed")
        said = [value for name, value in answers.items() if name not in ("assessed_on", "case")]
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

    def record(self):
        """Keep it. Raises what Assessment.record raises."""
        rest = {name: self.cleaned_data[name] for name in ("assessed_on", "funded_by", *TEXTS)}
        return Assessment.record(self.case, by=self.user, substances=list(self.substances(self.cleaned_data)), **rest)


class AssessmentOfForm(AssessmentForm):
    """The same for the API, which names the case too."""

    case = forms.ModelChoiceField(Case.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, case=None, user=user, **kwargs)
        self.fields["case"].queryset = Case.objects.visible_to(user)

    def clean_case(self):
        self.case = self.cleaned_data["case"]
        return self.case
