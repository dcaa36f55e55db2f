"""Partner systems in the back office."""

from . import hook_admin, system_admin  # noqa: F401
