from .diary_api import ROUTES as DIARY
from .manage_api import ROUTES as MANAGE
from .slot_api import ROUTES as SLOTS
from .street_api import ROUTES as STREET

# (prefix, view set, basename), registered by config.api
ROUTES = [*SLOTS, *STREET, *DIARY, *MANAGE]
