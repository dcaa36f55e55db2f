"""Addresses of what supervisors oversee: what waits for their word, and what is missing or odd."""

from config.tests.access_table.grid import Row, listing, only, page, profile

# of the world's records money is asked for each O2R stay, which a supervisor answers; of the resolutions none waits
APPROVAL = profile("""
                      worked  ended  elsewhere  diverted  drafted  restricted  unknown
    supervisor        yes     yes    -          -         -        -           -
    resolution_lead   -       -      -          -         -        -           -
    cranstoun_manager -       -      -          yes       -        -           -
    *                 no      no     no         no        no       no          no
""")
page("oversight:approvals", listing("offender", APPROVAL))
page("api:approval-list", listing("offender", APPROVAL))

QUALITY = only("supervisor custody_officer cranstoun_manager")
page("oversight:quality", Row(QUALITY))
page("api:gap-list", Row(QUALITY))
# nobody asked anyone about their ethnicity; those count whom the team works with now
LACKING = profile("""
                      worked  ended  elsewhere  diverted  drafted  restricted  unknown
    supervisor        yes     -      -          -         -        -           -
    custody_officer   -       -      -          -         -        -           -
    cranstoun_manager -       -      -          yes       -        -           -
    *                 no      no     no         no        no       no          no
""")
LISTED = listing("offender", LACKING)._replace(keys={"name": "ethnicity"})
page("oversight:gaps", LISTED)
page("api:gap-detail", LISTED)
