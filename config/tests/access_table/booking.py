"""Addresses of appointments: a worker's day, and a manager's board."""

from config.tests.access_table.grid import (
    ADDRESSES,
    AS_ANOTHER,
    ROLES,
    Row,
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
    supervised,
)

NO_APPOINTMENTS = " ".join(
    role for role in ROLES if role in (
        "cgl_worker", "other_treatment", "rehab_provider", "other_provider", "throughcare_partner", "analyst",
        "auditor", "administrator",
    )
)  # fmt: skip
GIVERS = "cranstoun_worker"
OTHERS = " ".join(
    role for role in ROLES if role not in ("cranstoun_worker", "arrest_referral_worker", "cranstoun_manager")
)

APPOINTMENT = profile("""
                    diverted  unknown
    officer         yes       -
    resolution_lead yes       -
    cranstoun_worker yes      -
    *               -         -
""")
BY_EITHER = profile("""
                    diverted  unknown
    officer         do        -
    resolution_lead no        -
    cranstoun_worker do       -
    *               -         -
""")
BY_GIVER = profile("""
                    diverted  unknown
    officer         no        -
    resolution_lead no        -
    cranstoun_worker do       -
    *               -         -
""")
OF_GIVERS = profile("""
                    diverted  unknown
    cranstoun_worker yes      -
    *               -         -
""")
BY_GIVERS = {cell: word.replace("yes", "do") for cell, word in OF_GIVERS.items()}
BY_MANAGER = BY_GIVERS | {(role, "diverted"): "no" for role in ("cranstoun_worker", "arrest_referral_worker")}
# of a referral, which the world has more of
REFERRAL_BY_GIVER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     no      no     -          -         -        no          -
    supervisor      no      no     -          -         -        -           -
    resolution_lead -       -      -          no        -        -           -
    cranstoun_worker -      -      -          do        -        -           -
    *               -       -      -          -         -        -           -
""")
page("booking:diary", Row(only(GIVERS)))
page("booking:diary_week", Row(only(GIVERS)))
ADDRESSES["post", "booking:diary"] = ADDRESSES["post", "booking:diary_week"] = Row(only(GIVERS))
page("booking:appointment", of("appointment", APPOINTMENT))
page("booking:appointment#attended", of("attended", APPOINTMENT))
for verb, whose in {"record": BY_GIVER, "correct": BY_GIVER, "reschedule": BY_EITHER, "cancel": BY_EITHER}.items():
    form(f"booking:appointment_{verb}", of("appointment", whose))
form("booking:write_up", of("attended", BY_GIVER))
form("booking:acknowledge", of("intervention", BY_MANAGER))
for name in ("contact", "book", "complete"):
    form(f"booking:{name}", of("referral", REFERRAL_BY_GIVER))
page("booking:waiting", Row(only(GIVERS)))
page("booking:to_decide", Row(only(GIVERS)))

# from the street

STREET = "officer other_officer facilitator supervisor"
for name in ("slot", "check"):
    form(f"booking:{name}", Row(only(STREET, "-"), {"key": "11111111-1111-4111-8111-111111111111"}))
page("booking:sent", of("referral", APPOINTMENT))
for name in ("leaflet", "leaflet_pdf", "calendar"):
    page(f"booking:{name}", of("appointment", APPOINTMENT))
post("api:divert-list", Row(only(STREET, "do")))

# over the API

page("api:intervention-list", listing("intervention", refusing(OF_GIVERS, OTHERS)))
page("api:intervention-detail", of("intervention", refusing(OF_GIVERS, OTHERS)))
post("api:intervention-list", Row(refusing(of_one(BY_GIVER), OTHERS), sends={"appointment": "@attended"}))
post("api:intervention-acknowledge", of("intervention", refusing(BY_MANAGER, OTHERS)))
page("api:contact-attempt-list", Row(only(GIVERS)))
page("api:contact-attempt-detail", of("attempt", refusing(OF_GIVERS, OTHERS)))
post("api:contact-attempt-list", Row(refusing(of_one(REFERRAL_BY_GIVER), OTHERS), sends={"referral": "@referral"}))
page("api:waiting-list", Row(only(GIVERS)))
page("api:waiting-detail", Row(refusing(dict.fromkeys(OF_GIVERS, "-"), OTHERS), {"pk": "deadline"}))
page("api:board-list", Row(only("cranstoun_manager")))
amended("contact_attempt", "attempt", "contact-attempt", OF_GIVERS, BY_GIVERS, OTHERS)
amended("intervention", "intervention", "intervention", OF_GIVERS, BY_GIVERS, OTHERS)

BOOKERS = "officer other_officer facilitator supervisor cranstoun_worker"
NOT_BOOKERS = " ".join(role for role in ROLES if role not in BOOKERS and role not in AS_ANOTHER)
BOOKS = {cell: word.replace("no", "do") for cell, word in REFERRAL_BY_GIVER.items()}
page("api:slot-list", Row(only(BOOKERS)))
post("api:slot-hold", Row(only(BOOKERS, "do")))
page("api:appointment-list", listing("appointment", refusing(APPOINTMENT, NO_APPOINTMENTS)))
page("api:appointment-detail", of("appointment", refusing(APPOINTMENT, NO_APPOINTMENTS)))
post("api:appointment-list", Row(refusing(of_one(BOOKS), NOT_BOOKERS), sends={"referral": "@referral"}))
for verb, whose in {"record": BY_GIVER, "correct": BY_GIVER, "reschedule": BY_EITHER, "cancel": BY_EITHER}.items():
    post(f"api:appointment-step verb={verb}", of("appointment", refusing(whose, NO_APPOINTMENTS)))

# a manager's

HOURS = profile("""
                    any     unknown
    cranstoun_worker yes    -
    *               -       -
