"""The life of a supervisor's review of a case, as a table."""

from django.db.models import TextChoices

from offenders.workflow import Step
from partners.roles import Category


class Stands(TextChoices):
    """Where a review stands."""

    OPEN = "open", "Being written"
    SIGNED = "signed", "Signed off"
    LEFT = "left", "Set aside"


S = Stands

REVIEW_STEPS = {
    "write": Step(frozenset({S.OPEN}), None, ("of",), "Write it", "Kept"),
    "finish": Step(
        frozenset({S.OPEN}), S.SIGNED, ("of",), "Sign it off", "Case reviewed by a supervisor", category=Category.POLICE
    ),
    "leave": Step(frozenset({S.OPEN}), S.LEFT, ("held_by",), "Set it aside", "Set aside"),
}
