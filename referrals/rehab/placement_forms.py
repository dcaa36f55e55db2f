"""What the steps of a placement, progress and follow-ups must be told: the same for pages, API and back office."""

from contextlib import contextmanager

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from offenders.steps import ReasonForm, StepForm
from partners.frame.forms import DateField, Radios
from partners.models import User
from partners.settings import setting

from .funding.forms import ExceedForm
from .models import Case, Placement, Progress
from .team import team_of
from .what_follows import Then


def happened(day, *, since=None, what=""):
    """The day, unless it is still to come or before the day `since`, which was `what`."""
    if day and day > timezone.localdate():
        raise ValidationError("The date must be today or in the past.")
    if day and since and day < since:
        raise ValidationError(f"The date cannot be before {date_format(since, 'j F Y')}, {what}.")
    return day


def foreseeable(day):
    """Raise for a day further ahead than anyone plans a stay: whoever counts to it would count for long."""
    if day.year > timezone.localdate().year + 5:
        raise ValidationError("This is more than five years ahead. Check the year.")


@contextmanager
def one_at_a_time(case):
    """What is asked again in here was not answered by a double press meanwhile."""
    with transaction.atomic():
        Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        yield


def ending(placement, user):
    """What the page of a step that ends a request says: what ends with it."""
    (days,) = setting("involvement_days")
    return {
        "danger": True,
        "answers": placement.ends_with(user),
        "consequence": f"This ends the request. The unit keeps sight of it for {days:.0f} days, then no longer.",
    }


# the steps


class PlacementStepForm(StepForm):
    """A step of a placement: not before it was requested, nor in the future."""

    def clean_on(self):
        return happened(self.cleaned_data["on"], since=self.record.requested_on, what="the day the place was requested")


