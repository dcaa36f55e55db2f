"""Who may be referred on a pathway: small named rules, each with the policy it comes from.

The answer is never a bare no. Each rule is met, not met, or not known yet.
"""

from copy import copy
from typing import NamedTuple

from partners.models import Area, Service

from .models import Offence, Referral
from .pathways import Pathway, open_pathways
from .workflow import Status


class Rule(NamedTuple):
    name: str
    sentence: str
    source: str
    answer: object  # a function of the referral: True, False, or None for not known
    but: object = lambda referral: ""  # a function of the referral: what the sentence ends in where it is not met


ANSWERS = {True: "Met", False: "Not met", None: "Not known yet"}


def _is_adult(referral):
    age = referral.offender.age(referral.referred_on)
    return None if age is None else age >= 18


def _funds_addiction(referral):
    return referral.funds_addiction


def _is_covered(referral):
    """Either place is enough; only two known places, neither covered, are a no. No fixed abode is no place."""
    places = [area for area in (referral.area_id, referral.offending_area_id) if area and area != Area.NO_FIXED_ABODE]
    service = Service.objects.on(referral.referred_on).filter(pathway=referral.pathway).first()
    if not places or service is None or not service.areas.exists():
        return None
    if service.areas.filter(pk__in=places).exists():
        return True
    return False if len(places) == 2 else None


# Divert: asked of the referral's resolution, which may still be written


def _of_resolution(ask):
    """The answer of this function of the resolution; not known while there is none."""
    return lambda referral: ask(referral.resolution) if hasattr(referral, "resolution") else None


def _all(*answers):
    """Met where all are; one that is not is enough for a no."""
    return False if False in answers else None if None in answers else True


def _not(answer):
    return None if answer is None else not answer


def _is_possession(resolution):
    offence = resolution.offence
    return _all(offence and offence.kind == Offence.Kind.POSSESSION, resolution.is_own_use)


def _earlier(referral):
    """The person's Divert referrals before this one, whoever sent them."""
    if referral.offender._state.adding:
        return Referral.objects.none()
    rows = Referral.objects.filter(offender=referral.offender_id, referred_on__lte=referral.referred_on)
    return rows.on_pathway(Pathway.DIVERT).exclude(pk=referral.pk)


def _not_engaged(referral):
    """The last that had ended because they did not engage. Nothing lifts that but to reopen it."""
    ended = _earlier(referral).filter(status=Status.NOT_ENGAGED, ended_on__lte=referral.referred_on)
    return ended.order_by("-ended_on", "-referred_on").first()


def _engaged_before(referral):
    if _not_engaged(referral):
        return False
    waiting = _earlier(referral).filter(status__in=[Status.SUBMITTED, Status.ACCEPTED])
    return None if waiting.exists() else True


def _but_not_with(referral):
    last = _not_engaged(referral)
    return f", but not with that of {last.referred_on:%-d %B %Y}, which ended on {last.ended_on:%-d %B %Y}"


RULES = {
    Pathway.DIVERT: [
        Rule(
            "possession",
            "They possessed drugs, for their own use",
            "Board paper, paragraph 14",
            _of_resolution(_is_possession),
        ),
        Rule(
            "no_supply",
            "Supply is not suspected",
            "Board paper, paragraphs 14 and 23",
            _of_resolution(lambda resolution: _not(resolution.is_supply_suspected)),
        ),
        Rule(
            "accepts",
            "They accept responsibility, and agree to take part",
            "Board paper, paragraph 14",
            _of_resolution(lambda resolution: _all(resolution.accepts_responsibility, resolution.agrees)),
        ),
        Rule(
            "engaged_before",
            "They engaged with each earlier Divert referral",
            "Board paper, paragraphs 22 and 23",
            _engaged_before,
            _but_not_with,
        ),
        Rule(
            "not_aggravating",
            "The drugs did not make another offence worse",
            "Board paper, paragraph 16",
            _of_resolution(lambda resolution: _not(resolution.is_aggravating)),
        ),
    ],
    Pathway.O2R: [
        Rule("adult", "They are 18 or over", "Board paper, paragraph 30", _is_adult),
        Rule("funds_addiction", "They offend to fund an addiction", "Board paper, paragraph 30", _funds_addiction),
        Rule("covered", "They live or offend in an area the service covers", "Board paper, paragraph 31", _is_covered),
    ],
}


def answers(referral):
    """Each rule of the pathway with its answer: [{name, sentence, source, answer}], kept with the referral."""
    return [_answered(rule, referral) for rule in RULES.get(referral.pathway, [])]


def _answered(rule, referral):
    answer = rule.answer(referral)
    sentence = rule.sentence + (rule.but(referral) if answer is False else "")
    return {"name": rule.name, "sentence": sentence, "source": rule.source, "answer": answer}


def not_met(answers):
    """The sentences of the rules that are not met: any of them means that it cannot be sent."""
    return [rule["sentence"] for rule in answers if rule["answer"] is False]


def what_else_fits(referral):
    """The other pathways open today none of whose rules this person fails."""
    tried = copy(referral)
    fitting = []
    for pathway in open_pathways():
        tried.pathway = pathway
        if pathway != referral.pathway and not not_met(answers(tried)):
            fitting.append(pathway)
    return fitting
