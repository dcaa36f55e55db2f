"""Addresses of getting a place in rehab: what fits, the questions of rehabs, courses and detoxes before it."""

from config.tests.access_table.grid import Row, amended, form, listing, of, of_one, page, post, refusing, supervised
from config.tests.access_table.rehab import (
    BY_REHAB,
    BY_TEAM,
    BY_TEAM_AND_REHAB,
    BY_TEAM_AND_TREATMENT,
    BY_TEAM_NOT_REHAB,
    CASE,
    NO_CASES,
    NO_PLACEMENTS,
    OPEN_CASES,
    PLACEMENT,
)

post(
    "api:rehab-unit-fits",
    Row(refusing(of_one(BY_TEAM), NO_PLACEMENTS), sends={"case": "@case", "needs_detox": "True"}),
)

# the questions of rehabs

form("rehab:question_ask", of("placement", BY_REHAB))
form("rehab:question_answer", of("question", BY_TEAM_NOT_REHAB))
page("api:placement-question-list", listing("question", refusing(PLACEMENT, NO_PLACEMENTS)))
page("api:placement-question-detail", of("question", refusing(PLACEMENT, NO_PLACEMENTS)))
post(
    "api:placement-question-list",
    Row(refusing(of_one(BY_REHAB), NO_PLACEMENTS), sends={"placement": "@placement"}),
)
post(
    "api:placement-question-step",
    Row(refusing(BY_TEAM_NOT_REHAB, NO_PLACEMENTS), {"pk": "question", "verb": "answer"}),
)
amended("placement_question", "question", "placement-question", PLACEMENT, BY_TEAM_AND_REHAB, NO_PLACEMENTS)
supervised("rehab_placementquestion", "question", PLACEMENT, {"answer": BY_TEAM_NOT_REHAB})

# courses and detoxes

STEPS = dict.fromkeys(("begin", "complete", "leave", "cancel"), BY_TEAM_AND_TREATMENT)
page("rehab:preparations", listing("preparation", OPEN_CASES))
form("rehab:preparation_arrange", of("case", BY_TEAM_AND_TREATMENT))
for verb, whose in STEPS.items():
    form(f"rehab:preparation_{verb}", of("preparation", whose))
    post(f"api:preparation-step verb={verb}", of("preparation", refusing(whose, NO_CASES)))
page("api:preparation-list", listing("preparation", refusing(CASE, NO_CASES)))
page("api:preparation-detail", of("preparation", refusing(CASE, NO_CASES)))
post("api:preparation-list", Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_CASES), sends={"case": "@case"}))
amended("preparation", "preparation", "preparation", CASE, BY_TEAM_AND_TREATMENT, NO_CASES)
supervised("rehab_preparation", "preparation", CASE, STEPS)