class OfferForm(PlacementStepForm):
    replaces = ("expected_arrival",)
    expected_arrival = DateField(
        label="When could they arrive?", noun="the day of arrival", required=False, validators=[foreseeable]
    )
    on = DateField(
        label="When was the place offered?", noun="the date", required=False, help_text="Leave empty for today."
    )
    field_order = ["expected_arrival", "on"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("expected_arrival", record.expected_arrival)


class DeclineForm(PlacementStepForm):
    """The unit cannot take them, and says why: from the list, and in words where the list does not say it."""

    decline_reason = forms.ChoiceField(label="Why?", choices=Placement.DeclineReason, widget=Radios)
    reason = forms.CharField(
        label="What else should the team know?", max_length=200, required=False, widget=forms.Textarea({"rows": 3}),
        help_text="All who work on this case read it: leave out health.",
    )  # fmt: skip
    field_order = ["decline_reason", "reason", "on"]

    def clean(self):
        answers = super().clean()
        if answers.get("decline_reason") == Placement.DeclineReason.OTHER and not answers.get("reason"):
            self.add_error("reason", "Say in a few words what the other reason is.")
        return answers

    def context(self):
        return ending(self.record, self.user)


class BookForm(PlacementStepForm):
    replaces = ("expected_arrival", "expected_departure")
    expected_arrival = DateField(label="When will they arrive?", noun="the day of arrival", validators=[foreseeable])
    expected_departure = DateField(
        label="When will they leave, if all goes well?", noun="the day of departure", required=False,
        help_text="The place is kept for them until then.", validators=[foreseeable],
    )  # fmt: skip
    on = DateField(label="When was this agreed?", noun="the date", required=False, help_text="Leave empty for today.")
    field_order = ["expected_arrival", "expected_departure", "on"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("expected_arrival", record.expected_arrival)
        (weeks,) = setting("stay_weeks")
        self.fields["expected_departure"].help_text += f" Leave empty for {weeks:.0f} weeks after they arrive."
        self.initial.setdefault("expected_departure", record.expected_departure)

    def clean(self):
        answers = super().clean()
        arrival, departure = answers.get("expected_arrival"), answers.get("expected_departure")
        if arrival and departure and departure < arrival:
            self.add_error("expected_departure", "They cannot be expected to leave before they arrive.")
        return answers

    def context(self):
        others = [("Withdrawn with this", f"{other}") for other in self.record.rivals().select_related("unit")]
        told = [(what, how) for other in self.record.rivals() for what, how in other.ends_with(self.user)]
        said = "What was asked of other units for this person is withdrawn, and they are told so." if others else ""
        return {"answers": [*others, *told], "consequence": said}


class ArriveForm(PlacementStepForm):
    on = DateField(
        label="When did they arrive?", noun="the day of arrival", required=False, help_text="Leave empty for today."
    )

    def context(self):
        return {"consequence": "Days in rehab are counted from this day."}


class RefusalForm(ReasonForm, PlacementStepForm):
    """A step that ends the request, and says why."""

    def context(self):
        return ending(self.record, self.user)


class NotArriveForm(RefusalForm):
    """They did not come; the team that asked for the place says what comes next too."""

    then = forms.ChoiceField(label="What comes next?", choices=Then, widget=Radios)
    field_order = ["reason", "then", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not Placement.objects.held_by(self.user).filter(pk=self.record.pk).exists():
            del self.fields["then"]  # the team decides: it becomes a task of the facilitator
            return
        if not self.record.case.may(self.user, "close"):
            self.fields["then"].choices = [pair for pair in Then.choices if pair[0] != Then.CLOSE]
        others = self.record.case.placements.ahead().exclude(pk=self.record.pk).select_related("unit")
        names = ", ".join(str(other.unit) for other in others)
        if names:
            self.fields["then"].help_text = f"Withdrawing or closing withdraws what is asked of {names} too."

    def context(self):
        said = super().context()
        if "then" not in self.fields:
            said["consequence"] += " What comes next is for their facilitator to decide, who is given it as a task."
        return said


class ExtendForm(ReasonForm, PlacementStepForm):
    replaces = ("expected_departure",)
    expected_departure = DateField(
        label="Until when will they stay?", noun="the day of departure", validators=[foreseeable]
    )
    on = DateField(label="When was this agreed?", noun="the date", required=False, help_text="Leave empty for today.")
    field_order = ["expected_departure", "reason", "on"]

    def clean_expected_departure(self):
        day = self.cleaned_data["expected_departure"]
        if day < timezone.localdate():
            raise ValidationError("The day must be today or later.")
        return day

    def context(self):
        agreed = self.record.expected_departure
        return {"lead": f"They were to leave on {date_format(agreed, 'j F Y')}." if agreed else ""}


class MoveForm(PlacementStepForm):
    """The unit they go on to, where a place is booked already: it said yes, and it is paid for."""

    to = forms.ModelChoiceField(Placement.objects.none(), label="Where do they move?", widget=Radios, empty_label=None)
    on = DateField(
        label="When did they move?", noun="the day of the move", required=False, help_text="Leave empty for today."
    )
    field_order = ["to", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        booked = Placement.objects.visible_to(self.user).filter(case=self.record.case_id, status="booked")
        self.fields["to"].queryset = booked.with_names()
        self.fields["to"].label_from_instance = lambda stay: f"{stay.unit}, {stay.expected_arrival:%-d %B %Y}"

    def clean_on(self):
        return happened(self.cleaned_data["on"], since=self.record.arrived_on, what="the day they arrived")

    def context(self):
        if not self.fields["to"].queryset.exists():
            return {"lead": "No place is booked for them at another unit. Request one and book it first."}
        return {
            "lead": f"They leave {self.record.unit} and arrive there on one day: one journey.",
            "consequence": "No day is counted twice, and no follow-ups are planned for this part of it.",
        }


# a move to another unit is recorded as one
REASONS = [pair for pair in Placement.Reason.choices if pair[0] != Placement.Reason.MOVED_UNIT]


class DepartForm(PlacementStepForm):
    departure_reason = forms.ChoiceField(label="Why did they leave?", choices=REASONS, widget=Radios)
    has_died = forms.BooleanField(label="If they died: I have checked that this is the right person", required=False)
    move_on = forms.ChoiceField(
        label="Where did they go?", choices=Placement.MoveOn, widget=Radios, required=False,
        help_text="Where they live next. Leave empty if they died.",
    )  # fmt: skip
    on = DateField(
        label="When did they leave?", noun="the day of departure", required=False, help_text="Leave empty for today."
    )
    field_order = ["departure_reason", "has_died", "move_on", "on"]

    def clean_on(self):
        return happened(self.cleaned_data["on"], since=self.record.arrived_on, what="the day they arrived")

    def clean(self):
        answers = super().clean()
        sure, reason, move_on = (answers.pop(name, "") for name in ("has_died", "departure_reason", "move_on"))
        died = reason == Placement.Reason.DIED
        if died and not sure:
            self.add_error("has_died", "Tick to say that you have checked: the person will be recorded as having died.")
        if died and move_on not in ("", Placement.MoveOn.DIED):
            self.add_error("move_on", "Leave this empty if they died.")
        if reason and not died and move_on == Placement.MoveOn.DIED:
            self.add_error("move_on", "If they died, say so as the reason too.")
        if reason and not died and not move_on:
            self.add_error("move_on", "Answer “Where did they go?”; choose “Not known” if it is not known.")
        return answers | {
            "departure_reason": reason,
            "move_on": Placement.MoveOn.DIED if died else move_on,
        }

    def context(self):
        weeks = [f"{week:.0f}" for week in setting("follow_up_weeks")]
        (days,) = setting("involvement_days")
        return {
            "danger": True,
            "consequence": f"Days in rehab stop counting. Follow-ups will fall due {', '.join(weeks[:-1])} and "
            f"{weeks[-1]} weeks after this day, whether or not the stay was completed. If they left early, the "
            "facilitator, their co-worker and the supervisor are told at once, and what is to be done today and "
            "tomorrow becomes their tasks. If they died, that day is written on their record as the day of death and "
            f"no follow-ups are planned. The unit keeps sight of the stay for {days:.0f} days.",
        }


PLACEMENT_FORMS = {
    "offer": OfferForm,
    "decline": DeclineForm,
    "book": BookForm,
    "arrive": ArriveForm,
    "not_arrive": NotArriveForm,
    "extend": ExtendForm,
    "move": MoveForm,
    "depart": DepartForm,
    "withdraw": RefusalForm,
    "exceed": ExceedForm,
}


# progress


class ProgressForm(StepForm):
    """A week in rehab. `record` is the placement."""

    engagement = forms.ChoiceField(label="How is it going?", choices=Progress.Engagement, widget=Radios)
    text = forms.CharField(
        label="How did the week go?", max_length=4000, widget=forms.Textarea({"rows": 4}),
        help_text="A sentence or two. The O2R team reads this.",
    )  # fmt: skip
    concern = forms.CharField(
        label="Is there anything that worries you?", max_length=4000, required=False,
        widget=forms.Textarea({"rows": 2}), help_text="About their safety, or whether they will stay.",
    )  # fmt: skip
    owner = forms.ModelChoiceField(
        User.objects.none(), label="Who should look into it?", required=False, empty_label="Their facilitator"
    )
    on = DateField(label="Week ending", noun="the date", required=False, help_text="Leave empty for today.")
    field_order = ["engagement", "text", "concern", "owner", "on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        case = self.record.case
        self.fields["owner"].queryset = team_of(case.agency, case.unit).exclude(pk=case.facilitator_id)

    def context(self):
        (days,) = setting("concern_days")
        when = {0: "today", 1: "by tomorrow"}.get(int(days), f"within {days:.0f} days")
        return {"consequence": f"What worries you is somebody's task at once, to be looked into {when}."}

    def clean_on(self):
        day = happened(self.cleaned_data["on"], since=self.record.arrived_on, what="the day they arrived")
        return day or timezone.localdate()

    def write(self):
        return Progress.record(self.record, by=self.user, **self.cleaned_data)
