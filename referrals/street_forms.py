"""What an officer is asked on the street, page by page; the API asks the same."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from offenders.codes import OfficerEthnicity
from offenders.forms import WhenForm
from partners.frame.forms import Form, Radios, yes_no_or_unknown
from partners.settings import setting

from . import law
from .journey_forms import WhoForm
from .models import Drug, Offence, Resolution
from .models.resolution import PATH, TYPED
from .resolution_forms import ruled

# nine in ten are found with cannabis (board paper, paragraph 18)
LIKELY_DRUGS = ["Cannabis", "Cocaine", "Ketamine", "Ecstasy (MDMA)", "Heroin"]
LIKELY_OFFENCES = [law.OF_CANNABIS, law.OF_ANOTHER]


class Likely(Radios):
    """The likely answers as radios, and the others to be selected from: one control, one value.

    `likely` says how many of the choices are radios.
    """

    template_name = "referrals/street/likely.html"
    OTHER = "other"
    likely = 5

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return data.get(f"{name}_other") if value == self.OTHER else value

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        options = [option for _, group, _ in context["widget"]["optgroups"] for option in group]
        radios, rest = options[: self.likely], options[self.likely :]
        if len(rest) < 2:
            radios, rest = options, []
        context["widget"] |= {
            "radios": radios, "rest": rest, "other": self.OTHER,
            "is_other": any(option["selected"] for option in rest),
        }  # fmt: skip
        return context


class LikelyField(forms.ModelChoiceField):
    """One of these rows by a name that a person knows, the likely ones first."""

    widget = Likely

    def __init__(self, *, likely, **kwargs):
        super().__init__(None, empty_label=None, **kwargs)
        self.likely, self.widget.likely = likely, len(likely)

    def offer(self, rows):
        self.queryset = rows
        choices = [(self.prepare_value(row), self.label_from_instance(row)) for row in rows]
        order = {name: number for number, name in enumerate(self.likely)}
        self.choices = sorted(choices, key=lambda choice: (order.get(choice[0], len(order)), choice[1]))


class DrugField(LikelyField):
    def label_from_instance(self, drug):
        return f"{drug}, {drug.get_drug_class_display()}"


class OffenceField(LikelyField):
    def label_from_instance(self, offence):
        return offence.title


class StreetWhoForm(WhoForm):
    """A person met on the street, whom nobody recorded yet: how old they are decides what they are offered.

    How they describe their ethnicity is asked later, by the worker. How the officer saw it is asked with what
    happened, and is in `seen_as`.
    """

    seen_as = ""
    field_order = ["given_names", "family_name", "date_of_birth", "age", "phone", "sex", "area", "pnc"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["ethnicity"]
        self.fields["date_of_birth"].is_either = self.fields["age"].is_either = True

    def clean(self):
        said = super().clean()
        if not self.errors and not said.get("date_of_birth"):
            self.add_error("date_of_birth", "Enter their date of birth, or about how old they are")
        return said

    @property
    def facts(self):
        return super().facts | ({"officer_ethnicity": self.seen_as} if self.seen_as else {})


class HappenedForm(WhenForm):
    """What happened: the drug, the offence, where and when, of the drugs and offences that there are today."""

    class For:
        OWN, SUPPLY, UNKNOWN = "own", "supply", "unknown"
        choices = [(OWN, "Their own use"), (SUPPLY, "Supply is suspected"), (UNKNOWN, "Not known")]

    drug = DrugField(label="What did they have?", to_field_name="name", likely=LIKELY_DRUGS)
    quantity = forms.CharField(label="About how much?", max_length=60, required=False)
    offence = OffenceField(label="What is the offence?", to_field_name="code", likely=LIKELY_OFFENCES)
    purpose = forms.ChoiceField(label="What was it for?", choices=For.choices, widget=Radios)
    is_aggravating = yes_no_or_unknown(label="Did the drugs make another offence worse?")
    place = forms.CharField(label="Where?", max_length=120, help_text="Street and area, as you would say it.")
    stop_search_reference = forms.CharField(label="Stop and search reference", max_length=30, required=False)
    crime_reference = forms.CharField(label="Crime reference", max_length=30, required=False)
    officer_ethnicity = forms.ChoiceField(
        label="How do you see their ethnicity?", choices=OfficerEthnicity, widget=Radios, required=False
    )
    field_order = [
        "drug", "quantity", "offence", "purpose", "is_aggravating", "place", "on", "at", "stop_search_reference",
        "crime_reference", "officer_ethnicity",
    ]  # fmt: skip
    SAID = ["drug", "quantity", "offence", "is_aggravating", "place", "stop_search_reference", "crime_reference"]

    def __init__(self, data=None, *, is_new=False):
        super().__init__(data)
        self.fields["drug"].offer(Drug.objects.on())
        self.fields["offence"].offer(Offence.objects.on())
        self.fields["on"].label, self.fields["on"].help_text = "On which day?", "Leave empty for today."
        self.fields["at"].help_text = "Like 14:30. Leave empty for now."
        if not is_new:
            del self.fields["officer_ethnicity"]

    def clean_on(self):
        return ruled(super().clean_on())

    def clean(self):
        said = super().clean()
        drug, day = said.get("drug"), timezone.localdate(said.get("happened_at") or timezone.now())
        if drug and not drug.as_of(day):
            self.add_error("drug", f"{drug} was no controlled drug on {day:%-d %B %Y}")
        if drug and said.get("offence") and not law.is_of(said["offence"], drug):
            self.add_error("offence", f"“{said['offence'].title}” is not the offence of having {drug}")
        return said

    def resolution_fields(self):
        """The answers as fields of a resolution."""
        said = self.cleaned_data
        own, supply = {self.For.OWN: (True, False), self.For.SUPPLY: (None, True)}.get(said["purpose"], (None, None))
        return {name: said[name] for name in self.SAID} | {
            "occurred_at": said["happened_at"], "is_own_use": own, "is_supply_suspected": supply
        }  # fmt: skip

    @property
    def typed(self):
        """What was typed, with the moment in it, so that it is the same when it is read again."""
        at = timezone.localtime(self.cleaned_data["happened_at"])
        typed = {name: self.data[name] for name in self.data if not name.startswith("on_")}
        return typed | {"on": f"{at:%Y-%m-%d}", "at": f"{at:%H:%M}"}


class SignaturePad(forms.TextInput):
    """A box to sign in with a finger. What is drawn is kept as an SVG path; without script there is no box."""

    template_name = "referrals/street/signature_pad.html"


class SignatureField(forms.CharField):
    """A line drawn on the screen, as an SVG path in a box of 600 by 240."""

    widget = SignaturePad

    def to_python(self, value):
        path = super().to_python(value)
        if path and not (PATH.fullmatch(path) and path.count("L") > 5):
            raise ValidationError("That is no signature. Clear it, and have them sign again.")
        return path


class TermsForm(Form):
    """On what terms it is resolved: what the person accepts, in their words and with their signature."""

    accepts_responsibility = forms.BooleanField(label="They accept that they did it", required=False)
    agrees = forms.BooleanField(label="They agree to see a drug worker", required=False)
    acceptance = forms.CharField(
        label="What do they say about it?", max_length=500, widget=forms.Textarea({"rows": 2}),
        help_text="In their own words.",
    )  # fmt: skip
    appropriate_adult = forms.CharField(
        label="Who is the appropriate adult with them?", max_length=120, help_text="Their name."
    )
    adult_relation = forms.CharField(
        label="Who is that to them?", max_length=60, help_text="Like mother, social worker, volunteer."
    )
    signature = SignatureField(label="Their signature", required=False, max_length=20_000)
    signed_as = forms.CharField(label="Their name, typed by them", max_length=120, required=False)
    is_signed = forms.BooleanField(label="They typed this themselves, instead of signing", required=False)
    victim = forms.ChoiceField(
        label="Is there a victim?", choices=Resolution.Victim, widget=Radios, initial=Resolution.Victim.NONE
    )
    victim_view = forms.CharField(
        label="What does the victim think of it?", max_length=500, required=False,
        widget=forms.Textarea({"rows": 2}), help_text="Ask them. What they say is recorded; it does not decide.",
    )  # fmt: skip
    gravity_score = forms.TypedChoiceField(
        label="Gravity score", choices=[(n, str(n)) for n in range(1, 6)], coerce=int, widget=Radios,
        help_text="From the gravity matrix: 1 is the least serious, 5 the most.",
    )  # fmt: skip
    gravity_rationale = forms.CharField(
        label="Why this score?", max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )
    ADULT = ("appropriate_adult", "adult_relation")
    SAID = [
        "accepts_responsibility", "agrees", "acceptance", "victim", "victim_view", "gravity_score", "gravity_rationale"
    ]  # fmt: skip

    def __init__(self, data=None, *, is_child):
        """`is_child`: whether they were under 18 that day, as the resolution works it out; None: not known."""
        super().__init__(data)
        for name in self.ADULT:
            self.fields[name].required = bool(is_child)
            if is_child is False:
                del self.fields[name]
        for name in ("signature", "signed_as", "victim_view"):
            self.fields[name].is_either = True
        self.asks_from = int(setting("approval_from_gravity")[0])
        self.fields["gravity_rationale"].help_text = f"From {self.asks_from} on it is needed, and a lead approves."

    def clean(self):
        said = super().clean()
        if said.get("signed_as") and not said.get("is_signed"):
            self.add_error("is_signed", "Tick that they typed it themselves, or have them sign")
        elif not said.get("signature") and not said.get("signed_as") and not self.errors.get("signature"):
            self.add_error("signature", "Have them sign, or type their name instead")
        if said.get("victim") not in (None, "", Resolution.Victim.NONE) and not said.get("victim_view"):
            self.add_error("victim_view", "Enter what the victim thinks, or that they do not want to say")
        if (said.get("gravity_score") or 0) >= self.asks_from and not said.get("gravity_rationale"):
            self.add_error("gravity_rationale", "Enter why this score")
        return said

    def resolution_fields(self, at):
        """The answers as fields of a resolution that they accepted at that moment, if they did."""
        said = self.cleaned_data
        fields = {name: said[name] for name in [*self.SAID, *self.ADULT] if name in said}
        signature = said["signature"] or f"{TYPED}{said['signed_as']}"
        return fields | {"signature": signature, "accepted_at": at if said["accepts_responsibility"] else None}

    @property
    def typed(self):
        """What was typed, with the moment at which they accepted."""
        return {name: self.data[name] for name in self.data} | {"accepted_at": timezone.now().isoformat()}
