"""What a report is asked for: the same form for the page, the API and the command."""

import datetime as dt

from django import forms
from django.utils import timezone

from partners.frame.forms import DateField, FilterForm

from .breakdowns import BREAKDOWNS, Period, choices_of
from .tables import TABLES

LONGEST = 50  # years


class ReportForm(FilterForm):
    """A period, the day whose knowledge counts, and a breakdown of this table. `user` None may ask for everything."""

    locals()["from"] = DateField(label="From", noun="the first day")  # a word Python keeps for itself
    to = DateField(label="To", noun="the last day")
    as_of = DateField(
        label="As known on", noun="the day", required=False, help_text="Leave empty for what is known today."
    )
    by = forms.ChoiceField(label="Broken down by", required=False)

    def __init__(self, *args, user=None, about=TABLES["o2r_pilot"], **kwargs):
        super().__init__(*args, **kwargs)
        choices = choices_of(about.breakdowns, names_staff=user is None or user.has_perm(about.opens))
        self.fields["by"].choices = [("", "Nothing"), *choices]
        self.fields["by"].error_messages["invalid_choice"] = (
            f"There is no breakdown “%(value)s” here. There are: {', '.join(name for name, _ in choices)}."
        )

    def clean(self):
        data = super().clean()
        first, last = data.get("from"), data.get("to")
        as_of, today = data.get("as_of") or timezone.localdate(), timezone.localdate()
        if first and last and last < first:
            self.add_error("to", "The last day must be the same as or after the first day.")
        elif first and last and last.year - first.year > LONGEST:
            self.add_error("to", f"A period can be {LONGEST} years at the most.")
        if as_of > today:
            self.add_error("as_of", "The day whose knowledge counts cannot be in the future.")
        elif first and data.get("as_of") and as_of < first:
            self.add_error("as_of", "The day whose knowledge counts cannot be before the period begins.")
        if not self.errors:
            data["period"] = Period(first, last, as_of)
        return data

    @property
    def period(self):
        return self.cleaned_data["period"]

    @property
    def query(self):
        """The same report as an address."""
        period, by = self.period, self.cleaned_data["by"]
        days = {"from": period.first, "to": period.last, "as_of": self.cleaned_data["as_of"], "by": by}
        return {name: str(value) for name, value in days.items() if value}


class DivertForm(ReportForm):
    """Of Divert's tables, which."""

    table = forms.ChoiceField(choices=[(name, name) for name in TABLES if name.startswith(("divert", "possession"))])


class BehindForm(ReportForm):
    """Which figure to open; with a breakdown, which row of it."""

    measure = forms.ChoiceField()
    key = forms.CharField(required=False)

    def __init__(self, *args, about=TABLES["o2r_pilot"], **kwargs):
        super().__init__(*args, about=about, **kwargs)
        self.opened = {measure.name: measure for measure in [*about.measures, *about.others]}
        self.fields["measure"].choices = [(name, measure.label) for name, measure in self.opened.items()]
        self.fields["by"].choices = [(name, BREAKDOWNS[name].label) for name in about.breakdowns]

    @property
    def measured(self):
        return self.opened[self.cleaned_data["measure"]]

    @property
    def referrals(self):
        return self.measured.referrals(self.period, self.cleaned_data["by"], self.cleaned_data["key"])


PILOT_YEAR = ("Pilot year, July 2021 to June 2022", dt.date(2021, 7, 1), dt.date(2022, 6, 30))
OF_THE_PAPER = ("The board paper, April to December 2022", dt.date(2022, 4, 1), dt.date(2022, 12, 31))


def presets(today, first):
    """[(label, first day, last day)] that one press chooses, beginning with `first`."""
    year = dt.date(today.year - (today.month < 4), 4, 1)
    return [
        first,
        ("This financial year", year, dt.date(year.year + 1, 3, 31)),
        ("Last 12 months", *last_twelve_months(today)),
    ]


def last_twelve_months(today):
    """From the first of a month, this month being the last of the twelve."""
    return dt.date(today.year - (today.month < 12), today.month % 12 + 1, 1), today
