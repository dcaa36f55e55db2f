"""Sending a whole referral with its first appointment, under /api/v1/."""

ROUTES = []
