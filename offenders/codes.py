"""Code lists for people. Source: Home Office self-defined (18+1) and officer-defined (6+1) ethnicity; PNC sex codes."""

from django.db.models import TextChoices


class Ethnicity(TextChoices):
    """Self-defined, 18+1. "Not stated" is the person's answer; "not known" means that nobody asked."""

    W1 = "W1", "White British"
    W2 = "W2", "White Irish"
    W3 = "W3", "Gypsy or Irish Traveller"
    W9 = "W9", "Other White"
    M1 = "M1", "White and Black Caribbean"
    M2 = "M2", "White and Black African"
    M3 = "M3", "White and Asian"
    M9 = "M9", "Other Mixed"
    A1 = "A1", "Indian"
    A2 = "A2", "Pakistani"
    A3 = "A3", "Bangladeshi"
    A4 = "A4", "Chinese"
    A9 = "A9", "Other Asian"
    B1 = "B1", "Caribbean"
    B2 = "B2", "African"
    B9 = "B9", "Other Black"
    O2 = "O2", "Arab"
    O9 = "O9", "Any Other"
    NS = "NS", "Not Stated"
    UNKNOWN = "UN", "Ethnicity is unknown"


# 16+1 has Chinese as O1; the Home Office says British where the board's paper says White British
_OTHER_NAMES = {
    "o1": "A4",
    "british": "W1",
    "irish": "W2",
    "any other white": "W9",
    "any other mixed": "M9",
    "any other asian": "A9",
    "any other black": "B9",
    "other": "O9",
    "unknown": "UN",
    "not known": "UN",
}


def ethnicity_code(text):
    """The 18+1 code for a code (16+1 too) or a label in any case; None where it is neither."""
    text = " ".join(text.replace("&", " and ").split()).casefold()
    named = {choice.label.casefold(): choice.value for choice in Ethnicity}
    coded = {choice.value.casefold(): choice.value for choice in Ethnicity}
    return coded.get(text) or named.get(text) or _OTHER_NAMES.get(text)


class OfficerEthnicity(TextChoices):
    """As the officer saw it, 6+1."""

    UNKNOWN = "0", "Unknown"
    WHITE_NORTH = "1", "White North European"
    WHITE_SOUTH = "2", "White South European"
    BLACK = "3", "Black"
    ASIAN = "4", "Asian"
    EAST_ASIAN = "5", "Chinese, Japanese or other South East Asian"
    ARAB = "6", "Arab or North African"


class Sex(TextChoices):
    UNKNOWN = "0", "Not known"
    MALE = "1", "Male"
    FEMALE = "2", "Female"
    NOT_SPECIFIED = "9", "Not specified"


def sex_code(text):
    """The code for a code, a label or its first letter, in any case; None where it is none of them."""
    text = text.strip().casefold()
    known = {choice.value: choice.value for choice in Sex} | {choice.label.casefold(): choice.value for choice in Sex}
    return (known | {"m": "1", "f": "2", "u": "0", "unknown": "0"}).get(text)
