"""The access table: who gets what at every address, written down by hand.

Nothing here is computed from the code it tests. A profile is a grid: the records of the world (world.py)
across, the roles down, and in each place one word:

    yes   200; on a list: the record is among the rows
    do    theirs to do, now or at another time: anything but 403, 404 and a fault
    -     404: not theirs to know; on a list: not among the rows
    no    403: not theirs to do
    bad   400: the row it names is none they know of
    on    302: taken elsewhere
    none  405: there is no such thing to do here

Whoever is not signed in is sent to sign in, and whoever wears no hat to choose one, except at the
addresses that say otherwise. The API answers both with 403.
"""

from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

ROLES = (
    "officer", "other_officer", "facilitator", "supervisor", "resolution_lead", "cranstoun_worker", "cgl_worker",
    "other_treatment", "rehab_provider", "other_provider", "throughcare_partner", "analyst", "auditor", "administrator",
    "custody_officer", "arrest_referral_worker", "cranstoun_manager",
)  # fmt: skip
# of the same unit or agency as another, with the same permissions: a grid that has no line for them has that one's,
# and they take turns with it
AS_ANOTHER = {
    "custody_officer": "other_officer",
    "arrest_referral_worker": "cranstoun_worker",
    "cranstoun_manager": "cranstoun_worker",
}


# Relations that differ from another in few places: as which record they are, and for whom as which other. A grid
# that has no column for one of them has this; what it gives them besides is said beside it.
AS_WORKED = {
    "consented": {},
    "withdrawn": {},
    "lapsed": dict.fromkeys(["cgl_worker", "rehab_provider"], "ended"),
}


def profile(text):
    """{(role, record): word} of a grid; * is every role not named in it."""
    (head, *lines), words = [line.split() for line in text.strip().splitlines()], {}
    for role, *line in lines:
        assert role in (*ROLES, "*"), role
        for one in [role] if role != "*" else [r for r in ROLES if (r, head[0]) not in words and r not in AS_ANOTHER]:
            assert (one, head[0]) not in words, one
            words |= zip(((one, record) for record in head), line, strict=True)
    for role, other in AS_ANOTHER.items():
        words = {(role, record): words[other, record] for record in head} | words
    for record, otherwise in AS_WORKED.items() if {"worked", "ended"} <= set(head) else ():
        words |= {(role, record): words[role, otherwise.get(role, "worked")] for role in ROLES}
    return words


def refusing(words, roles, word="no"):
    """The same, but 403 whatever the record to these roles, who may not use the address at all."""
    assert set(roles.split()) <= set(ROLES)
    return {(role, record): word if is_of(role, roles) else old for (role, record), old in words.items()}


def is_of(role, roles):
    """Whether this is one of those roles, or as one of them."""
    return not {role, AS_ANOTHER.get(role)}.isdisjoint(roles.split())


# who sees a person, and their referral

PERSON = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         yes     -      -          yes       yes      -           -
    other_officer   -       -      yes        -         -        -           -
    facilitator     yes     yes    -          -         -        yes         -
    supervisor      yes     yes    -          -         -        -           -
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
    facilitator     yes     yes    -          -         -        yes         -
    supervisor      yes     yes    -          -         -        -           -
    cranstoun_worker -      -      -          yes       -        -           -
    *               -       -      -          -         -        -           -
""")
SENT = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         yes     -      -          yes       -        -           -
    other_officer   -       -      yes        -         -        -           -
    facilitator     yes     yes    -          -         -        yes         -
    supervisor      yes     yes    -          -         -        -           -
    cranstoun_worker -      -      -          yes       -        -           -
    *               -       -      -          -         -        -           -
""")
BY_SENDER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         do      -      -          do        do       -           -
    other_officer   -       -      do         -         -        -           -
    facilitator     no      no     -          -         -        no          -
    supervisor      no      no     -          -         -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
BY_RECEIVER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     do      do     -          -         -        do          -
    supervisor      do      do     -          -         -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
