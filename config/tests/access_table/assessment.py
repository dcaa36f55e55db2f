"""Addresses of assessments that are not finished: their own agency's alone."""

from config.tests.access_table.grid import Row, form, of, of_one, page, post, profile, refusing
from config.tests.access_table.rehab import BY_TEAM_AND_TREATMENT, NO_CASES

OF_THE_TEAM = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    *               -       -      -          -           -
""")
READ_BY_THE_TEAM = {cell: {"do": "yes"}.get(word, word) for cell, word in OF_THE_TEAM.items()}

form("rehab:assess", of("case", BY_TEAM_AND_TREATMENT))
for name in ("assessment", "assessment_discard"):
    form(f"rehab:{name}", of("unfinished", OF_THE_TEAM))
for section in ("substances", "offending", "life", "treatment", "health"):
    form(f"rehab:assessment_{section}", of("unfinished", OF_THE_TEAM))
    post(f"api:assessment-write section={section}", of("unfinished", refusing(OF_THE_TEAM, NO_CASES)))
page("api:assessment-detail#unfinished", of("unfinished", refusing(READ_BY_THE_TEAM, NO_CASES)))
for verb in ("finish", "discard"):
    post(f"api:assessment-{verb}", of("unfinished", refusing(OF_THE_TEAM, NO_CASES)))
post("api:assessment-begin", Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_CASES), sends={"case": "@case"}))
