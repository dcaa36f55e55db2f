"""Addresses of figures."""

from django.utils import timezone

from config.tests.access_table.grid import Row, only, page, profile

BEHIND = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    supervisor      yes     yes    -          -         -        -           -
    *               no      no     no         no        no       no          no
""")

# whose assessments by another agency the reader may not read is left out
SAVED = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    supervisor      -       -      -          -         -        -           -
    *               no      no     no         no        no       no          no
""") | {("supervisor", "consented"): "yes"}
EVER = {"from": "2020-01-01", "to": str(timezone.localdate())}
page("insight:programme", Row(only("supervisor analyst"), asks=EVER))
page("insight:export", Row(only("supervisor analyst"), asks=EVER))
page("insight:cases", Row(BEHIND, is_list=True, asks=EVER | {"measure": "referrals"}))
page("api:report-detail", Row(only("supervisor analyst"), {"table": "o2r_pilot"}, asks=EVER))

page("insight:savings", Row(only("supervisor analyst"), asks=EVER))
page("insight:savings_export", Row(only("supervisor analyst"), asks=EVER))
page("insight:savings_people", Row(SAVED, is_list=True, asks=EVER))

DIVERT = only("supervisor analyst resolution_lead cranstoun_manager")
page("insight:divert", Row(DIVERT, asks=EVER))
page("insight:divert_export", Row(DIVERT, asks=EVER | {"table": "divert_referrals"}))
DIVERTED = profile("""
                      worked  ended  elsewhere  diverted  drafted  restricted  unknown
    resolution_lead   -       -      -          yes       -        -           -
    cranstoun_manager -       -      -          yes       -        -           -
    *                 no      no     no         no        no       no          no
""")
page("insight:divert_cases", Row(DIVERTED, is_list=True, asks=EVER | {"measure": "referrals"}))

page("insight:deadlines", Row(only("supervisor analyst"), asks=EVER))
page("insight:deadlines_export", Row(only("supervisor analyst"), asks=EVER))
page("insight:deadlines_cases", Row(BEHIND, is_list=True, asks=EVER | {"measure": "deadlines_due"}))
page("insight:divert_deadlines", Row(DIVERT, asks=EVER))
page("insight:divert_deadlines_export", Row(DIVERT, asks=EVER))
page("insight:divert_deadlines_cases", Row(DIVERTED, is_list=True, asks=EVER | {"measure": "deadlines_due"}))