BY_RECEIVING_SUPERVISOR = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     no      no     -          -         -        no          -
    supervisor      do      do     -          -         -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
NO_REFERRALS = "rehab_provider other_provider throughcare_partner analyst auditor administrator"

# more that is done with a person

EDIT_PERSON = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         do      -      -          do        do       -           -
    other_officer   -       -      do         -         -        -           -
    facilitator     do      do     -          -         -        do          -
    supervisor      do      do     -          -         -        -           -
    cranstoun_worker -      -      -          do        -        -           -
    cgl_worker      do      -      -          -         -        -           -
    other_treatment -       -      do         -         -        -           -
    rehab_provider  no      -      -          -         -        -           -
    other_provider  -       -      no         -         -        -           -
    *               -       -      -          -         -        -           -
""")
ADD_FACT = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     do      do     -          -         -        do          -
    supervisor      do      do     -          -         -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    cgl_worker      no      -      -          -         -        -           -
    other_treatment -       -      no         -         -        -           -
    rehab_provider  no      -      -          -         -        -           -
    other_provider  -       -      no         -         -        -           -
    *               -       -      -          -         -        -           -
""")
ADD_CONSENT = ADD_FACT | {("cgl_worker", record): "do" for record in ("worked", "consented", "withdrawn")}
ADD_CONSENT |= {("other_treatment", "elsewhere"): "do"}
# an answer that names a treatment agency, whose worker recorded it
WITHDRAW_CONSENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      do      -      -          -           -
    other_treatment -       -      do         -           -
    *               -       -      -          -           -
""")
READ_CONSENT = {cell: word.replace("do", "yes") for cell, word in WITHDRAW_CONSENT.items()}
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
WRITE_NOTE = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          no        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     do      do     -          -         -        do          -
    supervisor      do      do     -          -         -        -           -
    cranstoun_worker -      -      -          do        -        -           -
    cgl_worker      do      -      -          -         -        -           -
    other_treatment -       -      do         -         -        -           -
    rehab_provider  do      -      -          -         -        -           -
    other_provider  -       -      do         -         -        -           -
    *               -       -      -          -         -        -           -
""")
REFER = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         on      on     on         on        on       -           -
    other_officer   on      on     on         on        on       -           -
    facilitator     on      on     on         on        on       on          -
    supervisor      on      on     on         on        on       -           -
    cranstoun_worker -      -      -          on        -        -           -
    cgl_worker      on      -      -          -         -        -           -
    other_treatment -       -      on         -         -        -           -
    *               no      no     no         no        no       no          no
""")
NO_PEOPLE = "throughcare_partner analyst auditor administrator"

# who reads a note

ON_THE_CASE = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    *               -       -      -          -           -
""")
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
    "note": ON_THE_CASE, "own_note": TEAMS_OWN, "police_note": TEAMS_OWN, "health_note": TREATMENTS_OWN | CONSENTED,
    "safeguarding_note": TREATMENTS_OWN, "treatment_note": TREATMENTS_OWN, "stay_note": OF_THE_STAY | CONSENTED,
}  # fmt: skip
AMEND_NOTE = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    *               -       -      -          -           -
""")
AMEND_TREATMENT_NOTE = profile("""
                    worked  ended  elsewhere  restricted  unknown
    cgl_worker      do      -      -          -           -
    other_treatment -       -      do         -           -
    *               -       -      -          -           -
""")
ENTRY = profile("""
                    worked  ended  elsewhere  restricted  unknown
    officer         yes     -      -          -           -
    other_officer   -       -      yes        -           -
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    *               -       -      -          -           -
""")
NO_NOTES = "officer other_officer resolution_lead throughcare_partner analyst auditor administrator"

# who sees a case, and what each may do with it

BEGIN = profile("""
                    worked  ended  elsewhere  drafted  diverted  restricted  unknown
    officer         no      -      -          no       -         -           -
    other_officer   -       -      no         -        -         -           -
    facilitator     do      do     -          -        -         do          -
    supervisor      do      do     -          -        -         -           -
    *               -       -      -          -        -         -           -
