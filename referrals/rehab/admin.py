"""O2R in the back office."""

from . import case_admin, placement_admin  # noqa: F401
from .funding import admin as funding_admin  # noqa: F401
