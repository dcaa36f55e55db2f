"""What workers are asked: what came of an appointment, what happened in it, who was reached. Pages and API alike."""

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Case, When
from django.utils.text import capfirst

from offenders.forms import WhenForm, not_in_future
from offenders.steps import StepForm
from partners.dated import midnight
from partners.frame.forms import Checkboxes, DateField, FilterForm, Form, Radios, yes_or_no
from partners.models import User
from referrals.models import Drug
from referrals.street_forms import LIKELY_DRUGS

from . import slots
from .diary import team_of
from .models import Appointment, ContactAttempt, Intervention, Mode
from .models.intervention import AUDIT_C_ASKS_MORE

# the reasons are from lists because whoever sent the person reads them: nothing of health is said by them
NOT_HELD = (
    "The worker could not be there",
    "The call or the link failed",
    "The place was closed",
    "Called off by agreement",
)  # fmt: skip
MOVED = (
    "Cannot make that time",
    "Wants to meet another way",
    "The worker is not there",
    "The place is not open",
)  # fmt: skip
CALLED_OFF = ("The person asked for it", "The referral ended", "Booked by mistake", "The worker is not there")
WRONG = ("The wrong answer was chosen", "Recorded on the wrong appointment", "More became known later")


def from_list(reasons, **kwargs):
    return forms.ChoiceField(choices=[(words, words) for words in reasons], widget=Radios, **kwargs)


# an appointment


class RecordForm(StepForm):
    """What came of an appointment, in two questions; then why not, or how late."""

    marks_optional = False  # what is asked follows from the first answer: each says when
    on = None
    took_place = yes_or_no(label="Did it take place?", help_text="Whether you, the room or the line were there.")
    attended = yes_or_no(label="Did they attend?", required=False, help_text="Only if it took place.")
    late_minutes = forms.IntegerField(
        label="How many minutes late were they?", required=False, min_value=0, max_value=240,
        widget=forms.NumberInput({"class": "govuk-input--width-3"}), help_text="Leave empty if they were on time.",
    )  # fmt: skip
    why = from_list(NOT_HELD, label="Why did it not take place?", required=False, help_text="Only if it did not.")

    def context(self):
        return {"consequence": "Whoever sent them sees whether they attended, and nothing else of this."}

    def clean(self):
        said = super().clean()
        held, came = said.get("took_place"), said.get("attended")
        if held and came is None and "attended" not in self.errors:
            self.add_error("attended", "Answer “Did they attend?”")
        if held is False and not said.get("why") and "why" not in self.errors:
            self.add_error("why", "Say why it did not take place")
        if held is False and came:
            self.add_error("attended", "They cannot have attended what did not take place")
        if said.get("late_minutes") and not came and "attended" not in self.errors:
            self.add_error("late_minutes", "Only someone who attended can have been late")
        return said

    def take(self, verb):
        if self.cleaned_data["took_place"]:
            self.cleaned_data["why"] = ""
        else:
            self.cleaned_data["attended"] = None
        return super().take(verb)


class CorrectForm(RecordForm):
    """The same questions again, as they should have been answered."""

    reason = from_list(WRONG, label="Why is it corrected?")

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        held = record.status != "called_off"
        self.initial |= {"took_place": held, "late_minutes": record.late_minutes, "why": record.change_reason}
        if held:
            self.initial["attended"] = record.status == "attended"

    def context(self):
        return {"consequence": "What was recorded before stays in the record, with your name and your reason."}


class CancelForm(StepForm):
    """Who asked for an appointment to be called off, and why."""

    on = None
    asked_by = forms.ChoiceField(label="Who asked?", choices=Appointment.AskedBy, widget=Radios)
    reason = from_list(CALLED_OFF, label="Why?")

    def context(self):
        return {
            "danger": True, "heading": "Cancel the appointment", "button": "Cancel the appointment",
            "consequence": "They get a message that it is cancelled. The time is free again.",
        }  # fmt: skip


# choosing a time