""")
PARTNER_ASSESSMENT = (
    profile("""
                    worked  ended  elsewhere  restricted  unknown
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    *               -       -      -          -           -
""")
    | CONSENTED
)
BY_REHAB = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          no          -
    supervisor      no      no     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    rehab_provider  do      -      -          -           -
    other_provider  -       -      do         -           -
    *               -       -      -          -           -
""")
BEHIND = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    supervisor      yes     yes    -          -         -        -           -
    *               no      no     no         no        no       no          no
""")
HOUSE = profile("""
                    any     unknown
    facilitator     yes     -
    supervisor      yes     -
    cgl_worker      yes     -
    other_treatment yes     -
    rehab_provider  yes     -
    other_provider  -       -
    *               no      no
""")
WITH_PLACEMENTS = "facilitator supervisor cgl_worker other_treatment rehab_provider other_provider"


def of_one(words):
    """Where the row is named in what is sent: 400 instead of 404."""
    return {cell: {"-": "bad"}.get(word, word) for cell, word in words.items()}


CASE = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    *               -       -      -          -           -
""")
OPEN_CASES = profile("""
                    worked  ended  elsewhere  restricted
    facilitator     yes     -      -          yes
    supervisor      yes     -      -          -
    cgl_worker      yes     -      -          -
    other_treatment -       -      yes        -
    *               no      no     no         no
""")
BY_TEAM = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    *               -       -      -          -           -
""")
BY_SUPERVISOR = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          no          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    *               -       -      -          -           -
""")
BY_TEAM_AND_TREATMENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
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
    facilitator     yes     yes    -          yes         -
    supervisor      yes     yes    -          -           -
    cgl_worker      yes     -      -          -           -
    other_treatment -       -      yes        -           -
    rehab_provider  yes     -      -          -           -
    other_provider  -       -      yes        -           -
    *               -       -      -          -           -
""")
BY_TEAM_AND_REHAB = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
    cgl_worker      no      -      -          -           -
    other_treatment -       -      no         -           -
    rehab_provider  do      -      -          -           -
    other_provider  -       -      do         -           -
    *               -       -      -          -           -
""")
BY_TEAM_NOT_REHAB = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     do      do     -          do          -
    supervisor      do      do     -          -           -
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
    return {(role, None): word if is_of(role, roles) else "no" for role in ROLES}


EVERYONE = only(" ".join(ROLES))
SENDERS = "officer other_officer facilitator supervisor cranstoun_worker cgl_worker other_treatment"


