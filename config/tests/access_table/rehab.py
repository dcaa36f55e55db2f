"""Addresses of cases, stays in rehab, and what comes after."""

from config.tests.access_table.grid import (
    Row,
    administered,
    amended,
    form,
    listing,
    of,
    of_one,
    only,
    page,
    post,
    profile,
    refusing,
    supervised,
)
from config.tests.access_table.offenders import CONSENTED

# who sees a case, and what each may do with it

BEGIN = profile("""
                    worked  ended  elsewhere  drafted  diverted  restricted  unknown
    officer         no      -      -          no       -         -           -
    other_officer   -       -      no         -        -         -           -
    facilitator     do      do     -          -        -         do          -
    supervisor      do      do     -          -        -         -           -
    *               -       -      -          -        -         -           -
""")
PARTNER_ASSESSMENT = (
    profile("""
                    worked  ended  elsewhere  restricted  unknown
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    *               -       -      -          -           -
""")
    | CONSENTED
)
BY_REHAB = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          no          -
    supervisor      no      no     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    rehab_provider  do      -      -          -           -
    other_provider  -       -      do         -           -
    *               -       -      -          -           -
""")

HOUSE = profile("""
                    any     unknown
    facilitator     yes     -
    supervisor      yes     -
    cgl_worker      yes     -
    other_treatment yes     -
    rehab_provider  yes     -
    other_provider  -       -
    *               no      no
""")
WITH_PLACEMENTS = "facilitator supervisor cgl_worker other_treatment rehab_provider other_provider"

CASE = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    *               -       -      -          -           -
""")
OPEN_CASES = profile("""
                    worked  ended  elsewhere  restricted
    facilitator     yes     -      -          yes
    supervisor      yes     -      -          -
    cgl_worker      yes     -      -          -
    other_treatment -       -      yes        -
    *               no      no     no         no
""")
BY_TEAM = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    *               -       -      -          -           -
""")
BY_SUPERVISOR = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          no          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    *               -       -      -          -           -
""")
BY_TEAM_AND_TREATMENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      do      -      -          -           -
    other_treatment -       -      do         -           -
    *               -       -      -          -           -
""")
NO_CASES = (
    "officer other_officer resolution_lead cranstoun_worker rehab_provider other_provider throughcare_partner analyst"
    " auditor administrator"
)

# who sees a stay in rehab, and what each may do with it

PLACEMENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    rehab_provider  yes     -      -          -           -
    other_provider  -       -      yes        -           -
    *               -       -      -          -           -
""")
BY_TEAM_AND_REHAB = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    rehab_provider  do      -      -          -           -
    other_provider  -       -      do         -           -
    *               -       -      -          -           -
""")
BY_TEAM_NOT_REHAB = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    rehab_provider  no      -      -          -           -
    other_provider  -       -      no         -           -
    *               -       -      -          -           -
""")
BY_SUPERVISOR_OF_STAYS = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          no          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    rehab_provider  no      -      -          -           -
    other_provider  -       -      no         -           -
    *               -       -      -          -           -
