"""How long a person's records are kept, what was decided of them, and what stands in the way of disposal."""

from .decision import Decision
from .groups import OVERSEE, REVIEW, VIEW, Group
from .hold import Hold
from .schedule import Schedule

__all__ = ["OVERSEE", "REVIEW", "VIEW", "Decision", "Group", "Hold", "Schedule"]
