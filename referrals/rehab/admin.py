"""O2R in the back office."""

from . import case_admin, placement_admin  # noqa: F401
from .plan import admin as plan_admin  # noqa: F401