class WhichForm(FilterForm):
    """Which free times to show: how they meet, with whom, from which day on."""

    mode = forms.ChoiceField(label="How", required=False, choices=[("", "Any way"), *Mode.choices], widget=forms.Select)
    worker = forms.ModelChoiceField(
        User.objects.none(), label="With", required=False, empty_label="Anyone", widget=forms.Select
    )
    after = DateField(label="From", required=False)

    def __init__(self, data, *, user):
        super().__init__(data)
        team = team_of(user)
        if team.exists():
            self.fields["worker"].queryset = team
        else:  # who sends people has no names of workers to choose among
            del self.fields["worker"]


class SlotForm(StepForm):
    """Choosing one of the times that are free. `asked` says which to show, as `WhichForm` has it."""

    OFFERED = 12
    on = None
    slot = forms.ChoiceField(label="Which time?", widget=Radios)

    def __init__(self, *args, asked=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.which = WhichForm(asked or {}, user=self.user)
        if self.which.problem:
            raise BadRequest(self.which.problem)
        said = self.which.cleaned_data
        modes = [said["mode"]] if said["mode"] else list(Mode)
        self.free = slots.free(
            self.agency, modes=slots.modes_for(self.referral.area_id, modes), worker=said.get("worker"),
            after=said["after"] and midnight(said["after"]), limit=self.OFFERED, person=self.referral.offender_id,
        )  # fmt: skip
        field = self.fields["slot"]
        field.choices = [(slot.key, f"{capfirst(slot.in_words)}, with {slot.worker}") for slot in self.free]
        field.valid_value = lambda value: True  # found below: what is shown changes with what is asked

    @property
    def referral(self):
        return self.record

    @property
    def agency(self):
        return self.user.membership.agency

    def context(self):
        return {"which": self.which, "is_free": bool(self.free)}

    def clean_slot(self):
        slot = slots.find(self.cleaned_data["slot"], self.agency)
        if slot is None:
            raise ValidationError("That time is not free any more. Choose another.")
        return slot


class BookForm(SlotForm):
    """An appointment for someone who has none. `record` is the referral."""

    kind = forms.ChoiceField(label="What is it?", choices=Appointment.Kind, widget=Radios)
    field_order = ["kind", "slot"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        came = self.record.appointments.filter(status="attended").exists()
        self.initial["kind"] = Appointment.Kind.FOLLOW_UP if came else Appointment.Kind.ONE_TO_ONE

    def write(self):
        said = self.cleaned_data
        return Appointment.book(self.record, by=self.user, slot=said["slot"], kind=said["kind"], is_only=True)


class RescheduleForm(SlotForm):
    """Another time for an appointment, who asked, and why."""

    asked_by = forms.ChoiceField(label="Who asked?", choices=Appointment.AskedBy, widget=Radios)
    reason = from_list(MOVED, label="Why?")
    field_order = ["slot", "asked_by", "reason"]

    @property
    def referral(self):
        return self.record.referral

    @property
    def agency(self):
        return self.record.agency

    def context(self):
        now = slots.when_and_how(self.record)
        return super().context() | {"lead": f"It is on {now}, with {self.record.worker}."}


APPOINTMENT_FORMS = {
    "record": RecordForm,
    "correct": CorrectForm,
    "reschedule": RescheduleForm,
    "cancel": CancelForm,
}


# what happened in it


def audit(words, *answers):
    """A question of AUDIT-C: each answer counts a point more than the one before it."""
    choices = [(points, f"{answer} ({points})") for points, answer in enumerate(answers)]
    return forms.TypedChoiceField(
        label=words, choices=choices, coerce=int, empty_value=None, required=False, widget=Radios
    )


class InterventionForm(Form):
    """What happened in a 1:1. Health, all of it; all but the first may be left empty."""

    AUDIT = ("audit_frequency", "audit_units", "audit_binge")
    how_it_went = forms.ChoiceField(label="How did it go?", choices=Intervention.HowItWent, widget=Radios)
    drugs = forms.ModelMultipleChoiceField(
        Drug.objects.none(), label="What do they use?", required=False, widget=Checkboxes
    )
    main_drug = forms.ModelChoiceField(
        Drug.objects.none(), label="Which of these mainly?", required=False, empty_label="Not said", widget=forms.Select
    )
    audit_frequency = audit(
        "How often do they have a drink with alcohol in it?",
        "Never", "Monthly or less", "2 to 4 times a month", "2 to 3 times a week", "4 times a week or more",
    )  # fmt: skip
    audit_units = audit(
        "How many units on a day when they drink?", "0 to 2", "3 to 4", "5 to 6", "7 to 9", "10 or more"
    )
    audit_binge = audit(
        "How often 6 units or more (women) or 8 or more (men) on one occasion, in the last year?",
        "Never", "Less than monthly", "Monthly", "Weekly", "Daily or almost daily",
    )  # fmt: skip
    advice = forms.MultipleChoiceField(
        label="What advice was given?", choices=Intervention.Advice, required=False, widget=Checkboxes
    )
    agreed = forms.CharField(
        label="What was agreed?", required=False, max_length=4000, widget=forms.Textarea({"rows": 4})
    )
    onward = forms.MultipleChoiceField(
        label="Where were they referred on to?", choices=Intervention.Onward, required=False, widget=Checkboxes
    )
    onward_detail = forms.CharField(label="Which service?", required=False, max_length=200)
    concern = forms.CharField(
        label="Is anyone not safe?", required=False, max_length=4000, widget=forms.Textarea({"rows": 3}),
        help_text="What you saw or heard, and what you did. Your manager is shown this until they say they have "
        "read it. In danger now: ring 999 first.",
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        likely = Case(When(name__in=LIKELY_DRUGS, then=0), default=1)
        for name in ("drugs", "main_drug"):
            self.fields[name].queryset = Drug.objects.on().order_by(likely, "name")
        self.fields["drugs"].widget.small = True

    def clean(self):
        said = super().clean()
        asked = [name for name in self.AUDIT if name in self.fields]
        empty = [name for name in asked if said.get(name) is None and name not in self.errors]
        if len(empty) < len(asked):
            for name in empty:
                self.add_error(name, "Answer all three questions about alcohol, or none")
        main = said.get("main_drug")
        if main and "drugs" in self.fields and main not in (said.get("drugs") or []):
            self.add_error("main_drug", "Choose it among what they use, too")
        if said.get("onward_detail") and "onward" in self.fields and not said.get("onward"):
            self.add_error("onward", "Say what kind of service this is")
        if "other" in (said.get("onward") or []) and "onward_detail" in self.fields and not said.get("onward_detail"):
            self.add_error("onward_detail", "Enter which service it is")
        return said


class WriteUpForm(InterventionForm):
    """The write-up of one appointment. `record` is the appointment."""

    def __init__(self, *args, record, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.record, self.user = record, user

    def context(self):
        return {
            "lead": f"AUDIT-C is the three questions about alcohol, 0 to 12 points. From {AUDIT_C_ASKS_MORE} points "
            "on, ask the other seven of AUDIT too.",
            "consequence": "Those who treat them read this. Whoever sent them does not.",
        }

    def write(self):
        return Intervention.record(self.record, by=self.user, **self.cleaned_data)


# reaching someone


class ContactForm(WhenForm):
    """An attempt to reach someone. `record` is the referral."""

    method = forms.ChoiceField(label="How did you try?", choices=ContactAttempt.Method, widget=Radios)
    result = forms.ChoiceField(label="What came of it?", choices=ContactAttempt.Result, widget=Radios)
    field_order = ["method", "result", "on", "at"]

    def __init__(self, *args, record, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.record, self.user = record, user

    def write(self):
        said = self.cleaned_data
        return ContactAttempt.record(
            self.record, by=self.user, method=said["method"], result=said["result"], occurred_at=said["happened_at"]
        )


# the end


COMPLETED = {
    "one_to_one": ["1:1 completed"],
    "course": ["Course completed"],
    "young_people": ["Young people's course completed"],
}


class CompleteForm(StepForm):
    """That they did all that they were offered."""

    outcome = forms.ChoiceField(label="What did they complete?", widget=Radios)
    field_order = ["outcome", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        resolution = getattr(self.record, "resolution", None)
        offered = COMPLETED.get(str(resolution.offer)) if resolution else None
        words = offered or [one for some in COMPLETED.values() for one in some]
        self.fields["outcome"].choices = [(one, one) for one in words]

    def context(self):
        return {"consequence": "Whoever sent them sees that it is completed, and when."}

    def clean_on(self):
        return not_in_future(self.cleaned_data["on"])
