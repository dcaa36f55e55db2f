"""Which deadlines a list shows, by page and by API."""

from datetime import timedelta

import django_filters as filters
from django.utils import timezone

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes, Radios
from partners.models import User

from .models import Deadline
from .workflow import Due


def workers(request):
    """Those who look after someone for whom something is due."""
    seen = Deadline.objects.visible_to(request.user).open()
    return User.objects.filter(pk__in=seen.order_by().values("worker"))


class DeadlineFilter(FilterSet):
    whose = filters.ChoiceFilter(
        label="Whose", method="by_whose", widget=Radios, empty_label="Any",
        choices=[("mine", "Mine"), ("team", "Of my team"), ("nobody", "Nobody has them yet")],
    )  # fmt: skip
    worker = filters.ModelChoiceFilter(label="Worker", queryset=workers, empty_label="Any")
    kind = filters.MultipleChoiceFilter(label="What is due", choices=Deadline.Kind.choices, widget=Checkboxes)
    due = filters.ChoiceFilter(
        label="Due", method="by_due", widget=Radios, empty_label="Any",
        choices=[("overdue", "Overdue"), ("soon", "Soon"), ("week", "Within 7 days")],
    )  # fmt: skip
    status = filters.MultipleChoiceFilter(label="How it stands", choices=Due.choices, widget=Checkboxes)

    class Meta(FilterSet.Meta):
        model = Deadline
        fields = ["whose", "worker", "kind", "due", "status"]

    def by_whose(self, rows, name, value):
        user = self.request.user
        return {
            "mine": lambda: rows.of(user),
            "team": lambda: rows.of_team(user),
            "nobody": lambda: rows.filter(worker=None),
        }[value]()

    def by_due(self, rows, name, value):
        today = timezone.localdate()
        return {
            "overdue": lambda: rows.overdue(today),
            "soon": lambda: rows.due_soon(today),
            "week": lambda: rows.running().filter(due_on__range=(today, today + timedelta(days=7))),
        }[value]()
