"""What lines tell, laid over what is already recorded.

The record speaks first, then the lines in their order; whoever speaks later may add, and may repeat, but not
contradict. So a line against another line and a line against the record are one check, and what is new is what only
a line says.
"""

import datetime as dt
from typing import NamedTuple

from .known import Unknown
from .lines import Problem


class Fact(NamedTuple):
    """One thing that is told, and by which line; the record has no line."""

    value: object
    column: str = ""
    line: int | None = None
    text: str = ""


def new(facts, column):
    """The value, where only a line tells it."""
    fact = facts.get(column)
    return fact.value if fact and fact.line is not None else None


def facts_of(values):
    """What the record tells, of {column: value}; of what is not known, nothing."""
    return {column: Fact(value, column) for column, value in values.items() if value not in (None, "", "unknown")}


def who(fact):
    return f"Line {fact.line}" if fact.line else "The record"


def by_reference(lines):
    """{reference: its lines} in the order of the file."""
    told = {}
    for line in lines:
        if "reference" not in line.bad:
            told.setdefault(line.facts["reference"], []).append(line)
    return told


class Telling:
    """What is told, and the problems met in telling it. `labels` has the choices of columns that hold a code."""

    labels = {}

    def __init__(self, known):
        self.known, self.problems = known, []

    def add(self, facts, column, line, value=None):
        """Keep the fact, unless the record or an earlier line says otherwise."""
        fact = Fact(line.facts[column] if value is None else value, column, line.number, line.texts[column])
        before = facts.setdefault(column, fact)
        if before.value != fact.value:
            self.problem(line, column, f"{who(before)} says “{self.said(before)}”. Only one can be true.")

    def found(self, kind, column, line, day, **narrower):
        """What the line names, of this kind; None where it is not known, which is then a problem."""
        try:
            return getattr(self.known, kind)(line.facts[column], day, **narrower)
        except Unknown as unknown:
            self.problem(line, column, str(unknown))
            return None

    def not_before(self, later, earlier, sentence, *, or_on=True):
        if earlier and (later.value < earlier.value or (later.value == earlier.value and not or_on)):
            about = f"{sentence}, which {who(earlier).lower()} puts on {earlier.value:%-d %B %Y}."
            self.say(later if later.line else earlier, about)

    def problem(self, line, column, sentence):
        self.problems.append(Problem(line.number, column, line.texts[column], sentence))

    def say(self, fact, sentence):
        if fact.line:  # what the record alone says is not the file's to answer for
            self.problems.append(Problem(fact.line, fact.column, fact.text, sentence))

    def said(self, fact):
        if fact.column in self.labels:
            return self.labels[fact.column](fact.value).label
        if isinstance(fact.value, dt.date):
            return f"{fact.value:%-d %B %Y}"
        return getattr(fact.value, "email", None) or fact.text or str(fact.value)


def look_alikes(told):
    """References that share names and date of birth, and may be one person twice: lists of references."""
    alike = {}
    for history in told:
        names = [str(history.get(column) or "").casefold() for column in ("given_names", "family_name")]
        if all(names) and history.get("date_of_birth"):
            alike.setdefault((*names, history.get("date_of_birth")), []).append(history.reference)
    return [references for references in alike.values() if len(references) > 1]
