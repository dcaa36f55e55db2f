from .absence_api import ABSENCE_ROUTES
from .allocation import ROUTES as ALLOCATION_ROUTES
from .assessment_api import ASSESSMENT_ROUTES
from .board.api import ROUTES as BOARD_ROUTES
from .case_api import CASE_ROUTES
from .follow_up_api import FOLLOW_UP_ROUTES
from .funding.api import FUNDING_ROUTES
from .placement_api import PLACEMENT_ROUTES
from .plan.api import PLAN_ROUTES
from .preparation.api import PREPARATION_ROUTES
from .request.api import REQUEST_ROUTES
from .review.api import REVIEW_ROUTES

# (prefix, view set, basename), registered by config.api
ROUTES = [
    *ABSENCE_ROUTES,
    *ALLOCATION_ROUTES,
    *ASSESSMENT_ROUTES,
    *BOARD_ROUTES,
    *CASE_ROUTES,
    *FOLLOW_UP_ROUTES,
    *FUNDING_ROUTES,
    *PLACEMENT_ROUTES,
    *PLAN_ROUTES,
    *PREPARATION_ROUTES,
    *REQUEST_ROUTES,
    *REVIEW_ROUTES,
]
