"""What each step of a referral asks, by page and API alike, and what putting someone forward asks first."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from offenders.codes import Ethnicity, Sex
from offenders.facts import record_fact
from offenders.forms import PersonForm
from offenders.identifiers import KINDS, check_identifier
from offenders.models import Identifier, Note
from offenders.steps import StepForm
from offenders.workflow import day_of
from partners.dated import on as on_day
from partners.frame.forms import DateField, Radios
from partners.models import Agency, Area, Unit, User
from partners.roles import ROLES, Category

from .eligibility import ANSWERS, answers, not_met, what_else_fits
from .pathways import Pathway, Source, open_pathways
from .workflow import OPEN

ANOTHER_REASON = "Another reason"
RECORDING = "referrals.accept_referral"  # whoever takes referrals on also writes up those that others make by phone


# putting someone forward


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
        Area.objects.exclude(code="NFA"), label="Where do they mostly offend?", widget=Radios, blank=True,
        required=False, empty_label="Not known",
    )  # fmt: skip
    funds_addiction = forms.TypedChoiceField(
        label="Do they offend to pay for an addiction?",
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
        coerce={"yes": True, "no": False, "unknown": None}.get,
        empty_value=None,
        widget=Radios,
    )
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
        if not user.has_perm(RECORDING):
            del self.fields["sender"], self.fields["referred_on"]
        else:
            self.fields["sender"].choices = self._senders()
        if is_new:
            del self.fields["area"]
        self.initial = self._initial()

    def _initial(self):
        record = self.record
        funds = {True: "yes", False: "no", None: "" if self.is_draft else "unknown"}[record.funds_addiction]
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


# the steps


class SubmitForm(StepForm):
    """Sending it. Refused while a rule is not met; what is not known yet does not stand in the way."""

    on = None

    def context(self):
        rules = answers(self.record)
        return {
            "answers": [*said(self.record), *explained(rules)],
            "consequence": f"{self.record.to_unit or self.record.to_agency} will see the person and this referral.",
        }

    def clean(self):
        if failed := not_met(answers(self.record)):
            raise ValidationError(why_not(self.record, failed))
        return super().clean()


def said(referral, *, may_read=True):
    """What a referral says, one fact a line; `may_read`: whether the summary too may be shown."""
    summary = referral.summary if may_read else "Not shown: no agreement with the agency that wrote it holds today"
    agency = referral.from_agency and str(referral.from_agency)
    funds = {True: "Yes", False: "No", None: None}[referral.funds_addiction]
    return [
        ("Put forward by", referral.get_source_display()),
        ("From", str(referral.from_unit) if referral.from_unit else agency),
        ("On", f"{referral.referred_on:%-d %B %Y}"),
        ("Lives in", referral.area and str(referral.area)),
        ("Mostly offends in", referral.offending_area and str(referral.offending_area)),
        ("Offends to pay for an addiction", funds),
        ("Why this person, why now", summary or "Nothing written"),
    ]


def explained(rules):
    """Rules with their answers, one a line."""
    return [(rule["sentence"], f"{ANSWERS[rule['answer']]} ({rule['source']})") for rule in rules]


def why_not(referral, failed):
    """A sentence on why it cannot be sent, and what fits instead."""
    others = [Pathway(one).label for one in what_else_fits(referral)]
    instead = f"These may fit: {', '.join(others)}." if others else "No other pathway takes referrals here yet."
    rules = "; ".join(f"“{rule}” is not met" for rule in failed)
    return f"This cannot be sent to {Pathway(referral.pathway).label}: {rules}. {instead}"


def workers_for(referral):
    """The people of the receiving team today who may see referrals, each with `open_referrals`."""
    roles = [name for name, role in ROLES.items() if "referrals.view_referral" in role.permissions]
    team = {"memberships__agency": referral.to_agency_id, "memberships__role__in": roles}
    if referral.to_unit_id:
        team["memberships__unit"] = referral.to_unit_id
    members = User.objects.filter(on_day(prefix="memberships__"), is_active=True, **team).values("pk")
    load = Count("referrals_worked", filter=Q(referrals_worked__status__in=OPEN))
    return User.objects.filter(pk__in=members).annotate(open_referrals=load)


class WorkerField(forms.ModelChoiceField):
    """Someone of the receiving team, with what they carry already in words."""

    def label_from_instance(self, user):
        count = user.open_referrals
        return f"{user}: {count or 'no'} open referral{'' if count == 1 else 's'}"


class AcceptForm(StepForm):
    worker = WorkerField(User.objects.none(), label="Who will see them?", widget=Radios)
    field_order = ["worker", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["worker"].queryset = workers_for(self.record)
        self.initial["worker"] = self.record.worker_id or self.user.pk

    def context(self):
        return {"consequence": "The sender will see that it was accepted, and when."}


class ReasonFromList(StepForm):
    """Why, in words that whoever sent it may read: status and dates, nothing of health."""

    REASONS = ()
    reason = forms.ChoiceField(label="Why?", widget=Radios)
    field_order = ["reason", "detail", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(words, words) for words in (*self.REASONS, ANOTHER_REASON)]


class ReasonWithDetail(ReasonFromList):
    """The reason, and more for the receiver's own team: kept as a note that no sender without the clearance reads."""

    detail = forms.CharField(
        label="What else should your team know?", required=False, max_length=2000, widget=forms.Textarea({"rows": 4}),
        help_text="Those who work with the person read this; officers who refer do not.",
    )  # fmt: skip

    def clean(self):
        said = super().clean()
        if said.get("reason") == ANOTHER_REASON and not said.get("detail") and "detail" not in self.errors:
            self.add_error("detail", "Say what the reason was")
        return said

    def take(self, verb):
        detail = self.cleaned_data.pop("detail", "")
        with transaction.atomic():
            result = super().take(verb)
            if detail:
                Note.write(
                    self.record.offender, by=self.user, kind=Note.Kind.NOTE, text=detail, category=Category.GENERAL,
                    happened_at=day_of(self.cleaned_data.get("on")), matters=self.record.matters,
                )  # fmt: skip
        return result


