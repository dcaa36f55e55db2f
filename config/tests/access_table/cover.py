"""Addresses of cover, and of giving people to another of the team.

The world's covers are of a supervisor of our team, and of a manager of the agency that treats.
"""

from config.tests.access_table.grid import Row, form, listing, of, only, page, post, profile

OURS = profile("""
                      any  unknown
    facilitator       yes  -
    supervisor        yes  -
    cranstoun_worker  -    -
    *                 no   no
""")
THEIRS = profile("""
                      any  unknown
    facilitator       -    -
    supervisor        -    -
    cranstoun_worker  yes  -
    *                 no   no
""")
ARRANGES_OURS = OURS | {("facilitator", "any"): "no", ("supervisor", "any"): "do"}
ARRANGES_THEIRS = THEIRS | {
    ("cranstoun_worker", "any"): "no", ("arrest_referral_worker", "any"): "no", ("cranstoun_manager", "any"): "do",
}  # fmt: skip
TEAMS, ARRANGERS = "facilitator supervisor cranstoun_worker", "supervisor cranstoun_manager"


def to_know(words):
    """On a page: 404 to whoever has no part in cover."""
    return {(role, record): {"no": "-"}.get(word, word) if (role, "any") in NONE else word
            for (role, record), word in words.items()}  # fmt: skip


NONE = {cell for cell in OURS if OURS[cell] == THEIRS[cell] == "no"}

page("cover:list", Row(only(TEAMS)))
form("cover:add", Row(only(ARRANGERS, "do")))
page("api:cover-list", Row(only(TEAMS)))
post("api:cover-list", Row(only(ARRANGERS, "do")))
for which, reads, arranges in (("cover", OURS, ARRANGES_OURS), ("treatment_cover", THEIRS, ARRANGES_THEIRS)):
    page(f"cover:cover#{which}", of(which, to_know(reads)))
    page(f"api:cover-detail#{which}", of(which, reads))
    for verb in ("end", "cancel"):
        form(f"cover:{verb}#{which}", of(which, to_know(arranges)))
        post(f"api:cover-step verb={verb}#{which}", of(which, arranges))
ADMIN = "admin:referrals_cover"
IN_BACK_OFFICE = {"supervisor", "cranstoun_manager", "administrator", "resolution_lead"}
SHOWN = {(role, record): "on" if role in ARRANGERS.split() else "no" for role, record in OURS}
form(f"{ADMIN}_changelist", Row(only(ARRANGERS)))
form(f"{ADMIN}_add", Row(only("")))
page(f"{ADMIN}_change", Row(SHOWN | {("supervisor", "any"): "yes"}, {"object_id": "cover"}))
post(f"{ADMIN}_change", Row(dict.fromkeys(SHOWN, "no"), {"object_id": "cover"}))
for verb in ("end", "cancel"):
    words = to_know(ARRANGES_OURS)
    words |= {(role, record): "no" for role, record in words if role not in IN_BACK_OFFICE}
    form(f"{ADMIN}_{verb}", of("cover", words))

ALLOCATED = profile("""
                      worked  ended  elsewhere  diverted  drafted  restricted  unknown
    supervisor        yes     -      -          -         -        -           -
    cranstoun_manager no      no     no         no        no       no          no
    cranstoun_worker  no      no     no         no        no       no          no
    *                 no      no     no         no        no       no          no
""")
GIVEN = profile("""
                      worked  ended  elsewhere  diverted  drafted  restricted  unknown
    cranstoun_manager -       -      -          yes       -        -           -
    cranstoun_worker  no      no     no         no        no       no          no
    *                 no      no     no         no        no       no          no
""")
for room, plural, words, one in (
    ("rehab", "case-to-allocate", ALLOCATED, "supervisor"),
    ("booking", "referral-to-allocate", GIVEN, "cranstoun_manager"),
):
    form(f"{room}:to_allocate", Row(only(one, "do")))
    page(f"api:{plural}-list", listing("referral", words))
    post(f"api:{plural}-list", Row(only(one, "do")))
    page(f"api:{plural}-detail", of("referral", words))
