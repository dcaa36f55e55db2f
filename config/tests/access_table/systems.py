"""Addresses of partner systems: administrators look after them; a token's own address is nobody's who signs in."""

from config.tests.access_table.grid import ROLES, Row, administered, form, of, only, page, post, profile

READS = profile("""
                    any     unknown
    administrator   yes     -
    *               no      no
""")
CHANGES = profile("""
                    any     unknown
    administrator   do      -
    *               no      no
""")
administered("systems_system", "system")
form("admin:app_list app_label=systems", Row(only("administrator") | {
    (role, None): "-" for role in ("supervisor", "cranstoun_manager", "resolution_lead")
}))  # fmt: skip
for name in ("token", "close"):
    form(f"admin:systems_system_{name}", of("system", CHANGES))
form("admin:systems_system_revoke", Row(CHANGES, {"pk": "system", "token": "system_token"}))
page("api:system-list", Row(only("administrator")))
page("api:system-detail", of("system", READS))
page("api:system-token-list", Row(only("administrator")))
page("api:system-token-detail", of("system_token", READS))
post("api:system-token-revoke", of("system_token", CHANGES))
page("api:token-list", Row({(role, None): "-" for role in ROLES}))
