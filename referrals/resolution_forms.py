"""What the lead is asked about a resolution, and what a list of them can be asked for; by page and API alike."""

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef

from offenders.forms import not_in_future
from offenders.steps import StepForm
from partners.frame.filters import DayFilter, FilterSet
from partners.frame.forms import DateField, Radios
from partners.models import Unit
from partners.settings import setting

from .forms import ReasonFromList
from .models import Resolution
from .models.reference import DrugClass
from .take_up import period

NOT_DEFERRED = (
    "Divert does not defer a prosecution. That someone did not engage is no reason to charge or caution them for what "
    "was resolved; it bars the next offer."
)


class ApproveForm(StepForm):
    on = None

    def context(self):
        record = self.record
        answers = [("Why approval is asked", record.approval_why), ("Recorded by", str(record.recorded_by))]
        return {"answers": answers, "consequence": "The resolution stands, and so does the appointment."}


class RefuseForm(ReasonFromList):
    """Why it cannot be resolved like this, in words that the officer and the service may read."""

    on = None
    REASONS = (
        "Too serious for a resolution",
        "Supply is suspected",
        "Not enough evidence",
        "No responsibility is accepted",
        "The victim was not asked",
    )

    def context(self):
        then = "The referral is withdrawn and what is booked is cancelled. The officer reads the reason chosen."
        return {"answers": ApproveForm.context(self)["answers"], "danger": True, "consequence": then}


class FormaliseForm(StepForm):
    """The charge or caution that was given in place of the resolution, and why that was."""

    on = None
    formal_outcome = forms.ChoiceField(label="What was given?", choices=Resolution.Formal, widget=Radios)
    formal_on = DateField(label="On which day?", noun="the day")
    formal_reason = forms.ChoiceField(label="Why?", choices=Resolution.FormalReason, widget=Radios)
    reason = forms.CharField(
        label="What else should be known of why?", required=False, max_length=200, widget=forms.Textarea({"rows": 2}),
        help_text="The police alone read this.",
    )  # fmt: skip

    def context(self):
        return {"consequence": NOT_DEFERRED}

    def clean_formal_on(self):
        return not_before(self.record, not_in_future(self.cleaned_data["formal_on"]))

    def clean(self):
        said = super().clean()
        if said.get("formal_reason") == Resolution.FormalReason.OTHER and not said.get("reason"):
            self.add_error("reason", "Enter what the reason was")
        return said


def ruled(day):
    """This day, which cannot be one before the rules that it would be asked by."""
    if day:
        try:
            setting("approval_from_gravity", day)
        except LookupError:
            raise ValidationError("The rules do not go back as far as this day.") from None
    return day


def not_before(resolution, day):
    """This day, which cannot be one before it happened."""
    if day and day < resolution.day:
        raise ValidationError(f"This cannot have been before it happened, on {resolution.day:%-d %B %Y}.")
    return day


STEP_FORMS = {"approve": ApproveForm, "refuse": RefuseForm, "formalise": FormaliseForm}


def units_with_resolutions(request):
    """The units that sent a referral with a resolution that this user sees: no choice tells of a hidden row."""
    seen = Resolution.objects.visible_to(request.user).filter(referral__from_unit=OuterRef("pk"))
    return Unit.objects.filter(Exists(seen))


class ResolutionFilters(FilterSet):
    stands = filters.ChoiceFilter(
        label="Which", method="filter_stands", widget=Radios, empty_label="All",
        choices=[
            ("waiting", "Waiting for approval"),
            ("refused", "Refused"),
            ("not_engaged", "Did not engage"),
            ("to_formalise", "Formal outcome to record"),
            ("formal", "Formal outcome recorded"),
            ("marked", "Outside today's rules"),
        ],
    )  # fmt: skip
    drug_class = filters.ChoiceFilter(label="Class", choices=DrugClass.choices, widget=Radios, empty_label="Any")
    kind = filters.ChoiceFilter(label="Kind", choices=Resolution.Kind.choices, widget=Radios, empty_label="Any")
    from_unit = filters.ModelChoiceFilter(
        label="From unit", field_name="referral__from_unit", queryset=units_with_resolutions, empty_label="Any"
    )
    referred_from = DayFilter(label="Referred on or after", field_name="referral__referred_on", lookup_expr="gte")
    referred_to = DayFilter(label="Referred on or before", field_name="referral__referred_on", lookup_expr="lte")

    class Meta(FilterSet.Meta):
        model = Resolution
        fields = []

    def filter_stands(self, rows, name, value):
        """To ask for what is not shown would tell it: of a formal outcome and of marks only who reads them learns."""
        if value in {"to_formalise", "formal", "marked"}:
            rows = rows.with_leave(self.request.user).filter(may_read=True)
        return getattr(rows, value)()


class SampleFilters(ResolutionFilters):
    seed = filters.CharFilter(label="Seed", required=True, method="filter_seed")

    def filter_seed(self, rows, name, value):
        """All of them: it says by what chance they are picked, not which."""
        return rows


class TakeUpFilters(FilterSet):
    """The period, by the list's own names, and which of them."""

    referred_from = DayFilter(label="Referred on or after")
    referred_to = DayFilter(label="Referred on or before")
    drug_class = filters.ChoiceFilter(label="Class", choices=DrugClass.choices, widget=Radios, empty_label="Any")

    class Meta(FilterSet.Meta):
        model = Resolution
        fields = []

    @property
    def asked(self):
        """The first day and the last, and what else was asked of a valid form, as a filter."""
        said = self.form.cleaned_data
        only = {"drug_class": said["drug_class"]} if said.get("drug_class") else {}
        return *period(said.get("referred_from"), said.get("referred_to")), only
