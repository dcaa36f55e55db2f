"""The tables: measures over a period, whole or broken down, as rows to lay beside the board paper's."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.utils import timezone

from partners.models import Area
from referrals.rehab.savings import to_the_penny

from . import deadlines, divert
from .breakdowns import (
    CALENDAR,
    NOT_KNOWN,
    OF_DEADLINES,
    OF_DIVERT,
    OF_O2R,
    OF_SAVINGS,
    OUTSIDE,
    Period,
    in_order,
    parts_of,
    whole_months,
)
from .measures import GUESSED, MISSING, O2R_PILOT, O2R_SAVINGS, WHOLE, count, people_of
from .small_numbers import HIDDEN, SMALL, hidden


class About(NamedTuple):
    """What a table holds, how it may be broken down, and who reads it and opens its figures to the people behind."""

    measures: list
    breakdowns: tuple
    by: str = ""  # how it is broken down when nothing else is asked
    view: str = "insight.view_divert_report"
    opens: str = "insight.open_divert_report"
    others: tuple = ()  # measures that are no row of it, and open to people too


TABLES = {
    "o2r_pilot": About(O2R_PILOT, OF_O2R, "", "insight.view_report", "insight.open_report", (MISSING,)),
    "o2r_savings": About(O2R_SAVINGS, OF_SAVINGS, "", "insight.view_report", "insight.open_report"),
    "o2r_deadlines": About(deadlines.O2R, OF_DEADLINES, "deadline", "insight.view_report", "insight.open_report"),
    "divert_deadlines": About(deadlines.DIVERT, OF_DEADLINES, "deadline"),
    "divert_referrals": About([divert.REFERRALS, divert.PER_MONTH], OF_DIVERT),
    "divert_residence": About([divert.SHARE], OF_DIVERT, "area"),
    "divert_substance": About([divert.SHARE], OF_DIVERT, "substance"),
    "divert_engagement": About([divert.REFERRALS, divert.ENGAGED], OF_DIVERT),
    "possession_outcomes": About([divert.CHARGES, divert.CAUTIONS], OF_DIVERT),
}
# all of Divert's together, as its page breaks them down
OF_PAGE = [divert.REFERRALS, divert.ENGAGED, divert.CHARGES, divert.CAUTIONS]
DIVERT = About(OF_PAGE, OF_DIVERT, "area", others=(divert.PER_MONTH,))


class Table:
    """A table's figures over a period, for one breakdown (none: the whole, its one row named "").

    `parts` are the names of its rows in reading order. With `hides_small` a figure about fewer than five
    people is words in place of a number, and so is what would give it away.
    """

    def __init__(self, about, period, by="", *, hides_small=False):
        about = TABLES[about] if isinstance(about, str) else about
        self.period, self.by = period, by or about.by
        parted = self.by and self.by not in CALENDAR
        self.measures = [measure for measure in about.measures if not (measure.is_whole and parted)]
        self.figures = count(self.measures, period, self.by)
        self.calendar = {part.name: part for part in parts_of(period, self.by)} if self.by in CALENDAR else {}
        found = {key for figures in self.figures.values() for key in figures}
        if self.by == about.by == "area":  # where nobody lives is told too
            found |= {*Area.objects.filter(in_force_area=True).values_list("name", flat=True), OUTSIDE, NOT_KNOWN}
        self.parts = list(self.calendar) or in_order(found | ({""} if not self.by else set()))
        of_people = [replace(measure, count=measure.whom) for measure in self.measures if measure.whom]
        self.people = count(of_people, period, self.by) if hides_small else {}
        self.hidden = {name: self._hidden(name) for name in self.figures} if hides_small else {}

    def _hidden(self, name):
        """Also where so few are left out of the share that it would tell who they are; and what counts nobody, where
        too few are behind it."""
        if other := next((measure.hidden_by for measure in self.measures if measure.name == name), ""):
            few = [part for part in self.parts if self.figures[other].get(part, 0) < SMALL]
            return dict.fromkeys([*few, *self._hidden(other)], HIDDEN)
        counts = {part: self.figures[name].get(part) or 0 for part in self.parts}  # what is not known tells nobody
        if name in self.people:  # many things of few people are about few people
            behind = hidden({part: self.people[name].get(part) or 0 for part in self.parts})
            return dict.fromkeys(behind, HIDDEN) | self._hidden_by_counts(name, counts)
        return self._hidden_by_counts(name, counts)

    def _hidden_by_counts(self, name, counts):
        whole = next((measure.share_of for measure in self.measures if measure.name == name), "")
        if whole not in self.figures:
            return hidden(counts)
        others = {part: self.figures[whole].get(part, 0) - counts[part] for part in self.parts}
        return dict.fromkeys(hidden(others), HIDDEN) | hidden(counts)

    def value(self, measure, part=""):
        """The figure: an integer, or pounds with pence; or the words that stand for a hidden one."""
        over_days = isinstance(measure.count, str)  # hidden by the people whom the days are of
        about = [people_of(measure.over), *([GUESSED] if measure.is_guess else [])] if over_days else [measure.name]
        if words := next((self.hidden[name][part] for name in about if part in self.hidden.get(name, {})), ""):
            return HIDDEN if over_days else words
        number = self.figures[measure.name].get(part, None if measure.hidden_by else 0)
        if number is None:
            return None
        if measure.is_monthly:
            months, _, _ = whole_months(self._span(part).first, min(self._span(part).last, self.period.until))
            return _to_four_places(number, months)
        if measure.hidden_by:
            return _to_four_places(Decimal(str(number)), 1)
        return to_the_penny(number) if measure.is_money else int(number)

    def share(self, measure, part=""):
        """The percentage of what it is a share of, to four places; None of nothing."""
        if any(part in self.hidden.get(name, {}) for name in (measure.name, measure.share_of)):
            return HIDDEN
        over = self.figures[measure.name].get(part, 0)
        if measure.share_of == WHOLE:
            return _to_four_places(100 * over, sum(self.figures[measure.name].values()))
        return _to_four_places(100 * over, self.figures[measure.share_of].get(part, 0))

    def rows(self):
        """A dict for every figure, measure by measure: the keys of the board paper's own file."""
        rows = []
        for measure in self.measures:
            for part in self.parts:
                rows.append(self._row(measure.name, part, self.value(measure, part), measure.unit))
                if measure.share_of:
                    name = measure.share_name or measure.name
                    rows.append(self._row(name, part, self.share(measure, part), "percent"))
        return rows

    def _span(self, part):
        return self.calendar.get(part, self.period)

    def _row(self, name, part, value, unit):
        span = self._span(part)
        return {
            "measure": name,
            "breakdown": part,
            "period_start": span.first.isoformat(),
            "period_end": span.last.isoformat(),
            "value": value,
            "unit": unit,
        }


def _to_four_places(over, under):
    return (Decimal(over) / under).quantize(Decimal("0.0001"), ROUND_HALF_UP) if under else None


def o2r_pilot(start, end, as_of=None, by=""):
    """The rows of the O2R table (board paper, paragraphs 31 to 34) from one day to another, both included."""
    return Table("o2r_pilot", Period(start, end, as_of or timezone.localdate()), by).rows()
