"""The access table: who gets what at every address, written down by hand.

Nothing here is computed from the code it tests. A profile says, for each role and each record of the
world (world.py), in one word:

    yes   seen; or theirs to do
    -     404: not theirs to know
    no    403: not theirs to do
"""

ROLES = (
    "officer", "other_officer", "facilitator", "supervisor", "resolution_lead", "cranstoun_worker", "cgl_worker",
    "other_treatment", "rehab_provider", "other_provider", "throughcare_partner", "analyst", "auditor", "administrator",
)  # fmt: skip


def profile(text):
    """{(role, record): word} of a grid: the records in its first line, a line for each role, * for all others."""
    head, *lines = [line.split() for line in text.strip().splitlines()]
    words, rest = {}, None
    for roles, *line in lines:
        if roles == "*":
            rest = line
            continue
        for role in roles.split(","):
            assert role in ROLES and (role, head[0]) not in words, role
            words |= zip(((role, record) for record in head), line, strict=True)
    for role in ROLES:
        if (role, head[0]) not in words:
            words |= zip(((role, record) for record in head), rest, strict=True)
    return words
