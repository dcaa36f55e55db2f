"""What the lines of Divert's spreadsheet tell, person by person: a line is a referral."""

import re
from dataclasses import dataclass, field

from django.db.models import CharField, F, Func, Value

from offenders.codes import Ethnicity, OfficerEthnicity, Sex
from offenders.models import Offender
from referrals.history import telling
from referrals.history.telling import Fact, by_reference, facts_of, new
from referrals.models import Drug, Referral, Resolution
from referrals.pathways import Pathway
from referrals.workflow import Status

from ..models import Appointment
from ..workflow import RECORDED
from ..workflow import Status as Stands
from .lines import COLUMNS, Answer, ClosedAs

OF_PERSON = ["given_names", "family_name", "date_of_birth", "sex", "ethnicity", "officer_ethnicity"]
OF_REFERRAL = [column for column in COLUMNS if column not in ("reference", *OF_PERSON)]
# how the referral of one day is called, the person's reference first; a second of that day has a number
CALLED = re.compile(r"(.*) (\d{4}-\d\d-\d\d)(?:\.(\d+))?", re.DOTALL)
NOT_LISTED = "The offence code “{}” is not in the list."
COURSE, WITHDRAWN_LATE = "Course completed", "Withdrawn after they had engaged"
CLOSED_AS = {
    Status.COMPLETED: ClosedAs.COMPLETED, Status.NOT_ENGAGED: ClosedAs.NOT_ENGAGED,
    Status.WITHDRAWN: ClosedAs.WITHDRAWN, Status.CLOSED: ClosedAs.CLOSED_EARLY,
}  # fmt: skip


@dataclass
class Told:
    """One referral: all that is told of it, and the rows already recorded."""

    called: str
    line: int | None = None
    facts: dict = field(default_factory=dict)
    referral: Referral | None = None
    appointment: Appointment | None = None  # the first 1:1
    drug: Drug | None = None

    def get(self, column):
        return self.facts[column].value if column in self.facts else None

    def new(self, column):
        """The value, where only a line tells it."""
        return new(self.facts, column)

    @property
    def is_new(self):
        return any(fact.line is not None for fact in self.facts.values())

    @property
    def closed_as(self):
        """What became of it; a course completed is a referral completed."""
        return self.get("closed_as") or (ClosedAs.COMPLETED if self.get("course_completed_on") else None)

    @property
    def last_day(self):
        """The last day that anything is known of: where no day of its end is known, it ended then."""
        days = ("referred_on", "first_appointment_on", "course_completed_on")
        return max(self.get(column) for column in days if self.get(column))


@dataclass
class Person:
    """All that is told of one person, by their reference."""

    reference: str
    line: int | None = None
    once: dict = field(default_factory=dict)
    referrals: dict = field(default_factory=dict)  # by day and number, each Told
    offender: Offender | None = None

    def get(self, column):
        return self.once[column].value if column in self.once else None

    @property
    def is_new(self):
        """Whether a line tells anything that the record does not have."""
        own = any(fact.line is not None for fact in self.once.values())
        return own or any(told.is_new for told in self.referrals.values())


class Replace(Func):
    function = "regexp_replace"
    output_field = CharField()


def recorded(references, *, by):
    """The people of these references that are recorded: {reference: Person}, in four queries.

    Raises PermissionError, naming no content, where one is recorded but not open to `by`.
    """
    person = Replace(F("external_reference"), Value(r" \d{4}-\d\d-\d\d(\.\d+)?$"), Value(""))
    rows = Referral.objects.on_pathway(Pathway.DIVERT).annotate(person=person).filter(person__in=references)
    seen = set(Referral.objects.visible_to(by).filter(pk__in=rows.values("pk")).values_list("pk", flat=True))
    rows = rows.select_related("offender", "area", "from_unit__agency", "resolution__drug", "resolution__offence")
    people = {}
    for referral in rows.prefetch_related("appointments"):
        reference, day, number = CALLED.fullmatch(referral.external_reference).groups()
        if referral.pk not in seen:
            raise PermissionError(reference)
        person = people.setdefault(reference, Person(reference, offender=referral.offender))
        person.once = _of_person(referral.offender)
        person.referrals[day, int(number or 1)] = _of_referral(referral)
    return people


def _of_person(offender):
    unknown = {"sex": Sex.UNKNOWN, "ethnicity": Ethnicity.UNKNOWN, "officer_ethnicity": OfficerEthnicity.UNKNOWN}
    values = {column: getattr(offender, column) for column in OF_PERSON}
    return facts_of({name: value for name, value in values.items() if value != unknown.get(name, "")})


