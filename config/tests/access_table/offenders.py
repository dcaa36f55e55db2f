"""Addresses of people: who sees them, who changes them, their notes, emergencies, restriction and merges."""

from config.tests.access_table.grid import (
    ROLES,
    SENDERS,
    Row,
    amended,
    form,
    in_emergency,
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

# who sees a person, and what each may do

PERSON = in_emergency(
    profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         yes     -      -          yes       yes      -           -
    other_officer   -       -      yes        -         -        -           -
    facilitator     yes     yes    -          -         -        yes         -
    supervisor      yes     yes    -          -         -        -           -
    resolution_lead -       -      -          yes       -        -           -
    cranstoun_worker -      -      -          yes       -        -           -
    cgl_worker      yes     -      -          -         -        -           -
    other_treatment -       -      yes        -         -        -           -
    rehab_provider  yes     -      -          -         -        -           -
    other_provider  -       -      yes        -         -        -           -
    *               -       -      -          -         -        -           -
""")
)

EDIT_PERSON = in_emergency(
    profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         do      -      -          do        do       -           -
    other_officer   -       -      do         -         -        -           -
    facilitator     do      do     -          -         -        do          -
    supervisor      do      do     -          -         -        -           -
    resolution_lead -       -      -          no        -        -           -
    cranstoun_worker -      -      -          do        -        -           -
    cgl_worker      do      -      -          -         -        -           -
    other_treatment -       -      do         -         -        -           -
    rehab_provider  no      -      -          -         -        -           -
    other_provider  -       -      no         -         -        -           -
    *               -       -      -          -         -        -           -
""")
)
ADD_FACT = in_emergency(
    profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     do      do     -          -         -        do          -
    supervisor      do      do     -          -         -        -           -
    resolution_lead -       -      -          no        -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    cgl_worker      no      -      -          -         -        -           -
    other_treatment -       -      no         -         -        -           -
    rehab_provider  no      -      -          -         -        -           -
    other_provider  -       -      no         -         -        -           -
    *               -       -      -          -         -        -           -
""")
)
ADD_CONSENT = ADD_FACT | {("cgl_worker", record): "do" for record in ("worked", "consented", "withdrawn", "merged")}
ADD_CONSENT |= {("other_treatment", record): "do" for record in ("elsewhere", "opened")}
# an answer that names a treatment agency, whose worker recorded it
WITHDRAW_CONSENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      do      -      -          -           -
    other_treatment -       -      do         -           -
    *               -       -      -          -           -
""")
READ_CONSENT = in_emergency({cell: word.replace("do", "yes") for cell, word in WITHDRAW_CONSENT.items()})
WITHDRAW_CONSENT = in_emergency(WITHDRAW_CONSENT)
NO_CONSENT = "officer other_officer resolution_lead throughcare_partner analyst auditor administrator"
NO_CONSENT_TO_ADD = f"{NO_CONSENT} cranstoun_worker rehab_provider other_provider"
RESTRICT = ADD_FACT | {cell: "no" for cell, word in ADD_FACT.items() if cell[0] == "facilitator" and word == "do"}
ACCOUNT = {cell: word.replace("do", "yes") for cell, word in ADD_FACT.items()}
PROPOSED = profile("""
                    worked  elsewhere  unknown
    supervisor      yes     -          -
    *               -       -          -
""")
DECIDE = {("supervisor", "worked"): "do"}
EMERGENCY = profile("""
                    worked  elsewhere  restricted  unknown
    supervisor      yes     -          -           -
    *               -       -          -           -
""")
CLOSE, REVIEW = ({("supervisor", "worked"): word} for word in ("no", "do"))
WRITE_NOTE = in_emergency(
    profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     do      do     -          -         -        do          -
    supervisor      do      do     -          -         -        -           -
    resolution_lead -       -      -          no        -        -           -
    cranstoun_worker -      -      -          do        -        -           -
    cgl_worker      do      -      -          -         -        -           -
    other_treatment -       -      do         -         -        -           -
    rehab_provider  do      -      -          -         -        -           -
    other_provider  -       -      do         -         -        -           -
    *               -       -      -          -         -        -           -
"""),
    may="do",
)

NO_PEOPLE = "throughcare_partner analyst auditor administrator"

# messages that were not delivered: of the sender's and the team's referrals

UNDELIVERED = profile("""
                    worked  elsewhere  diverted  restricted  unknown
    officer         yes     -          yes       -           -
    other_officer   -       yes        -         -           -
    facilitator     yes     -          -         yes         -
    supervisor      yes     -          -         -           -
    cranstoun_worker -      -          yes       -           -
    cgl_worker      -       -          -         -           -
    other_treatment -       -          -         -           -
    *               no      no         no        no          no
""")
SEE_TO = {cell: word.replace("yes", "do") for cell, word in UNDELIVERED.items()}
page("offenders:undelivered", listing("notice", UNDELIVERED))
form("offenders:see_to_notice", of("notice", SEE_TO))
page("api:undelivered-list", Row(only(SENDERS)))
page("api:undelivered-detail", of("notice", UNDELIVERED))
post("api:undelivered-see-to", of("notice", SEE_TO, sends={"reason": "Rang them"}))

# who reads a note

ON_THE_CASE = in_emergency(
    profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    *               -       -      -          -           -
""")
)
TEAMS_OWN = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    *               -       -      -          -           -
""")
TREATMENTS_OWN = profile("""
                    worked  ended  elsewhere  restricted  unknown
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    *               -       -      -          -           -
""")
OF_THE_STAY = profile("""
                    worked  ended  elsewhere  restricted  unknown
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    rehab_provider  yes     -      -          -           -
    other_provider  -       -      yes        -           -
    *               -       -      -          -           -
