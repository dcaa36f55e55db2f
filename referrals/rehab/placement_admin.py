"""Placements in the back office."""
