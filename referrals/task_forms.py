"""What tasks and their steps must be told: the same for pages, API and back office."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format

from offenders.models import Involvement
from offenders.steps import StepForm
from partners.frame.forms import DateField
from partners.models import Membership, User
from partners.roles import roles_with
from partners.settings import setting

from .colleagues import ColleagueField
from .models import Task


def who_see(offender, matters, user):
    """Users who may be given a task of these matters: of teams that work with the person on one of them today, and of
    agencies that this user's works with: that another works with the person is not theirs to know."""
    live = Involvement.objects.live().filter(offender=offender, matter__in=matters, agency=OuterRef("agency"))
    whole_agency = roles_with("partners.work_agency_wide")
    theirs = Q(Exists(live), role__in=whole_agency) | Q(Exists(live.filter(unit=OuterRef("unit"))))
    theirs &= Q(agency__in=user.shown_by)
    hats = Membership.objects.holding("referrals.view_task").filter(theirs, user=OuterRef("pk"))
    return User.objects.filter(Exists(hats)).annotate(agency_name=hats.order_by().values("agency__name")[:1])


class OwnerField(ColleagueField):
    """Someone who sees the person, with where they work."""

    widget = forms.Select

    def label_from_instance(self, one):
        day = self.colleagues.away.get(one.pk)
        return f"{one}, {one.agency_name}" + (f", away until {date_format(day, 'j F')}" if day else "")


class TaskForm(StepForm):
    """A task asked for by hand. `record` is the person, `matter` what it is about them."""

    text = forms.CharField(
        label="What is to be done?", max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text="All who work on this read it. Leave out health and intelligence.",
    )  # fmt: skip
    owner = OwnerField(User.objects.none(), label="Who will do it?", empty_label=None)
    due_on = DateField(label="By when?", noun="the day")
    on = None

    def __init__(self, *args, record, user, matter, **kwargs):
        super().__init__(*args, record=record, user=user, **kwargs)
        self.matter = matter
        self.fields["owner"].among(who_see(record.pk, [matter], user), user)
        self.initial.setdefault("owner", user.pk)

    def clean_due_on(self):
        if self.cleaned_data["due_on"] < timezone.localdate():
            raise ValidationError("The day must be today or later.")
        return self.cleaned_data["due_on"]

    def write(self):
        said = {name: self.cleaned_data[name] for name in ("text", "owner", "due_on")}
        return Task.add(self.record, by=self.user, matter=self.matter, **said)


class DoForm(StepForm):
    why = forms.CharField(
        label="What came of it?", max_length=1000, required=False, widget=forms.Textarea({"rows": 3}),
        help_text="Leave empty where there is nothing to add.",
    )  # fmt: skip
    on = DateField(label="When was it done?", noun="the day", required=False, help_text="Leave empty for today.")
    field_order = ["why", "on"]


class DropForm(StepForm):
    why = forms.CharField(label="Why is it not done?", max_length=1000, widget=forms.Textarea({"rows": 3}))
    on = None


class HandOverForm(StepForm):
    replaces = ("owner",)
    owner = OwnerField(User.objects.none(), label="Who will do it?", empty_label=None)
    reason = forms.CharField(label="Anything they should know?", max_length=200, required=False)
    on = None
    field_order = ["owner", "reason"]

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        others = who_see(record.offender_id, record.matters, self.user).exclude(pk=record.owner_id)
        self.fields["owner"].among(others, self.user)

    def context(self):
        return {"lead": f"{self.record.owner} has it now. Those who see this person can be given it."}


class SnoozeForm(StepForm):
    until = DateField(label="Until when?", noun="the day")
    reason = forms.CharField(
        label="Why?", max_length=200, help_text="All who work on this read it. Leave out health and intelligence."
    )
    on = None

    def context(self):
        (days,) = setting("snooze_days")
        stays = f"The day by which it is to be done stays {self.record.due_on:%-d %B %Y}."
        return {"lead": f"For {days:.0f} days at the most; then it is back in your list by itself. {stays}"}


TASK_FORMS = {"do": DoForm, "drop": DropForm, "snooze": SnoozeForm, "hand_over": HandOverForm}
