"""The tables: measures over a period, whole or broken down, as rows to lay beside the board paper's."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from referrals.rehab.savings import to_the_penny

from .breakdowns import CALENDAR, Period, in_order, parts_of
from .measures import O2R_PILOT, count
from .small_numbers import HIDDEN, hidden

TABLES = {"o2r_pilot": O2R_PILOT}


class Table:
    """A table's figures over a period, for one breakdown (none: the whole, its one row named "").

    `parts` are the names of its rows in reading order. With `hides_small` a figure about fewer than five
    people is words in place of a number, and so is what would give it away.
    """

    def __init__(self, name, period, by="", *, hides_small=False):
        self.name, self.period, self.by = name, period, by
        self.measures = TABLES[name]
        self.figures = count(self.measures, period, by)
        self.calendar = {part.name: part for part in parts_of(period, by)} if by in CALENDAR else {}
        found = {key for figures in self.figures.values() for key in figures}
        self.parts = list(self.calendar) or in_order(found | ({""} if not by else set()))
        self.hidden = {name: self._hidden(name) for name in self.figures} if hides_small else {}

    def _hidden(self, name):
        return hidden({part: self.figures[name].get(part, 0) for part in self.parts})

    def value(self, measure, part=""):
        """The figure: an integer, or pounds with pence; or the words that stand for a hidden one."""
        over_days = isinstance(measure.count, str)  # hidden by the people who were there
        if words := self.hidden.get("people" if over_days else measure.name, {}).get(part):
            return HIDDEN if over_days else words
        number = self.figures[measure.name].get(part, 0)
        return to_the_penny(number) if measure.is_money else int(number)

    def share(self, measure, part=""):
        """The percentage of the measure it is a share of, to four places; None of nothing."""
        if any(part in self.hidden.get(name, {}) for name in (measure.name, measure.share_of)):
            return HIDDEN
        over, under = (self.figures[name].get(part, 0) for name in (measure.name, measure.share_of))
        return (Decimal(100) * over / under).quantize(Decimal("0.0001"), ROUND_HALF_UP) if under else None

    def rows(self):
        """A dict for every figure, measure by measure: the keys of the board paper's own file."""
        rows = []
        for measure in self.measures:
            for part in self.parts:
                rows.append(self._row(measure, part, self.value(measure, part), measure.unit))
                if measure.share_of:
                    rows.append(self._row(measure, part, self.share(measure, part), "percent"))
        return rows

    def _row(self, measure, part, value, unit):
        span = self.calendar.get(part, self.period)
        return {
            "measure": measure.name,
            "breakdown": part,
            "period_start": span.first.isoformat(),
            "period_end": span.last.isoformat(),
            "value": value,
            "unit": unit,
        }


def o2r_pilot(start, end, as_of=None, by=""):
    """The rows of the O2R table (board paper, paragraphs 31 to 34) from one day to another, both included."""
    return Table("o2r_pilot", Period(start, end, as_of or timezone.localdate()), by).rows()
