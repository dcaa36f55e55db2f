"""The people the work is for, who may see them, and what happened to them."""

from .consent import Consent, shown_to, yes_if
from .emergency import EmergencyAccess
from .merge import LikelyPair, Merge
from .offender import Address, Alias, Identifier, Marker, Offender
from .restriction import Restriction
from .sharing import Involvement, NamedUser
from .timeline import NEWEST_FIRST, Amendment, Entry, Note, Written, WrittenQuerySet

__all__ = [
    "NEWEST_FIRST",
    "Address",
    "Alias",
    "Amendment",
    "Consent",
    "EmergencyAccess",
    "Entry",
    "Identifier",
    "Involvement",
    "LikelyPair",
    "Marker",
    "Merge",
    "NamedUser",
    "Note",
    "Offender",
    "Restriction",
    "Written",
    "WrittenQuerySet",
    "shown_to",
    "yes_if",
]
