"""Addresses of throughcare plans: the plan, its parts, what is to be done, and the links sent to people outside."""

from config.tests.access_table.grid import (
    ROLES,
    Row,
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
from config.tests.access_table.rehab import (
    BY_TEAM,
    BY_TEAM_AND_REHAB,
    BY_TEAM_AND_TREATMENT,
    BY_TEAM_NOT_REHAB,
    CASE,
    NO_CASES,
    PLACEMENT,
)

PARTNER = "throughcare_partner"
NO_ACTIONS = "officer other_officer resolution_lead cranstoun_worker analyst auditor administrator"
# what treatment is to do; where that is the agency of the throughcare partner, theirs too, and all that they see
PART = CASE | {(PARTNER, record): "yes" for record in ("elsewhere", "opened")}
DO_PART = BY_TEAM_AND_TREATMENT | {(PARTNER, record): "do" for record in ("elsewhere", "opened")}
REOPEN_PART = BY_TEAM | {(PARTNER, record): "no" for record in ("elsewhere", "opened")}
TO_DO = profile("""
                    worked  ended  elsewhere  restricted
    facilitator     yes     -      -          yes
    supervisor      yes     -      -          -
    cgl_worker      yes     -      -          -
    other_treatment -       -      yes        -
    rehab_provider  yes     -      -          -
    other_provider  -       -      yes        -
    *               -       -      -          -
""") | {(PARTNER, record): "yes" for record in ("elsewhere", "opened")}
PART_AND_ACTION = PLACEMENT | {cell: word for cell, word in PART.items() if cell[0] == PARTNER}
READ_BY_TEAM = {cell: word.replace("do", "yes") for cell, word in BY_TEAM.items()}

PLAN_STEPS = {"finish": BY_TEAM, "reopen": BY_TEAM}
DOMAIN_STEPS = {"lead": BY_TEAM, "set_aside": BY_TEAM}
ACTION_STEPS = {"do": BY_TEAM_AND_REHAB, "drop": BY_TEAM_AND_REHAB, "reopen": BY_TEAM_NOT_REHAB}
PART_STEPS = {"do": DO_PART, "drop": DO_PART, "reopen": REOPEN_PART}
LINK_STEPS = {"revoke": BY_TEAM}
for kind, steps in (("plan", PLAN_STEPS), ("domain", DOMAIN_STEPS), ("action", ACTION_STEPS), ("link", LINK_STEPS)):
    for verb, whose in steps.items():
        form(f"rehab:{kind}_{verb}", of(kind, whose))
for verb, whose in PART_STEPS.items():
    form(f"rehab:action_{verb}#part", of("part", whose))

form("rehab:plan_begin", of("case", BY_TEAM))
page("rehab:plan_paper", of("plan", READ_BY_TEAM))
post("rehab:plan_print", of("plan", BY_TEAM))
form("rehab:action_add", of("domain", BY_TEAM_AND_TREATMENT))
page("rehab:actions", listing("action", refusing(TO_DO, NO_ACTIONS)))
page("rehab:action", of("action", PLACEMENT))
page("rehab:action#part", of("part", PART))
form("rehab:action_link", of("action", BY_TEAM_NOT_REHAB))

amended("action", "action", "action", PLACEMENT, BY_TEAM_NOT_REHAB, NO_ACTIONS)
for base, kind, sight, steps, refused in (
    ("plan", "plan", CASE, PLAN_STEPS, NO_CASES),
    ("plan-domain", "domain", CASE, DOMAIN_STEPS, NO_CASES),
    ("action", "action", PLACEMENT, ACTION_STEPS, NO_ACTIONS),
    ("action-link", "link", CASE, LINK_STEPS, NO_CASES),
):
    if kind == "domain":  # nine of each person: more than a page of them
        page(f"api:{base}-list", Row(only("facilitator supervisor cgl_worker other_treatment")))
    else:
        page(f"api:{base}-list", listing(kind, refusing(PART_AND_ACTION if kind == "action" else sight, refused)))
    page(f"api:{base}-detail", of(kind, refusing(sight, refused)))
    for verb, whose in steps.items() if kind != "link" else ():
        post(f"api:{base}-step verb={verb}", of(kind, refusing(whose, refused)))
post("api:action-link-step", Row(refusing(BY_TEAM, NO_CASES), {"pk": "link", "verb": "revoke"}))
post("api:plan-list", Row(refusing(of_one(BY_TEAM), NO_CASES), sends={"case": "@case"}))
post("api:action-list", Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_ACTIONS), sends={"domain": "@domain"}))
post("api:action-link", of("action", refusing(BY_TEAM_NOT_REHAB, NO_ACTIONS)))

supervised("rehab_plan", "plan", CASE, PLAN_STEPS)
supervised("rehab_action", "action", PLACEMENT, ACTION_STEPS)

# whoever holds the address, and knows the e-mail address that it was sent to
page("answer_link", Row({(role, "any"): "yes" for role in ROLES}, {"token": "token"}, anonymous="yes", hatless="yes"))
asked = {"token": "@token", "email": "roofs@throughcare.example"}
post("answer", Row(only(" ".join(ROLES), "do"), sends=asked, anonymous="do", hatless="do"))
