"""Addresses of what changed since, and of rows by their ids: to everyone, of what they see; and of webhooks.

The world is one transaction, under way still, so no change of it is told yet. Of rows the test looks at what they say.
"""

from config.tests.access_table.grid import EVERYONE, ROLES, Row, administered, form, of, page, post, profile

RECORDS = ("worked", "ended", "elsewhere", "diverted", "drafted", "restricted", "unknown")
BY_ID = {(role, record): "yes" for role in ROLES for record in RECORDS}

page("api:change-list", Row(EVERYONE))
for kind in ("offender", "referral", "case"):
    page(f"api:change-rows#{kind}", Row(BY_ID, asks={"kind": kind, "id": f"@{kind}"}))

# webhooks: administrators look after them; a system's own are its own, which the tests of their room ask
READS = profile("""
                    any     unknown
    administrator   yes     -
    *               -       -
""")
CHANGES = profile("""
                    any     unknown
    administrator   do      -
    *               no      no
""")
TAKES = profile("""
                    any     unknown
    administrator   do      -
    *               -       -
""")
administered("systems_hook", "hook")
administered("systems_delivery", "delivery", adds=False)
for verb in ("pause", "resume", "replay", "renew", "end"):
    form(f"admin:systems_hook_{verb}", of("hook", CHANGES))
form("admin:systems_delivery_replay", of("delivery", CHANGES))
for kind, row, verbs in (("hook", "hook", "pause resume replay"), ("hook-delivery", "delivery", "replay")):
    page(f"api:{kind}-list", Row(EVERYONE))
    page(f"api:{kind}-detail", of(row, READS))
    for verb in verbs.split():
        post(f"api:{kind}-{verb}", of(row, TAKES))
