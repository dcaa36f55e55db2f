"""The access table: who gets what at every address, written down by hand.

Nothing here is computed from the code it tests. A profile is a grid: the records of the world (world.py)
across, the roles down, and in each place one word:

    yes   200; on a list: the record is among the rows
    do    theirs to do, now or at another time: anything but 403, 404 and a fault
    -     404: not theirs to know; on a list: not among the rows
    no    403: not theirs to do

Whoever is not signed in is sent to sign in, and whoever wears no hat to choose one, except at the
addresses that say otherwise. The API answers both with 403.
"""

from typing import NamedTuple

from django.urls import reverse

ROLES = (
    "officer", "other_officer", "facilitator", "supervisor", "resolution_lead", "cranstoun_worker", "cgl_worker",
    "other_treatment", "rehab_provider", "other_provider", "throughcare_partner", "analyst", "auditor", "administrator",
)  # fmt: skip


def profile(text):
    """{(role, record): word} of a grid; * is every role not named in it."""
    (head, *lines), words = [line.split() for line in text.strip().splitlines()], {}
    for role, *line in lines:
        assert role in (*ROLES, "*"), role
        for one in [role] if role != "*" else [r for r in ROLES if (r, head[0]) not in words]:
            assert (one, head[0]) not in words, one
            words |= zip(((one, record) for record in head), line, strict=True)
    return words


def refusing(words, roles, word="no"):
    """The same, but 403 whatever the record to these roles, who may not use the address at all."""
    assert set(roles.split()) <= set(ROLES)
    return {(role, record): word if role in roles.split() else old for (role, record), old in words.items()}


# who sees a person, and their referral

PERSON = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         yes     -      -          yes       yes      -           -
    other_officer   -       -      yes        -         -        -           -
    facilitator     yes     yes    -          -         -        -           -
    supervisor      yes     yes    -          -         -        yes         -
    cranstoun_worker -      -      -          yes       -        -           -
    cgl_worker      yes     -      -          -         -        -           -
    other_treatment -       -      yes        -         -        -           -
    rehab_provider  yes     -      -          -         -        -           -
    other_provider  -       -      yes        -         -        -           -
    *               -       -      -          -         -        -           -
""")

REFERRAL = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         yes     -      -          yes       yes      -           -
    other_officer   -       -      yes        -         -        -           -
    facilitator     yes     yes    -          -         -        -           -
    supervisor      yes     yes    -          -         -        yes         -
    cranstoun_worker -      -      -          yes       -        -           -
    *               -       -      -          -         -        -           -
""")
SENT = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         yes     -      -          yes       -        -           -
    other_officer   -       -      yes        -         -        -           -
    facilitator     yes     yes    -          -         -        -           -
    supervisor      yes     yes    -          -         -        yes         -
    cranstoun_worker -      -      -          yes       -        -           -
    *               -       -      -          -         -        -           -
""")
BY_SENDER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         do      -      -          do        do       -           -
    other_officer   -       -      do         -         -        -           -
    facilitator     no      no     -          -         -        -           -
    supervisor      no      no     -          -         -        no          -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
BY_RECEIVER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     do      do     -          -         -        -           -
    supervisor      do      do     -          -         -        do          -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
BY_RECEIVING_SUPERVISOR = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     no      no     -          -         -        -           -
    supervisor      do      do     -          -         -        do          -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
NO_REFERRALS = "rehab_provider other_provider throughcare_partner analyst auditor administrator"

# who sees a case, and what each may do with it

CASE = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          -           -
    supervisor      yes     yes    -          yes         -
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    *               -       -      -          -           -
""")
OPEN_CASES = profile("""
                    worked  ended  elsewhere  restricted
    facilitator     yes     -      -          -
    supervisor      yes     -      -          yes
    cgl_worker      yes     -      -          -
    other_treatment -       -      yes        -
    *               no      no     no         no
""")
BY_TEAM = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          -           -
    supervisor      do      do     -          do          -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    *               -       -      -          -           -
""")
BY_SUPERVISOR = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          -           -
    supervisor      do      do     -          do          -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    *               -       -      -          -           -
""")
BY_TEAM_AND_TREATMENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          -           -
    supervisor      do      do     -          do          -
    cgl_worker      do      -      -          -           -
    other_treatment -       -      do         -           -
    *               -       -      -          -           -
""")
NO_CASES = (
    "officer other_officer resolution_lead cranstoun_worker rehab_provider other_provider throughcare_partner analyst"
    " auditor administrator"
)

# who sees a stay in rehab, and what each may do with it

PLACEMENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          -           -
    supervisor      yes     yes    -          yes         -
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    rehab_provider  yes     -      -          -           -
    other_provider  -       -      yes        -           -
    *               -       -      -          -           -
""")
BY_TEAM_AND_REHAB = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          -           -
    supervisor      do      do     -          do          -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    rehab_provider  do      -      -          -           -
    other_provider  -       -      do         -           -
    *               -       -      -          -           -