class Row(NamedTuple):
    """One address: who gets what, what its keys are the keys of, what is sent with a POST."""

    words: dict
    keys: dict = {}
    sends: dict = {}
    asks: dict = {}
    path: str = ""
    is_list: bool = False
    anonymous: str = "sign_in"
    hatless: str = "hats"

    @property
    def records(self):
        """What the address is tried with."""
        return (None,) if self.is_list else tuple(dict.fromkeys(record for _, record in self.words))

    def cells(self, number, whole, refused=2, every=True):
        """The actors and records to try.

        Where the `whole` is not asked for: of the roles that are refused alike whatever the record, `refused`; and
        for each role a record for each word. The next address, which has another number, tries others, so that each
        role and relation is tried on each kind of row.
        """
        yield "anonymous", self.records[number % len(self.records)]
        yield "hatless", self.records[number % len(self.records)]
        alike = {}
        for role in ROLES:
            line = tuple(self.word(role, record) for record in self.records)
            alike.setdefault(line if {"yes", "do"}.isdisjoint(line) else AS_ANOTHER.get(role, role), []).append(role)
        for line, roles in alike.items():
            tried = 1 if line in ROLES else len(roles) if whole else refused
            for role in roles if every else {roles[(number + n) % len(roles)] for n in range(tried)}:
                by_word = {}
                for record in self.records_for(role, number, every):
                    by_word.setdefault(self.word(role, record), []).append(record)
                for records in by_word.values():
                    for record in records if whole else [records[number % len(records)]]:
                        yield role, record

    def glance(self, number):
        """Of the actors and records to try, one in turn for each answer that there is."""
        by_word = {}
        for cell in self.cells(number, False, refused=1, every=False):
            by_word.setdefault(self.word(*cell), []).append(cell)
        return [cells[number % len(cells)] for cells in by_word.values()]

    def records_for(self, role, number, every):
        """The records; of relations as "worked" those not so for this role, and one in turn, or `every` one."""
        one = list(AS_WORKED)[number % len(AS_WORKED)]
        for record in self.records:
            as_worked = record in AS_WORKED and self.words[role, record] == self.words.get((role, "worked"))
            if every or record == one or not as_worked:
                yield record

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
        if self.path:
            return self.path
        name, _, verb = name.partition("#")[0].partition(" ")
        verb = dict([verb.split("=")]) if verb else {}
        keys = {key: world.pk(kind, record) if kind in world.rows else kind for key, kind in self.keys.items()}
        return reverse(name, kwargs=keys | verb) + self.query(world, record)

    def query(self, world, record):
        return f"?{urlencode(self.filled(self.asks, world, record))}" if self.asks else ""

    def data(self, world, record):
        """What a POST sends; @case is the key of the record's case."""
        return self.filled(self.sends, world, record)

    @staticmethod
    def filled(fields, world, record):
        return {name: str(world.pk(v[1:], record)) if v.startswith("@") else v for name, v in fields.items()}


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

AWAY = {(role, None): "on" for role in ROLES}
page("sign_in", Row(AWAY, anonymous="yes", hatless="on"))
post("sign_in", Row(AWAY, anonymous="do", hatless="on"))
post("sign_out", Row(AWAY, anonymous="on", hatless="on"))
form("hats", Row(EVERYONE, hatless="yes"))
page("wear_hat", Row({(role, None): "none" for role in ROLES}, hatless="none"))
post("wear_hat", Row(only(" ".join(ROLES), "do"), hatless="do"))
form("home", Row(EVERYONE))
# whoever holds the address that came with a message
STOP = {(role, "any"): "do" for role in ROLES}
form("stop_messages", Row(STOP, {"token": "stop"}, anonymous="do", hatless="do"))
form("roles", Row(only("auditor administrator")))
page("api:schema", Row(EVERYONE, hatless="no"))

# the record: of a search that names nobody the record keeps that it was made, not whom its lines name

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
post("api:consent-list", Row(refusing(of_one(ADD_CONSENT), NO_CONSENT_TO_ADD), sends={"offender": "@offender"}))
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

PAIR = profile("""
                    worked  ended  elsewhere  restricted  unknown
    supervisor      yes     yes    -          -           -
    *               -       -      -          -           -
""")
DECIDE_PAIR = profile("""
                    worked  ended  elsewhere  restricted  unknown
    supervisor      do      do     -          -           -
    *               -       -      -          -           -
""")
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

# referrals

page("referrals:list", listing("referral", refusing(REFERRAL, NO_REFERRALS)))
page("referrals:detail", of("referral", REFERRAL))
page("referrals:sent", of("referral", SENT))
page("referrals:new", Row(only(SENDERS, "on")))
post("referrals:new", Row(REFER, sends={"offender": "@offender"}))
for name in ("who", "match", "why", "check"):
    # of one's own session alone; the world has no journey begun
    form(f"referrals:{name}", Row(only(SENDERS, "-"), {"key": "11111111-1111-4111-8111-111111111111"}))
REFERRAL_STEPS = {
    "submit": BY_SENDER, "revise": BY_SENDER, "withdraw": BY_SENDER, "return": BY_RECEIVER, "accept": BY_RECEIVER,
    "decline": BY_RECEIVER, "redirect": BY_RECEIVER, "disengage": BY_RECEIVER, "close": BY_RECEIVER,
    "reopen": BY_RECEIVING_SUPERVISOR,
}  # fmt: skip
for verb, whose in REFERRAL_STEPS.items():
    form(f"referrals:{verb}", of("referral", whose))
    post(f"api:referral-step verb={verb}", of("referral", refusing(whose, NO_REFERRALS)))