""")
CONSENTED = {("facilitator", "consented"): "yes", ("supervisor", "consented"): "yes"}
NOTES = {
    "note": ON_THE_CASE, "own_note": TEAMS_OWN, "police_note": in_emergency(TEAMS_OWN),
    "health_note": TREATMENTS_OWN | CONSENTED, "safeguarding_note": TREATMENTS_OWN, "treatment_note": TREATMENTS_OWN,
    "stay_note": OF_THE_STAY | CONSENTED,
}  # fmt: skip
AMEND_NOTE = in_emergency(
    profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    *               -       -      -          -           -
""")
)
AMEND_TREATMENT_NOTE = profile("""
                    worked  ended  elsewhere  restricted  unknown
    cgl_worker      do      -      -          -           -
    other_treatment -       -      do         -           -
    *               -       -      -          -           -
""")
ENTRY = in_emergency(
    profile("""
                    worked  ended  elsewhere  restricted  unknown
    officer         yes     -      -          -           -
    other_officer   -       -      yes        -           -
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    *               -       -      -          -           -
""")
)
NO_NOTES = "officer other_officer resolution_lead throughcare_partner analyst auditor administrator"

# people

SEARCHERS = f"{SENDERS} resolution_lead rehab_provider other_provider"
page("offenders:search", Row(only(SEARCHERS)))
post("offenders:search", Row(only(SEARCHERS, "do"), sends={"q": "cnry"}))
post("api:offender-search", Row(only(SEARCHERS, "do"), sends={"q": "cnry"}))
page("api:offender-list", Row(only(SEARCHERS, "none")))
for name in ("detail", "timeline", "sharing"):
    page(f"offenders:{name}", of("offender", PERSON))
page("api:offender-detail", of("offender", refusing(PERSON, NO_PEOPLE)))
post("offenders:timeline", of("offender", WRITE_NOTE))
for fact in ("alias", "identifier", "address", "marker"):
    form(f"offenders:add_fact fact={fact}", of("offender", ADD_FACT))
