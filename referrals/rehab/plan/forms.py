"""What a throughcare plan, its domains, actions and links must be told: the same for pages, API and back office."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from offenders.steps import StepForm
from partners.frame.forms import DateField, Form, Radios, yes_or_no
from partners.models import Agency, Agreement, Membership, User
from partners.settings import setting
from referrals.rehab.models import Action, ActionLink, Plan
from referrals.workflow import Todo

from .workflow import HEALTH, Domain, DomainState

OUTSIDE = "Someone outside these agencies"
NO_HEALTH = "Everyone who works on this case reads it: leave out health and intelligence."


def agencies_for(case, domain):
    """The agencies that something in this domain of a plan may be given to: the case's own, and those with whom an
    agreement covers what it says and who have people to do it."""
    covers = Agreement.objects.between(case.agency_id, OuterRef("pk")).covering(domain.category)
    working = Membership.objects.holding("rehab.do_action").values("agency")
    return Agency.objects.filter(Q(pk=case.agency_id) | Exists(covers), pk__in=working)


def words(label, **kwargs):
    return forms.CharField(label=label, widget=forms.Textarea({"rows": 3}), **kwargs)


class BeginForm(StepForm):
    """The beginning of a plan; `record` is the case."""

    on = None
    goal = words(
        "What does the person want?", max_length=1000, required=False,
        help_text="In their own words, as far as you can. It stands at the head of their own copy. " + NO_HEALTH,
    )  # fmt: skip

    def context(self):
        return {
            "lead": "The plan has nine parts. For each, say who leads it and what is to be done, or why nothing is."
        }

    def write(self):
        return Plan.begin(self.record, by=self.user, goal=self.cleaned_data["goal"])


class FinishForm(StepForm):
    def context(self):
        return {
            "consequence": "Nothing can be added to a finished plan. It can be reopened, after a lapse for example."
        }


class WhyForm(StepForm):
    """A step that is not taken without saying why."""

    why = words("Why?", max_length=500)
    field_order = ["why", "on"]


class ReopenForm(WhyForm):
    on = None
    why = words("Why?", max_length=200, help_text="A lapse is no failure: say what is to be done now. " + NO_HEALTH)


class LeadForm(StepForm):
    """Who leads a domain, and to what end."""

    on = None
    replaces = ("lead_agency", "lead_partner", "words")
    lead_agency = forms.ModelChoiceField(
        Agency.objects.none(), label="Who leads it?", widget=Radios, required=False, blank=True, empty_label=OUTSIDE,
        help_text="The agencies whose agreement with yours covers this part.",
    )  # fmt: skip
    lead_partner = forms.CharField(
        label="Who, if outside these agencies?", max_length=120, required=False,
        help_text="The name of the organisation, such as a housing association. Not of a relative.",
    )  # fmt: skip
    aim = words(
        "What is to be reached?", max_length=1000, required=False,
        help_text="So that the person can read it: it stands on their own copy too.",
    )  # fmt: skip

    def __init__(self, *args, record, user, **kwargs):
        # words that are not the user's to read stay as they are, whoever leads
        readable = type(record).objects.with_leave(user).filter(pk=record.pk, may_read=True).exists()
        hidden = record.status == DomainState.PLANNED and record.words and not readable
        self.replaces = LeadForm.replaces if not hidden else ("lead_agency", "lead_partner")
        super().__init__(*args, record=record, user=user, **kwargs)
        self.fields["lead_agency"].queryset = agencies_for(record.plan.case, record)
        self.initial |= {"lead_agency": record.lead_agency_id, "lead_partner": record.lead_partner}
        if hidden:
            del self.fields["aim"]
        elif record.status == DomainState.PLANNED:
            self.initial["aim"] = record.words

    def clean(self):
        answers = super().clean()
        if answers.get("lead_agency") and answers.get("lead_partner"):
            self.add_error("lead_partner", "Leave this empty where one of these agencies leads.")
        elif not answers.get("lead_agency") and not answers.get("lead_partner") and not self.errors:
            self.add_error("lead_partner", "Name who leads it, or choose an agency.")
        return answers

    def take(self, verb):
        answers = self.cleaned_data
        changes = {name: answers["aim" if name == "words" else name] for name in self.replaces}
        told = self.settled(changes)
        if "words" in told:
            told["aim"] = told.pop("words")
        return self.record.lead(by=self.user, **told)


class SetAsideForm(WhyForm):
    on = None
    why = words("Why is nothing needed?", max_length=1000)


class AddForm(StepForm):
    """Something to do; `record` is the domain it belongs to."""

    on = None
    text = words("What is to be done?", max_length=500)
    agency = forms.ModelChoiceField(
        Agency.objects.none(), label="Whose is it?", widget=Radios, required=False, blank=True, empty_label=OUTSIDE
    )
    worker = forms.ModelChoiceField(
        User.objects.none(), label="Who there does it?", required=False, empty_label="Not named",
        help_text="Someone of that agency, if you know who.",
    )  # fmt: skip
    partner = forms.CharField(
        label="Who, if outside these agencies?", max_length=120, required=False,
        help_text="The name of the organisation. You can then send them a link: they answer without an account.",
    )  # fmt: skip
    due_on = DateField(label="By when?", noun="the date")
    is_printed = yes_or_no(
        label="Should it stand on the person's own copy?",
        help_text="Not where it could harm them that someone finds the paper.",
    )

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        case = record.plan.case
        agencies = agencies_for(case, record)
        if not Plan.objects.held_by(self.user).filter(pk=record.plan_id).exists():
            agencies = agencies.filter(pk=self.user.membership.agency_id)
            self.fields["agency"].empty_label = None
            self.fields["agency"].required = True
            del self.fields["partner"]
        self.fields["agency"].queryset = agencies
        self.members = Membership.objects.holding("rehab.do_action").filter(agency__in=agencies)
        self.fields["worker"].queryset = User.objects.filter(pk__in=self._of_the_work().values("user")).order_by(
            "family_name", "given_names", "pk"
        )
        self.initial |= {"agency": record.lead_agency_id, "partner": record.lead_partner}
        if record.domain != Domain.SAFETY:
            self.initial["is_printed"] = True

    def _of_the_work(self):
        """Of the case's own agency its team alone: the others do not see the person."""
        case = self.record.plan.case
        return self.members.filter(~Q(agency=case.agency_id) | Q(unit=case.unit_id))

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if day < timezone.localdate():
            raise ValidationError("The date must be today or later")
        return day

    def clean(self):
        answers = super().clean()
        agency, partner, worker = answers.get("agency"), answers.get("partner"), answers.get("worker")
        if agency and partner:
            self.add_error("partner", "Leave this empty where it is for one of these agencies.")
        elif not agency and not partner and "agency" not in self.errors:
            self.add_error("partner" if "partner" in self.fields else "agency", "Say whose it is.")
        if worker and not self._of_the_work().filter(agency=agency, user=worker).exists():
            self.add_error("worker", f"{worker} does not work there. Choose someone who does, or nobody.")
        return answers

    def context(self):
        told = (
            f"Whoever it is given to reads what you write here{'' if self.record.domain in HEALTH else ', so leave '}"
        )
        told += "." if self.record.domain in HEALTH else "out health."
        return {"lead": told, "consequence": "An agency sees this person, for this alone, until it has answered."}

    def write(self):
        """Add the action. Returns it."""
        answers = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return Action.add(self.record, by=self.user, **answers)


