"""An offender's time on the O2R caseload: the case, its assessments, stays in rehab, and what came after."""

from .absence import Absence
from .action import Action
from .action_link import ActionLink
from .assessment import AssessedSubstance, Assessment
from .case import Allocation, Case
from .follow_up import FollowUp
from .follow_up_attempt import FollowUpAttempt
from .funder import Budget, Funder
from .funding import Funding, Payment
from .out_of_use import OutOfUse
from .overspend import Overspend
from .placement import Placement
from .plan import Plan, PlanDomain, gaps
from .preparation import Preparation
from .progress import Progress
from .question import PlacementQuestion
from .rehab_unit import RehabUnit
from .review import Review
from .sample import Sample
from .unit_cost import UnitCost

__all__ = [
    "Absence",
    "Action",
    "ActionLink",
    "Allocation",
    "AssessedSubstance",
    "Assessment",
    "Budget",
    "Case",
    "FollowUp",
    "FollowUpAttempt",
    "Funder",
    "Funding",
    "OutOfUse",
    "Overspend",
    "Payment",
    "Placement",
    "PlacementQuestion",
    "Plan",
    "PlanDomain",
    "Preparation",
    "Progress",
    "RehabUnit",
    "Review",
    "Sample",
    "UnitCost",
    "gaps",
]