form("offenders:record_consent", of("offender", ADD_CONSENT))
form("offenders:withdraw_consent", Row(WITHDRAW_CONSENT, {"pk": "offender", "consent": "consent"}))
page("api:consent-list", Row(refusing(of_one(PERSON), NO_CONSENT), asks={"offender": "@offender"}))
# who is opened in an emergency is none of those of whom an answer may be recorded
OF_WHOM = of_one(ADD_CONSENT) | {(role, "opened"): "bad" for role in ("facilitator", "supervisor")}
post("api:consent-list", Row(refusing(OF_WHOM, NO_CONSENT_TO_ADD), sends={"offender": "@offender"}))
page("api:consent-detail", of("consent", refusing(READ_CONSENT, NO_CONSENT)))
post("api:consent-withdraw", of("consent", refusing(WITHDRAW_CONSENT, NO_CONSENT)))
form("offenders:restrict", of("offender", RESTRICT))
form("offenders:unrestrict", of("offender", RESTRICT))
page("offenders:account", of("offender", ACCOUNT))
post("offenders:print_account", of("offender", ADD_FACT))
page("api:account-detail", of("offender", ACCOUNT))
# in the world the supervisor's team has one proposal, of another supervisor's
NO_RESTRICTING = " ".join(role for role in ROLES if role != "supervisor")
for verb in ("agree", "refuse"):
    form(f"offenders:restriction_{verb}", of("restriction", PROPOSED | DECIDE))
    post(f"api:restriction-step verb={verb}", of("restriction", refusing(PROPOSED | DECIDE, NO_RESTRICTING)))
page("api:restriction-list", listing("restriction", refusing(PROPOSED, NO_RESTRICTING)))
post("api:restriction-list", Row(only("supervisor", "do"), sends={"what": "restrict"}))
page("api:restriction-detail", of("restriction", refusing(PROPOSED, NO_RESTRICTING)))

# what others opened in an emergency: of one's own agency, about nobody who is restricted, without a name

IN_EMERGENCIES = "facilitator supervisor custody_officer"
NOT_IN_EMERGENCIES = " ".join(role for role in ROLES if role not in IN_EMERGENCIES.split())


def to_openers(words):
    """403 but to who may open someone; among them the custody officer, whom the officers are otherwise like."""
    theirs = {cell: word for cell, word in words.items() if cell[0] == "custody_officer"}
    return refusing(words, NOT_IN_EMERGENCIES) | theirs


page(
    "offenders:emergencies",
    listing("emergency", refusing(EMERGENCY, " ".join(role for role in ROLES if role != "supervisor"))),
)
page("offenders:emergency", of("emergency", EMERGENCY))
form("offenders:open_emergency", Row(only(IN_EMERGENCIES, "on")))
for verb, whose in {"close": CLOSE, "review": REVIEW}.items():
    form(f"offenders:emergency_{verb}", of("emergency", EMERGENCY | whose))
    post(f"api:emergency-step verb={verb}", of("emergency", to_openers(EMERGENCY | whose)))
page("api:emergency-list", listing("emergency", to_openers(EMERGENCY)))
post("api:emergency-list", Row(only(IN_EMERGENCIES, "do")))
page("api:emergency-detail", of("emergency", to_openers(EMERGENCY)))
# likely pairs, of whoever sees both; and merges