""")
BY_TEAM_NOT_REHAB = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          -           -
    supervisor      do      do     -          do          -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    rehab_provider  no      -      -          -           -
    other_provider  -       -      no         -           -
    *               -       -      -          -           -
""")
NO_PLACEMENTS = (
    "officer other_officer resolution_lead cranstoun_worker throughcare_partner analyst auditor administrator"
)

# what is not about a person


def only(roles, word="yes"):
    """These roles; 403 to all others. Of no record."""
    assert set(roles.split()) <= set(ROLES), roles
    return {(role, None): word if role in roles.split() else "no" for role in ROLES}


EVERYONE = only(" ".join(ROLES))
SENDERS = "officer other_officer facilitator supervisor cranstoun_worker cgl_worker other_treatment"
ADMINISTRATORS = profile("""
                    any     unknown
    administrator   yes     on
    supervisor      no      no
    *               no      no
""")


class Row(NamedTuple):
    """One address: who gets what, what its keys are the keys of, what is sent with a POST."""

    words: dict
    keys: dict = {}
    sends: dict = {}
    is_list: bool = False
    anonymous: str = "sign_in"
    hatless: str = "hats"

    @property
    def records(self):
        """What the address is tried with."""
        return (None,) if self.is_list else tuple(dict.fromkeys(record for _, record in self.words))

    def tried(self, actor, number, whole):
        """The records this actor tries here. Where `whole` is not asked for, one for each word: the next
        address, which has another number, tries another, so that each relation is tried on each kind of row."""
        if actor in ("anonymous", "hatless"):
            return self.records[:1]
        by_word = {}
        for record in self.records:
            by_word.setdefault(self.word(actor, record), []).append(record)
        return self.records if whole else [group[number % len(group)] for group in by_word.values()]

    def word(self, actor, record):
        if actor in ("anonymous", "hatless"):
            return getattr(self, actor)
        if self.is_list:
            return "no" if "no" in {word for (role, _), word in self.words.items() if role == actor} else "yes"
        return self.words[actor, record]

    def listed(self, actor):
        """The records that are to be among the rows."""
        return {record for (role, record), word in self.words.items() if role == actor and word == "yes"}

    def url(self, name, world, record):
        name, _, verb = name.partition(" ")
        keys = {key: world.pk(kind, record) if kind in world.rows else kind for key, kind in self.keys.items()}
        return reverse(name, kwargs=keys | ({"verb": verb} if verb else {}))

    def data(self, world, record):
        return self.sends


def of(kind, words, **more):
    return Row(words, {"pk": kind}, **more)


def listing(kind, words, **more):
    return Row(words, {}, is_list=True, **more)


ADDRESSES = {}


def page(name, row):
    """A page that only shows."""
    ADDRESSES["get", name] = row


def form(name, row):
    """A page that asks, and takes what was answered."""
    ADDRESSES["get", name] = ADDRESSES["post", name] = row


def post(name, row):
    ADDRESSES["post", name] = row


# everyone's

page("sign_in", Row(EVERYONE | {(role, None): "on" for role in ROLES}, anonymous="yes", hatless="on"))
post("sign_in", Row({(role, None): "on" for role in ROLES}, anonymous="do", hatless="on"))
post("sign_out", Row({(role, None): "on" for role in ROLES}, anonymous="on", hatless="on"))
page("hats", Row(EVERYONE, hatless="yes"))
post("wear_hat", Row(only(" ".join(ROLES), "do"), hatless="do"))
page("home", Row(EVERYONE))
page("roles", Row(only("auditor administrator")))
page("api:schema", Row(EVERYONE))

# the record

page("audit:list", Row(only("auditor")))
page("audit:export", Row(only("auditor")))
EVENT = profile("""
                    any     unknown
    auditor         yes     -
    *               no      no
""")
page("audit:event", of("event", EVENT))
page("api:audit-event-list", Row(only("auditor")))
page("api:audit-event-detail", of("event", EVENT))

# referrals

page("referrals:list", listing("referral", refusing(REFERRAL, NO_REFERRALS)))
page("referrals:detail", of("referral", REFERRAL))
page("referrals:sent", of("referral", SENT))
form("referrals:new", Row(only(SENDERS, "do")))
for name in ("who", "match", "why", "check"):
    # of one's own session alone; the world has no journey begun
    form(f"referrals:{name}", Row(only(SENDERS, "-"), {"key": "nothing"}))
for verb, whose in {
    "submit": BY_SENDER, "revise": BY_SENDER, "withdraw": BY_SENDER, "return": BY_RECEIVER, "accept": BY_RECEIVER,
    "decline": BY_RECEIVER, "redirect": BY_RECEIVER, "disengage": BY_RECEIVER, "close": BY_RECEIVER,
    "reopen": BY_RECEIVING_SUPERVISOR,
}.items():  # fmt: skip
    form(f"referrals:{verb}", of("referral", whose))
    post(f"api:referral-step {verb}", of("referral", refusing(whose, NO_REFERRALS)))
