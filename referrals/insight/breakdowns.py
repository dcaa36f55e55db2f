"""How a figure may be broken down: by something about the referral, or by the calendar."""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.db.models import Case, CharField, F, FilteredRelation, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf
from django.db.models.lookups import LessThanOrEqual

from offenders.codes import Ethnicity, Sex
from partners.models import Area
from referrals.models import Deadline, Resolution
from referrals.models.reference import DrugClass
from referrals.rehab.models import Assessment
from referrals.rehab.workflow import Answer, Decision

NOT_KNOWN = "Not known"
NOT_DECIDED = "Not decided yet"
NO_FUNDER = "No funder recorded"
AGES = [(18, "Under 18"), (25, "18 to 24"), (35, "25 to 34"), (45, "35 to 44"), (55, "45 to 54"), (65, "55 to 64")]
OLDEST = "65 and over"
OUTSIDE = "Outside WMP area"  # as the board paper calls it
LAST = [OUTSIDE, "No fixed abode", NOT_DECIDED, NO_FUNDER, NOT_KNOWN]  # these rows end a table, in this order


class Period(NamedTuple):
    """From the first day to the last, both included, as known on the day `as_of`."""

    first: dt.date
    last: dt.date
    as_of: dt.date

    @property
    def until(self):
        """The last day on which anything counts."""
        return min(self.last, self.as_of)


class Part(NamedTuple):
    """A month or a financial year, cut off where the period begins and ends."""

    name: str
    first: dt.date
    last: dt.date


class Years(Func):
    """Whole years between two dates, the later one first."""

    template = "date_part('year', age(%(expressions)s))"


class MonthOf(Func):
    template = "to_char(%(expressions)s, 'YYYY-MM')"
    output_field = CharField()


class FinancialYearOf(Func):
    """April to March, as in 2021/22."""

    start, end = "%(expressions)s - interval '3 months'", "%(expressions)s + interval '9 months'"
    template = f"to_char({start}, 'YYYY/') || to_char({end}, 'YY')"
    output_field = CharField()


def known(*expressions):
    return Coalesce(*expressions, Value(NOT_KNOWN), output_field=CharField())


def labelled(field, choices):
    """The label of a code; those that say "unknown" are one row."""
    whens = [When(**{field: code}, then=Value(str(label))) for code, label in choices]
    return Case(*whens, default=Value(NOT_KNOWN), output_field=CharField())


def age_band(prefix, period):
    """On the day of referral."""
    born = f"{prefix}offender__date_of_birth"
    years = Years(F(f"{prefix}referred_on"), F(born))
    whens = [When(LessThanOrEqual(years, Value(above - 1)), then=Value(label)) for above, label in AGES]
    unknown = When(**{born: None}, then=Value(NOT_KNOWN))
    return Case(unknown, *whens, default=Value(OLDEST), output_field=CharField())


def decided_on(prefix=""):
    """The day of the decision; where it is not known the day of the first assessment, else of opening the case."""
    first = (
        Assessment.objects.finished()
        .filter(case__referral=OuterRef(f"{prefix}pk"))
        .order_by("assessed_on", "recorded_at")
    )
    return Coalesce(
        F(f"{prefix}case__decided_on"), Subquery(first.values("assessed_on")[:1]), F(f"{prefix}case__opened_on")
    )


def decision(prefix, period):
    """As it stood on the as-of day."""
    made = LessThanOrEqual(decided_on(prefix), Value(period.as_of))
    whens = [When(Q(made, **{f"{prefix}case__decision": code}), then=Value(label)) for code, label in Decision.choices]
    return Case(*whens, default=Value(NOT_DECIDED), output_field=CharField())


def facilitator(prefix, period):
    name = f"{prefix}case__facilitator__"
    full = Concat(F(f"{name}given_names"), Value(" "), F(f"{name}family_name"))
    return Case(When(**{f"{name}isnull": True}, then=Value(NOT_KNOWN)), default=full, output_field=CharField())


def residence(prefix, period):
    """Local authority of residence at referral."""
    outside = When(**{f"{prefix}area__code": Area.OUTSIDE}, then=Value(OUTSIDE))
    return Case(outside, default=known(F(f"{prefix}area__name")), output_field=CharField())