class ReturnForm(StepForm):
    on = None
    reason = forms.CharField(
        label="What is missing?", max_length=200, widget=forms.Textarea({"rows": 3}),
        help_text="The sender reads this. Say what is needed; leave out anything about health.",
    )  # fmt: skip

    def context(self):
        return {"consequence": "It goes back to the sender as a draft, to be completed and sent again."}


class DeclineForm(ReasonWithDetail):
    REASONS = (
        "Lives and offends outside the area",
        "Does not offend to pay for an addiction",
        "Under 18",
        "Already being helped",
        "Does not want this",
        "Could not be found",
    )

    def context(self):
        return {"danger": True, "consequence": "The sender will see that it was declined, and the reason chosen."}


class RedirectForm(StepForm):
    on = None
    pathway = forms.ChoiceField(label="Which pathway fits?", widget=Radios)
    reason = forms.CharField(
        label="Why does it fit better?", max_length=200, widget=forms.Textarea({"rows": 3}),
        help_text="The sender reads this. Leave out anything about health.",
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.others = [one for one in open_pathways() if one != self.record.pathway]
        self.fields["pathway"].choices = [(one, Pathway(one).label) for one in self.others]
        if not self.others:
            del self.fields["pathway"], self.fields["reason"]

    def context(self):
        if self.others:
            return {"consequence": "This referral ends, and a draft on the other pathway is made for you to send."}
        return {"lead": f"{self.none_open} Go back, and decline it or close it early instead."}

    none_open = "No other pathway takes referrals here yet, so there is nowhere to redirect this to."

    def clean(self):
        if not self.others:
            raise ValidationError(self.none_open)
        return super().clean()


class DisengageForm(ReasonWithDetail):
    REASONS = ("Could not be reached", "Missed the appointments offered", "Said that they do not want help")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        detail = self.fields["detail"]
        detail.label, detail.required = "What was tried, and when?", True
        detail.error_messages["required"] = "Enter what was tried, and when"

    def context(self):
        return {"danger": True, "consequence": "The sender will see that they did not engage, and the reason chosen."}


class WithdrawForm(ReasonFromList):
    REASONS = (
        "Sent by mistake",
        "The person changed their mind",
        "Already being helped",
        "Sent another way",
        "Sent twice",
    )

    def context(self):
        return {"danger": True}


class CloseForm(ReasonWithDetail):
    REASONS = ("Moved away", "In custody", "Died", "Cannot take part for now", "No contact any more")

    def context(self):
        return {"danger": True, "consequence": "The sender will see that it was closed early, and the reason chosen."}


class ReopenForm(ReasonWithDetail):
    REASONS = ("Ended by mistake", "The person came back", "Something new came to light")


STEP_FORMS = {
    "submit": SubmitForm,
    "revise": WhyForm,
    "return": ReturnForm,
    "accept": AcceptForm,
    "decline": DeclineForm,
    "redirect": RedirectForm,
    "disengage": DisengageForm,
    "withdraw": WithdrawForm,
    "close": CloseForm,
    "reopen": ReopenForm,
}
