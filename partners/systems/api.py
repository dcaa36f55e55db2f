"""Partner systems under /api/v1/."""

from .changes_api import ROUTES as CHANGES
from .hook_api import ROUTES as HOOKS
from .system_api import ROUTES as SYSTEMS

ROUTES = [*SYSTEMS, *CHANGES, *HOOKS]
