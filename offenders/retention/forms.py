"""What is asked of who reviews records; the same for pages and API."""

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone

from offenders.steps import ReasonForm, StepForm
from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes, DateField, Form, Radios

from .models import Decision, Group, Hold
from .rules import periods, years_after

WHY = {"label": "Why?", "widget": forms.Textarea({"rows": 3}), "max_length": 500}


class ScheduleForm(Form):
    """About the records of one person."""

    def __init__(self, *args, record, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.record, self.user = record, user


class KeepForm(ScheduleForm):
    """Until when, and why."""

    reason = forms.CharField(**WHY, help_text="What they are still needed for.")
    until = DateField(label="When are they reviewed again?", noun="the day of the next review")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        years = min(periods()[Group(self.record.group)], 10)
        self.fields["until"].initial = years_after(timezone.localdate(), years)

    def write(self):
        return self.record.keep(by=self.user, **self.cleaned_data)


class DisposeForm(ScheduleForm):
    reason = forms.CharField(**WHY, help_text="It is erased with everything else.")

    def write(self):
        return self.record.dispose(by=self.user, **self.cleaned_data)


class ChooseForm(ScheduleForm):
    """Another group than the rules find, or theirs again."""

    group = forms.ChoiceField(label="Review group", choices=Group, widget=Radios)
    reason = forms.CharField(**WHY | {"max_length": 200})

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].initial = self.record.group

    def write(self):
        self.record.choose(by=self.user, **self.cleaned_data)
        return self.record


class HoldForm(ScheduleForm):
    """What for, and why."""

    reference = forms.CharField(
        label="Reference", max_length=60, help_text="Of the court case, inquiry or complaint that it is for."
    )
    reason = forms.CharField(**WHY)

    def write(self):
        return Hold.place(self.record.offender, by=self.user, **self.cleaned_data)


class ConfirmForm(StepForm):
    """Nothing needs saying: the page says what is confirmed."""

    on = None

    def context(self):
        return {
            "answers": proposed(self.record),
            "consequence": "Everything recorded of this person is erased: their record and all names and numbers, "
            "referrals, cases, notes, messages and files, with all that was amended. The record keeps who did what, "
            "and when, without a word of it. Nobody can undo this.",
            "danger": True,
        }


class RefuseForm(ReasonForm):
    on = None

    def context(self):
        return {"answers": proposed(self.record), "consequence": "Everything stays. The review comes back to the list."}


class LiftForm(ReasonForm):
    on = None

    def context(self):
        answers = [("For", self.record.reference), ("Why", self.record.reason), ("Placed by", self.record.by)]
        return {"answers": answers, "consequence": "From then on the records can be disposed of when they are due."}


def proposed(decision):
    schedule = decision.offender.schedule
    last = decision.offender.retention_decisions.filter(what="keep").with_names().first()
    more = []
    if schedule.chosen:
        by_what = f"by what is recorded it is {schedule.get_found_display().lower()}"
        more += [("Group chosen by", f"{schedule.chosen_by}: {schedule.chosen_why}; {by_what}")]
    if last:
        more += [("Last kept", f"until {last.next_on:%-d %B %Y} by {last.by}, {last.agency}: {last.why}")]
    return [
        ("Person", f"{decision.offender}, {decision.offender.reference}"),
        ("Review group", decision.get_group_display()),
        ("Due", f"{decision.due_on:%-d %B %Y}"),
        *more,
        ("Proposed by", f"{decision.by}, {decision.agency}"),
        ("Why", decision.why),
    ]


DECISION_FORMS = {"confirm": ConfirmForm, "refuse": RefuseForm, "take_back": RefuseForm}
HOLD_FORMS = {"lift": LiftForm}
# what may be done with a schedule: {verb: (words of the button, form, what is said when it is done)}
ACTS = {
    "keep": ("Keep the records", KeepForm, "Kept. They come back to the list when they are to be reviewed again."),
    "dispose": ("Propose to dispose of them", DisposeForm, "Proposed. Nothing is erased until another confirms it."),
    "choose": ("Change the review group", ChooseForm, "The review group is changed."),
    "hold": ("Place a legal hold", HoldForm, "Held. Nobody disposes of anything until the hold is lifted."),
}


class ScheduleFilter(FilterSet):
    """Which reviews to show."""

    due = filters.ChoiceFilter(
        label="Due", method="by_due", widget=Radios, empty_label="Soon or overdue",
        choices=[("overdue", "Today or overdue"), ("any", "At any time")],
    )  # fmt: skip
    stands = filters.ChoiceFilter(
        label="Which", method="by_stands", widget=Radios, empty_label="Any",
        choices=[("held", "Under a legal hold"), ("proposed", "Disposal proposed"), ("free", "Neither")],
    )  # fmt: skip
    group = filters.MultipleChoiceFilter(label="Review group", choices=Group.choices, widget=Checkboxes)

    def by_due(self, rows, name, value):
        return rows.filter(due_on__lte=timezone.localdate()) if value == "overdue" else rows

    def by_stands(self, rows, name, value):
        held = Exists(Hold.objects.live().filter(offender=OuterRef("pk")))
        decided = Exists(Decision.objects.open().filter(offender=OuterRef("pk")))
        return rows.filter({"held": held, "proposed": decided}.get(value, ~held & ~decided))


class DecisionFilter(FilterSet):
    what = filters.ChoiceFilter(label="What", choices=Decision.What.choices, widget=Radios, empty_label="Either")
    status = filters.MultipleChoiceFilter(label="Where it stands", choices=Decision.Status.choices, widget=Checkboxes)
