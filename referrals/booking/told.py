"""What of appointments is told to who asks what is held about them."""

from offenders.subject_access.sources import SOURCES, Source

APPOINTMENTS = "Appointments"


def tell():
    SOURCES.update({
        "booking.appointment": Source(APPOINTMENTS, on="starts_at", plain=("place",)),
        "booking.intervention": Source(
            "What was talked about", "appointment__offender__in", ("appointment__agency",), on="recorded_at"
        ),
        "booking.contactattempt": Source("When we tried to reach you", "referral__offender__in", on="occurred_at"),
    })  # fmt: skip
