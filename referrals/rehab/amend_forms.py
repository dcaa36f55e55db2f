"""What may be amended in cases, assessments, stays in rehab and what comes after."""

from django import forms
from django.utils import timezone

from offenders.amend import amendable
from offenders.amend_forms import AmendForm, moment_of
from offenders.forms import not_in_future
from partners.frame.forms import DateField, MoneyField, Radios
from partners.roles import Category

from .absence_forms import AbsenceForm, clock
from .assessment_forms import AssessmentForm, Substance, substances_of
from .follow_up_forms import AttemptForm, FollowUpForm
from .funding.forms import AskFunderForm
from .models import (
    Absence,
    Action,
    Assessment,
    Case,
    FollowUp,
    FollowUpAttempt,
    Funding,
    Payment,
    Placement,
    PlacementQuestion,
    Preparation,
    Progress,
    Review,
)
from .placement_forms import ProgressForm, foreseeable
from .plan.forms import AddForm
from .preparation.forms import ArrangeForm
from .request.forms import AnswerForm, AskForm, RequestForm
from .review.forms import AmendReviewForm
from .workflow import Ending


def past_day(label, noun):
    """A day that has come."""
    return DateField(label=label, noun=noun, validators=[not_in_future])


class AmendCaseForm(AmendForm):
    """The days of a case and the words of its end; the rest is said by its steps."""

    opened_on = past_day("When did they come to be assessed?", "the date")
    decided_on = past_day("When was it decided?", "the date of the decision")
    closed_on = past_day("When was the case closed?", "the date of closing")
    ending = forms.ChoiceField(label="How did it end?", choices=Ending, widget=Radios)
    outcome = forms.CharField(label="In a few words", max_length=200, required=False)


class AmendAssessmentForm(AmendForm, AssessmentForm):
    """An assessment, on the page it was recorded on."""

    template = "rehab/case/assess.html"
    stands_for = {f"{value}{part}": "substances" for value in Substance.values for part in ("", "_route", "_frequency")}

    def made_with(self, row, user):
        return {"case": None, "user": user}

    def initial_of(self, row):
        return substances_of(row)

    @property
    def other_fields(self):
        return [*super().other_fields, self["reason"]]

    def asked(self, row):
        changes = {name: value for name, value in super().asked(row).items() if name != "substances"}
        if self.stands_for.keys() & self.fields.keys():
            answers = self.initial_of(row) | {name: self.cleaned_data[name] for name in self.fields}
            changes["substances"] = list(self.substances(answers))
        return changes


