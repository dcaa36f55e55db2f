"""Addresses of one's own sessions, and of those that an administrator ends."""

from config.tests.access_table.grid import ROLES, Row, administered, form, of, only, page, post, profile

EVERYONE, NOWHERE = only(" ".join(ROLES)), {(role, "unknown"): "-" for role in ROLES}
page("signin:sessions", Row(EVERYONE, hatless="yes"))
post("signin:sessions", Row(only(" ".join(ROLES), "none"), hatless="none"))
post("signin:end_session", Row(NOWHERE, {"handle": "user"}, hatless="-"))
page("signin:end_session", Row(dict.fromkeys(NOWHERE, "none"), {"handle": "user"}, hatless="none"))
for name in ("end_others", "stay"):
    page(f"signin:{name}", Row(only(" ".join(ROLES), "none"), hatless="none"))
    post(f"signin:{name}", Row(only(" ".join(ROLES), "do"), hatless="do"))
page("signin:time_left", Row(EVERYONE, hatless="yes"))
post("signin:time_left", Row(only(" ".join(ROLES), "none"), hatless="none"))
page("signin:unsent", Row(only(" ".join(ROLES), "on"), hatless="on"))
post("signin:unsent", Row(only(" ".join(ROLES), "none"), hatless="none"))
form("signin:confirm", Row(only(" ".join(ROLES), "do"), hatless="do"))
ENDS = profile("""
                    any     unknown
    administrator   do      -
    *               no      no
""")
form("admin:partners_user_sign_out", of("user", ENDS))

# of an agency without a provider: what there is where there is one, partners/signin/tests/test_sso.py asks
NONE_THERE = {(role, None): "-" for role in ROLES}
page("signin:sso", Row(NONE_THERE, {"slug": "nowhere"}, anonymous="-"))
post("signin:sso", Row(only(" ".join(ROLES), "none"), {"slug": "nowhere"}, anonymous="none"))
page("signin:sso_ended", Row(only(" ".join(ROLES), "none"), {"slug": "nowhere"}, anonymous="none"))
post("signin:sso_ended", Row(NONE_THERE, {"slug": "nowhere"}, anonymous="-"))
form("openid_connect_callback", Row(NONE_THERE, {"provider_id": "nowhere"}, anonymous="-"))
administered("signin_provider", "provider")
HERE_NOT_THEIRS = {(role, None): "-" for role in ("supervisor", "cranstoun_manager", "resolution_lead")}
form("admin:app_list app_label=signin", Row(only("administrator") | HERE_NOT_THEIRS))
