"""Addresses of money for stays in rehab: the team's, and its budgets the supervisor's and the administrator's."""

from config.tests.access_table.grid import (
    ROLES,
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
from config.tests.access_table.rehab import BY_TEAM_NOT_REHAB

FUNDING = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    *               -       -      -          -           -
""")
ASKS = {cell: {"yes": "do"}.get(word, word) for cell, word in FUNDING.items()}
ANSWERS = {cell: "no" if word == "do" and cell[0] == "facilitator" else word for cell, word in ASKS.items()}
NO_FUNDING = " ".join(role for role in ROLES if role not in ("facilitator", "supervisor"))

page("rehab:fundings", listing("funding", refusing(FUNDING, NO_FUNDING)))
page("rehab:funding", of("funding", FUNDING))
form("rehab:funding_ask", of("placement", BY_TEAM_NOT_REHAB))
FUNDING_STEPS = {"agree": ANSWERS, "confirm": ANSWERS, "refuse": ANSWERS, "withdraw": ASKS, "pay": ANSWERS}
for verb, whose in FUNDING_STEPS.items():
    form(f"rehab:funding_{verb}", of("funding", whose))
    post(f"api:funding-step verb={verb}", of("funding", refusing(whose, NO_FUNDING)))
page("api:funding-list", listing("funding", refusing(FUNDING, NO_FUNDING)))
page("api:funding-detail", of("funding", refusing(FUNDING, NO_FUNDING)))
asking = refusing(of_one(BY_TEAM_NOT_REHAB), NO_FUNDING)
post("api:funding-list", Row(asking, sends={"placement": "@placement"}))
page("api:payment-list", listing("payment", refusing(FUNDING, NO_FUNDING)))
page("api:payment-detail", of("payment", refusing(FUNDING, NO_FUNDING)))
amended("funding", "funding", "funding", FUNDING, ASKS, NO_FUNDING)
amended("payment", "payment", "payment", FUNDING, ANSWERS, NO_FUNDING)

form("rehab:overspend_ask", of("placement", BY_TEAM_NOT_REHAB))
OVERSPEND_STEPS = {"allow": ANSWERS, "refuse": ANSWERS, "withdraw": ASKS}
for verb, whose in OVERSPEND_STEPS.items():
    form(f"rehab:overspend_{verb}", of("overspend", whose))
    post(f"api:overspend-step verb={verb}", of("overspend", refusing(whose, NO_FUNDING)))
page("api:overspend-list", listing("overspend", refusing(FUNDING, NO_FUNDING)))
page("api:overspend-detail", of("overspend", refusing(FUNDING, NO_FUNDING)))
post("api:overspend-list", Row(asking, sends={"placement": "@placement"}))

# about nobody

FUNDER = profile("""
                    any     unknown
    facilitator     yes     -
    supervisor      yes     -
    *               no      no
""")
page("api:funder-list", Row(only("facilitator supervisor")))
page("api:funder-detail", of("funder", FUNDER))
page("rehab:budgets", Row(only("supervisor")))
page("api:budget-list", Row(only("supervisor")))
page("api:budget-detail", of("budget", refusing(FUNDER, "facilitator")))

administered("rehab_funder", "funder", readers="supervisor")
administered("rehab_budget", "budget", readers="supervisor")
supervised("rehab_funding", "funding", FUNDING, FUNDING_STEPS)
administered("rehab_unitcost", "unit_cost", readers="supervisor")
