"""Addresses of resolutions, and of the law they rest on."""

from config.tests.access_table.grid import (
    ROLES,
    Row,
    administered,
    amended,
    form,
    listing,
    of,
    only,
    page,
    post,
    profile,
    refusing,
    supervised,
)

WITH_RESOLUTIONS = "officer other_officer facilitator supervisor resolution_lead cranstoun_worker"
NO_RESOLUTIONS = " ".join(
    role for role in ROLES if role not in (
        *WITH_RESOLUTIONS.split(), "custody_officer", "arrest_referral_worker", "cranstoun_manager"
    )
)  # fmt: skip

RESOLUTION = profile("""
                    diverted  unknown
    officer         yes       -
    resolution_lead yes       -
    cranstoun_worker yes      -
    *               -         -
""")
BY_LEAD = profile("""
                    diverted  unknown
    officer         no        -
    resolution_lead do        -
    cranstoun_worker no       -
    *               -         -
""")
AMEND_RESOLUTION = profile("""
                    diverted  unknown
    officer         do        -
    resolution_lead do        -
    cranstoun_worker no       -
    *               -         -
""")
# the back office shows all of it, so only to the side that recorded or oversees it
IN_FULL = RESOLUTION | {("cranstoun_manager", "diverted"): "-"}
STEPS = dict.fromkeys(("approve", "refuse", "formalise"), BY_LEAD)
LIST = refusing(RESOLUTION, " ".join(role for role in ROLES if role != "resolution_lead"))

page("referrals:resolutions", listing("resolution", LIST))
page("referrals:sample", listing("resolution", LIST, asks={"seed": "abcd"}))
page("referrals:take_up", Row(only("resolution_lead")))
page("referrals:resolution", of("resolution", RESOLUTION))
page("api:resolution-list", listing("resolution", refusing(RESOLUTION, NO_RESOLUTIONS)))
page("api:resolution-detail", of("resolution", refusing(RESOLUTION, NO_RESOLUTIONS)))
page("api:resolution-take-up", Row(only("resolution_lead")))
for verb, whose in STEPS.items():
    form(f"referrals:resolution_{verb}", of("resolution", whose))
    post(f"api:resolution-step verb={verb}", of("resolution", refusing(whose, NO_RESOLUTIONS)))
amended("resolution", "resolution", "resolution", RESOLUTION, AMEND_RESOLUTION, NO_RESOLUTIONS)
supervised(
    "referrals_resolution", "resolution", IN_FULL, STEPS, staff="supervisor cranstoun_manager resolution_lead"
)  # fmt: skip

administered("referrals_drug", "drug")
administered("referrals_offence", "offence")
