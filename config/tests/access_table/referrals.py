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
NO_REFERRALS = "rehab_provider other_provider throughcare_partner analyst auditor administrator"

REFER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         on      on     on         on        on       -           -
    other_officer   on      on     on         on        on       -           -
    facilitator     on      on     on         on        on       on          -
    supervisor      on      on     on         on        on       -           -
    cranstoun_worker -      -      -          on        -        -           -
    cgl_worker      on      -      -          -         -        -           -
    other_treatment -       -      on         -         -        -           -
    *               no      no     no         no        no       no          no
""")

page("referrals:list", listing("referral", refusing(REFERRAL, NO_REFERRALS)))
page("referrals:detail", of("referral", REFERRAL))
page("referrals:sent", of("referral", SENT))
page("referrals:new", Row(only(SENDERS, "on")))
post("referrals:new", Row(REFER, sends={"offender": "@offender"}))
for name in ("who", "match", "why", "check"):
    # of one's own session alone; the world has no journey begun
    form(f"referrals:{name}", Row(only(SENDERS, "-"), {"key": "11111111-1111-4111-8111-111111111111"}))
REFERRAL_STEPS = {
    "submit": BY_SENDER, "revise": BY_SENDER, "withdraw": BY_SENDER, "return": BY_RECEIVER, "accept": BY_RECEIVER,
    "decline": BY_RECEIVER, "redirect": BY_RECEIVER, "disengage": BY_RECEIVER, "close": BY_RECEIVER,
    "reopen": BY_SUPERVISOR_OR_LEAD,
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
