"""Addresses of everyone, of the record, and of the back office."""

from config.tests.access_table.grid import (
    ADDRESSES,
    EVERYONE,
    IN_BACK_OFFICE,
    ROLES,
    Row,
    administered,
    form,
    of,
    only,
    page,
    post,
    profile,
)

# everyone's

AWAY = {(role, None): "on" for role in ROLES}
for name in ("sign_in", "account_login"):
    page(name, Row(AWAY, anonymous="yes", hatless="on"))
    post(name, Row(AWAY, anonymous="do", hatless="on"))
post("sign_out", Row(AWAY, anonymous="on", hatless="on"))
form("hats", Row(EVERYONE, hatless="yes"))
page("wear_hat", Row({(role, None): "none" for role in ROLES}, hatless="none"))
post("wear_hat", Row(only(" ".join(ROLES), "do"), hatless="do"))
form("home", Row(EVERYONE))
form("more", Row(EVERYONE))
page("csp_report", Row({(role, None): "none" for role in ROLES}, anonymous="none", hatless="none"))
post("csp_report", Row(only(" ".join(ROLES), "do"), anonymous="do", hatless="do"))
# whoever holds the address that came with a message
STOP = {(role, "any"): "do" for role in ROLES}
form("stop_messages", Row(STOP, {"token": "stop"}, anonymous="do", hatless="do"))
# messages: one's own, and what one wants to hear
page("notices:list", Row(EVERYONE))
page("notices:preferences", Row(EVERYONE))
post("notices:preferences", Row(only(" ".join(ROLES), "do")))
page("api:notice-list", Row(EVERYONE))
page("api:notice-detail", of("notice", {(role, record): "-" for role in ROLES for record in ("worked", "unknown")}))
page("api:notice-preferences-list", Row(EVERYONE))
NOT_THEIRS = {(role, "unknown"): "-" for role in ROLES}
page("api:notice-preferences-detail", of("user", NOT_THEIRS))
ADDRESSES["patch", "api:notice-preferences-detail"] = of("user", NOT_THEIRS)
form("roles", Row(only("auditor administrator")))
page("api:schema", Row(EVERYONE, hatless="no"))

# the record: of a search that names nobody the record keeps that it was made, not whom its lines name

page("audit:list", Row(only("auditor")))
post("audit:list", Row(only("auditor", "do")))
page("audit:export", Row(only("auditor")))
EVENT = profile("""
                    any     unknown
    auditor         yes     -
    *               no      no
""")
page("audit:event", of("event", EVENT))
page("api:audit-event-list", Row(only("auditor")))
page("api:audit-event-detail", of("event", EVENT))

# the back office: for administrators their tables, for supervisors the casework, for both no more than that

form("admin:index", Row(only(IN_BACK_OFFICE)))
form("admin:login", Row(AWAY, anonymous="on", hatless="on"))
page("admin:logout", Row(only(IN_BACK_OFFICE, "none")))
post("admin:logout", Row(only(IN_BACK_OFFICE, "on")))
page("admin:jsi18n", Row(only(IN_BACK_OFFICE)))
post("admin:jsi18n", Row(only(IN_BACK_OFFICE, "none")))
NOTHING_THERE = {(role, None): "-" for role in ("cranstoun_manager", "resolution_lead")}
for label in ("partners", "rehab"):
    form(f"admin:app_list app_label={label}", Row(only("supervisor administrator") | NOTHING_THERE))
THERE = only("supervisor cranstoun_manager resolution_lead") | {("administrator", None): "-"}
form("admin:app_list app_label=offenders", Row(THERE))
form("admin:app_list app_label=referrals", Row(THERE | {("administrator", None): "yes"}))
form("admin/(?P<url>.*)$", Row(only(IN_BACK_OFFICE, "-"), path="/admin/nothing/of/the/kind/"))

for name in ("agency", "unit", "service", "user", "membership", "agreement"):
    administered(f"partners_{name}", name)
administered("partners_setting", "setting", readers="supervisor")
administered("partners_area", "area", adds=False)
READS = profile("""
                    any     unknown
    administrator   yes     -
    *               no      no
""")
CLOSES = profile("""
                    any     unknown
    administrator   do      -
    *               no      no
""")
form("admin:partners_user_close", of("user", CLOSES))
administered("partners_accessreview", "access_review")
for name in ("roles", "sign_off"):
    form(f"admin:partners_accessreview_{name}", of("access_review", CLOSES))
form("admin:partners_accessreview_csv", of("access_review", READS))
form("admin:partners_agreement_renew", of("agreement", CLOSES))