page("api:referral-list", listing("referral", refusing(REFERRAL, NO_REFERRALS)))
post("api:referral-list", Row(only(SENDERS, "do")))
page("api:referral-detail", of("referral", refusing(REFERRAL, NO_REFERRALS)))

# cases

for name in ("caseload", "team_caseload"):
    page(f"rehab:{name}", listing("case", OPEN_CASES))
    page(f"rehab:{name}_csv", listing("case", OPEN_CASES))
page("rehab:to_assess", Row(only("facilitator supervisor")))
form("rehab:begin", of("referral", refusing(BY_RECEIVER, "", "no")))
for name in ("case", "case_timeline", "case_assessment", "case_rehab", "case_throughcare", "case_notes"):
    page(f"rehab:{name}", of("case", CASE))
page("rehab:case_sharing", of("case", CASE | {("cgl_worker", "worked"): "no", ("other_treatment", "elsewhere"): "no"}))
form("rehab:assess", of("case", BY_TEAM_AND_TREATMENT))
CASE_STEPS = {
    "bring_in": BY_TEAM, "refer_on": BY_TEAM, "turn_down": BY_TEAM, "stand_down": BY_TEAM, "start_detox": BY_TEAM,
    "plan": BY_TEAM, "rate": BY_TEAM, "share": BY_TEAM, "close": BY_TEAM, "allocate": BY_SUPERVISOR,
    "reopen": BY_SUPERVISOR,
}  # fmt: skip
for verb, whose in CASE_STEPS.items():
    form(f"rehab:case_{verb}", of("case", whose))

# the back office: for administrators their tables, for supervisors the casework, for both no more than that

BACKOFFICE = "supervisor administrator"
page("admin:index", Row(only(BACKOFFICE)))
page("admin:login", Row({(role, None): "on" for role in ROLES}, anonymous="on", hatless="on"))
post("admin:logout", Row({(role, None): "on" for role in ROLES}, anonymous="on", hatless="on"))
page("admin:jsi18n", Row(only(BACKOFFICE)))
page("admin:app_list", Row(only(BACKOFFICE), {"app_label": "partners"}))

# addresses of the stock admin that say nothing of any row: the way from an old address to the new, and the 404
NOT_OURS = {}


# what each role is cleared to read

CATEGORIES = {
    "officer": "identity case",
    "facilitator": "identity case general police",
    "supervisor": "identity case general police",
    "resolution_lead": "identity case police",
    "cranstoun_worker": "identity case general health safeguarding",
    "cgl_worker": "identity case general health safeguarding",
    "rehab_provider": "identity case general health",
    "throughcare_partner": "identity",
    "analyst": "",
    "auditor": "",
    "administrator": "",
}
AS = {"other_officer": "officer", "other_treatment": "cgl_worker", "other_provider": "rehab_provider"}
AGENCY = {
    "officer": "wmp", "other_officer": "wmp", "facilitator": "wmp", "supervisor": "wmp",
    "cranstoun_worker": "cranstoun", "cgl_worker": "cgl", "other_treatment": "harbour", "rehab_provider": "rehab",
    "other_provider": "meadowbank",
}  # fmt: skip
# of each record, the matters they have part in
PART = {
    "officer": {"worked": "person referral", "diverted": "person referral", "drafted": "person referral"},
    "other_officer": {"elsewhere": "person referral"},
    "facilitator": dict.fromkeys(["worked", "ended"], "person referral case placement team"),
    "supervisor": dict.fromkeys(["worked", "ended", "restricted"], "person referral case placement team"),
    "cranstoun_worker": {"diverted": "person referral"},
    "cgl_worker": {"worked": "person case placement team"},
    "other_treatment": {"elsewhere": "person case placement team"},
    "rehab_provider": {"worked": "person placement team"},
    "other_provider": {"elsewhere": "person placement team"},
}
# where someone who may refer is told the names of people they have no part in, unless those are restricted
FINDING = {}
MAY_FIND = "officer other_officer facilitator supervisor"


def may_read(actor, canary, address):
    """Whether this text may reach this actor."""
    if address in FINDING and actor in MAY_FIND.split() and canary.matter == "name" and canary.record != "restricted":
        return True
    if actor == "auditor":
        return canary.category == "reason" and address.startswith(("audit:", "api:audit"))
    part = PART.get(actor, {}).get(canary.record, "").split()
    matter = "person" if canary.matter == "name" else canary.matter
    if matter not in part or (matter == "team" and canary.agency != AGENCY[actor]):
        return False
    category = "case" if canary.category == "reason" else canary.category
    if category == "health" and actor in ("facilitator", "supervisor"):
        return canary.agency == "wmp"  # nobody in this world consented to more
    return category in CATEGORIES[AS.get(actor, actor)].split()
