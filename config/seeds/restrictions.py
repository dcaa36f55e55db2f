"""People restricted to named users, and one more proposed: each by two supervisors."""

from offenders.models import Restriction

REASONS = ["The sister of an officer of this team.", "A protected witness in a trial this spring."]


def restrict_some(cases, supervisors):
    """The first of these cases restricted to their facilitators, and one more that waits for another's word."""
    first, second = supervisors[:2]
    for case, reason in zip(cases, REASONS, strict=False):
        proposal = Restriction.propose(
            case.offender, by=first, what=Restriction.What.RESTRICT, users=[case.facilitator], reason=reason
        )
        proposal.agree(by=second)
    for case in cases[len(REASONS) :]:
        reason = "A neighbour of the facilitator's."
        Restriction.propose(case.offender, by=second, what=Restriction.What.RESTRICT, users=[], reason=reason)
