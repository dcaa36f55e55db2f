"""What is new in a history, taken through the real steps on their own days."""

from collections import Counter

from offenders.models import Involvement, Offender
from offenders.workflow import the_databases_no
from referrals.history.completing import REASON, amended, complete, open_to_sender
from referrals.history.telling import new
from referrals.models import Referral
from referrals.pathways import Pathway
from referrals.rehab.board.capacity import counted_together
from referrals.rehab.models import AssessedSubstance, Assessment, Case, FollowUp, Placement
from referrals.rehab.workflow import DECISION_STEPS, Decision, Phase
from referrals.workflow import Status

from .known import source

ON_OFFENDER = ["given_names", "family_name", "date_of_birth", "sex", "ethnicity"]


def walk(history, *, by):
    """Bring the record up to the history. Returns how many of what was added; raises as the steps do."""
    done = Counter()
    if not history.is_new:
        return done
    if history.referral is None:
        _refer(history, by, done)
    else:
        _complete_referral(history, by, done)
    _accept(history, by, done)
    if history.days_of_case:
        _open_case(history, by, done)
        _assess(history, by, done)
        _decide(history, by, done)
        _stay(history, by, done)
        _follow_up(history, by, done)
    return done


def _refer(history, by, done):
    person = {column: history.get(column) for column in ON_OFFENDER if history.get(column) is not None}
    agency, unit = _sender(history)
    offender = Offender.add(by=by, **person)
    referral = Referral.draft(
        by=by, offender=offender, pathway=Pathway.O2R, referred_on=history.get("referred_on"), area=history.get("area"),
        from_agency=agency, from_unit=unit, source=source(agency), external_reference=history.reference,
    )  # fmt: skip
    history.referral = referral
    referral.submit(by=by)
    done["referrals"] += 1


def _sender(history):
    unit = history.get("unit")
    return history.get("referred_by_agency") or (unit.agency if unit else None), unit


def _complete_referral(history, by, done):
    referral = history.referral
    person = {column: history.new(column) for column in ON_OFFENDER}
    done["facts"] += complete(referral.offender, by, **person)
    changes = {"area": history.new("area")}
    if history.new("referred_by_agency") or history.new("unit"):
        agency, unit = _sender(history)
        if referral.from_agency_id is None:
            changes |= {"from_agency": agency, "source": source(agency)}
        changes["from_unit"] = history.new("unit")
        open_to_sender(referral, agency, unit, by)
    done["facts"] += complete(referral, by, **changes)


def _accept(history, by, done):
    referral, facilitator = history.referral, history.new("facilitator_email")
    if referral.status == Status.SUBMITTED:
        if facilitator or history.days_of_case:
            referral.accept(by=by, worker=facilitator or by, on=referral.referred_on)
    elif facilitator and history.case:
        history.case.allocate(by=by, facilitator=facilitator, reason=REASON, on=history.case.opened_on)
        done["facts"] += 1
    elif facilitator:
        done["facts"] += complete(referral, by, worker=facilitator)


def _open_case(history, by, done):
    first = min(history.days_of_case)
    if history.case is None:
        history.case = Case.begin(history.referral, by=by, on=first)
        done["cases"] += 1
    elif first < history.case.opened_on:
        done["facts"] += complete(history.case, by, opened_on=first)


def _assess(history, by, done):
    for day, facts in sorted(history.assessments.items()):
        spend = new(facts, "daily_spend_gbp")
        spends = [] if spend is None else [{"substance": AssessedSubstance.Substance.UNKNOWN, "daily_spend": spend}]
        if "row" not in facts:
            Assessment.record(history.case, by=by, assessed_on=day, substances=spends)
            done["assessments"] += 1
        elif spends:
            assessment = facts["row"].value
            assessment.case = history.case
            AssessedSubstance.objects.create(assessment=assessment, **spends[0])
            amended(assessment, by, {"daily_spend": [None, str(spend)]})
            done["facts"] += 1


def _decide(history, by, done):
    case, decision, day = history.case, history.new("decision"), history.decided_on
    if decision and case.phase == Phase.ASSESSING:
        getattr(case, DECISION_STEPS[decision])(by=by, on=day, reason="" if decision == Decision.BROUGHT_IN else REASON)
        done["decisions"] += 1
    elif decision:  # known only after the person was in rehab: the case is past the step
        done["facts"] += complete(case, by, decision=decision, decided_on=day)
        if case.referral.status == Status.ENGAGED:
            case.referral.complete(by=by, on=day, outcome=Decision(decision).label)
    elif history.new("decided_on"):
        done["facts"] += complete(case, by, decided_on=day)


def _stay(history, by, done):
    for day, facts in sorted(history.stays.items()):
        with the_databases_no(Placement), counted_together():
            _live_in(history, day, facts, by, done)


def _live_in(history, day, facts, by, done):
    if "row" in facts:
        placement = facts["row"].value
        done["facts"] += complete(placement, by, unit=new(facts, "rehab_unit"))
    else:
        unit = new(facts, "rehab_unit")
        is_sent = unit and Involvement.may_open(unit.agency, history.case.agency)
        placement = Placement.request(history.case, by=by, unit=unit, on=day, is_sent=is_sent)
        placement.offer(by=by, on=day)
        placement.book(by=by, on=day, expected_arrival=day, is_priced=False)
        placement.arrive(by=by, on=day)
        done["stays"] += 1
    if departed := new(facts, "departed_on"):
        told = {column: facts[column].value for column in ("departure_reason", "move_on") if column in facts}
        placement.depart(by=by, on=departed, **{"departure_reason": Placement.Reason.UNKNOWN} | told)
        done["departures"] += 1
        _keep_to_plan(history, placement)
    else:
        reason = new(facts, "departure_reason")
        done["facts"] += complete(placement, by, departure_reason=reason, move_on=new(facts, "move_on"))
        if reason == Placement.Reason.DIED:
            done["facts"] += complete(placement.offender, by, deceased_on=placement.departed_on)


def _keep_to_plan(history, placement):
    """A follow-up recorded before the departure was known is the one now planned for the same week."""
    recorded = [facts["row"].value for facts in history.follow_ups.values() if "row" in facts]
    for follow_up in recorded:
        planned = placement.follow_ups.filter(done_on=None, weeks=follow_up.weeks).first()
        if planned and follow_up.placement_id is None and follow_up.done_on >= placement.departed_on:
            follow_up.placement, follow_up.due_on = placement, planned.due_on
            follow_up.save(update_fields=["placement", "due_on"])
            planned.delete()  # planned a moment ago, and nobody has seen it


def _follow_up(history, by, done):
    stays = list(history.case.placements.filter(departed_on__isnull=False).order_by("departed_on"))
    planned = list(FollowUp.objects.filter(case=history.case, done_on=None))
    for day, facts in sorted(history.follow_ups.items()):
        answers = {column: new(facts, column) for column in ("abstinent", "offending")}
        weeks = new(facts, "followup_weeks")
        if "row" in facts:
            done["facts"] += complete(facts["row"].value, by, weeks=weeks, **answers)
            continue
        answers = {column: answer for column, answer in answers.items() if answer}
        stay = next((stay for stay in reversed(stays) if stay.departed_on <= day), None)
        match = [row for row in planned if stay and row.placement_id == stay.pk and row.weeks == weeks]
        if match:
            match[0].case = history.case
            match[0].record(by=by, on=day, **answers)
            planned.remove(match[0])
        else:
            FollowUp.add(history.case, by=by, on=day, weeks=weeks, placement=stay, **answers)
        done["follow-ups"] += 1
