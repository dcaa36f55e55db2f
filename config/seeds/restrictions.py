"""People restricted to named users, and one more proposed; people opened in an emergency."""

import datetime as dt

from offenders.models import EmergencyAccess, Restriction
from partners.audit.models import Event

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


EMERGENCIES = [
    (0, "Collapsed in the cells and cannot say what he takes; the nurse is on her way."),
    (1, "Missing since this morning, last seen by the canal. Who saw her last?"),
    (5, "Says he is on a script at a clinic and is due today. Which clinic?"),
]


def open_some(cases, opener, reviewer):
    """Of these cases' people one is open now, two were: one of them looked into, the other waiting for it."""
    for case, (days_ago, reason) in zip(cases, EMERGENCIES, strict=True):
        access = EmergencyAccess.open(case.offender, by=opener, reason=reason)
        earlier = dt.timedelta(days=days_ago)
        access.opened_at, access.closes_at = access.opened_at - earlier, access.closes_at - earlier
        access.save(update_fields=["opened_at", "closes_at"])
        for minutes, verb in enumerate(("offender.view", "entry.list"), 2):
            Event.objects.create(
                at=access.opened_at + dt.timedelta(minutes=minutes), kind=Event.Kind.CONSULTATION, verb=verb,
                by=opener, role=opener.membership.role, agency=access.agency, unit=access.unit, purpose="custody",
                offenders=[case.offender_id], detail={"rows": 1},
            )  # fmt: skip
        if days_ago > 1:
            note = "The custody sergeant rang the clinic at once. Rightly opened."
            access.review(by=reviewer, outcome="needed", note=note)
