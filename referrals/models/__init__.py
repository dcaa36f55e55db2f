"""Referrals, what an out-of-court resolution behind one says, and what is to be done for people."""

from .calendar_link import CalendarLink
from .cover import LEFT_BEHIND, Cover
from .deadline import Deadline
from .journey import Journey
from .pause import Pause
from .reference import Drug, Offence
from .referral import ENDINGS, Referral
from .resolution import Offer, Resolution
from .task import Task

__all__ = [
    "ENDINGS", "LEFT_BEHIND", "CalendarLink", "Cover", "Deadline", "Drug", "Journey", "Offence", "Offer", "Pause",
    "Referral", "Resolution", "Task",
]  # fmt: skip
