"""The life of an O2R case, and of stays, questions, funding, absences and preparations on it, as tables."""

from django.db.models import TextChoices

from offenders.workflow import Step
from partners.roles import Category


class Phase(TextChoices):
    """Where a case stands."""

    ASSESSING = "assessing", "Assessing"
    PREPARING = "preparing", "Preparing"
    DETOX = "detox", "Detox"
    IN_REHAB = "in_rehab", "In rehab"
    THROUGHCARE = "throughcare", "Throughcare"
    CLOSED = "closed", "Closed"


P = Phase
OPEN = frozenset(Phase) - {P.CLOSED}
BEFORE_REHAB = frozenset({P.ASSESSING, P.PREPARING, P.DETOX, P.THROUGHCARE})
TEAM = ("held_by",)

CASE_STEPS = {
    "bring_in": Step(frozenset({P.ASSESSING}), P.PREPARING, TEAM, "Bring in", "Brought in to the programme"),
    "refer_on": Step(
        frozenset({P.ASSESSING}), P.CLOSED, TEAM, "Refer to another service", "Referred on to another service"
    ),
    "turn_down": Step(
        frozenset({P.ASSESSING}), P.CLOSED, TEAM, "Record as not suitable", "Not suitable for the programme"
    ),
    "stand_down": Step(frozenset({P.ASSESSING}), P.CLOSED, TEAM, "Record that they withdrew", "Withdrew"),
    "start_detox": Step(frozenset({P.PREPARING, P.THROUGHCARE}), P.DETOX, TEAM, "Start detox", "Detox started"),
    "leave_detox": Step(frozenset({P.DETOX}), P.PREPARING, TEAM, "Leave detox", "Detox left", by_hand=False),
    "enter_rehab": Step(BEFORE_REHAB, P.IN_REHAB, TEAM, "Enter rehab", "Entered rehab", by_hand=False),
    "leave_rehab": Step(frozenset({P.IN_REHAB}), P.THROUGHCARE, TEAM, "Leave rehab", "Left rehab", by_hand=False),
    "plan": Step(OPEN, None, TEAM, "Set the next action", "Next action set"),
    "rate": Step(OPEN, None, TEAM, "Set the risk", "Risk set"),
    "allocate": Step(OPEN, None, TEAM, "Change facilitator", "Facilitator changed"),
    "share": Step(OPEN, None, TEAM, "Share with an agency", "Case shared"),
    "close": Step(OPEN - {P.ASSESSING, P.IN_REHAB}, P.CLOSED, TEAM, "Close the case", "Case closed"),
    "reopen": Step(frozenset({P.CLOSED}), P.THROUGHCARE, TEAM, "Reopen the case", "Case reopened"),
}


class Decision(TextChoices):
    """What the assessment led to."""

    BROUGHT_IN = "brought_in", "Brought in"
    REFERRED_ON = "referred_on", "Referred on"
    NOT_SUITABLE = "not_suitable", "Not suitable"
    WITHDREW = "withdrew", "Withdrew"


# the step that records each decision
DECISION_STEPS = {
    Decision.BROUGHT_IN: "bring_in",
    Decision.REFERRED_ON: "refer_on",
    Decision.NOT_SUITABLE: "turn_down",
    Decision.WITHDREW: "stand_down",
}


class Ending(TextChoices):
    """How a case ended."""

    COMPLETED = "completed", "Completed the programme"
    MOVED = "moved", "Moved away"
    DIED = "died", "Died"
    LOST_CONTACT = "lost_contact", "Lost contact"
    CUSTODY = "custody", "In custody"
    WITHDREW = "withdrew", "Withdrew"
    ANOTHER_SERVICE = "another_service", "Another service took over"
    NOT_SUITABLE = "not_suitable", "Not suitable"
    UNKNOWN = "unknown", "Not known"


# how a case ends that is decided so
DECISION_ENDINGS = {
    Decision.REFERRED_ON: Ending.ANOTHER_SERVICE,
    Decision.NOT_SUITABLE: Ending.NOT_SUITABLE,
    Decision.WITHDREW: Ending.WITHDREW,
}


class Stay(TextChoices):
    """Where a placement stands."""

    REQUESTED = "requested", "Requested"
    OFFERED = "offered", "Offered"
    DECLINED = "declined", "Declined"
    BOOKED = "booked", "Booked"
    ARRIVED = "arrived", "In rehab"
    NOT_ARRIVED = "not_arrived", "Did not arrive"
    DEPARTED = "departed", "Departed"
    WITHDRAWN = "withdrawn", "Withdrawn"


Y = Stay
AHEAD = frozenset({Y.REQUESTED, Y.OFFERED, Y.BOOKED})
EITHER = ("sent_to", "held_by")

