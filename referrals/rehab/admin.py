"""O2R in the back office."""

from . import case_admin, placement_admin  # noqa: F401
from .funding import admin as funding_admin  # noqa: F401
from .plan import admin as plan_admin  # noqa: F401
from .preparation import admin as preparation_admin  # noqa: F401
from .request import admin as request_admin  # noqa: F401
from .review import admin as review_admin  # noqa: F401
