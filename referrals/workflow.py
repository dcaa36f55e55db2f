"""The life of a referral, as a table."""

from django.db.models import TextChoices

from offenders.workflow import Step
from partners.roles import Category


class Status(TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    REDIRECTED = "redirected", "Redirected"
    ENGAGED = "engaged", "Engaged"
    COMPLETED = "completed", "Completed"
    NOT_ENGAGED = "not_engaged", "Not engaged"
    WITHDRAWN = "withdrawn", "Withdrawn"
    CLOSED = "closed", "Closed early"


class Approval(TextChoices):
    """Whether a resolution needs someone's word besides the officer's."""

    NOT_NEEDED = "not_needed", "Not needed"
    ASKED = "asked", "Waiting for approval"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


S = Status
OPEN = frozenset({S.DRAFT, S.SUBMITTED, S.ACCEPTED, S.ENGAGED})
UNDER_WAY = OPEN - {S.DRAFT}  # sent, and not over
ENDED = frozenset(Status) - OPEN

SENDER, RECEIVER, OVERSEER = ("sent_by",), ("received_by",), ("overseen_by",)

STEPS = {
    "submit": Step(frozenset({S.DRAFT}), S.SUBMITTED, SENDER, "Send the referral", "Referral sent"),
    "revise": Step(frozenset({S.DRAFT}), None, SENDER, "Change the answers", "Answers changed"),
    "accept": Step(frozenset({S.SUBMITTED}), S.ACCEPTED, RECEIVER, "Accept", "Referral accepted"),
    "accept_booked": Step(
        frozenset({S.SUBMITTED}), S.ACCEPTED, RECEIVER, "Accept with a slot", "Referral accepted", by_hand=False
    ),
    "return": Step(frozenset({S.SUBMITTED}), S.DRAFT, RECEIVER, "Return for more information", "Referral returned"),
    "decline": Step(frozenset({S.SUBMITTED}), S.DECLINED, RECEIVER, "Decline", "Referral declined"),
    "redirect": Step(
        frozenset({S.SUBMITTED, S.ACCEPTED}),
        S.REDIRECTED,
        RECEIVER,
        "Redirect to another pathway",
        "Referral redirected",
    ),
    "engage": Step(
        frozenset({S.ACCEPTED}),
        S.ENGAGED,
        RECEIVER,
        "Record attendance",
        "Attended the first appointment",
        by_hand=False,
    ),
    "take_back": Step(
        frozenset({S.ENGAGED}), S.ACCEPTED, RECEIVER, "Take attendance back", "Attendance taken back", by_hand=False
    ),
    "reassign": Step(
        frozenset({S.ACCEPTED, S.ENGAGED}), None, RECEIVER, "Give to another worker", "Given to another worker"
    ),
    "complete": Step(
        frozenset({S.ACCEPTED, S.ENGAGED}), S.COMPLETED, RECEIVER, "Complete", "Referral completed", by_hand=False
    ),
    "disengage": Step(
        frozenset({S.ACCEPTED, S.ENGAGED}), S.NOT_ENGAGED, RECEIVER, "Record as not engaged", "Did not engage"
    ),
    "withdraw": Step(
        frozenset({S.DRAFT, S.SUBMITTED, S.ACCEPTED}), S.WITHDRAWN, SENDER, "Withdraw", "Referral withdrawn"
    ),
    "close": Step(frozenset({S.ACCEPTED, S.ENGAGED}), S.CLOSED, RECEIVER, "Close early", "Referral closed early"),
    "reopen": Step(ENDED - {S.REDIRECTED}, None, (*RECEIVER, *OVERSEER), "Reopen", "Referral reopened"),
}

RESOLUTION_STEPS = {
    "ask": Step(
        frozenset({Approval.NOT_NEEDED}), Approval.ASKED, OVERSEER, "Ask for approval", "Approval asked", by_hand=False
    ),
    "approve": Step(frozenset({Approval.ASKED}), Approval.APPROVED, OVERSEER, "Approve", "Resolution approved"),
    "refuse": Step(frozenset({Approval.ASKED}), Approval.REFUSED, OVERSEER, "Refuse", "Resolution refused"),
    "formalise": Step(
        frozenset(Approval),
        None,
        OVERSEER,
        "Record a formal outcome",
        "Formal outcome recorded",
        category=Category.POLICE,
    ),
}


class Todo(TextChoices):
    """Where a task stands."""

    OPEN = "open", "To do"
    DONE = "done", "Done"
    NOT_DONE = "not_done", "Not done"


TO_DO, THEIRS = frozenset({Todo.OPEN}), ("of", "of_team")

TASK_STEPS = {
    "do": Step(TO_DO, Todo.DONE, THEIRS, "Record as done", "Task done"),
    "drop": Step(TO_DO, Todo.NOT_DONE, THEIRS, "Record as not done", "Task not done"),
    "snooze": Step(TO_DO, None, THEIRS, "Put off", "Task put off"),
    "hand_over": Step(TO_DO, None, (*THEIRS, "asked_by"), "Hand to someone else", "Task handed over"),
}


class Arranged(TextChoices):
    """Whether a cover takes place."""

    ARRANGED = "arranged", "Arranged"
    CANCELLED = "cancelled", "Cancelled"


COVER_STEPS = {
    "end": Step(
        frozenset({Arranged.ARRANGED}), None, ("of_team",), "Change the last day", "Last day of the cover changed"
    ),
    "cancel": Step(
        frozenset({Arranged.ARRANGED}), Arranged.CANCELLED, ("of_team",), "Cancel the cover", "Cover cancelled"
    ),
}


class Due(TextChoices):
    """How a deadline stands."""

    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    MET = "met", "Met"
    DROPPED = "dropped", "No longer needed"


STANDING = frozenset({Due.RUNNING, Due.PAUSED})  # asked for still


def _follows(sources, target, label, sentence):
    """Brought about by what else is recorded."""
    return Step(frozenset(sources), target, ("of_team",), label, sentence, by_hand=False)


DEADLINE_STEPS = {
    "pause": Step(frozenset({Due.RUNNING}), Due.PAUSED, ("of_team",), "Pause the deadline", "Deadline paused"),
    "resume": Step(
        frozenset({Due.PAUSED}), Due.RUNNING, ("of_team",), "Let the deadline run again", "Deadline runs again"
    ),
    "meet": _follows({*STANDING, Due.MET}, Due.MET, "Meet the deadline", "Deadline met"),
    "drop": _follows(STANDING, Due.DROPPED, "Drop the deadline", "Deadline dropped"),
    "reopen": _follows({Due.MET, Due.DROPPED}, Due.RUNNING, "Open the deadline again", "Deadline opened again"),
    "move": _follows({*STANDING, Due.MET}, None, "Count the deadline anew", "Deadline counted anew"),
}

# what answers a referral
ANSWERS = frozenset({"accept", "accept_booked", "return", "decline", "redirect"})