page("api:referral-list", listing("referral", refusing(REFERRAL, NO_REFERRALS)))
post("api:referral-list", Row(only(SENDERS, "do")))
page("api:referral-detail", of("referral", refusing(REFERRAL, NO_REFERRALS)))

# cases

for name in ("caseload", "team_caseload"):
    page(f"rehab:{name}", listing("case", OPEN_CASES))
    form(f"rehab:{name}_csv", listing("case", OPEN_CASES))
page("rehab:to_assess", Row(only("facilitator supervisor")))
form("rehab:begin", of("referral", BEGIN))
for name in (
    "case",
    "case_timeline",
    "case_assessment",
    "case_rehab",
    "case_throughcare",
    "case_notes",
    "case_sharing",
):
    page(f"rehab:{name}", of("case", CASE))
form("rehab:assess", of("case", BY_TEAM_AND_TREATMENT))
CASE_STEPS = {
    "bring_in": BY_TEAM, "refer_on": BY_TEAM, "turn_down": BY_TEAM, "stand_down": BY_TEAM, "start_detox": BY_TEAM,
    "plan": BY_TEAM, "rate": BY_TEAM, "share": BY_TEAM, "close": BY_TEAM, "allocate": BY_SUPERVISOR,
    "reopen": BY_SUPERVISOR,
}  # fmt: skip
for verb, whose in CASE_STEPS.items():
    form(f"rehab:case_{verb}", of("case", whose))
    post(f"api:case-step verb={verb}", of("case", refusing(whose, NO_CASES)))
page("api:case-list", listing("case", refusing(CASE, NO_CASES)))
page("api:case-detail", of("case", refusing(CASE, NO_CASES)))
post("api:case-list", Row(refusing(of_one(BEGIN), NO_CASES), sends={"referral": "@referral"}))
page("api:assessment-list", listing("assessment", refusing(CASE, NO_CASES)))
page("api:assessment-detail", of("assessment", refusing(CASE, NO_CASES)))
page("api:assessment-detail#partner_assessment", of("partner_assessment", refusing(PARTNER_ASSESSMENT, NO_CASES)))
post("api:assessment-list", Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_CASES), sends={"case": "@case"}))

# stays in rehab, and what comes after

page("rehab:placements", listing("placement", refusing(PLACEMENT, NO_PLACEMENTS)))
page("rehab:placement", of("placement", PLACEMENT))
form("rehab:progress_add", of("placement", BY_REHAB))
form("rehab:placement_request", of("case", BY_TEAM))
PLACEMENT_STEPS = {
    "offer": BY_TEAM_AND_REHAB, "decline": BY_TEAM_AND_REHAB, "book": BY_TEAM_NOT_REHAB, "arrive": BY_TEAM_AND_REHAB,
    "not_arrive": BY_TEAM_AND_REHAB, "depart": BY_TEAM_AND_REHAB, "withdraw": BY_TEAM_NOT_REHAB,
}  # fmt: skip
for verb, whose in PLACEMENT_STEPS.items():
    form(f"rehab:placement_{verb}", of("placement", whose))
    post(f"api:placement-step verb={verb}", of("placement", refusing(whose, NO_PLACEMENTS)))
