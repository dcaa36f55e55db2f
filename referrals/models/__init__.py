"""Referrals, and what an out-of-court resolution behind one says."""

from .deadline import Deadline
from .journey import Journey
from .reference import Drug, Offence
from .referral import Referral
from .resolution import Resolution

__all__ = ["Deadline", "Drug", "Journey", "Offence", "Referral", "Resolution"]