PAIR = in_emergency(
    profile("""
                    worked  ended  elsewhere  restricted  unknown
    supervisor      yes     yes    -          -           -
    *               -       -      -          -           -
""")
)
DECIDE_PAIR = in_emergency(
    profile("""
                    worked  ended  elsewhere  restricted  unknown
    supervisor      do      do     -          -           -
    *               -       -      -          -           -
""")
)
MERGE = profile("""
                    any     unknown
    supervisor      yes     -
    *               -       -
""")
DECIDE_MERGE = profile("""
                    any     unknown
    supervisor      do      -
    *               -       -
""")
NO_MERGING = " ".join(role for role in ROLES if role != "supervisor")
page("offenders:pairs", listing("pair", refusing(PAIR, NO_MERGING)))
page("offenders:compare", Row(only("supervisor")))
post("offenders:compare", Row(only("supervisor", "do")))
page("offenders:pair", of("pair", PAIR))
post("offenders:pair", of("pair", DECIDE_PAIR))
form("offenders:different", of("pair", refusing(DECIDE_PAIR, NO_MERGING)))
page("api:pair-list", listing("pair", refusing(PAIR, NO_MERGING)))
post("api:pair-list", Row(only("supervisor", "do")))
page("api:pair-detail", of("pair", refusing(PAIR, NO_MERGING)))
for verb in ("merge", "different"):
    post(f"api:pair-{verb}", of("pair", refusing(DECIDE_PAIR, NO_MERGING)))
page("offenders:merges", Row(only("supervisor")))
page("offenders:merge", of("merge", MERGE))
for verb in ("review_merge", "unmerge"):
    form(f"offenders:{verb}", of("merge", refusing(DECIDE_MERGE, NO_MERGING)))
page("api:merge-list", Row(only("supervisor")))
page("api:merge-detail", of("merge", refusing(MERGE, NO_MERGING)))
for verb in ("review", "unmerge"):
    post(f"api:merge-{verb}", of("merge", refusing(DECIDE_MERGE, NO_MERGING)))

# notes: each kind by its category, its matters, and who wrote it

for kind, readers in NOTES.items():
    page(f"offenders:note#{kind}", of(kind, readers))
    page(f"api:note-detail#{kind}", of(kind, refusing(readers, NO_NOTES)))
page("api:note-list", Row(refusing(of_one(PERSON), NO_NOTES), asks={"offender": "@offender"}))
post("api:note-list", Row(refusing(of_one(WRITE_NOTE), NO_NOTES), sends={"offender": "@offender"}))
page("api:entry-list", Row(refusing(of_one(PERSON), NO_PEOPLE), asks={"offender": "@offender"}))
page("api:entry-detail", of("entry", refusing(ENTRY, NO_PEOPLE)))

# amending: who sees a record reads its history, and may be refused to amend it

AMEND_CONSENT = WITHDRAW_CONSENT | {(who, record): "no" for (who, record), word in WITHDRAW_CONSENT.items()
                                    if word == "do" and who in ("facilitator", "supervisor")}  # fmt: skip

amended("person", "offender", "offender", PERSON, EDIT_PERSON, NO_PEOPLE)
amended("note", "note", "note", NOTES["note"], AMEND_NOTE, NO_NOTES)
amended("note", "treatment_note", "note", NOTES["treatment_note"], AMEND_TREATMENT_NOTE, NO_NOTES)
for fact in ("alias", "identifier", "address", "marker"):
    amended(fact, fact, fact, PERSON, ADD_FACT, NO_PEOPLE)
    page(f"api:{fact}-list", Row(only(SEARCHERS, "none")))
    page(f"api:{fact}-detail", of(fact, refusing(PERSON, NO_PEOPLE)))
amended("consent", "consent", "consent", READ_CONSENT, AMEND_CONSENT, NO_CONSENT)

supervised("offenders_offender", "offender", PERSON, staff="supervisor cranstoun_manager resolution_lead")
supervised("offenders_restriction", "restriction", PROPOSED, dict.fromkeys(("agree", "refuse"), PROPOSED | DECIDE))
supervised(
    "offenders_emergencyaccess", "emergency", EMERGENCY, {"close": EMERGENCY | CLOSE, "review": EMERGENCY | REVIEW}
)
supervised("offenders_likelypair", "pair", PAIR)
supervised("offenders_merge", "merge", MERGE)
form("admin:offenders_merge_changelist", Row(only("supervisor")))
