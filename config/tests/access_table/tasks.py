"""Addresses of tasks. The world's are the facilitator's own, of a case."""

from config.tests.access_table.grid import (
    Row,
    amended,
    form,
    listing,
    of,
    of_one,
    page,
    post,
    profile,
    refusing,
    supervised,
)
from config.tests.access_table.rehab import BY_TEAM, BY_TEAM_AND_TREATMENT, CASE

OWN = profile("""
                    worked  ended  elsewhere  restricted
    facilitator     yes     yes    -          yes
    supervisor      -       -      -          -
    cgl_worker      -       -      -          -
    other_treatment -       -      -          -
    cranstoun_worker -      -      -          -
    rehab_provider  -       -      -          -
    other_provider  -       -      -          -
    *               no      no     no         no
""")
NO_TASKS = "officer other_officer resolution_lead throughcare_partner analyst auditor administrator"
TASK_STEPS = dict.fromkeys(["do", "drop", "snooze", "hand_over"], BY_TEAM)

page("tasks:list", listing("task", OWN))
page("tasks:task", of("task", CASE))
form("tasks:add", Row(BY_TEAM_AND_TREATMENT, {"matter": "case"}))
page("api:task-list", listing("task", refusing(CASE, NO_TASKS)))
page("api:task-detail", of("task", refusing(CASE, NO_TASKS)))
post("api:task-list", Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_TASKS), sends={"matter": "@case"}))
for verb, whose in TASK_STEPS.items():
    form(f"tasks:{verb}", of("task", whose))
    post(f"api:task-step verb={verb}", of("task", refusing(whose, NO_TASKS)))
amended("task", "task", "task", CASE, BY_TEAM, NO_TASKS)
supervised("referrals_task", "task", CASE, TASK_STEPS, staff="supervisor cranstoun_manager")
