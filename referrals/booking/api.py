from .allocation import ROUTES as ALLOCATION
from .diary_api import ROUTES as DIARY
from .hours_api import ROUTES as HOURS
from .manage_api import ROUTES as MANAGE
from .slot_api import ROUTES as SLOTS
from .street_api import ROUTES as STREET

# (prefix, view set, basename), registered by config.api
ROUTES = [*SLOTS, *HOURS, *STREET, *DIARY, *MANAGE, *ALLOCATION]
