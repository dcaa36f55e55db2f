"""What the lines of an O2R programme's spreadsheet tell, reference by reference."""

from dataclasses import dataclass, field

from django.utils import timezone

from offenders.codes import Ethnicity, Sex
from referrals.history import telling
from referrals.history.telling import Fact, by_reference, facts_of, new, who
from referrals.models import Referral
from referrals.rehab.models import Assessment, Placement
from referrals.rehab.workflow import Decision

# said once of a reference, in the order in which one may need another: the unit is the agency's, of the day
ONCE = [
    "given_names", "family_name", "date_of_birth", "sex", "ethnicity", "area", "referred_on", "referred_by_agency",
    "unit", "decision", "decided_on", "facilitator_email",
]  # fmt: skip
# said of each stay and each follow-up, by its day
OF_STAY = ["rehab_unit", "departed_on", "departure_reason", "move_on"]
OF_FOLLOW_UP = ["followup_weeks", "abstinent", "offending"]

LABELS = {
    "sex": Sex, "ethnicity": Ethnicity, "decision": Decision, "departure_reason": Placement.Reason,
    "move_on": Placement.MoveOn,
}  # fmt: skip


@dataclass
class History:
    """All that is told of one reference, and the rows already recorded of it."""

    reference: str
    line: int
    once: dict = field(default_factory=dict)
    assessments: dict = field(default_factory=dict)  # by day: {column: Fact}, as are stays and follow-ups
    stays: dict = field(default_factory=dict)
    follow_ups: dict = field(default_factory=dict)
    referral: Referral | None = None
    case: object = None
    carriers: set = field(default_factory=set)  # who is recorded to have carried it

    def get(self, column):
        return self.once[column].value if column in self.once else None

    def new(self, column):
        """The value, where only a line tells it."""
        return new(self.once, column)

    @property
    def is_new(self):
        told = [self.once, *self.assessments.values(), *self.stays.values(), *self.follow_ups.values()]
        return any(fact.line is not None for facts in told for fact in facts.values())

    @property
    def days_of_case(self):
        """Every day on which the case must already be open."""
        decided = {self.decided_on} if self.get("decision") else set()
        return {*self.assessments, *self.stays, *self.follow_ups, *decided}

    @property
    def decided_on(self):
        """The day of the decision; where it is not known, that of the first assessment, else of the referral."""
        return self.get("decided_on") or min(self.assessments, default=self.get("referred_on"))


def recorded(references, *, by, importers):
    """A history for each of these references that is recorded: {reference: History}, in four queries.

    `importers` carry a case only because nobody knew who did. Raises PermissionError, naming no content, where
    a reference is recorded but not open to `by`.
    """
    rows = Referral.objects.filter(external_reference__in=references)
    seen = set(Referral.objects.visible_to(by).filter(external_reference__in=references).values_list("pk", flat=True))
    rows = rows.select_related("offender", "area", "from_agency", "from_unit__agency", "worker", "case")
    rows = rows.prefetch_related("case__placements__unit", "case__follow_ups", "case__allocations__facilitator")
    histories = {}
    for referral in rows:
        if referral.pk not in seen:
            raise PermissionError(referral.external_reference)
        histories[referral.external_reference] = _recorded(referral, importers)
    cases = {history.case.pk: history for history in histories.values() if history.case}
    for assessment in Assessment.objects.asking_substances().filter(case__in=cases).with_spend():
        history = cases[assessment.case_id]
        if assessment.agency_id == history.case.agency_id:
            facts = {"assessed_on": assessment.assessed_on, "daily_spend_gbp": assessment.daily_spend}
            history.assessments[assessment.assessed_on] = facts_of(facts) | {"row": Fact(assessment)}
    return histories