""") | {("arrest_referral_worker", "any"): "no"}  # fmt: skip
TEAM_HOURS = HOURS | {(role, "any"): "no" for role in ("cranstoun_worker", "arrest_referral_worker")}
TEAM_HOURS |= {("cranstoun_manager", "any"): "do"}
ROWS_OF_HOURS = TEAM_HOURS | {("arrest_referral_worker", "any"): "-"}
form("booking:board", Row(only("cranstoun_manager")))
form("booking:hours", of("worker", HOURS))
for name in ("add_hours", "add_leave"):
    form(f"booking:{name}", of("worker", TEAM_HOURS))
for name, kind in {"change_hours": "availability", "end_hours": "availability", "end_leave": "leave"}.items():
    form(f"booking:{name}", of(kind, ROWS_OF_HOURS))

# the back office

BEHIND = "cranstoun_manager"
form("admin:app_list app_label=booking", Row(
    only("cranstoun_manager resolution_lead supervisor") | {("administrator", None): "-"}
))  # fmt: skip
supervised("booking_appointment", "appointment", APPOINTMENT,
           {"record": BY_GIVER, "correct": BY_GIVER, "reschedule": BY_EITHER, "cancel": BY_EITHER},
           staff="supervisor cranstoun_manager resolution_lead")  # fmt: skip
supervised("booking_contactattempt", "attempt", OF_GIVERS, staff=BEHIND)
supervised("booking_intervention", "intervention", OF_GIVERS, staff=BEHIND)
OF_HOURS = HOURS | {("arrest_referral_worker", "any"): "-"}
for model, kind in (("availability", "availability"), ("leave", "leave")):
    supervised(f"booking_{model}", kind, OF_HOURS, staff=BEHIND)
    form(f"admin:booking_{model}_changelist", Row(only(BEHIND)))

# hours over the API

for name in ("availability", "leave"):
    read, write = refusing(OF_HOURS, OTHERS), refusing(ROWS_OF_HOURS, OTHERS)
    page(f"api:{name}-list", Row(only(GIVERS)))
    page(f"api:{name}-detail", of(name, read))
    post(f"api:{name}-list", Row(only("cranstoun_manager", "do")))
    post(f"api:{name}-end", of(name, write))
post("api:availability-change", of("availability", write))
