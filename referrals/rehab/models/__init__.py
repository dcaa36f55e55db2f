"""An offender's time on the O2R caseload: the case, its assessments, stays in rehab, and what came after."""

from .action import Action
from .action_link import ActionLink
from .assessment import AssessedSubstance, Assessment
from .case import Allocation, Case
from .follow_up import FollowUp
from .out_of_use import OutOfUse
from .placement import Placement
from .plan import Plan, PlanDomain, gaps
from .progress import Progress
from .rehab_unit import RehabUnit

__all__ = [
    "Action",
    "ActionLink",
    "Allocation",
    "AssessedSubstance",
    "Assessment",
    "Case",
    "FollowUp",
    "OutOfUse",
    "Placement",
    "Plan",
    "PlanDomain",
    "Progress",
    "RehabUnit",
    "gaps",
]
