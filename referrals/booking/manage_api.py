"""A manager's figures, under /api/v1/."""

ROUTES = []
