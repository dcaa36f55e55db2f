from . import sso_admin  # noqa: F401