class DoForm(StepForm):
    why = words("What came of it?", max_length=500, required=False, help_text="A few words, if there is more to say.")
    field_order = ["why", "on"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        if record.domain.domain not in HEALTH:
            self.fields["why"].help_text = "A few words, if there is more to say. Leave out health."


class DropForm(WhyForm):
    why = words("Why will it not be done?", max_length=500)


class AgainForm(WhyForm):
    on = None


class SendForm(StepForm):
    """Where the link of an action goes; `record` is the action."""

    on = None
    email = forms.EmailField(
        label="Their e-mail address", max_length=254,
        help_text="Of one person there. They type it again to open the link, so a link that goes astray shows nothing.",
    )  # fmt: skip

    def context(self):
        (days,) = setting("link_days")
        return {
            "lead": f"{self.record.partner} is asked by e-mail to say whether this is done.",
            "answers": [("What they will read", self.record.text), ("By when", self.record.due_on)],
            "consequence": f"They see those words and the day, nothing else, and answer once within {int(days)} days."
            " The e-mail names nobody. Check that these words say no more than they must. It is recorded as a"
            " disclosure.",
        }

    def write(self):
        return ActionLink.send(self.record, by=self.user, email=self.cleaned_data["email"])


class WhoForm(Form):
    """What shows that whoever opens a link is who it was sent to."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=200)
    email = forms.EmailField(
        label="Which e-mail address was it sent to?", max_length=254,
        help_text="We ask so that nobody else who finds the link can read it.",
    )  # fmt: skip


class AnswerForm(WhoForm):
    """What someone outside says of the one thing they were asked."""

    email = forms.EmailField(widget=forms.HiddenInput)
    status = forms.ChoiceField(
        label="Is it done?", widget=Radios,
        choices=[(Todo.DONE, "Yes, it is done"), (Todo.NOT_DONE, "No, and it will not be")],
    )  # fmt: skip
    why = words(
        "Is there anything to say about it?", max_length=500, required=False,
        help_text="If it will not be done, say why. Leave out health and other people's names.",
    )  # fmt: skip

    def clean(self):
        answers = super().clean()
        if answers.get("status") == Todo.NOT_DONE and not answers.get("why") and "why" not in self.errors:
            self.add_error("why", "Say why it will not be done.")
        return answers


PLAN_FORMS = {"finish": FinishForm, "reopen": ReopenForm}
DOMAIN_FORMS = {"lead": LeadForm, "set_aside": SetAsideForm}
ACTION_FORMS = {"do": DoForm, "drop": DropForm, "reopen": AgainForm}
LINK_FORMS = {"revoke": AgainForm}
