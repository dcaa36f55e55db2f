"""The pathways a person can be referred on. Source: the board paper, paragraphs 14 to 45."""

from typing import NamedTuple

from django.db.models import TextChoices


class Pathway(TextChoices):
    DIVERT = "divert", "Divert"
    ARV = "arv", "Alcohol-related violence course"
    ADA = "ada", "Alcohol-related domestic abuse course"
    CARS = "cars", "Arrest referral"
    O2R = "o2r", "Offender to Rehab"
    SUPPORT = "support", "Support"


OVERSIGHT = "resolution"  # no pathway: the service whose unit oversees every resolution


class About(NamedTuple):
    pair: str  # the letters its references end in
    is_open: bool  # whether referrals are taken on it yet
    is_booked: bool = False  # whether one is sent with the first appointment booked
    found: str = ""  # how a button calls someone to put forward on it

    @property
    def needs(self):
        """The permissions to put someone forward on it."""
        booked = ["referrals.add_resolution", "booking.book_appointment"] if self.is_booked else []
        return ["referrals.add_referral", *booked]


ABOUT = {
    Pathway.DIVERT: About("DV", True, is_booked=True, found="Found with drugs (Divert)"),
    Pathway.ARV: About("AV", False),
    Pathway.ADA: About("AD", False),
    Pathway.CARS: About("CR", False),
    Pathway.O2R: About("RH", True, found="Offends to fund an addiction (Offender to Rehab)"),
    Pathway.SUPPORT: About("UP", False),
}


def every_open_pathway():
    """Those that referrals are taken on today."""
    return [pathway for pathway, about in ABOUT.items() if about.is_open]


def open_pathways():
    """Those on which one is put forward without an appointment: the others have pages of their own."""
    return [pathway for pathway in every_open_pathway() if not ABOUT[pathway].is_booked]


def pathways_for(user):
    """Those open today on which this user may put someone forward."""
    return [pathway for pathway in every_open_pathway() if user.has_perms(ABOUT[pathway].needs)]


class Source(TextChoices):
    """Who put the person forward."""

    OFFICER = "officer", "Police officer"
    CRANSTOUN = "cranstoun", "Cranstoun"
    CGL = "cgl", "CGL"
    PROBATION = "probation", "Probation"
    RETAILER = "retailer", "Retailer, through the police"
    SELF = "self", "The person themselves"
    OTHER = "other", "Someone else"
    UNKNOWN = "unknown", "Not known"
