"""An offender's time on the O2R caseload: the case, its assessments, stays in rehab, and what came after."""

from .case import Allocation, AssessedSubstance, Assessment, Case
from .placement import FollowUp, Placement, Progress, RehabUnit

__all__ = [
    "Allocation",
    "AssessedSubstance",
    "Assessment",
    "Case",
    "FollowUp",
    "Placement",
    "Progress",
    "RehabUnit",
]
