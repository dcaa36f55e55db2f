"""Addresses of what happens in a stay. Who is of the rehab records absences, and the team that holds the case."""

from config.tests.access_table.grid import Row, amended, form, listing, of, of_one, page, post, refusing, supervised
from config.tests.access_table.rehab import BY_TEAM_AND_REHAB, NO_PLACEMENTS, PLACEMENT

form("rehab:absence_add", of("placement", BY_TEAM_AND_REHAB))
form("rehab:absence_return", of("absence", BY_TEAM_AND_REHAB))
page("api:absence-list", listing("absence", refusing(PLACEMENT, NO_PLACEMENTS)))
page("api:absence-detail", of("absence", refusing(PLACEMENT, NO_PLACEMENTS)))
post(
    "api:absence-list",
    Row(refusing(of_one(BY_TEAM_AND_REHAB), NO_PLACEMENTS), sends={"placement": "@placement"}),
)
post("api:absence-step", Row(refusing(BY_TEAM_AND_REHAB, NO_PLACEMENTS), {"pk": "absence", "verb": "return"}))
amended("absence", "absence", "absence", PLACEMENT, BY_TEAM_AND_REHAB, NO_PLACEMENTS)
supervised("rehab_absence", "absence", PLACEMENT, {"return": BY_TEAM_AND_REHAB})
