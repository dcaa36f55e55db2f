"""What is new of a person, taken through the real steps on its own days."""

from collections import Counter
from typing import NamedTuple

from django.db.models import Q

from offenders.models import Offender
from partners.models import User
from referrals.eligibility import answers, not_met
from referrals.history.completing import REASON, complete, open_to_sender
from referrals.models import Referral, Resolution
from referrals.models.reference import DrugClass
from referrals.pathways import Pathway, Source
from referrals.workflow import Approval, Status

from ..models import Appointment
from .lines import Answer, ClosedAs
from .telling import COURSE, NOT_LISTED, OF_PERSON, WITHDRAWN_LATE

# all that each of the three takes
_SENDING = """
    offenders.view_offender offenders.change_offender referrals.view_referral referrals.add_referral
    referrals.submit_referral referrals.withdraw_referral referrals.add_resolution
"""
_RECEIVING = """
    offenders.view_offender referrals.view_referral referrals.accept_referral referrals.engage_referral
    referrals.complete_referral referrals.disengage_referral referrals.close_referral booking.book_appointment
    booking.record_appointment
"""
_OVERSEEING = """
    offenders.view_offender referrals.view_referral referrals.oversee_resolution referrals.formalise_resolution
"""
SENDING, RECEIVING, OVERSEEING = (frozenset(text.split()) for text in (_SENDING, _RECEIVING, _OVERSEEING))


class Hats(NamedTuple):
    """Who takes the steps: the police, who send; those who receive; and, for formal outcomes, who oversees."""

    sender: User
    receiver: User
    overseer: User


def walk(person, known, hats):
    """Bring the record up to what is told of a person. Returns how many of what was added; raises as the steps do."""
    done = Counter()
    if not person.is_new:
        return done
    facts = {column: person.once[column].value for column in OF_PERSON if column in person.once}
    if person.offender is None:
        person.offender = Offender.add(by=hats.sender, is_compared=False, **facts)
    else:
        done["facts"] += complete(person.offender, hats.sender, **facts)
    earlier = False
    for _, told in sorted(person.referrals.items()):
        if told.is_new:
            if told.referral is None:
                _refer(person, told, known, hats, earlier)
                done["referrals"] += 1
            else:
                done["facts"] += _fill_in(told, known, hats.sender)
            _see(told, hats.receiver, done)
            _end(told, hats, done)
            _formalise(told, hats.overseer, done)
        earlier = True
    return done


def _refer(person, told, known, hats, earlier):
    unit, by = told.get("unit"), hats.sender
    told.referral = referral = Referral.draft(
        by=by, offender=person.offender, pathway=Pathway.DIVERT, referred_on=told.get("referred_on"),
        area=told.get("area"), from_agency=unit.agency if unit else known.home, from_unit=unit, source=Source.OFFICER,
        external_reference=told.called,
    )  # fmt: skip
    facts = _of_resolution(told, known)
    Resolution(referral=referral, **facts)  # so that the rules can be asked
    marks = [f"Not met: {sentence}"[:200] for sentence in not_met(answers(referral))]
    marks += _marks(told, known) + (_open_at_once(referral) if earlier else [])
    resolution = Resolution.record(referral, by=by, marks=marks, approval=Approval.NOT_NEEDED, approval_why="", **facts)
    referral.resolution = resolution
    referral.submit(by=by)


