"""Addresses of retention: who reviews the records of whom. An overseer reads all of them, by reference."""

from config.tests.access_table.grid import ROLES, Row, form, listing, of, only, page, post, profile, supervised

KEPT = profile("""
                      worked  ended  elsewhere  diverted  drafted  restricted  unknown
    supervisor        yes     yes    -          -         -        -           -
    cranstoun_manager -       -      -          yes       -        -           -
    auditor           yes     yes    yes        yes       yes      -           -
    *                 -       -      -          -         -        -           -
""")
REVIEWERS = "supervisor cranstoun_manager"
NO_REVIEW = " ".join(role for role in ROLES if role not in ("supervisor", "auditor", "cranstoun_manager"))
DECIDED = {
    (role, record): {"yes": "do" if role in REVIEWERS.split() else "no"}.get(word, word)
    for (role, record), word in KEPT.items()
}
LIFTED = DECIDED | {("cranstoun_manager", "diverted"): "no"}  # the police placed it, and work with them still
OF_ANOTHER = {cell: {"do": "no"}.get(word, word) for cell, word in DECIDED.items()}


def to_api(words):
    """The same, and 403 for whoever has no part in it."""
    return {cell: "no" if cell[0] in NO_REVIEW.split() else word for cell, word in words.items()}


page("retention:list", listing("schedule", to_api(KEPT), asks={"due": "any"}))
page("retention:schedule", of("schedule", KEPT))
page("retention:decisions", listing("decision", to_api(KEPT)))
page("retention:decision", of("decision", KEPT))
page("api:schedule-list", listing("schedule", to_api(KEPT)))
page("api:schedule-detail", of("schedule", to_api(KEPT)))
page("api:decision-list", listing("decision", to_api(KEPT)))
page("api:decision-detail", of("decision", to_api(KEPT)))
page("api:hold-list", listing("hold", to_api(KEPT)))
page("api:hold-detail", of("hold", to_api(KEPT)))
for act in ("keep", "dispose", "choose", "hold"):
    form(f"retention:{act}", of("schedule", DECIDED))
    post(f"api:schedule-act verb={act}", of("schedule", to_api(DECIDED)))
STEPS = {"confirm": DECIDED, "refuse": DECIDED, "take_back": OF_ANOTHER}
for verb, whose in STEPS.items():
    form(f"retention:decision_{verb}", of("decision", whose))
    post(f"api:decision-step verb={verb}", of("decision", to_api(whose)))
form("retention:hold_lift", of("hold", LIFTED))
post("api:hold-step", Row(to_api(LIFTED), {"pk": "hold", "verb": "lift"}))
form("admin:app_list app_label=retention", Row(
    only("supervisor cranstoun_manager") | dict.fromkeys([("administrator", None), ("resolution_lead", None)], "-")
))  # fmt: skip
supervised("retention_schedule", "schedule", KEPT, staff=REVIEWERS)
supervised("retention_decision", "decision", KEPT, STEPS, staff=REVIEWERS)
supervised("retention_hold", "hold", KEPT, {"lift": LIFTED}, staff=REVIEWERS)