def _recorded(referral, importers):
    offender, case = referral.offender, getattr(referral, "case", None)
    history = History(referral.external_reference, 0, referral=referral, case=case)
    history.once = facts_of({
        "given_names": offender.given_names,
        "family_name": offender.family_name,
        "date_of_birth": offender.date_of_birth,
        "sex": None if offender.sex == Sex.UNKNOWN else offender.sex,
        "ethnicity": None if offender.ethnicity == Ethnicity.UNKNOWN else offender.ethnicity,
        "area": referral.area,
        "referred_on": referral.referred_on,
        "referred_by_agency": referral.from_agency,
        "unit": referral.from_unit,
        "decision": case and case.decision,
        "decided_on": case and case.decided_on,
    })  # fmt: skip
    history.carriers = {referral.worker} | ({a.facilitator for a in case.allocations.all()} if case else set())
    history.carriers -= {None, *importers}
    if case is None:
        return history
    for row in case.placements.all():
        if row.arrived_on:
            values = {"admitted_on": row.arrived_on, "rehab_unit": row.unit, "departed_on": row.departed_on,
                      "departure_reason": row.departure_reason, "move_on": row.move_on}  # fmt: skip
            history.stays[row.arrived_on] = facts_of(values) | {"row": Fact(row)}
    for row in case.follow_ups.all():
        if row.done_on and row.reached:
            values = {"followup_on": row.done_on, "followup_weeks": row.weeks, "abstinent": row.abstinent,
                      "offending": row.offending}  # fmt: skip
            history.follow_ups[row.done_on] = facts_of(values) | {"row": Fact(row)}
    return history


