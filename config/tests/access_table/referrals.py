"""Addresses of referrals."""

from config.tests.access_table.grid import (
    SENDERS,
    Row,
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

REFERRAL = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         yes     -      -          yes       yes      -           -
    other_officer   -       -      yes        -         -        -           -
    facilitator     yes     yes    -          -         -        yes         -
    supervisor      yes     yes    -          -         -        -           -
    resolution_lead -       -      -          yes       -        -           -
    cranstoun_worker -      -      -          yes       -        -           -
    *               -       -      -          -         -        -           -
""")
SENT = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         yes     -      -          yes       -        -           -
    other_officer   -       -      yes        -         -        -           -
    facilitator     yes     yes    -          -         -        yes         -
    supervisor      yes     yes    -          -         -        -           -
    resolution_lead -       -      -          yes       -        -           -
    cranstoun_worker -      -      -          yes       -        -           -
    *               -       -      -          -         -        -           -
""")
BY_SENDER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         do      -      -          do        do       -           -
    other_officer   -       -      do         -         -        -           -
    facilitator     no      no     -          -         -        no          -
    supervisor      no      no     -          -         -        -           -
    resolution_lead -       -      -          no        -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
BY_RECEIVER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     do      do     -          -         -        do          -
    supervisor      do      do     -          -         -        -           -
    resolution_lead -       -      -          no        -        -           -
    cranstoun_worker -      -      -          do        -        -           -
    *               -       -      -          -         -        -           -
""")
BY_SUPERVISOR_OR_LEAD = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     no      no     -          -         -        no          -
    supervisor      do      do     -          -         -        -           -
    resolution_lead -       -      -          do        -        -           -
    cranstoun_manager -     -      -          do        -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
BY_SUPERVISOR_OF_TEAM = BY_SUPERVISOR_OR_LEAD | {("resolution_lead", "diverted"): "no"}
NO_REFERRALS = "rehab_provider other_provider throughcare_partner analyst auditor administrator"

REFER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         do      do     do         do        do       -           -
    other_officer   do      do     do         do        do       -           -
    facilitator     do      do     do         do        do       do          -
    supervisor      do      do     do         do        do       -           -
    cranstoun_worker -      -      -          do        -        -           -
    cgl_worker      do      -      -          -         -        -           -
    other_treatment -       -      do         -         -        -           -
    *               no      no     no         no        no       no          no
""")

page("referrals:list", listing("referral", refusing(REFERRAL, NO_REFERRALS)))
page("referrals:detail", of("referral", REFERRAL))
page("referrals:sent", of("referral", SENT))
STREET = "officer other_officer facilitator supervisor"  # who choose a pathway first; the others have one alone
ONE_PATHWAY = {
    cell: "on" for cell, word in only("cranstoun_worker cgl_worker other_treatment").items() if word == "yes"
}
page("referrals:new", Row(only(STREET) | ONE_PATHWAY))
post("referrals:new", Row(REFER, sends={"offender": "@offender", "pathway": "o2r"}))
NO_JOURNEY = {"key": "11111111-1111-4111-8111-111111111111"}  # one's own alone; the world has none begun
for name in ("who", "match", "why", "check"):
    form(f"referrals:{name}", Row(only(SENDERS, "-"), NO_JOURNEY))
for name in ("happened", "fits", "resolution_terms"):
    form(f"referrals:{name}", Row(only(STREET, "-"), NO_JOURNEY))
post("referrals:discard", Row(only(SENDERS, "-"), NO_JOURNEY))
REFERRAL_STEPS = {
    "submit": BY_SENDER, "revise": BY_SENDER, "withdraw": BY_SENDER, "return": BY_RECEIVER, "accept": BY_RECEIVER,
    "decline": BY_RECEIVER, "redirect": BY_RECEIVER, "disengage": BY_RECEIVER, "close": BY_RECEIVER,
    "reopen": BY_SUPERVISOR_OR_LEAD, "reassign": BY_SUPERVISOR_OF_TEAM,
}  # fmt: skip
for verb, whose in REFERRAL_STEPS.items():
    form(f"referrals:{verb}", of("referral", whose))
    post(f"api:referral-step verb={verb}", of("referral", refusing(whose, NO_REFERRALS)))
page("api:referral-list", listing("referral", refusing(REFERRAL, NO_REFERRALS)))
post("api:referral-list", Row(only(SENDERS, "do")))
page("api:referral-detail", of("referral", refusing(REFERRAL, NO_REFERRALS)))

AMEND_REFERRAL = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          do        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     no      no     -          -         -        no          -
    supervisor      no      no     -          -         -        -           -
    resolution_lead -       -      -          no        -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")

amended("referral", "referral", "referral", REFERRAL, AMEND_REFERRAL, NO_REFERRALS)

supervised(
    "referrals_referral", "referral", REFERRAL, REFERRAL_STEPS, staff="supervisor cranstoun_manager resolution_lead"
)
