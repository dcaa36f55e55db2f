"""What may be amended in a referral, and in the resolution behind it, after it is sent."""

import datetime as dt
from copy import copy

from django import forms
from django.utils import timezone

from offenders.amend import amendable
from offenders.amend_forms import AmendForm
from offenders.forms import WhenForm, not_in_future
from partners.frame.forms import WORDS, DateField, ModelForm
from partners.roles import Category

from .journey_forms import WhyForm
from .models import Drug, Referral, Resolution, Task
from .resolution_forms import not_before, ruled
from .task_forms import TaskForm
from .terms import HELP_NEEDS


class AmendReferralForm(AmendForm):
    """The answers a referral was sent with; the rules keep the answers that they were asked with.

    Whom it is about, on which pathway and who sent it stay: sight follows from them, so one that was sent wrongly is
    withdrawn, and sent again.
    """

    source, area, offending_area, funds_addiction, summary = (WhyForm.base_fields[n] for n in WhyForm.MODEL_FIELDS)
    referred_on = WhyForm.base_fields["referred_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["referred_on"].required, self.fields["referred_on"].help_text = True, ""

    def initial_of(self, row):
        return {"funds_addiction": WORDS[row.funds_addiction]}

    def clean_referred_on(self):
        return not_in_future(self.cleaned_data["referred_on"])


class AmendResolutionForm(AmendForm, ModelForm):
    """What was recorded of a resolution; whether they were a child, and the class, follow from it."""

    formal_outcome = forms.ChoiceField(label="Formal outcome", choices=Resolution.Formal)
    formal_on = DateField(label="Formal outcome on", noun="the day")
    formal_reason = forms.ChoiceField(label="Why there was a formal outcome", choices=Resolution.FormalReason)

    class Meta:
        model = Resolution
        fields = [
            "place", "offence", "drug", "quantity", "exhibit", "crime_reference",
            "stop_search_reference", "is_own_use", "is_supply_suspected", "is_aggravating", "acceptance",
            "appropriate_adult", "adult_relation", "victim", "victim_view", "gravity_score", "gravity_rationale",
        ]  # fmt: skip

    on = DateField(label="On which day did it happen?", noun="the day")
    at = WhenForm.base_fields["at"]
    field_order = ["on", "at", *Meta.fields, "formal_outcome", "formal_on", "formal_reason"]
    stands_for = {"on": "occurred_at", "at": "occurred_at"}

    def __init__(self, *args, row, user, **kwargs):
        super().__init__(*args, row=row, user=user, **kwargs)
        if "drug" in self.fields:  # a row for each class that it had: which one follows from the day
            day = row.drug if row.drug and not row.drug.holds() else None
            rows = Drug.objects.on() | Drug.objects.filter(pk=day.pk if day else None)
            self.fields["drug"].queryset = rows.order_by("name")

    def initial_of(self, row):
        at = row.occurred_at and timezone.localtime(row.occurred_at)
        return {"on": at.date(), "at": f"{at:%H:%M}"} if at else {}

    def clean_on(self):
        return ruled(not_in_future(self.cleaned_data["on"]))

    def clean_formal_on(self):
        return not_before(self.instance, not_in_future(self.cleaned_data["formal_on"]))

    def asked(self, row):
        """What was asked, and what follows from it."""
        changes, would_be = super().asked(row), copy(row)
        if changes.pop("occurred_at", None):
            said, was = self.cleaned_data, row.occurred_at and timezone.localtime(row.occurred_at)
            day, clock = said.get("on") or row.day, said.get("at") or dt.time()
            if was and "at" not in self.fields:
                clock = was.time()
            changes["occurred_at"] = timezone.make_aware(dt.datetime.combine(day, clock))
        for name, value in changes.items():
            setattr(would_be, name, value)
        if {"occurred_at", "drug"} & changes.keys():
            follows = would_be.worked_out()
            known = ("is_child", "drug", "drug_class")
            changes |= {name: follows[name] for name in known if follows[name] not in (None, "")}
        return changes


class AmendTaskForm(AmendForm):
    """What was to be done, by when, and what came of it. Who has it is changed by handing it over."""

    text = TaskForm.base_fields["text"]
    due_on = DateField(label="By when?", noun="the day")
    done_on = DateField(label="When was it done?", noun="the day", validators=[not_in_future])
    why = forms.CharField(label="What came of it, or why not?", max_length=1000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args, row, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        if row.done_on:
            self.fields["why"].required = False


ITS_OWN = {field.name for field in Resolution._meta.concrete_fields} - HELP_NEEDS  # not for who gives the help

amendable(Referral, AmendReferralForm)
amendable(Task, AmendTaskForm)
amendable(Resolution, AmendResolutionForm, apart=dict.fromkeys(ITS_OWN, Category.POLICE))
