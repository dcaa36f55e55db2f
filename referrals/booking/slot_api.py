"""Slots, appointments, availability and leave under /api/v1/."""

ROUTES = []
