"""Addresses of the rehab board, and of places out of use."""

from config.tests.access_table.grid import (
    Row,
    administered,
    form,
    of,
    of_one,
    only,
    page,
    post,
    profile,
    refusing,
)
from config.tests.access_table.rehab import HOUSE, NO_PLACEMENTS, WITH_PLACEMENTS

PUTS_OUT = profile("""
                    any     unknown
    facilitator     do      -
    supervisor      do      -
    cgl_worker      no      -
    other_treatment no      -
    rehab_provider  do      -
    other_provider  -       -
    administrator   do      -
    *               -       -
""")
NO_PLACES = " ".join(role for role in NO_PLACEMENTS.split() if role != "administrator")
READS = HOUSE | {("administrator", "any"): "yes", ("administrator", "unknown"): "-"}

page("rehab:board", Row(only(WITH_PLACEMENTS)))
page("api:rehab-board-list", Row(only(WITH_PLACEMENTS)))
page("api:rehab-board-detail", of("house", HOUSE))
form("rehab:out_of_use_add", of("house", PUTS_OUT))
form("rehab:out_of_use_change", of("out_of_use", PUTS_OUT))
page("api:out-of-use-list", Row(only(f"{WITH_PLACEMENTS} administrator")))
page("api:out-of-use-detail", of("out_of_use", READS))
post("api:out-of-use-list", Row(refusing(of_one(PUTS_OUT), NO_PLACES), sends={"unit": "@house"}))
post("api:out-of-use-change", of("out_of_use", refusing(PUTS_OUT, NO_PLACES)))

administered("rehab_outofuse", "out_of_use", writers="administrator supervisor")
