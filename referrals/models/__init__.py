"""Referrals, what an out-of-court resolution behind one says, and what is to be done for people."""

from .deadline import Deadline
from .journey import Journey
from .reference import Drug, Offence
from .referral import ENDINGS, Referral
from .resolution import Offer, Resolution
from .task import Task

__all__ = ["ENDINGS", "Deadline", "Drug", "Journey", "Offence", "Offer", "Referral", "Resolution", "Task"]
