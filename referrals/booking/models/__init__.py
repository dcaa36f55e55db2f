"""When workers see people, and what came of it."""

from .appointment import Appointment
from .availability import Availability, Leave, Mode
from .contact import ContactAttempt
from .intervention import Intervention

__all__ = ["Appointment", "Availability", "ContactAttempt", "Intervention", "Leave", "Mode"]
