"""Which units the board shows, from which day, and what a place must be to fit: by page and by API."""

import django_filters as filters
from django.core.validators import MaxValueValidator, MinValueValidator

from partners.frame.filters import DayFilter, FilterSet
from partners.frame.forms import Checkboxes, Radios
from referrals.rehab.matching import Circumstance
from referrals.rehab.models import RehabUnit
from referrals.rehab.placement_forms import foreseeable

LONGEST = 104  # weeks for which a place is looked for


class BoardFilter(FilterSet):
    whom = filters.ChoiceFilter(
        label="For whom", choices=[("men", "A man"), ("women", "A woman")], empty_label="Anyone",
        widget=Radios, method="by_whom",
    )  # fmt: skip
    detox = filters.ChoiceFilter(
        label="Detox on site", choices=[("yes", "Needed")], empty_label="Not needed", widget=Radios, method="by_detox"
    )
    circumstances = filters.MultipleChoiceFilter(
        label="It must be able to take", choices=Circumstance.choices, widget=Checkboxes, method="by_circumstances"
    )
    weeks = filters.NumberFilter(
        label="For how many weeks", method="as_they_are", decimal_places=0,
        validators=[MinValueValidator(1, "Write 1 or more."), MaxValueValidator(LONGEST, f"Write {LONGEST} or less.")],
    )  # fmt: skip
    first = DayFilter(label="From which day", method="as_they_are", validators=[foreseeable])

    class Meta(FilterSet.Meta):
        model = RehabUnit
        fields = ["whom", "detox", "circumstances", "weeks", "first"]

    def by_whom(self, rows, name, value):
        return rows.filter(takes__in=[RehabUnit.Takes.MIXED, value])

    def by_detox(self, rows, name, value):
        return rows.filter(has_detox=True)

    def by_circumstances(self, rows, name, value):
        return rows.exclude(cannot_take__overlap=value) if value else rows

    def as_they_are(self, rows, name, value):
        return rows