""")
NO_PLACEMENTS = (
    "officer other_officer resolution_lead cranstoun_worker throughcare_partner analyst auditor administrator"
)

# cases

for name in ("caseload", "team_caseload"):
    page(f"rehab:{name}", listing("case", OPEN_CASES))
    form(f"rehab:{name}_csv", listing("case", OPEN_CASES))
page("rehab:to_assess", Row(only("facilitator supervisor")))
form("rehab:begin", of("referral", BEGIN))
for name in (
    "case",
    "case_timeline",
    "case_assessment",
    "case_rehab",
    "case_throughcare",
    "case_notes",
    "case_sharing",
):
    page(f"rehab:{name}", of("case", CASE))
CASE_STEPS = {
    "bring_in": BY_TEAM, "refer_on": BY_TEAM, "turn_down": BY_TEAM, "stand_down": BY_TEAM, "start_detox": BY_TEAM,
    "plan": BY_TEAM, "rate": BY_TEAM, "share": BY_TEAM, "close": BY_TEAM, "allocate": BY_SUPERVISOR,
    "reopen": BY_SUPERVISOR,
}  # fmt: skip
for verb, whose in CASE_STEPS.items():
    form(f"rehab:case_{verb}", of("case", whose))
    post(f"api:case-step verb={verb}", of("case", refusing(whose, NO_CASES)))
page("api:case-list", listing("case", refusing(CASE, NO_CASES)))
page("api:case-detail", of("case", refusing(CASE, NO_CASES)))
post("api:case-list", Row(refusing(of_one(BEGIN), NO_CASES), sends={"referral": "@referral"}))
page("api:assessment-list", listing("assessment", refusing(CASE, NO_CASES)))
page("api:assessment-detail", of("assessment", refusing(CASE, NO_CASES)))
page("api:assessment-detail#partner_assessment", of("partner_assessment", refusing(PARTNER_ASSESSMENT, NO_CASES)))
post("api:assessment-list", Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_CASES), sends={"case": "@case"}))

# stays in rehab, and what comes after

page("rehab:placements", listing("placement", refusing(PLACEMENT, NO_PLACEMENTS)))
page("rehab:placement", of("placement", PLACEMENT))
form("rehab:progress_add", of("placement", BY_REHAB))
form("rehab:placement_request", of("case", BY_TEAM))
PLACEMENT_STEPS = {
    "offer": BY_TEAM_AND_REHAB, "decline": BY_TEAM_AND_REHAB, "book": BY_TEAM_NOT_REHAB, "arrive": BY_TEAM_AND_REHAB,
    "not_arrive": BY_TEAM_AND_REHAB, "depart": BY_TEAM_AND_REHAB, "withdraw": BY_TEAM_NOT_REHAB,
    "exceed": BY_SUPERVISOR_OF_STAYS, "extend": BY_TEAM_NOT_REHAB, "move": BY_TEAM_AND_REHAB,
}  # fmt: skip
for verb, whose in PLACEMENT_STEPS.items():
    form(f"rehab:placement_{verb}", of("placement", whose))
    post(f"api:placement-step verb={verb}", of("placement", refusing(whose, NO_PLACEMENTS)))
page("api:placement-list", listing("placement", refusing(PLACEMENT, NO_PLACEMENTS)))
page("api:placement-detail", of("placement", refusing(PLACEMENT, NO_PLACEMENTS)))
post("api:placement-list", Row(refusing(of_one(BY_TEAM), NO_PLACEMENTS), sends={"case": "@case"}))
page("api:progress-list", listing("progress", refusing(PLACEMENT, NO_PLACEMENTS)))
page("api:progress-detail", of("progress", refusing(PLACEMENT, NO_PLACEMENTS)))
post("api:progress-list", Row(refusing(of_one(BY_REHAB), NO_PLACEMENTS), sends={"placement": "@placement"}))
page("rehab:units", Row(only(WITH_PLACEMENTS)))
page("api:rehab-unit-list", Row(only(WITH_PLACEMENTS)))
page("api:rehab-unit-detail", of("house", HOUSE))
page("rehab:follow_ups", listing("follow_up", OPEN_CASES))
page("rehab:follow_up", of("follow_up", CASE))
page("rehab:follow_up#done_follow_up", of("done_follow_up", CASE))
form("rehab:follow_up_add", of("case", BY_TEAM_AND_TREATMENT))
form("rehab:follow_up_record", of("follow_up", BY_TEAM_AND_TREATMENT))
form("rehab:follow_up_attempt", of("follow_up", BY_TEAM_AND_TREATMENT))
page("api:follow-up-attempt-list", listing("attempt_to_follow_up", refusing(CASE, NO_CASES)))
page("api:follow-up-attempt-detail", of("attempt_to_follow_up", refusing(CASE, NO_CASES)))
post(
    "api:follow-up-attempt-list",
    Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_CASES), sends={"follow_up": "@follow_up"}),
)
page("api:follow-up-list", listing("follow_up", refusing(CASE, NO_CASES)))
page("api:follow-up-detail", of("follow_up", refusing(CASE, NO_CASES)))
page("api:follow-up-detail#done_follow_up", of("done_follow_up", refusing(CASE, NO_CASES)))
post("api:follow-up-list", Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_CASES), sends={"case": "@case"}))
post("api:follow-up-record", of("follow_up", refusing(BY_TEAM_AND_TREATMENT, NO_CASES)))

BY_TREATMENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          no          -
    supervisor      no      no     -          -           -
    cgl_worker      do      -      -          -           -
    other_treatment -       -      do         -           -
    *               -       -      -          -           -
""")


BY_ITS_TREATMENT = {
    cell: {"yes": "no" if cell[0] in ("facilitator", "supervisor") else "do"}.get(word, word)
    for cell, word in PARTNER_ASSESSMENT.items()
}
NOT_YET_DONE = {cell: {"do": "no"}.get(word, word) for cell, word in BY_TEAM_AND_TREATMENT.items()}

amended("case", "case", "case", CASE, BY_TEAM, NO_CASES)
amended("assessment", "assessment", "assessment", CASE, BY_TEAM, NO_CASES)
amended("assessment", "partner_assessment", "assessment", PARTNER_ASSESSMENT, BY_ITS_TREATMENT, NO_CASES)
amended("placement", "placement", "placement", PLACEMENT, BY_TEAM_AND_REHAB, NO_PLACEMENTS)
amended("progress", "progress", "progress", PLACEMENT, BY_REHAB, NO_PLACEMENTS)
amended("follow_up", "follow_up", "follow-up", CASE, NOT_YET_DONE, NO_CASES)
amended("follow_up", "done_follow_up", "follow-up", CASE, BY_TREATMENT, NO_CASES)
amended("follow_up_attempt", "attempt_to_follow_up", "follow-up-attempt", CASE, BY_TEAM, NO_CASES)

administered("rehab_rehabunit", "house", readers="supervisor")

supervised("rehab_case", "case", CASE, CASE_STEPS)
supervised("rehab_assessment", "assessment", CASE)
supervised("rehab_placement", "placement", PLACEMENT, PLACEMENT_STEPS)
supervised("rehab_followup", "follow_up", CASE)
