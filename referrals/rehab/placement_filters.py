"""Which placements and follow-ups a list shows, by page and by API."""

from datetime import timedelta

import django_filters as filters
from django import forms
from django.utils import timezone

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes, Radios
from partners.settings import setting

from .case_filters import facilitators
from .models import Absence, FollowUp, FollowUpAttempt, Placement, Progress, RehabUnit
from .workflow import Away, Stay


def week(today):
    """The Monday and the Sunday of that day's week."""
    monday = today - timedelta(days=today.weekday())
    return monday, monday + timedelta(days=6)


def set_weeks():
    """The points at which follow-ups fall due, as choices."""
    return [(int(weeks), f"{weeks:.0f} week{'' if weeks == 1 else 's'}") for weeks in setting("follow_up_weeks")]


def radios(choices, label, method):
    return filters.ChoiceFilter(choices=choices, label=label, method=method, widget=Radios, empty_label="Any")


class PlacementFilter(FilterSet):
    status = filters.MultipleChoiceFilter(choices=Stay.choices, widget=Checkboxes, label="Status", distinct=False)
    unit = filters.ModelChoiceFilter(
        queryset=lambda request: RehabUnit.objects.visible_to(request.user), label="Unit", empty_label="Any unit"
    )
    expected = radios([("week", "This week"), ("overdue", "Overdue, not arrived")], "Expected", "by_expected")
    progress = radios([("due", "Due")], "Weekly progress", "by_progress")
    case = filters.UUIDFilter(label="Case", widget=forms.HiddenInput)

    class Meta(FilterSet.Meta):
        model = Placement
        fields = ["status", "unit", "expected", "progress", "case"]

    def by_expected(self, rows, name, value):
        rows, today = rows.expected(), timezone.localdate()
        if value == "overdue":
            return rows.filter(expected_arrival__lt=today)
        return rows.filter(expected_arrival__range=week(today))

    def by_progress(self, rows, name, value):
        return rows.progress_due()


class FollowUpFilter(FilterSet):
    when = radios(
        [
            ("overdue", "Overdue"), ("untried", "Due, nobody tried yet"), ("week", "Due this week"), ("later", "Later"),
            ("recorded", "Recorded"),
        ],
        "When", "by_when",
    )  # fmt: skip
    whose = radios([("mine", "Mine")], "Whose", "by_whose")
    weeks = filters.MultipleChoiceFilter(choices=set_weeks, widget=Checkboxes, label="After departure", distinct=False)
    facilitator = filters.ModelChoiceFilter(
        label="Facilitator", field_name="case__facilitator", queryset=facilitators, widget=forms.HiddenInput
    )
    case = filters.UUIDFilter(label="Case", widget=forms.HiddenInput)

    class Meta(FilterSet.Meta):
        model = FollowUp
        fields = ["when", "whose", "weeks", "facilitator", "case"]

    def by_when(self, rows, name, value):
        today = timezone.localdate()
        if value == "recorded":
            return rows.done()
        if value == "untried":
            return rows.due().filter(tries=0)
        due = {
            "overdue": {"due_on__lt": today},
            "week": {"due_on__range": (today, today + timedelta(days=6))},
            "later": {"due_on__gt": today + timedelta(days=6)},
        }
        return rows.planned().filter(**due[value])

    def by_whose(self, rows, name, value):
        return rows.of(self.request.user)


class AttemptFilter(FilterSet):
    follow_up = filters.UUIDFilter(label="Follow-up")

    class Meta(FilterSet.Meta):
        model = FollowUpAttempt
        fields = ["follow_up"]


class ProgressFilter(FilterSet):
    placement = filters.UUIDFilter(label="Placement")

    class Meta(FilterSet.Meta):
        model = Progress
        fields = ["placement"]


class AbsenceFilter(FilterSet):
    placement = filters.UUIDFilter(label="Placement")
    status = filters.MultipleChoiceFilter(choices=Away.choices, widget=Checkboxes, label="Status")

    class Meta(FilterSet.Meta):
        model = Absence
        fields = ["placement", "status"]
