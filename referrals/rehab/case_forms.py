"""What the steps of a case must be told."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from offenders.models import Involvement
from offenders.steps import ReasonForm, StepForm
from partners.frame.forms import DateField, Form, Radios
from partners.models import Agency, Agreement, Membership, User
from referrals.colleagues import ColleagueField
from referrals.models import Referral, Task
from referrals.pathways import Pathway
from referrals.workflow import Status

from .models import Action, Case
from .team import team_of
from .workflow import Ending


class FacilitatorField(ColleagueField):
    """One of the team, with how much they hold already."""

    def carries(self, one):
        return f"{one.open_cases} open case{'' if one.open_cases == 1 else 's'}"


class BeginForm(Form):
    """What opening a case must be told."""

    facilitator = FacilitatorField(
        User.objects.none(), label="Who will be the facilitator?", required=False, empty_label=None
    )
    on = DateField(
        label="When did they come to be assessed?", noun="the date", required=False, help_text="Leave empty for today."
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["facilitator"].among(team_of(user.membership.agency, user.membership.unit), user)

    def context(self):
        return {}

    def begin(self, referral):
        answers = {name: self.cleaned_data[name] for name in ("facilitator", "on") if self.cleaned_data[name]}
        return Case.begin(referral, by=self.user, **answers)


def referrals_to_assess(user):
    """O2R referrals to the user's team that no case has been opened on: sent, or accepted."""
    rows = Referral.objects.visible_to(user).on_pathway(Pathway.O2R)
    received = Referral.objects.received_by(user)
    return rows.filter(pk__in=received.values("pk"), status__in=[Status.SUBMITTED, Status.ACCEPTED], case=None)


