"""Who may be referred on a pathway: small named rules, each with the policy it comes from.

The answer is never a bare no. Each rule is met, not met, or not known yet.
"""

from typing import NamedTuple

from partners.models import Service

from .pathways import Pathway


class Rule(NamedTuple):
    name: str
    sentence: str
    source: str
    answer: object  # a function of the referral: True, False, or None for not known


def _is_adult(referral):
    age = referral.offender.age(referral.referred_on)
    return None if age is None else age >= 18


def _funds_addiction(referral):
    return referral.funds_addiction


def _is_covered(referral):
    places = {area for area in (referral.area_id, referral.offending_area_id) if area}
    if not places:
        return None
    service = Service.objects.on(referral.referred_on).filter(pathway=referral.pathway).first()
    if service is None or not service.areas.exists():
        return None
    return service.areas.filter(pk__in=places).exists()


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
