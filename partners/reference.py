"""References that people read out: AC0417RH. Two letters, four digits, a pair that says of what.

No letter that can be misread for a digit or another letter (I, O, S, B, Z). Drawn from a sequence
and scattered, so that none repeats and the next cannot be guessed.
"""

from django.db import connection

LETTERS = "ACDEFGHJKLMNPQRTUVWXY"
PATTERN = rf"[{LETTERS}]{{2}}\d{{4}}[{LETTERS}]{{2}}"
_COUNT = len(LETTERS) ** 2 * 10_000
_STRIDE = 2_742_101  # shares no factor with _COUNT, so that every number is met once


def next_reference(pair):
    """A new reference that ends in this pair of letters."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('partners_reference')")
        (number,) = cursor.fetchone()
    letters, digits = divmod(number * _STRIDE % _COUNT, 10_000)
    first, second = divmod(letters, len(LETTERS))
    return f"{LETTERS[first]}{LETTERS[second]}{digits:04}{pair}"
