"""How the file of a document stands."""

from django.db.models import TextChoices

from offenders.workflow import Step


class File(TextChoices):
    HELD = "held", "Being checked for viruses"
    UNSCANNED = "unscanned", "Not checked for viruses"
    CLEAN = "clean", "Checked for viruses"
    REFUSED = "refused", "Refused: it holds a virus"
    REMOVED = "removed", "Removed"


UNCHECKED = frozenset({File.HELD, File.UNSCANNED})
OPEN = frozenset({File.UNSCANNED, File.CLEAN})  # it may be downloaded
KEPT = UNCHECKED | OPEN  # it is on the disk

STEPS = {
    "clear": Step(UNCHECKED, File.CLEAN, (), "Clear", "Checked for viruses", by_hand=False),
    "refuse": Step(UNCHECKED, File.REFUSED, (), "Refuse", "Refused: it holds a virus", by_hand=False),
    "remove": Step(KEPT, File.REMOVED, ("removable_by",), "Remove", "Document removed"),
}
