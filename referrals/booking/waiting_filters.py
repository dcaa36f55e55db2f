"""What the list of those who wait can be asked for, by page and API alike."""

import django_filters as filters
from django.utils import timezone

from partners.frame.filters import FilterSet
from partners.frame.forms import Radios
from referrals.models import Deadline

from .diary import team_of


class WaitingFilters(FilterSet):
    worker = filters.ModelChoiceFilter(
        label="Worker", field_name="referral__worker", queryset=lambda request: team_of(request.user), empty_label="Any"
    )
    stands = filters.ChoiceFilter(
        label="Deadline", method="filter_stands", widget=Radios, empty_label="Any",
        choices=[("overdue", "Overdue"), ("paused", "Stands still"), ("decide", "To decide: not engaged?")],
    )  # fmt: skip

    class Meta(FilterSet.Meta):
        model = Deadline
        fields = []

    def filter_stands(self, rows, name, value):
        return {
            "overdue": lambda: rows.filter(paused_on=None, due_on__lt=timezone.localdate()),
            "paused": lambda: rows.filter(paused_on__isnull=False),
            "decide": lambda: rows.filter(proposed=True),
        }[value]()
