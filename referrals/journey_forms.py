"""What putting someone forward on a general pathway asks: who, and why; by page and API alike."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from offenders.codes import Ethnicity, Sex
from offenders.facts import record_fact
from offenders.forms import PersonForm
from offenders.identifiers import KINDS, check_identifier
from offenders.models import Identifier
from offenders.steps import StepForm
from partners.frame.forms import WORDS, DateField, Radios, yes_no_or_unknown
from partners.models import Agency, Area, Service, Unit

from .pathways import Pathway, Source, open_pathways


def writes_up(user, pathways):
    """Whether the user's team takes referrals on one of these pathways: they write up those made by phone, too."""
    takes = Service.objects.on().filter(user.mine(), pathway__in=pathways)
    return user.has_perm("referrals.accept_referral") and takes.exists()


class WhoForm(PersonForm):
    """A person whom nobody recorded yet, in what one asks on the street. A guess at the age will do."""

    known_by = None
    pnc = forms.CharField(
        label="PNC number", required=False, max_length=30, help_text="If you have it: it finds who is known already."
    )

    class Meta(PersonForm.Meta):
        fields = ["given_names", "family_name", "date_of_birth", "sex", "phone", "ethnicity"]
        labels = PersonForm.Meta.labels | {"ethnicity": "How do they describe their ethnicity?"}
        widgets = {"ethnicity": forms.Select}

    field_order = ["given_names", "family_name", "date_of_birth", "age", "sex", "pnc", "phone", "area", "ethnicity"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("sex", "ethnicity"):
            self.fields[name].required = False

    def clean_pnc(self):
        return check_identifier("pnc", self.cleaned_data["pnc"]) if self.cleaned_data["pnc"] else ""

    @property
    def numbers(self):
        """What was given that other systems know the person by: pairs of kind and value."""
        return [("pnc", self.cleaned_data["pnc"])] if self.cleaned_data["pnc"] else []

    @property
    def in_words(self):
        """The numbers, one fact a line."""
        return [(KINDS[kind], value) for kind, value in self.numbers]

    def save_new(self, *, by):
        offender = super().save_new(by=by)
        for kind, value in self.numbers:
            record_fact(Identifier(offender=offender, kind=kind, value=value), by=by)
        return offender

    def clean_sex(self):
        return self.cleaned_data["sex"] or Sex.UNKNOWN

    def clean_ethnicity(self):
        return self.cleaned_data["ethnicity"] or Ethnicity.UNKNOWN


class WhyForm(StepForm):
    """Why this person is put forward, and by whom; also what a draft says, to be changed."""

    on = None
    pathway = forms.ChoiceField(label="Refer them to", widget=Radios)
    source = forms.ChoiceField(label="Who put them forward?", choices=Source, widget=Radios)
    sender = forms.ChoiceField(
        label="Which agency or unit is it from?", required=False, help_text="They will see what becomes of it."
    )
    referred_on = DateField(
        label="When did they put them forward?", noun="the date", required=False, help_text="Leave empty for today."
    )
    area = forms.ModelChoiceField(
        Area.objects.all(), label="Where do they live?", widget=Radios, blank=True, required=False,
        empty_label="Not known",
    )  # fmt: skip
    offending_area = forms.ModelChoiceField(
        Area.objects.exclude(code=Area.NO_FIXED_ABODE), label="Where do they mostly offend?", widget=Radios, blank=True,
        required=False, empty_label="Not known",
    )  # fmt: skip
    funds_addiction = yes_no_or_unknown(label="Do they offend to pay for an addiction?")
    summary = forms.CharField(
        label="Why this person, why now?", max_length=1000, required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text="Whoever receives it reads this, and whoever sends it. No intelligence, no names of others.",
    )  # fmt: skip
    MODEL_FIELDS = ["source", "area", "offending_area", "funds_addiction", "summary"]
    replaces = [*MODEL_FIELDS, "referred_on", "from_agency", "from_unit"]

    def __init__(self, data=None, *, record, user, is_new=False):
        super().__init__(data, record=record, user=user)
        self.is_draft = record._state.adding
        if not self.is_draft or len(open_pathways()) == 1:
            del self.fields["pathway"]
        else:
            self.fields["pathway"].choices = [(one, Pathway(one).label) for one in open_pathways()]
        if not writes_up(user, open_pathways() if self.is_draft else [record.pathway]):
            del self.fields["sender"], self.fields["referred_on"]
        else:
            self.fields["sender"].choices = self._senders()
        if is_new:
            del self.fields["area"]
        self.initial = self._initial()

    def _initial(self):
        record = self.record
        funds = "" if self.is_draft and record.funds_addiction is None else WORDS[record.funds_addiction]
        initial = {name: getattr(record, name) for name in self.MODEL_FIELDS} | {"funds_addiction": funds}
        if self.is_draft:
            return initial | {"source": self._own_source(), "sender": "ours"}
        unit, agency = record.from_unit_id, record.from_agency_id
        return initial | {
            "sender": f"unit:{unit}" if unit else f"agency:{agency}" if agency else "unknown",
            "referred_on": record.referred_on,
        }

    def _own_source(self):
        """Who most likely put the person forward, from whoever is writing it up."""
        named = {Source.CRANSTOUN.label: Source.CRANSTOUN, Source.CGL.label: Source.CGL}
        return named.get(str(self.user.membership.agency), Source.OFFICER)

    def _senders(self):
        hat, units = self.user.membership, Unit.objects.on().filter(agency__kind=Agency.Kind.POLICE)
        return [
            *([("ours", "Our own team")] if self.is_draft else []),
            ("unknown", "None, or not known"),
            ("Police", [(f"unit:{unit.pk}", str(unit)) for unit in self._with(units, self.record.from_unit)]),
            (
                "Agencies",
                [
                    (f"agency:{agency.pk}", str(agency))
                    for agency in Agency.objects.all()
                    if agency.pk != hat.agency_id or agency.pk == self.record.from_agency_id
                ],
            ),
        ]

    @staticmethod
    def _with(units, unit):
        """Today's units, and the one it came from though it is no longer."""
        units = list(units)
        return units if unit is None or unit in units else [*units, unit]

    def clean_referred_on(self):
        day = self.cleaned_data["referred_on"]
        if day and day > timezone.localdate():
            raise ValidationError("They cannot have been put forward in the future.")
        return day

    @property
    def chosen_pathway(self):
        return self.cleaned_data.get("pathway") or self.record.pathway

    def referral_fields(self):
        """The answers as the fields of a referral; what was not asked is left out."""
        said = self.cleaned_data
        fields = {name: said[name] for name in self.MODEL_FIELDS if name in said}
        if said.get("referred_on"):
            fields["referred_on"] = said["referred_on"]
        kind, _, pk = said.get("sender", "").partition(":")
        if kind == "unit":
            unit = Unit.objects.select_related("agency").get(pk=pk)
            fields |= {"from_agency": unit.agency, "from_unit": unit}
        elif kind == "agency":
            fields |= {"from_agency": Agency.objects.get(pk=pk), "from_unit": None}
        elif kind == "unknown":
            fields |= {"from_agency": None, "from_unit": None}
        return fields

    def take(self, verb):
        with transaction.atomic():
            self.record.revise(by=self.user, **self.settled(self.referral_fields()))
