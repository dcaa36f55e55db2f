"""Addresses of deadlines. The world's are for assessment, and of Divert for first contact."""

from config.tests.access_table.grid import (
    AS_ANOTHER,
    ROLES,
    Row,
    form,
    of,
    only,
    page,
    post,
    profile,
    refusing,
    supervised,
)

DEADLINE = profile("""
                    worked  ended  elsewhere  restricted  diverted  unknown
    facilitator     yes     yes    -          yes         -         -
    supervisor      yes     yes    -          -           -         -
    cranstoun_worker -      -      -          -           yes       -
    *               -       -      -          -           -         -
""")
WHO_MEETS = "facilitator supervisor cranstoun_worker"
OTHERS = " ".join(role for role in ROLES if role not in WHO_MEETS.split() and role not in AS_ANOTHER)
OTHERS += " custody_officer"
BY_TEAM = {cell: word.replace("yes", "do") for cell, word in DEADLINE.items()}
STEPS = {"pause": BY_TEAM, "resume": BY_TEAM}

page("deadlines:list", Row(only(WHO_MEETS)))
page("api:deadline-list", Row(only(WHO_MEETS)))
page("api:deadline-detail", of("deadline", refusing(DEADLINE, OTHERS)))
for verb, whose in STEPS.items():
    form(f"deadlines:{verb}", of("deadline", whose))
    post(f"api:deadline-step verb={verb}", of("deadline", refusing(whose, OTHERS)))
supervised("referrals_deadline", "deadline", DEADLINE, STEPS, staff="supervisor cranstoun_manager")
