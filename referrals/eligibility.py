"""Who may be referred on a pathway: small named rules, each with the policy it comes from.

The answer is never a bare no. Each rule is met, not met, or not known yet.
"""

from copy import copy
from typing import NamedTuple

from partners.models import Service

from .pathways import Pathway, open_pathways

NO_FIXED_ABODE = "NFA"


class Rule(NamedTuple):
    name: str
    sentence: str
    source: str
    answer: object  # a function of the referral: True, False, or None for not known


ANSWERS = {True: "Met", False: "Not met", None: "Not known yet"}


def _is_adult(referral):
    age = referral.offender.age(referral.referred_on)
    return None if age is None else age >= 18


def _funds_addiction(referral):
    return referral.funds_addiction


def _is_covered(referral):
    """Either place is enough; only two known places, neither covered, are a no. No fixed abode is no place."""
    places = [area for area in (referral.area_id, referral.offending_area_id) if area and area != NO_FIXED_ABODE]
    service = Service.objects.on(referral.referred_on).filter(pathway=referral.pathway).first()
    if not places or service is None or not service.areas.exists():
        return None
    if service.areas.filter(pk__in=places).exists():
        return True
    return False if len(places) == 2 else None


RULES = {
    Pathway.O2R: [
        Rule("adult", "They are 18 or over", "Board paper, paragraph 30", _is_adult),
        Rule("funds_addiction", "They offend to fund an addiction", "Board paper, paragraph 30", _funds_addiction),
        Rule("covered", "They live or offend in an area the service covers", "Board paper, paragraph 31", _is_covered),
    ],
}


def answers(referral):
    """Each rule of the pathway with its answer: [{name, sentence, source, answer}], kept with the referral."""
    return [
        {"name": rule.name, "sentence": rule.sentence, "source": rule.source, "answer": rule.answer(referral)}
        for rule in RULES.get(referral.pathway, [])
    ]


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
