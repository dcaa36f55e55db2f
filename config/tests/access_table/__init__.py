"""The access table: who gets what at every address, written down by hand.

Nothing here is computed from the code it tests. A profile is a grid: the records of the world (world.py)
across, the roles down, and in each place one word:

    yes   200; on a list: the record is among the rows
    do    theirs to do, now or at another time: anything but 403, 404 and a fault
    -     404: not theirs to know; on a list: not among the rows
    no    403: not theirs to do
    bad   400: the row it names is none they know of
    on    302: taken elsewhere
    none  405: there is no such thing to do here

Whoever is not signed in is sent to sign in, and whoever wears no hat to choose one, except at the
addresses that say otherwise. The API answers both with 403.

Each room has its part here; grid.py is what they are written with, reading.py which texts may reach whom.
"""

# each room's part puts its rows into ADDRESSES
from config.tests.access_table import (  # noqa: F401
    assessment,
    board,
    booking,
    changes,
    cover,
    day,
    deadlines,
    documents,
    funding,
    insight,
    offenders,
    oversight,
    partners,
    plan,
    referrals,
    rehab,
    rehab_place,
    resolutions,
    retention,
    reviews,
    sessions,
    signin,
    stay,
    subject,
    systems,
    tasks,
)
from config.tests.access_table.grid import ADDRESSES, ROLES  # noqa: F401
from config.tests.access_table.reading import may_read  # noqa: F401

# pages that may show nothing, so that the record need not say who looked; where they name someone, it must
UNRECORDED = {
    "audit:questions", "sign_in", "account_login", "hats", "api:schema", "admin:index", "admin:app_list",
    "admin:jsi18n", "referrals:new", "home", "more", "offenders:search", "offenders:compare", "answer_link", "calendar",
    "calendar_make", "api:calendar-list",
    "signin:time_left", "signin:stay", "signin:unsent", "signin:confirm",
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "signin:password", "signin:forgotten",
    "signin:forgotten_sent", "signin:new_password",
    *(name for _, name in ADDRESSES if name.endswith("_add")),
}  # fmt: skip

# files that are no export: the person's own copy, handed to them where they stand; a calendar's own reading; and one
# letter, read as any note is and recorded so
NO_EXPORT = {"booking:leaflet_pdf", "booking:calendar", "calendar_feed", "documents:file", "api:document-file"}
