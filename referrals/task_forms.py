"""What tasks and their steps must be told: the same for pages, API and back office."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from offenders.models import Involvement
from offenders.steps import StepForm
from partners.frame.forms import DateField
from partners.models import Membership, User
from partners.roles import ROLES

from .models import Task

WHOLE_AGENCY = [name for name, role in ROLES.items() if "partners.work_agency_wide" in role.permissions]
WITH_TASKS = [name for name, role in ROLES.items() if "referrals.view_task" in role.permissions]


def who_see(offender, matters, user):
    """Users who may be given a task of these matters: of teams that work with the person on one of them today, and of
    agencies that this user's works with: that another works with the person is not theirs to know."""
    live = Involvement.objects.live().filter(offender=offender, matter__in=matters, agency=OuterRef("agency"))
    theirs = Q(Exists(live), role__in=WHOLE_AGENCY) | Q(Exists(live.filter(unit=OuterRef("unit"))))
    theirs &= Q(agency__in=user.shown_by, role__in=WITH_TASKS)
    hats = Membership.objects.on().filter(theirs, user=OuterRef("pk"))
    users = User.objects.filter(Exists(hats), is_active=True)
    return users.annotate(agency_name=hats.order_by().values("agency__name")[:1])


class OwnerField(forms.ModelChoiceField):
    """Someone who sees the person, with where they work."""

    def label_from_instance(self, user):
        return f"{user}, {user.agency_name}"


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
        self.fields["owner"].queryset = who_see(record.pk, [matter], user)
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
        self.fields["owner"].queryset = others

    def context(self):
        return {"lead": f"{self.record.owner} has it now. Those who see this person can be given it."}


TASK_FORMS = {"do": DoForm, "drop": DropForm, "hand_over": HandOverForm}