class BeginOnForm(BeginForm):
    """The same for the API, which names the referral too."""

    referral = forms.ModelChoiceField(Referral.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["referral"].queryset = Referral.objects.visible_to(user).on_pathway(Pathway.O2R)


# said with the list of what ends with a case
WITHDRAWN = "What is listed here is withdrawn, and stays so if the case is reopened."


def ends_with(case, user):
    """What this user sees of what ends with a case: [(what, how it stands)]."""
    placements = list(case.placements.ahead().select_related("unit"))
    told = [("Rehab place", str(placement)) for placement in placements]
    told += [line for placement in placements for line in placement.ends_with(user)]
    open_now = case.preparations.open().select_related("agency")
    told += [(str(one), f"{one.get_status_display()}, {one.where}") for one in open_now]
    to_do = Action.objects.open().filter(domain__plan__case=case).with_names()
    return told + [(str(one), f"To do, {one.agency or one.partner}") for one in to_do]


class DecisionForm(ReasonForm):
    """A decision; it says so while a part of the assessment is missing."""

    def context(self):
        missing = self.record.assessments.missing()
        lead = ""
        if len(missing) == 1:
            lead = f"A part of the assessment is missing: {missing[0].label.lower()}. You can decide all the same."
        elif missing:
            lead = "No assessment is recorded yet. You can decide all the same, and record it later."
        ends = ends_with(self.record, self.user)
        return {
            "lead": lead,
            "answers": ends,
            "consequence": "The case will be closed, and the referral completed. A supervisor can reopen it. "
            f"{WITHDRAWN if ends else ''}",
            "danger": True,
        }


class BringInForm(DecisionForm):
    reason = forms.CharField(
        label="Anything to add", widget=forms.Textarea({"rows": 3}), max_length=200, required=False,
        help_text="It goes on the timeline, for all who work on this case. Leave out health and intelligence.",
    )  # fmt: skip

    def context(self):
        told = "The referral will be completed, and the person prepared for rehab."
        return super().context() | {"consequence": told, "danger": False, "answers": []}


class ReferOnForm(DecisionForm):
    reason = forms.CharField(
        label="Which service?", max_length=200, help_text="Its name, and in a few words why it suits them better."
    )


class PlanForm(StepForm):
    on = None
    replaces = ("next_action", "next_action_due")
    next_action = forms.CharField(
        label="What is to be done next?", max_length=200, help_text="A few words, such as “Phone about the detox bed”."
    )
    next_action_due = DateField(label="By when?", noun="the date")

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("next_action", record.next_action)

    def clean_next_action_due(self):
        day = self.cleaned_data["next_action_due"]
        if day < timezone.localdate():
            raise ValidationError("The date must be today or later")
        return day


class RateForm(StepForm):
    replaces = ("risk",)
    risk = forms.ChoiceField(label="How high is the risk?", choices=Case.Risk.choices, widget=Radios)
    reason = forms.CharField(
        label="What makes it so?", max_length=200, required=False,
        help_text="For all who work on this case. Leave out health and intelligence.",
    )  # fmt: skip
    field_order = ["risk", "reason", "on"]


class AllocateForm(ReasonForm):
    replaces = ("facilitator",)
    facilitator = FacilitatorField(User.objects.none(), label="Who takes the case on?", empty_label=None)
    note = forms.CharField(
        label="What must they know?", widget=forms.Textarea({"rows": 4}), max_length=2000, required=False,
        help_text="What is promised, what comes next, who to ring first. All who work on this case may read it.",
    )  # fmt: skip
    field_order = ["facilitator", "reason", "note", "on"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        team = team_of(record.agency, record.unit).exclude(pk=record.facilitator_id)
        self.fields["facilitator"].among(team, self.user)

    def context(self):
        was, left = self.record.facilitator, Action.objects.open().filter(domain__plan__case=self.record)
        number = left.filter(worker=was).count() + Task.objects.open().about(self.record.pk).filter(owner=was).count()
        handed = f" {number} thing{'' if number == 1 else 's'} they were still to do will be the new one's."
        return {"lead": f"{was} holds this case now.{handed if number else ''}"}


class CoWorkerField(forms.ModelChoiceField):
    widget = Radios

    def label_from_instance(self, user):
        return f"{user}, {user.agency_name}"


class ShareForm(StepForm):
    agency = forms.ModelChoiceField(
        Agency.objects.none(), label="Which agency?", widget=Radios, empty_label=None,
        help_text="Those with a live agreement with yours whose people work on cases.",
    )  # fmt: skip
    co_worker = CoWorkerField(
        User.objects.none(), label="Who there works with the person?", required=False, blank=True,
        empty_label="Not known yet",
    )  # fmt: skip
    field_order = ["agency", "co_worker", "on"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        agreed = Agreement.objects.between(record.agency, OuterRef("pk"))
        self.members = Membership.objects.holding("rehab.view_case").exclude(agency=record.agency)
        agencies = Agency.objects.filter(Exists(agreed), pk__in=self.members.values("agency"))
        self.fields["agency"].queryset = agencies
        theirs = self.members.filter(user=OuterRef("pk"), agency__in=agencies)
        self.fields["co_worker"].queryset = User.objects.filter(Exists(theirs)).annotate(
            agency_name=theirs.values("agency__name")[:1]
        )

    def clean(self):
        answers = super().clean()
        agency, worker = answers.get("agency"), answers.get("co_worker")
        if agency and worker and not self.members.filter(agency=agency, user=worker).exists():
            self.add_error("co_worker", f"{worker} does not work for {agency}. Choose someone who does, or nobody yet.")
        return answers

    def context(self):
        if not self.fields["agency"].queryset.exists():
            return {
                "lead": "No agency has a live agreement with yours for this. An administrator keeps the agreements."
            }
        open_to = Involvement.objects.live().filter(matter=self.record.pk).exclude(agency=self.record.agency)
        names = ", ".join(str(involvement.agency) for involvement in open_to.select_related("agency"))
        return {
            "lead": f"Shared already with {names}." if names else "",
            "consequence": "The agency will see this person, the case and its rehab placements from now on, "
            "until the case is closed or the agreement ends. The sharing is recorded as a disclosure.",
        }


class CloseForm(StepForm):
    ending = forms.ChoiceField(label="How did it end?", choices=Ending, widget=Radios)
    outcome = forms.CharField(
        label="In a few words", max_length=200, required=False, help_text="Such as “In their own tenancy, working”."
    )
    field_order = ["ending", "outcome", "on"]

    def context(self):
        ends = ends_with(self.record, self.user)
        return {
            "lead": WITHDRAWN if ends else "",
            "answers": ends,
            "consequence": "Other agencies lose sight of this person some days from now. A supervisor can reopen the "
            "case.",
            "danger": True,
        }


STEP_FORMS = {
    "bring_in": BringInForm,
    "refer_on": ReferOnForm,
    "turn_down": DecisionForm,
    "stand_down": DecisionForm,
    "plan": PlanForm,
    "rate": RateForm,
    "allocate": AllocateForm,
    "share": ShareForm,
    "close": CloseForm,
    "reopen": ReasonForm,
}
