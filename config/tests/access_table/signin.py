"""Addresses of how one signs in: one's own affair, whatever the role. By an id there is nothing of anyone else's."""

from config.tests.access_table.grid import ROLES, Row, form, of, only, page, post, profile

OWN = Row(only(" ".join(ROLES)), hatless="yes")
NOT_NOW = dict.fromkeys([(role, None) for role in ROLES], "on")
NOTHING = dict.fromkeys([(role, None) for role in ROLES], "-")

TAKES_AWAY = profile("""
                    any     unknown
    administrator   do      -
    *               no      no
""")

page("mfa_index", OWN)
for name in ("mfa_activate_totp", "mfa_add_webauthn", "signin:password"):
    page(name, OWN)
    post(name, Row(only(" ".join(ROLES), "do"), hatless="do"))
form("signin:codes", Row(NOT_NOW, hatless="on"))  # nobody in this world has a second step
form("mfa_deactivate_totp", Row(NOTHING, hatless="-"))
form("mfa_remove_webauthn", Row(NOTHING, path="/account/passkeys/1/remove/", hatless="-"))
# who is in already is led on; who is not, back to the door
form("mfa_authenticate", Row(NOT_NOW, anonymous="on", hatless="on"))
form("mfa_login_webauthn", Row(NOT_NOW, anonymous="on", hatless="on"))
# who forgot their password
OPEN = Row(only(" ".join(ROLES)), anonymous="yes", hatless="yes")
page("signin:forgotten", OPEN)
post("signin:forgotten", Row(only(" ".join(ROLES), "do"), anonymous="do", hatless="do"))
form("signin:forgotten_sent", OPEN)
form("signin:new_password", OPEN._replace(path="/account/forgotten/MQ/none/"))
form("admin:partners_user_second_step", of("user", TAKES_AWAY))
