"""What workers record, under /api/v1/: contact attempts and interventions."""

ROUTES = []
