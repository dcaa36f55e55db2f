# (prefix, view set, basename), registered by config.api
ROUTES = []