class AmendPlacementForm(AmendForm):
    """What a rehab was told, and the days of the stay. Of which unit it was asked stays: another is asked anew."""

    needs = RequestForm.base_fields["needs"]
    needs_detox = RequestForm.base_fields["needs_detox"]
    circumstances = RequestForm.base_fields["circumstances"]
    requested_on = past_day("When was the place asked for?", "the date")
    expected_arrival = DateField(
        label="When are they expected?", noun="the day of arrival", required=False, validators=[foreseeable]
    )
    expected_departure = DateField(
        label="When are they expected to leave?", noun="the day of departure", required=False, validators=[foreseeable]
    )
    arrived_on = past_day("When did they arrive?", "the day of arrival")
    departed_on = past_day("When did they leave?", "the day of departure")
    departure_reason = forms.ChoiceField(label="Why did they leave?", choices=Placement.Reason, widget=Radios)
    move_on = forms.ChoiceField(label="Where did they go?", choices=Placement.MoveOn, widget=Radios)

    def __init__(self, *args, row, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        if not row.needs and "needs" in self.fields:
            self.fields["needs"].required = False  # what was brought in from elsewhere may have none
        self.row = row

    def clean(self):
        """The day of a move is in two stays, and amended where it leaves no day in both of them."""
        said, after = super().clean(), Placement.objects.filter(continues=self.row).first()
        came, went = said.get("arrived_on"), said.get("departed_on")
        if came and self.row.continues and came < self.row.arrived_on:
            self.add_error("arrived_on", "They moved here. Amend the day they left the other unit instead.")
        if went and after and went > self.row.departed_on:
            self.add_error("departed_on", "They moved on. Amend the day they arrived at the next unit instead.")
        return said


class AmendQuestionForm(AmendForm):
    """What a rehab asked, or what the team answered."""

    text = AskForm.base_fields["text"]
    answer_text = AnswerForm.base_fields["answer_text"]


class AmendPreparationForm(AmendForm, ArrangeForm):
    """Where and when a course or a detox was planned, and the days that have come."""

    kind = None
    begun_on = past_day("When did it begin?", "the day it began")
    ended_on = past_day("When did it end?", "the day it ended")

    def made_with(self, row, user):
        return {"record": row.case, "user": user}


class AmendProgressForm(AmendForm, ProgressForm):
    """A week in rehab."""

    stands_for = {"owner": None}

    def made_with(self, row, user):
        return {"record": row.placement, "user": user}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("owner", None)  # whose task its concern is, is changed by handing that over


class AmendAbsenceForm(AmendForm):
    """Why and when someone was away."""

    kind = AbsenceForm.base_fields["kind"]
    on, at, due_on, due_at = (AbsenceForm.base_fields[name] for name in ("on", "at", "due_on", "due_at"))
    back_on = past_day("When did they come back?", "the day")
    back_at = clock("At what time?")
    stands_for = {
        "on": "left_at", "at": "left_at", "due_on": "due_back", "due_at": "due_back", "back_on": "returned_at",
        "back_at": "returned_at",
    }  # fmt: skip
    times = (("on", "at"), ("due_on", "due_at"), ("back_on", "back_at"))

    def initial_of(self, row):
        moments = {day: timezone.localtime(moment) for (day, _), moment in self.moments(row) if moment}
        clocks = {time: f"{moments[day]:%H:%M}" for day, time in self.times if day in moments}
        return {day: moment.date() for day, moment in moments.items()} | clocks

    def moments(self, row):
        return zip(self.times, (row.left_at, row.due_back, row.returned_at), strict=True)

    def asked(self, row):
        changes, said = super().asked(row), self.cleaned_data
        for (day, time), was in self.moments(row):
            if changes.pop(target := self.stands_for[day], None):
                changes[target] = moment_of({"on": said.get(day), "at": said.get(time)}, was)
        return changes


class AmendFollowUpForm(AmendForm, FollowUpForm):
    """What a check after rehab found."""

    stands_for = {"on": "done_on"}

    def made_with(self, row, user):
        return {"record": row, "user": user}

    def initial_of(self, row):
        return {"on": row.done_on}

    def asked(self, row):
        answers = super().asked(row).items()
        return {name: "unknown" if value == "" and name != "text" else value for name, value in answers}


class AmendAttemptForm(AmendForm, AttemptForm):
    """An attempt to reach someone."""

    stands_for = {"on": "occurred_at", "at": "occurred_at"}

    def made_with(self, row, user):
        return {"record": row.follow_up, "user": user}

    def initial_of(self, row):
        at = timezone.localtime(row.occurred_at)
        return {"on": at.date(), "at": f"{at:%H:%M}"}

    def asked(self, row):
        asked = {name: self.cleaned_data[name] for name in ("method", "result", "text") if name in self.cleaned_data}
        if {"on", "at"} & self.fields.keys():
            asked["occurred_at"] = moment_of(self.cleaned_data, row.occurred_at)
        return asked

    def context(self):
        return {}


class AmendFundingForm(AmendForm):
    """What was asked of a funder, until it is answered; and on which days."""

    asked = AskFunderForm.base_fields["asked"]
    year = AskFunderForm.base_fields["year"]
    asked_on = past_day("When were they asked?", "the date")
    answered_on = past_day("When did they answer?", "the date")


class AmendPaymentForm(AmendForm):
    """What was paid, and when."""

    on = past_day("When was it paid?", "the date")
    amount = MoneyField(label="How much?", min_value=None, help_text="Less than nothing where it was paid back: -20.")


class AmendActionForm(AmendForm):
    """What is to be done, and by when. Whose it is stays: what is another's to do is asked of them anew."""

    text = AddForm.base_fields["text"]
    due_on = DateField(label="By when?", noun="the date")
    is_printed = AddForm.base_fields["is_printed"]


amendable(Action, AmendActionForm)
amendable(Case, AmendCaseForm)
amendable(Assessment, AmendAssessmentForm, Category.HEALTH)
amendable(
    Placement, AmendPlacementForm, apart=dict.fromkeys(["needs", "needs_detox", "circumstances"], Category.HEALTH)
)
amendable(PlacementQuestion, AmendQuestionForm, Category.GENERAL, apart={"answer_text": Category.HEALTH})
amendable(Preparation, AmendPreparationForm)
amendable(Progress, AmendProgressForm, Category.GENERAL)
amendable(Absence, AmendAbsenceForm)
amendable(FollowUp, AmendFollowUpForm, Category.HEALTH)
amendable(FollowUpAttempt, AmendAttemptForm, Category.GENERAL)
amendable(Funding, AmendFundingForm, Category.POLICE)
amendable(Payment, AmendPaymentForm, Category.POLICE)
amendable(Review, AmendReviewForm, Category.POLICE)