class Telling(telling.Telling):
    """The histories that the lines tell, over those recorded."""

    labels = LABELS

    def __init__(self, lines, histories, known):
        super().__init__(known)
        self.histories, told = histories, by_reference(lines)
        for reference, of_it in told.items():
            history = self.histories.setdefault(reference, History(reference, of_it[0].number))
            history.line = of_it[0].number
            self._tell(history, of_it)
        self.told = [self.histories[reference] for reference in told]

    def _tell(self, history, lines):
        for line in lines:
            if "referred_on" in line.facts:
                self.add(history.once, "referred_on", line)
        for line in lines:
            for column in ONCE:
                if column in line.facts and column != "referred_on":
                    self._add_once(history, column, line)
        for line in lines:
            self._tell_assessment(history, line)
            self._tell_stay(history, line)
            self._tell_follow_up(history, line)
        for line in lines:
            self._tell_loose(history, line)
        self._check(history, lines)

    def _add_once(self, history, column, line):
        value, day = line.facts[column], history.get("referred_on") or timezone.localdate()
        if column == "facilitator_email":
            value = self.found("facilitator", column, line, day)
            if value in history.carriers:
                history.once.setdefault(column, Fact(value, column))
            elif history.carriers:
                history.once.setdefault(column, Fact(min(history.carriers, key=str), column))
        elif column in ("area", "referred_by_agency"):
            value = self.found(column.rpartition("_")[2], column, line, day)
        elif column == "unit":
            before = history.get("unit")
            if before and before.name.casefold() == value.casefold():
                value = before
            elif "referred_by_agency" not in line.bad:
                value = self.found("unit", column, line, day, agency=history.get("referred_by_agency"))
            else:
                value = None
        if value is not None:
            self.add(history.once, column, line, value)

    def _tell_assessment(self, history, line):
        if "assessed_on" in line.facts:
            facts = history.assessments.setdefault(line.facts["assessed_on"], {})
            for column in ("assessed_on", "daily_spend_gbp"):
                if column in line.facts:
                    self.add(facts, column, line)

    def _tell_stay(self, history, line):
        if "admitted_on" in line.facts:
            day = line.facts["admitted_on"]
            facts = history.stays.setdefault(day, {})
            self.add(facts, "admitted_on", line)
            for column in OF_STAY:
                if column == "rehab_unit" and column in line.facts:
                    if unit := self.found("rehab_unit", column, line, day):
                        self.add(facts, column, line, unit)
                elif column in line.facts:
                    self.add(facts, column, line)
        elif "admitted_on" not in line.bad and "departed_on" in line.facts:
            self.problem(line, "departed_on", "They cannot have left without a day of admission (admitted_on).")

    def _tell_follow_up(self, history, line):
        if "followup_on" in line.facts:
            facts = history.follow_ups.setdefault(line.facts["followup_on"], {})
            for column in ("followup_on", *OF_FOLLOW_UP):
                if column in line.facts:
                    self.add(facts, column, line)
        elif "followup_on" not in line.bad:
            for column in OF_FOLLOW_UP:
                if column in line.facts:
                    self.problem(line, column, "Say on which day this was found (followup_on).")

    def _tell_loose(self, history, line):
        """What a line says of an assessment or a stay without its day: right when it repeats, or leaves no doubt."""
        spend = line.facts.get("daily_spend_gbp")
        if spend is not None and line.lacks("assessed_on"):
            if not history.assessments and history.get("referred_on"):
                day = history.get("decided_on") or history.get("referred_on")
                history.assessments[day] = {"assessed_on": Fact(day, "assessed_on", line.number)}
            spends = [facts.get("daily_spend_gbp") for facts in history.assessments.values()]
            if len(spends) == 1:
                self.add(*history.assessments.values(), "daily_spend_gbp", line)
            elif spends and spend not in [fact.value for fact in spends if fact]:
                self.problem(line, "daily_spend_gbp", "Say of which assessment this is (assessed_on).")
        if "rehab_unit" in line.facts and line.lacks("admitted_on"):
            units = [facts["rehab_unit"].value for facts in history.stays.values() if "rehab_unit" in facts]
            if line.facts["rehab_unit"].casefold() not in [unit.name.casefold() for unit in units]:
                sentence = "Say on which day they were admitted there (admitted_on), or leave this empty."
                self.problem(line, "rehab_unit", sentence)
        for column in ("departure_reason", "move_on"):
            stay = history.stays.get(line.facts.get("admitted_on"), {})
            if column in line.facts and line.lacks("departed_on") and "departed_on" not in stay:
                self.problem(line, column, "Say on which day they left (departed_on).")

    # what must hold between the days

    def _check(self, history, lines):
        for column in ("given_names", "family_name", "referred_on"):
            if column not in history.once and not any(column in line.bad for line in lines):
                self.problem(lines[0], column, "This is needed for each reference, on one of its lines.")
        undecided = "decision" not in history.once and not any("decision" in line.bad for line in lines)
        if undecided and "decided_on" in history.once:
            self.say(history.once["decided_on"], "Say what was decided (decision).")
        referred, born = history.once.get("referred_on"), history.once.get("date_of_birth")
        if referred:
            self.not_before(referred, born, "They cannot be referred before they were born", or_on=False)
            for day, what in self._days(history):
                self.not_before(day, referred, f"{what} cannot be before the referral")
        if history.assessments and "decided_on" in history.once:
            first = history.assessments[min(history.assessments)]["assessed_on"]
            self.not_before(history.once["decided_on"], first, "The decision cannot be before the assessment")
        self._check_stays(history)

    def _days(self, history):
        for facts in history.assessments.values():
            yield facts["assessed_on"], "The assessment"
        if "decided_on" in history.once:
            yield history.once["decided_on"], "The decision"
        for facts in history.stays.values():
            yield facts["admitted_on"], "The admission"
        for facts in history.follow_ups.values():
            yield facts["followup_on"], "The follow-up"

    def _check_stays(self, history):
        decision, previous = history.once.get("decision"), None
        for _, facts in sorted(history.stays.items()):
            admitted, departed = facts["admitted_on"], facts.get("departed_on")
            if departed:
                self.not_before(departed, admitted, "They cannot leave before they were admitted")
            if decision and decision.value != Decision.BROUGHT_IN:
                by, label = who(decision).lower(), Decision(decision.value).label.lower()
                sentence = f"They cannot be admitted when the decision ({by}) is “{label}”."
                self.say(admitted if admitted.line else decision, sentence)
            if previous:
                self._check_pair(previous, facts)
            previous = facts

    def _check_pair(self, earlier, later):
        admitted, left = later["admitted_on"], earlier.get("departed_on")
        since = f"the admission of {earlier['admitted_on'].value:%-d %B %Y} ({who(earlier['admitted_on']).lower()})"
        reason = earlier.get("departure_reason")
        sentence = ""
        if left is None:
            sentence = f"They are still in rehab since {since}. Say when they left."
        elif left.value > admitted.value:
            sentence = f"They were still in rehab, after {since}, until {left.value:%-d %B %Y}."
        elif reason and reason.value == Placement.Reason.DIED:
            sentence = f"They died on {left.value:%-d %B %Y}, after {since}."
        if sentence:
            told = [fact for fact in (admitted, left, earlier["admitted_on"]) if fact and fact.line]
            self.say(*told[:1] or [admitted], sentence)