page("api:placement-list", listing("placement", refusing(PLACEMENT, NO_PLACEMENTS)))
page("api:placement-detail", of("placement", refusing(PLACEMENT, NO_PLACEMENTS)))
post("api:placement-list", Row(refusing(of_one(BY_TEAM), NO_PLACEMENTS), sends={"case": "@case"}))
page("api:progress-list", listing("progress", refusing(PLACEMENT, NO_PLACEMENTS)))
page("api:progress-detail", of("progress", refusing(PLACEMENT, NO_PLACEMENTS)))
post("api:progress-list", Row(refusing(of_one(BY_REHAB), NO_PLACEMENTS), sends={"placement": "@placement"}))
page("rehab:units", Row(only(WITH_PLACEMENTS)))
page("api:rehab-unit-list", Row(only(WITH_PLACEMENTS)))
page("api:rehab-unit-detail", of("house", HOUSE))
page("rehab:follow_ups", listing("follow_up", OPEN_CASES))
page("rehab:follow_up", of("follow_up", CASE))
page("rehab:follow_up#done_follow_up", of("done_follow_up", CASE))
form("rehab:follow_up_add", of("case", BY_TEAM_AND_TREATMENT))
form("rehab:follow_up_record", of("follow_up", BY_TEAM_AND_TREATMENT))
page("api:follow-up-list", listing("follow_up", refusing(CASE, NO_CASES)))
page("api:follow-up-detail", of("follow_up", refusing(CASE, NO_CASES)))
page("api:follow-up-detail#done_follow_up", of("done_follow_up", refusing(CASE, NO_CASES)))
post("api:follow-up-list", Row(refusing(of_one(BY_TEAM_AND_TREATMENT), NO_CASES), sends={"case": "@case"}))
post("api:follow-up-record", of("follow_up", refusing(BY_TEAM_AND_TREATMENT, NO_CASES)))

# amending: who sees a record reads its history, and may be refused to amend it

AMEND_CONSENT = WITHDRAW_CONSENT | {(who, record): "no" for (who, record), word in WITHDRAW_CONSENT.items()
                                    if word == "do" and who in ("facilitator", "supervisor")}  # fmt: skip
AMEND_REFERRAL = profile("""
                    worked  ended  elsewhere  diverted  drafted  restricted  unknown
    officer         no      -      -          do        no       -           -
    other_officer   -       -      no         -         -        -           -
    facilitator     no      no     -          -         -        no          -
    supervisor      no      no     -          -         -        -           -
    cranstoun_worker -      -      -          no        -        -           -
    *               -       -      -          -         -        -           -
""")
BY_TREATMENT = profile("""
                    worked  ended  elsewhere  restricted  unknown
    facilitator     no      no     -          no          -
    supervisor      no      no     -          -           -
    cgl_worker      do      -      -          -           -
    other_treatment -       -      do         -           -
    *               -       -      -          -           -
""")


BY_ITS_TREATMENT = {
    cell: {"yes": "no" if cell[0] in ("facilitator", "supervisor") else "do"}.get(word, word)
    for cell, word in PARTNER_ASSESSMENT.items()
}
NOT_YET_DONE = {cell: {"do": "no"}.get(word, word) for cell, word in BY_TEAM_AND_TREATMENT.items()}


def amended(kind, row, api, reads, amends, refused):
    """A record that is amended by its page and over the API, where its history is too. `row` is the world's."""
    which = "" if row in (kind, "offender") else f"#{row}"
    form(f"offenders:amend kind={kind}{which}", of(row, amends))
    ADDRESSES["patch", f"api:{api}-detail{which}"] = of(row, refusing(amends, refused))
    page(f"api:{api}-history{which}", of(row, refusing(reads, refused)))


amended("person", "offender", "offender", PERSON, EDIT_PERSON, NO_PEOPLE)
amended("note", "note", "note", NOTES["note"], AMEND_NOTE, NO_NOTES)
amended("note", "treatment_note", "note", NOTES["treatment_note"], AMEND_TREATMENT_NOTE, NO_NOTES)
for fact in ("alias", "identifier", "address", "marker"):
    amended(fact, fact, fact, PERSON, ADD_FACT, NO_PEOPLE)
    page(f"api:{fact}-list", Row(only(SEARCHERS, "none")))
    page(f"api:{fact}-detail", of(fact, refusing(PERSON, NO_PEOPLE)))
