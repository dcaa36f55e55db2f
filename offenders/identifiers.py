"""Numbers that other systems know a person by: each checked by its own algorithm, kept in one canonical form.

PNC and CRO end in a letter: the number modulo 23 in an alphabet without I, O and S. NHS numbers end
in a digit: weights 10 to 2, modulo 11. Source of the forms and test vectors: the Ministry of Justice's
person record, and the NHS data dictionary.
"""

import re

from django.core.exceptions import ValidationError
from django.utils import timezone

from partners.roles import Category

KINDS = {"pnc": "PNC", "cro": "CRO", "nhs": "NHS number", "ndtms": "NDTMS", "custody": "Custody number"}
HEALTH_KINDS = frozenset({"nhs", "ndtms"})  # shown with the health category, the others with identity


def kinds_read_by(user):
    """The kinds of number that the user's hat reads."""
    return KINDS.keys() if Category.HEALTH in user.categories else KINDS.keys() - HEALTH_KINDS


_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"


def check_identifier(kind, value):
    """The number in its canonical form. Raises ValidationError with a sentence when it cannot be one."""
    text = re.sub(r"\s", "", value or "").upper()
    canonical = {"pnc": _pnc, "cro": _cro, "nhs": _nhs}.get(kind, _plain)(text)
    if canonical is None:
        raise ValidationError(
            f"“{value}” is not a valid {KINDS.get(kind, 'number')}. Check it against where you read it.",
            code="identifier",
        )
    return canonical


def _letter(number):
    return _LETTERS[number % 23]


def _plain(text):
    return text if re.fullmatch(r"[A-Z0-9/-]{3,20}", text) else None


def _pnc(text):
    """1999/1234567B: year, serial of seven, letter. Two digits of year and no slash are understood."""
    parts = re.fullmatch(r"(\d{4}|\d{2})/(\d{1,7})([A-Z])", text) or re.fullmatch(r"(\d{4}|\d{2})(\d{7})([A-Z])", text)
    if not parts:
        return None
    year, serial, letter = parts.groups()
    serial = serial.zfill(7)
    if _letter(int(year[-2:] + serial)) != letter:
        return None
    if len(year) == 2:
        century = 20 if int(year) <= timezone.localdate().year % 100 else 19
        year = f"{century}{year}"
    return f"{year}/{serial}{letter}"


def _cro(text):
    """123456/99L, or a file of minor offences: SF99/123456L."""
    if parts := re.fullmatch(r"SF(\d{2})/?(\d{1,6})([A-Z])", text):
        year, serial, letter = parts.groups()
        form = f"SF{year}/{serial}{letter}"
    elif parts := re.fullmatch(r"(\d{1,6})/(\d{2})([A-Z])", text):
        serial, year, letter = parts.groups()
        form = f"{serial}/{year}{letter}"
    else:
        return None
    return form if _letter(int(year + serial.zfill(6))) == letter else None


def _nhs(text):
    text = text.replace("-", "")
    if not re.fullmatch(r"\d{10}", text):
        return None
    check = 11 - sum(int(digit) * weight for digit, weight in zip(text, range(10, 1, -1), strict=False)) % 11
    return text if check % 11 == int(text[9]) and check != 10 else None
