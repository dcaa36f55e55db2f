"""Which tasks a list shows, by page and by API."""

from datetime import timedelta

import django_filters as filters
from django import forms
from django.utils import timezone

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes, Radios
from partners.models import User

from .models import Task
from .workflow import Todo


def owners(request):
    """Those who undertook a task that the user sees."""
    if request is None:
        return User.objects.none()
    return User.objects.filter(pk__in=Task.objects.visible_to(request.user).order_by().values("owner"))


class TaskFilter(FilterSet):
    whose = filters.ChoiceFilter(
        label="Whose", method="by_whose", widget=Radios, empty_label="Any",
        choices=[("mine", "Mine"), ("team", "Of my team")],
    )  # fmt: skip
    status = filters.MultipleChoiceFilter(label="Where it stands", choices=Todo.choices, widget=Checkboxes)
    due = filters.ChoiceFilter(
        label="Due", method="by_due", widget=Radios, empty_label="Any",
        choices=[("overdue", "Overdue"), ("today", "Today"), ("week", "Within 7 days"), ("later", "Put off")],
    )  # fmt: skip
    kind = filters.MultipleChoiceFilter(label="What it comes of", choices=Task.Kind.choices, widget=Checkboxes)
    owner = filters.ModelChoiceFilter(label="Owner", queryset=owners, widget=forms.HiddenInput)
    matter = filters.UUIDFilter(label="Matter", widget=forms.HiddenInput, method="by_matter")

    class Meta(FilterSet.Meta):
        model = Task
        fields = ["whose", "status", "due", "kind", "owner", "matter"]

    def by_whose(self, rows, name, value):
        user = self.request.user
        return rows.of(user) if value == "mine" else rows.of_team(user)

    def by_due(self, rows, name, value):
        today = timezone.localdate()
        if value == "overdue":
            return rows.overdue(today)
        if value == "later":
            return rows.put_off(today)
        last = today if value == "today" else today + timedelta(days=7)
        return rows.open().filter(due_on__range=(today, last))

    def by_matter(self, rows, name, value):
        return rows.about(value)