amended("consent", "consent", "consent", READ_CONSENT, AMEND_CONSENT, NO_CONSENT)
amended("referral", "referral", "referral", REFERRAL, AMEND_REFERRAL, NO_REFERRALS)
amended("case", "case", "case", CASE, BY_TEAM, NO_CASES)
amended("assessment", "assessment", "assessment", CASE, BY_TEAM, NO_CASES)
amended("assessment", "partner_assessment", "assessment", PARTNER_ASSESSMENT, BY_ITS_TREATMENT, NO_CASES)
amended("placement", "placement", "placement", PLACEMENT, BY_TEAM_AND_REHAB, NO_PLACEMENTS)
amended("progress", "progress", "progress", PLACEMENT, BY_REHAB, NO_PLACEMENTS)
amended("follow_up", "follow_up", "follow-up", CASE, NOT_YET_DONE, NO_CASES)
amended("follow_up", "done_follow_up", "follow-up", CASE, BY_TREATMENT, NO_CASES)

# figures

EVER = {"from": "2020-01-01", "to": str(timezone.localdate())}
page("insight:programme", Row(only("supervisor analyst"), asks=EVER))
page("insight:export", Row(only("supervisor analyst"), asks=EVER))
page("insight:cases", Row(BEHIND, is_list=True, asks=EVER | {"measure": "referrals"}))
page("api:report-detail", Row(only("supervisor analyst"), {"table": "o2r_pilot"}, asks=EVER))

# the back office: for administrators their tables, for supervisors the casework, for both no more than that

form("admin:index", Row(only("supervisor administrator")))
form("admin:login", Row(AWAY, anonymous="on", hatless="on"))
page("admin:logout", Row(only("supervisor administrator", "none")))
post("admin:logout", Row(only("supervisor administrator", "on")))
page("admin:jsi18n", Row(only("supervisor administrator")))
post("admin:jsi18n", Row(only("supervisor administrator", "none")))
for label in ("partners", "rehab"):
    form(f"admin:app_list app_label={label}", Row(only("supervisor administrator")))
for label in ("offenders", "referrals"):
    form(f"admin:app_list app_label={label}", Row(only("supervisor") | {("administrator", None): "-"}))
form("admin/(?P<url>.*)$", Row(only("supervisor administrator", "-"), path="/admin/nothing/of/the/kind/"))


def administered(model, kind, *, readers="", adds=True):
    """A table of the administrators', which these others may read."""
    prefix, everyone = f"admin:{model}", f"administrator {readers}"
    form(f"{prefix}_changelist", Row(only(everyone)))
    form(f"{prefix}_add", Row(only("administrator" if adds else "")))
    words = {(role, "any"): "yes" if role in everyone.split() else "no" for role in ROLES}
    hidden = {(role, "unknown"): "on" if role in everyone.split() else "no" for role in ROLES}
    page(f"{prefix}_change", Row(words | hidden, {"object_id": kind}))
    changes = {cell: word if cell[0] == "administrator" and adds else "no" for cell, word in hidden.items()}
    changes |= {(role, "any"): "do" if role == "administrator" and adds else "no" for role in ROLES}
    post(f"{prefix}_change", Row(changes, {"object_id": kind}))


def supervised(model, kind, words, steps=()):
    """A table of the casework, where a supervisor reads what they see elsewhere, and takes the same steps."""
    prefix, others = f"admin:{model}", " ".join(role for role in ROLES if role != "supervisor")
    words = refusing(words, others)
    form(f"{prefix}_changelist", listing(kind, words))
    form(f"{prefix}_add", Row(only("")))
    elsewhere = {cell: {"yes": "yes", "-": "on", "no": "no"}[word] for cell, word in words.items()}
    page(f"{prefix}_change", Row(elsewhere, {"object_id": kind}))
    post(f"{prefix}_change", Row(dict.fromkeys(words, "no"), {"object_id": kind}))
    for verb, whose in dict(steps).items():
        no_backoffice = others.replace("administrator", "")
        form(f"{prefix}_{verb}", of(kind, refusing(whose, no_backoffice)))