def paid_for(stays):
    """Each stay once for every funder that agreed to pay for it, and once where none did."""
    paying = FilteredRelation("fundings", condition=Q(fundings__status=Answer.AGREED))
    return stays.annotate(paying=paying).distinct()


class Breakdown(NamedTuple):
    """One way to divide a table; `text` gives the words of a row, reached from a queryset over a prefix."""

    label: str
    text: Callable
    names_staff: bool = False  # not for those who see no names
    among: Callable = lambda rows: rows  # the rows, joined to what `text` asks of; a row may then be there twice


BREAKDOWNS = {
    "area": Breakdown("Area of residence", residence),
    "agency": Breakdown(
        "Referring agency",
        lambda p, _: known(NullIf(F(f"{p}from_agency__short_name"), Value("")), F(f"{p}from_agency__name")),
    ),
    "unit": Breakdown("Referring unit", lambda p, _: known(F(f"{p}from_unit__name"))),
    "ethnicity": Breakdown(
        "Ethnicity (self-defined)",
        lambda p, _: labelled(f"{p}offender__ethnicity", [c for c in Ethnicity.choices if c[0] != Ethnicity.UNKNOWN]),
    ),
    "sex": Breakdown("Sex", lambda p, _: labelled(f"{p}offender__sex", Sex.choices)),
    "age_band": Breakdown("Age at referral", age_band),
    "decision": Breakdown("Decision", decision),
    "facilitator": Breakdown("Facilitator", facilitator, names_staff=True),
    "substance": Breakdown("Substance", lambda p, _: known(F(f"{p}resolution__drug__name"))),
    "class": Breakdown("Class", lambda p, _: labelled(f"{p}resolution__drug_class", DrugClass.choices)),
    # of stays alone, whatever the prefix
    "rehab_unit": Breakdown("Rehab unit", lambda p, _: known(F("unit__name"))),
    # of deadlines alone
    "deadline": Breakdown("What was due", lambda p, _: labelled("kind", Deadline.Kind.choices)),
    "funder": Breakdown("Funder", lambda p, _: Coalesce(F("paying__funder__name"), Value(NO_FUNDER)), among=paid_for),
    "route": Breakdown(
        "Where they were found", lambda p, _: labelled(f"{p}resolution__route", Resolution.Route.choices)
    ),
}
CALENDAR = {"month": ("Month", MonthOf), "financial_year": ("Financial year", FinancialYearOf)}


OF_PEOPLE = ("area", "agency", "unit", "ethnicity", "sex", "age_band")
OF_SAVINGS = ("rehab_unit", "funder", *OF_PEOPLE)
OF_O2R = (*OF_PEOPLE, "decision", "facilitator")
OF_DIVERT = (*OF_PEOPLE, "substance", "class", "route")
OF_DEADLINES = ("deadline", "area", "agency", "unit")


def choices_of(names, *, names_staff=True):
    """[(name, label)] of these breakdowns and of the calendar's; those that name staff only to who sees names."""
    rows = [(name, BREAKDOWNS[name].label) for name in names if names_staff or not BREAKDOWNS[name].names_staff]
    return [*rows, *((name, label) for name, (label, _) in CALENDAR.items())]


def parts_of(period, by):
    """The months or financial years of a period, up to its last day that counts."""
    parts, first = [], period.first
    while first <= period.until:
        if by == "month":
            year, month, name = first.year + first.month // 12, first.month % 12 + 1, f"{first:%Y-%m}"
        else:
            start = first.year - (first.month < 4)
            year, month, name = start + 1, 4, f"{start}/{(start + 1) % 100:02}"
        following = dt.date(year, month, 1)
        parts.append(Part(name, first, min(following - dt.timedelta(days=1), period.last)))
        first = following
    return parts


def whole_months(first, last):
    """How many months lie whole between two days, both included; and the first and the last day of them."""
    begin = first if first.day == 1 else dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    after = last + dt.timedelta(days=1)
    end = dt.date(after.year, after.month, 1)
    return max(0, (end.year - begin.year) * 12 + end.month - begin.month), begin, end - dt.timedelta(days=1)


def in_order(names):
    """Rows of a table in reading order: by name, youngest first, what is elsewhere or unknown last."""
    return sorted(names, key=lambda name: (LAST.index(name) if name in LAST else -1, name != AGES[0][1], name))
