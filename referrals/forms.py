"""What each step of a referral asks, by page and API alike."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q

from offenders.models import Note
from offenders.steps import StepForm
from offenders.workflow import day_of
from partners.frame.forms import Radios
from partners.models import Membership, User
from partners.roles import Category

from .colleagues import ColleagueField
from .eligibility import ANSWERS, answers, not_met, what_else_fits
from .journey_forms import WhyForm
from .pathways import ABOUT, Pathway, open_pathways
from .terms import YES_NO
from .workflow import OPEN

ANOTHER_REASON = "Another reason"

# What other apps know of what was tried to reach someone: functions of (user, referral) that return (when, what).
TRIED = []


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
    rows = [
        ("Put forward by", referral.get_source_display()),
        ("From", str(referral.from_unit) if referral.from_unit else agency),
        ("On", f"{referral.referred_on:%-d %B %Y}"),
        ("Lives in", referral.area and str(referral.area)),
    ]
    asked = [
        ("Mostly offends in", referral.offending_area and str(referral.offending_area)),
        ("Offends to pay for an addiction", YES_NO[referral.funds_addiction]),
        ("Why this person, why now", summary or "Nothing written"),
    ]
    is_asked = referral.summary or not ABOUT[referral.pathway].is_booked  # those ask what happened instead
    return rows + asked if is_asked else rows


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
    team = {"agency": referral.to_agency_id} | ({"unit": referral.to_unit_id} if referral.to_unit_id else {})
    load = Count("referrals_worked", filter=Q(referrals_worked__status__in=OPEN))
    members = Membership.objects.holding("referrals.view_referral").filter(**team)
    return members.users().annotate(open_referrals=load)


class WorkerField(ColleagueField):
    """Someone of the receiving team."""

    def carries(self, one):
        count = one.open_referrals
        return f"{count or 'no'} open referral{'' if count == 1 else 's'}"


class AcceptForm(StepForm):
    worker = WorkerField(User.objects.none(), label="Who will see them?")
    field_order = ["worker", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["worker"].among(workers_for(self.record), self.user)
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


class ReassignForm(ReasonFromList):
    REASONS = ("The worker is away", "The worker left", "To share the work out", "Someone else suits them better")
    on = None
    replaces = ("worker",)
    worker = WorkerField(User.objects.none(), label="Who will see them?", empty_label=None)
    field_order = ["worker", "reason"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.fields["worker"].among(workers_for(record).exclude(pk=record.worker_id), self.user)

    def context(self):
        told = "What is booked stays booked with whom it was: move that in the diary, if it is to move."
        return {"lead": f"{self.record.worker} sees them now.", "consequence": told}


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
        self.tried = [line for tell in TRIED for line in tell(self.user, self.record)]
        detail = self.fields["detail"]
        if not self.tried:
            detail.label, detail.required = "What was tried, and when?", True
            detail.error_messages["required"] = "Enter what was tried, and when"

    def context(self):
        consequence = "The sender will see that they did not engage, and the reason chosen."
        return {"danger": True, "answers": self.tried, "consequence": consequence}


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
    "reassign": ReassignForm,
    "redirect": RedirectForm,
    "disengage": DisengageForm,
    "withdraw": WithdrawForm,
    "close": CloseForm,
    "reopen": ReopenForm,
}
