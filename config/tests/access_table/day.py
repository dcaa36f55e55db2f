"""Addresses of what stands in somebody's days, and of the calendar that is told of it."""

from config.tests.access_table.grid import ROLES, Row, form, only, page, post

DAYS = "facilitator supervisor cranstoun_worker cgl_worker other_treatment rehab_provider other_provider"
DAYS += " throughcare_partner"
LEADS = "supervisor cranstoun_manager"
NONE = {(role, None): "none" for role in ROLES}

form("day", Row(only(DAYS)))
form("team_day", Row(only(LEADS)))
page("api:day-list", Row(only(DAYS)))
page("api:day-team", Row(only(LEADS)))

form("calendar", Row(only(DAYS)))
page("api:calendar-list", Row(only(DAYS)))
post("api:calendar-list", Row(only(DAYS, "do")))
post("api:calendar-revoke", Row(only(DAYS, "do")))
for name in ("calendar_make", "calendar_revoke"):
    page(name, Row(NONE))
    post(name, Row(only(DAYS, "do")))
# whoever holds the address, which is one facilitator's
page(
    "calendar_feed",
    Row({(role, "any"): "yes" for role in ROLES}, {"token": "calendar"}, anonymous="yes", hatless="yes"),
)
post(
    "calendar_feed",
    Row({(role, "any"): "none" for role in ROLES}, {"token": "calendar"}, anonymous="none", hatless="none"),
)
