"""What the list of those who wait can be asked for, by page and API alike."""

import django_filters as filters

from partners.frame.filters import FilterSet
from partners.frame.forms import Radios
from referrals.models import Cover, Deadline
from referrals.workflow import Due

from .diary import team_of


class WaitingFilters(FilterSet):
    worker = filters.ModelChoiceFilter(
        label="Worker", queryset=lambda request: team_of(request.user), empty_label="Any", method="filter_worker"
    )
    stands = filters.ChoiceFilter(
        label="Deadline", method="filter_stands", widget=Radios, empty_label="Any",
        choices=[("overdue", "Overdue"), ("paused", "Paused"), ("decide", "To decide: not engaged?")],
    )  # fmt: skip

    class Meta(FilterSet.Meta):
        model = Deadline
        fields = []

    def filter_worker(self, rows, name, value):
        """Theirs; the user's own, with those of whom they cover today."""
        user = self.request.user
        return rows.filter(referral__worker__in=Cover.stood_in_for(user) if value == user else [value.pk])

    def filter_stands(self, rows, name, value):
        return {
            "overdue": lambda: rows.overdue(),
            "paused": lambda: rows.filter(status=Due.PAUSED),
            "decide": lambda: rows.filter(proposed=True),
        }[value]()
