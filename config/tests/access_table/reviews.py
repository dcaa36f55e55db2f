"""Addresses of supervisors' reviews and dip samples: of the team's own, never of who shares a case."""

from config.tests.access_table.grid import (
    IN_BACK_OFFICE,
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
    refusing_each,
    supervised,
)
from config.tests.access_table.rehab import BY_SUPERVISOR

REVIEW = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    *               -       -      -          -           -
""")
REVIEWS = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          no          -
    supervisor      do      do     -          -           -
    *               -       -      -          -           -
""")
NO_REVIEW = " ".join(role for role in ROLES if role not in ("facilitator", "supervisor"))
NO_BACK_OFFICE = " ".join(role for role in ROLES if role not in IN_BACK_OFFICE.split())
STEPS = dict.fromkeys(["write", "finish", "leave"], REVIEWS)
ANY = profile("""
                    any  unknown
    supervisor      yes  -
    *               no   no
""")

page("rehab:reviews", listing("review", refusing(REVIEW, NO_REVIEW)))
page("rehab:review", of("review", REVIEW))
page("api:review-list", listing("review", refusing(REVIEW, NO_REVIEW)))
page("api:review-detail", of("review", refusing(REVIEW, NO_REVIEW)))
post("api:review-list", Row(refusing(of_one(REVIEWS), NO_REVIEW), sends={"case": "@case"}))
for verb, whose in STEPS.items():
    post(f"api:review-step verb={verb}", of("review", refusing(whose, NO_REVIEW)))
amended("review", "review", "review", REVIEW, REVIEWS, NO_REVIEW)
supervised("rehab_review", "review", REVIEW, STEPS)

form("admin:rehab_case_team", Row(only("supervisor")))
form("admin:rehab_case_worker", Row(ANY, {"pk": "carrier"}))
form("admin:rehab_case_review", of("case", refusing_each(BY_SUPERVISOR, NO_BACK_OFFICE)))

page("api:sample-list", Row(only("supervisor")))
page("api:sample-detail", of("sample", ANY))
post("api:sample-list", Row(only("supervisor", "do")))
administered("rehab_sample", "sample", writers="supervisor", adds=False)
form("admin:rehab_sample_draw", Row(only("supervisor", "do")))
