"""What is asked about money for a stay: the same for pages, API and back office."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from offenders.steps import ReasonForm, StepForm
from partners.frame.forms import DateField, MoneyField, Radios
from partners.frame.templatetags.frame import pounds
from partners.settings import setting
from referrals.rehab.models import Funder, Funding, Overspend
from referrals.rehab.models.funder import PENNY, financial_year, year_label
from referrals.rehab.models.funding import FROM_HERE, agreed_for

LONG_AGO_OR_AHEAD = range(-2, 3)  # years about this one whose budget may be asked


def years(about=None):
    """Financial years to choose from, as choices."""
    this = financial_year(timezone.localdate())
    asked = {this + n for n in LONG_AGO_OR_AHEAD} | ({about} if about else set())
    return [(year, year_label(year)) for year in sorted(asked)]


class YearField(forms.TypedChoiceField):
    """The financial year whose budget is meant."""

    def __init__(self, **kwargs):
        super().__init__(
            choices=years, coerce=int, widget=Radios, label="Which year's budget is it to come from?", **kwargs
        )


def not_to_come(day):
    if day and day > timezone.localdate():
        raise ValidationError("The date must be today or in the past.")
    return day


class MoneyStepForm(StepForm):
    """A step about money: not in the future."""

    def clean_on(self):
        return not_to_come(self.cleaned_data["on"])


class AskFunderForm(MoneyStepForm):
    """A sum asked of a funder. `record` is the placement."""

    funder = forms.ModelChoiceField(
        queryset=Funder.objects.none(), label="Who is asked?", empty_label=None, widget=Radios,
        help_text="An administrator adds funders in the back office.",
    )  # fmt: skip
    asked = MoneyField(label="For how much?", min_value=PENNY)
    year = YearField(help_text="From April to March. A stay that goes beyond March may be asked for twice.")
    on = DateField(label="When were they asked?", noun="the date", required=False, help_text="Leave empty for today.")
    field_order = ["funder", "asked", "year", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        stay = self.record
        self.fields["funder"].queryset = Funder.objects.on()
        self.fields["year"].initial = financial_year(stay.arrived_on or stay.expected_arrival or timezone.localdate())
        self.cost, self.agreed = stay.cost, agreed_for(stay)
        if self.cost and self.cost > self.agreed:
            self.fields["asked"].initial = self.cost - self.agreed

    def context(self):
        cost = "not known: it has no price or no days" if self.cost is None else pounds(self.cost)
        return {
            "answers": [("The stay costs", cost), ("Agreed so far", pounds(self.agreed))],
            "consequence": "Someone else records what the funder answers.",
        }

    def write(self):
        """Ask. Returns the Funding."""
        answers = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return Funding.ask(self.record, by=self.user, **answers)


class AgreeForm(MoneyStepForm):
    replaces = ("agreed",)
    agreed = MoneyField(label="How much did they agree to?")
    on = DateField(label="When did they answer?", noun="the date", required=False, help_text="Leave empty for today.")
    field_order = ["agreed", "on"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("agreed", record.asked if record.agreed is None else record.agreed)

    def context(self):
        (large,) = setting("approval_from_pounds")
        said = FROM_HERE.format(pounds(large))
        return {"answers": [("Asked for", pounds(self.record.asked))], "consequence": said[:1].upper() + said[1:]}


class ConfirmForm(StepForm):
    """A second supervisor's word, that what another recorded counts: the sum that the page showed, and no other."""

    on = None
    agreed = forms.DecimalField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("agreed", record.agreed)

    def context(self):
        funding = self.record
        return {
            "answers": [
                ("Asked for", f"{pounds(funding.asked)}, by {funding.asked_by}"),
                ("Agreed", f"{pounds(funding.agreed)}, as {funding.answered_by} recorded"),
            ],
            "consequence": "From now on the stay can be booked on it.",
        }


class EndForm(ReasonForm, MoneyStepForm):
    """A refusal, or that it is not needed any more."""


class PayForm(MoneyStepForm):
    amount = MoneyField(label="How much?", min_value=PENNY)
    is_refund = forms.TypedChoiceField(
        label="Which way?", choices=[("", "Paid by the funder"), ("back", "Paid back to the funder")], widget=Radios,
        coerce=bool, required=False, empty_value=False,
    )  # fmt: skip
    on = DateField(label="When was it paid?", noun="the date", required=False, help_text="Leave empty for today.")
    field_order = ["amount", "is_refund", "on"]


class ExceedForm(ReasonForm):
    """A supervisor's word that a stay may cost more than is agreed. `record` is the placement."""

    on = None
    replaces = ("exceed_up_to",)
    exceed_up_to = MoneyField(label="Up to how much may the whole stay cost?", min_value=PENNY)
    field_order = ["exceed_up_to", "reason"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("exceed_up_to", record.cost if record.exceed_up_to is None else record.exceed_up_to)

    def context(self):
        cost = "Not known" if self.record.cost is None else pounds(self.record.cost)
        return {
            "answers": [("The stay costs", cost), ("Agreed by funders", pounds(agreed_for(self.record)))],
            "consequence": "Your name and your reason stay with the placement. Nothing is taken out of a budget.",
        }


class OverspendForm(StepForm):
    """The wish that a stay may cost more than is agreed. `record` is the placement."""

    on = None
    up_to = MoneyField(label="Up to how much may the whole stay cost?", min_value=PENNY)
    why = forms.CharField(
        label="Why can it not wait for a funder?", widget=forms.Textarea({"rows": 3}), max_length=200,
        help_text="A supervisor reads this and decides. Leave out their health.",
    )  # fmt: skip

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("up_to", record.cost)

    def context(self):
        return {**ExceedForm.context(self), "consequence": "Nothing changes until a supervisor allows it."}

    def write(self):
        return Overspend.ask(self.record, by=self.user, **self.cleaned_data)


class AllowForm(StepForm):
    """A supervisor's word, as asked for. `record` is the overspend."""

    on = None

    def context(self):
        wish, stay = self.record, self.record.placement
        return {
            "answers": [
                ("Asked by", f"{wish.asked_by}: {wish.why}"),
                ("Up to", pounds(wish.up_to)),
                ("The stay costs", "Not known" if stay.cost is None else pounds(stay.cost)),
                ("Agreed by funders", pounds(agreed_for(stay))),
            ],
            "consequence": "Your name and their reason stay with the placement. Nothing is taken out of a budget.",
        }


class EndWishForm(ReasonForm):
    """Why it is not allowed, or not needed."""

    on = None


OVERSPEND_FORMS = {"allow": AllowForm, "refuse": EndWishForm, "withdraw": EndWishForm}
FUNDING_FORMS = {"agree": AgreeForm, "confirm": ConfirmForm, "refuse": EndForm, "withdraw": EndForm, "pay": PayForm}