PLACEMENT_STEPS = {
    "offer": Step(frozenset({Y.REQUESTED}), Y.OFFERED, EITHER, "Offer a place", "Rehab place offered"),
    "decline": Step(frozenset({Y.REQUESTED}), Y.DECLINED, EITHER, "Decline", "Rehab place declined"),
    "book": Step(frozenset({Y.OFFERED, Y.BOOKED}), Y.BOOKED, TEAM, "Book the place", "Rehab place booked"),
    "arrive": Step(frozenset({Y.BOOKED}), Y.ARRIVED, EITHER, "Record the arrival", "Arrived in rehab"),
    "not_arrive": Step(
        frozenset({Y.BOOKED}), Y.NOT_ARRIVED, EITHER, "Record that they did not arrive", "Did not arrive at rehab"
    ),
    "depart": Step(frozenset({Y.ARRIVED}), Y.DEPARTED, EITHER, "Record the departure", "Departed from rehab"),
    "extend": Step(frozenset({Y.ARRIVED}), None, TEAM, "Extend the stay", "Stay extended"),
    "move": Step(
        frozenset({Y.ARRIVED}),
        Y.DEPARTED,
        EITHER,
        "Move to another unit",
        "Departed from rehab: moved to another unit",
    ),
    "withdraw": Step(AHEAD, Y.WITHDRAWN, TEAM, "Withdraw the request", "Rehab request withdrawn"),
    "exceed": Step(
        frozenset({Y.OFFERED, Y.BOOKED, Y.ARRIVED}), None, TEAM, "Let it go beyond what is agreed",
        "Allowed to cost more than is agreed", category=Category.POLICE,
    ),
}  # fmt: skip


class Asked(TextChoices):
    """Where a rehab's question about a placement stands."""

    ASKED = "asked", "Not answered"
    ANSWERED = "answered", "Answered"


QUESTION_STEPS = {
    "answer": Step(
        frozenset({Asked.ASKED}), Asked.ANSWERED, TEAM, "Answer the question", "Question of the rehab answered"
    ),
}


class Answer(TextChoices):
    """Where it stands with a sum that a funder was asked for."""

    ASKED = "asked", "Asked for"
    TO_CONFIRM = "to_confirm", "To be confirmed"
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


A = Answer


def _of_money(sources, target, label, sentence, *, whose=TEAM, by_hand=True):
    """Money is the team's own affair: what is said of it is of the category that partners do not read."""
    return Step(frozenset(sources), target, whose, label, sentence, by_hand, Category.POLICE)


FUNDING_STEPS = {
    "agree": _of_money({A.ASKED, A.TO_CONFIRM, A.AGREED}, A.AGREED, "Record what is agreed", "Funding agreed"),
    "put_up": _of_money(
        {A.ASKED, A.TO_CONFIRM}, A.TO_CONFIRM, "Have it confirmed", "Funding agreed, to be confirmed", by_hand=False
    ),
    "confirm": _of_money({A.TO_CONFIRM}, A.AGREED, "Confirm", "Funding confirmed", whose=("of_two_others",)),
    "refuse": _of_money({A.ASKED, A.TO_CONFIRM}, A.REFUSED, "Record a refusal", "Funding refused"),
    "withdraw": _of_money({A.ASKED, A.TO_CONFIRM, A.AGREED}, A.WITHDRAWN, "Withdraw", "Funding withdrawn"),
    "pay": _of_money({A.AGREED}, None, "Record a payment", "Payment recorded"),
}


class Wish(TextChoices):
    """Where it stands with the wish that a stay may cost more than is agreed."""

    ASKED = "asked", "Waits for a supervisor"
    ALLOWED = "allowed", "Allowed"
    REFUSED = "refused", "Not allowed"
    WITHDRAWN = "withdrawn", "Withdrawn"


OVERSPEND_STEPS = {
    "allow": _of_money(
        {Wish.ASKED}, Wish.ALLOWED, "Allow it", "Asking to cost more was allowed", whose=("of_another",)
    ),
    "refuse": _of_money(
        {Wish.ASKED}, Wish.REFUSED, "Refuse it", "Asking to cost more was refused", whose=("of_another",)
    ),
    "withdraw": _of_money({Wish.ASKED}, Wish.WITHDRAWN, "Withdraw", "Asking to cost more was withdrawn"),
}


class Away(TextChoices):
    """Where an absence from rehab stands."""

    AWAY = "away", "Away"
    RETURNED = "returned", "Came back"
    GONE = "gone", "Did not come back"


ABSENCE_STEPS = {
    "return": Step(frozenset({Away.AWAY}), Away.RETURNED, EITHER, "Record the return", "Came back to rehab"),
    "end": Step(frozenset({Away.AWAY}), Away.GONE, EITHER, "End", "Did not come back to rehab", by_hand=False),
}


class Stage(TextChoices):
    """Where a preparation stands."""

    PLANNED = "planned", "Planned"
    BEGUN = "begun", "Under way"
    COMPLETED = "completed", "Completed"
    LEFT = "left", "Left early"
    CANCELLED = "cancelled", "Cancelled"


WORKED = ("held_by", "shared_with")

# the sentences begin with what it is: "Detox began"
PREPARATION_STEPS = {
    "begin": Step(frozenset({Stage.PLANNED}), Stage.BEGUN, WORKED, "Record that it began", "began"),
    "complete": Step(frozenset({Stage.BEGUN}), Stage.COMPLETED, WORKED, "Record that it was completed", "completed"),
    "leave": Step(frozenset({Stage.BEGUN}), Stage.LEFT, WORKED, "Record that they left early", "left early"),
    "cancel": Step(frozenset({Stage.PLANNED}), Stage.CANCELLED, WORKED, "Cancel it", "cancelled"),
}
