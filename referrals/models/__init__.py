"""Referrals, and what an out-of-court resolution behind one says."""

from .deadline import Deadline
from .journey import Journey
from .reference import Drug, Offence
from .referral import ENDINGS, Referral
from .resolution import Offer, Resolution

__all__ = ["ENDINGS", "Deadline", "Drug", "Journey", "Offence", "Offer", "Referral", "Resolution"]
