"""The life of an appointment, as a table."""

from django.db.models import TextChoices

from offenders.workflow import Step


class Status(TextChoices):
    HELD = "held", "Held"
    BOOKED = "booked", "Booked"
    ATTENDED = "attended", "Attended"
    MISSED = "missed", "Did not attend"
    CALLED_OFF = "called_off", "Did not take place"
    RESCHEDULED = "rescheduled", "Rescheduled"
    CANCELLED = "cancelled", "Cancelled"


S = Status
LIVE = frozenset({S.HELD, S.BOOKED})  # the time is taken
TOOK_TIME = LIVE | {S.ATTENDED, S.MISSED}  # nothing else can have been at that time
RECORDED = frozenset({S.ATTENDED, S.MISSED, S.CALLED_OFF})

EITHER, GIVER = ("given_by", "sent_by"), ("given_by",)

APPOINTMENT_STEPS = {
    "record": Step(frozenset({S.BOOKED}), None, GIVER, "Record what happened", "Appointment recorded"),
    "correct": Step(
        RECORDED, None, GIVER, "Correct what was recorded", "What was recorded of an appointment corrected"
    ),
    "reschedule": Step(frozenset({S.BOOKED}), S.RESCHEDULED, EITHER, "Reschedule", "Appointment rescheduled"),
    "cancel": Step(frozenset({S.BOOKED}), S.CANCELLED, EITHER, "Cancel", "Appointment cancelled"),
}
