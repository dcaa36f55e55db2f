from .case_api import CASE_ROUTES
from .placement_api import PLACEMENT_ROUTES
from .plan.api import PLAN_ROUTES

# (prefix, view set, basename), registered by config.api
ROUTES = [*CASE_ROUTES, *PLACEMENT_ROUTES, *PLAN_ROUTES]
