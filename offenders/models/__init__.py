"""The people the work is for, who may see them, and what happened to them."""

from .merge import LikelyPair, Merge
from .offender import Address, Alias, Identifier, Marker, Offender
from .restriction import Restriction
from .sharing import Consent, Involvement, NamedUser
from .timeline import NEWEST_FIRST, Amendment, Entry, Note

__all__ = [
    "NEWEST_FIRST",
    "Address",
    "Alias",
    "Amendment",
    "Consent",
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
]