for name in ("agency", "unit", "service", "user", "membership", "agreement"):
    administered(f"partners_{name}", name)
administered("partners_setting", "setting", readers="supervisor")
administered("partners_area", "area", adds=False)
administered("rehab_rehabunit", "house", readers="supervisor")
supervised("offenders_offender", "offender", PERSON)
supervised("offenders_restriction", "restriction", PROPOSED, dict.fromkeys(("agree", "refuse"), PROPOSED | DECIDE))
supervised(
    "offenders_emergencyaccess", "emergency", EMERGENCY, {"close": EMERGENCY | CLOSE, "review": EMERGENCY | REVIEW}
)
supervised("offenders_likelypair", "pair", PAIR)
supervised("offenders_merge", "merge", MERGE)
form("admin:offenders_merge_changelist", Row(only("supervisor")))
supervised("referrals_referral", "referral", REFERRAL, REFERRAL_STEPS)
supervised("rehab_case", "case", CASE, CASE_STEPS)
supervised("rehab_assessment", "assessment", CASE)
supervised("rehab_placement", "placement", PLACEMENT, PLACEMENT_STEPS)
supervised("rehab_followup", "follow_up", CASE)


# pages that may show nothing, so that the record need not say who looked; where they name someone, it must
UNRECORDED = {
    "sign_in", "hats", "api:schema", "admin:index", "admin:app_list", "admin:jsi18n", "referrals:new", "home",
    "offenders:search", "offenders:compare", *(name for _, name in ADDRESSES if name.endswith("_add")),
}  # fmt: skip


# what each role is cleared to read

CATEGORIES = {
    "officer": "identity case",
    "facilitator": "identity case general police",
    "supervisor": "identity case general police",
    "resolution_lead": "identity case police",
    "custody_officer": "identity case drug_test",
    "cranstoun_worker": "identity case general health safeguarding",
    "arrest_referral_worker": "identity case general health safeguarding drug_test",
    "cranstoun_manager": "identity case general health safeguarding drug_test",
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
    "officer": dict.fromkeys(["worked", "diverted", "drafted", *AS_WORKED], "person referral"),
    "other_officer": {"elsewhere": "person referral"},
    "facilitator": dict.fromkeys(["worked", "ended", "restricted", *AS_WORKED], "person referral case placement team"),
    "supervisor": dict.fromkeys(["ended", *AS_WORKED], "person referral case placement team")
    | {"worked": "person referral case placement team restriction emergency"},
    "cranstoun_worker": {"diverted": "person referral"},
    "cgl_worker": dict.fromkeys(["worked", "consented", "withdrawn"], "person case placement team"),
    "other_treatment": {"elsewhere": "person case placement team"},
    "rehab_provider": dict.fromkeys(["worked", "consented", "withdrawn"], "person placement team"),
    "other_provider": {"elsewhere": "person placement team"},
}
# where someone who may refer is told the names of people they have no part in, unless those are restricted
FINDING = {"offenders:search", "api:offender-search", "referrals:match", "referrals:why", "referrals:check"}
MAY_FIND = "officer other_officer facilitator supervisor"


def may_read(actor, canary, address):
    """Whether this text may reach this actor."""
    as_one = AS_ANOTHER.get(actor, actor)
    if address in FINDING and as_one in MAY_FIND.split() and canary.matter == "name" and canary.record != "restricted":
        return True
    if actor == "auditor":
        return canary.category == "reason" and address.startswith(("audit:", "api:audit"))
    part = PART.get(as_one, {}).get(canary.record, "").split()
    matter = "person" if canary.matter == "name" else canary.matter
    if matter not in part or (matter == "team" and canary.agency != AGENCY[as_one]):
        return False
    category = "case" if canary.category == "reason" else canary.category
    if category == "health" and actor in ("facilitator", "supervisor"):
        return canary.agency == "wmp" or canary.record == "consented"
    return category in CATEGORIES[AS.get(actor, actor)].split()