def _of_referral(referral):
    resolution = getattr(referral, "resolution", None) or Resolution()
    ones = [row for row in referral.appointments.all() if row.kind == Appointment.Kind.ONE_TO_ONE]
    ones = sorted((row for row in ones if row.status in {*RECORDED, Stands.BOOKED}), key=lambda row: row.starts_at)
    first = ones[0] if ones else None
    late = referral.end_reason == WITHDRAWN_LATE
    by_course = referral.status == Status.COMPLETED and referral.outcome == COURSE
    codes = [re.fullmatch(NOT_LISTED.format("(.*)"), mark) for mark in resolution.marks]
    facts = facts_of({
        "referred_on": referral.referred_on,
        "area": referral.area,
        "unit": referral.from_unit,
        "officer_collar": resolution.officer_collar,
        "substance": resolution.drug and resolution.drug.name,
        "drug_class": resolution.drug_class,
        "offence_code": resolution.offence.code if resolution.offence else next((c[1] for c in codes if c), None),
        "route": resolution.route,
        "first_appointment_on": first and first.day,
        "attended": first and {Stands.ATTENDED: Answer.YES, Stands.MISSED: Answer.NO}.get(first.status),
        "course_completed_on": referral.ended_on if by_course else None,
        "closed_as": ClosedAs.WITHDRAWN if late else CLOSED_AS.get(referral.status),
        "formal_outcome": resolution.formal_outcome,
        "formal_outcome_on": resolution.formal_on,
        "formal_reason": resolution.formal_reason,
    })  # fmt: skip
    return Told(referral.external_reference, facts=facts, referral=referral, appointment=first)


class Telling(telling.Telling):
    """The people that the lines tell of, over those recorded."""

    labels = {
        "sex": Sex, "ethnicity": Ethnicity, "officer_ethnicity": OfficerEthnicity, "closed_as": ClosedAs,
        "route": Resolution.Route, "formal_outcome": Resolution.Formal, "formal_reason": Resolution.FormalReason,
    }  # fmt: skip

    def __init__(self, lines, people, known):
        super().__init__(known)
        self.told = []
        for reference, of_it in by_reference(lines).items():
            person = people.setdefault(reference, Person(reference))
            person.line = of_it[0].number
            self._tell(person, of_it)
            self.told.append(person)

    def _tell(self, person, lines):
        said = {}
        for line in lines:
            for column in OF_PERSON:
                if column in line.facts:
                    self.add(person.once, column, line)
            texts = tuple(line.texts[column] for column in OF_REFERRAL)
            if "referred_on" in line.facts and texts not in said:  # word for word the same is the same referral
                said[texts] = line
                self._tell_referral(person, line, said.values())
            elif line.lacks("referred_on"):
                self.problem(line, "referred_on", "Every line is a referral. Say on which day it was made.")
        for column in ("given_names", "family_name"):
            if column not in person.once and not any(column in line.bad for line in lines):
                self.problem(lines[0], column, "This is needed for each reference, on one of its lines.")

    def _tell_referral(self, person, line, said):
        day = line.facts["referred_on"]
        number = sum(other.facts["referred_on"] == day for other in said)
        called = f"{person.reference} {day}" + (f".{number}" if number > 1 else "")
        told = person.referrals.setdefault((str(day), number), Told(called))
        told.line = line.number
        for column in OF_REFERRAL:
            if column in line.facts and column not in ("area", "unit", "substance"):
                self.add(told.facts, column, line)
        self._tell_names(told, line, day)
        self._check(person, told, line)

    def _tell_names(self, told, line, day):
        if "area" in line.facts and (area := self.found("area", "area", line, day)):
            self.add(told.facts, "area", line, area)
        if "unit" in line.facts:
            before = told.get("unit")
            same = before and before.name.casefold() == line.facts["unit"].casefold()
            if unit := before if same else self.found("unit", "unit", line, day):
                self.add(told.facts, "unit", line, unit)
        elif "unit" not in told.facts and (unit := self.known.unit_of(line.facts.get("officer_collar", ""), day)):
            told.facts["unit"] = Fact(unit, "unit", line.number)
        if "substance" in line.facts:
            drug_class = told.get("drug_class")
            if drug := self.found("drug", "substance", line, day, drug_class=drug_class):
                self.add(told.facts, "substance", line, drug.name)
                told.drug = drug
                if not (drug_class or drug.holds(day)) and "drug_class" not in line.bad:
                    self.problem(line, "drug_class", f"{drug} was in no class that day. Say in which it was then.")

    def _check(self, person, told, line):
        facts = told.facts
        referred, born = facts["referred_on"], person.once.get("date_of_birth")
        first, course, formal_on = (
            facts.get(column) for column in ("first_appointment_on", "course_completed_on", "formal_outcome_on")
        )
        self.not_before(referred, born, "They cannot be referred before they were born", or_on=False)
        for fact, what in ((first, "appointment"), (course, "course"), (formal_on, "formal outcome")):
            if fact:
                self.not_before(fact, referred, f"The {what} cannot be before the referral")
        if course and first:
            self.not_before(course, first, "The course cannot be completed before the first appointment")
        if told.get("attended") == Answer.YES and not first and line.lacks("first_appointment_on"):
            self.say(facts["attended"], "Say on which day they attended (first_appointment_on).")
        if course and told.closed_as != ClosedAs.COMPLETED:
            sentence = "They completed the course, so the referral was completed (closed_as)."
            self.say(course if course.line else facts["closed_as"], sentence)
        if "formal_outcome" in facts and not formal_on and line.lacks("formal_outcome_on"):
            self.say(facts["formal_outcome"], "Say on which day it was given (formal_outcome_on).")
        for column in ("formal_outcome_on", "formal_reason"):
            if column in facts and "formal_outcome" not in facts and line.lacks("formal_outcome"):
                self.say(facts[column], "Say which it was, charged or cautioned (formal_outcome).")