def _of_resolution(told, known):
    reason, code = told.get("formal_reason"), told.get("offence_code")
    facts = {
        "offence": known.offence(code, told.get("referred_on")) if code else None,
        "drug": told.drug,
        "drug_class": told.get("drug_class"),
        "route": told.get("route"),
        "officer_collar": told.get("officer_collar"),
        "is_supply_suspected": True if reason == Resolution.FormalReason.SUPPLY else None,
        "is_aggravating": True if reason == Resolution.FormalReason.AGGRAVATING else None,
        "agrees": False if reason == Resolution.FormalReason.DECLINED else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _marks(told, known):
    """What today's rules would not have allowed, in words, of what the file tells."""
    person, day = told.referral.offender, told.get("referred_on")
    code, age = told.get("offence_code"), person.age(day)
    drug = told.drug and told.drug.as_of(day)
    drug_class = told.get("drug_class") or (drug.drug_class if drug else None)
    odd = [
        (code and not known.offence(code, day), NOT_LISTED.format(code)),
        (drug and drug.drug_class != drug_class, f"The file has class {drug_class}; {drug} was of another class."),
        (
            drug_class == DrugClass.A and told.get("course_completed_on"),
            "Class A, and sent to the course. It is dealt with in 1:1s.",
        ),
        (age is not None and age < 18, "They were under 18, and no appropriate adult is known."),
        (
            told.closed_as == ClosedAs.WITHDRAWN and told.get("attended") == Answer.YES,
            "Withdrawn after they had engaged.",
        ),
        (
            told.closed_as == ClosedAs.COMPLETED and told.get("attended") != Answer.YES,
            "Completed, and not known to have attended the first appointment.",
        ),
        (
            told.get("formal_outcome") and not told.get("formal_reason"),
            "Why a formal outcome was used is not known.",
        ),
    ]
    return [sentence for is_odd, sentence in odd if is_odd]


def _open_at_once(referral):
    """Whether another Divert referral of theirs was open when this one was made."""
    day = referral.referred_on
    others = Referral.objects.on_pathway(Pathway.DIVERT).filter(offender=referral.offender_id, referred_on__lte=day)
    others = others.exclude(pk=referral.pk).filter(Q(ended_on=None) | Q(ended_on__gt=day))
    return ["Another Divert referral of theirs was open."] if others.exists() else []


def _fill_in(told, known, by):
    """What the record of a referral lacked. Returns how many facts."""
    referral, resolution = told.referral, told.referral.resolution
    unit, code = told.new("unit"), told.new("offence_code")
    filled = complete(referral, by, area=told.new("area"), from_unit=unit)
    if unit:
        open_to_sender(referral, unit.agency, unit, by)
    drug = told.drug if told.new("substance") else None
    worked_out = told.drug and told.drug.as_of(told.get("referred_on"))
    drug_class = told.new("drug_class") or (worked_out.drug_class if drug and not resolution.drug_class else None)
    marks = [mark for mark in _marks(told, known) if mark not in resolution.marks]
    return filled + complete(
        resolution, by, route=told.new("route"), officer_collar=told.new("officer_collar"), drug=drug,
        drug_class=drug_class, offence=known.offence(code, told.get("referred_on")) if code else None,
        marks=[*resolution.marks, *marks] if marks else None,
    )  # fmt: skip


def _see(told, by, done):
    """The first appointment, and whether they came."""
    referral, day, attended = told.referral, told.new("first_appointment_on"), told.new("attended")
    if day:
        if referral.status == Status.SUBMITTED:
            referral.accept(by=by, worker=by, on=told.get("referred_on"))
        told.appointment = Appointment.recall(referral, by=by, on=day)
        done["appointments"] += 1
    if attended and told.appointment:
        told.appointment.record(by=by, took_place=True, attended=attended == Answer.YES)
        told.referral = told.appointment.referral  # engaged by it
        done["outcomes"] += 1


def _end(told, hats, done):
    referral, day, by = told.referral, told.last_day, hats.receiver
    course = told.new("course_completed_on")
    if course and referral.status == Status.COMPLETED:
        done["facts"] += complete(referral, hats.sender, ended_on=course, outcome=COURSE)
    elif course or told.new("closed_as"):
        if referral.status == Status.SUBMITTED and told.closed_as != ClosedAs.WITHDRAWN:
            referral.accept(by=by, worker=by, on=told.get("referred_on"))
        match told.closed_as:
            case ClosedAs.COMPLETED:
                referral.complete(by=by, on=day, outcome=COURSE if course else "Completed")
            case ClosedAs.NOT_ENGAGED:
                referral.disengage(by=by, on=day, reason=REASON)
            case ClosedAs.CLOSED_EARLY:
                referral.close(by=by, on=day, reason=REASON)
            case ClosedAs.WITHDRAWN if referral.status == Status.ENGAGED:
                referral.close(by=by, on=day, reason=WITHDRAWN_LATE)
            case ClosedAs.WITHDRAWN:
                referral.withdraw(by=hats.sender, on=day, reason=REASON)
        done["endings"] += 1


def _formalise(told, by, done):
    if outcome := told.new("formal_outcome"):
        told.referral.resolution.formalise(
            by=by, formal_outcome=outcome, formal_on=told.get("formal_outcome_on"),
            formal_reason=told.get("formal_reason") or "",
        )  # fmt: skip
        done["formal outcomes"] += 1
    elif reason := told.new("formal_reason"):
        done["facts"] += complete(told.referral.resolution, by, formal_reason=reason)
