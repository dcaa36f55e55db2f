"""What the access table is written with: roles, grids, rows, and the addresses they are at."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

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
LIKE = {
    "consented": ("worked", {}),
    "withdrawn": ("worked", {}),
    "lapsed": ("worked", dict.fromkeys(["cgl_worker", "rehab_provider"], "ended")),
    "merged": ("worked", {}),
    "unreviewed": ("worked", dict.fromkeys(["officer", "cgl_worker", "rehab_provider"], "ended")),
    "opened": ("elsewhere", {"other_officer": "worked"}),
}
# who was made part of whom: their address leads there, whoever sees that one
GONE = {"gone": "merged", "gone_unreviewed": "unreviewed"}
# who opened "opened", and which record says what they read and do of people in their work
OPENERS = {"facilitator": "worked", "supervisor": "worked", "custody_officer": "elsewhere"}


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
    for record, (usual, otherwise) in LIKE.items() if {"worked", "ended"} <= set(head) else ():
        words |= {(role, record): words[role, otherwise.get(AS_ANOTHER.get(role, role), usual)] for role in ROLES}
    return words


def in_emergency(words, may="no"):
    """The same, and to who opened someone in an emergency as of people in their work: all to read, nothing to do."""
    return words | {
        (role, "opened"): {"do": may}.get(words[role, record], words[role, record]) for role, record in OPENERS.items()
    }


def leading_on(words):
    """The same, and of who was merged into another: 302 to whoever sees that one; 403 to whom all are refused."""
    for gone, kept in GONE.items():
        for role in ROLES:
            refused = words[role, "unknown"] == "no"
            words = words | {(role, gone): "no" if refused else "-" if words[role, kept] == "-" else "on"}
    return words


def refusing(words, roles, word="no"):
    """The same, but 403 whatever the record to these roles, who may not use the address at all."""
    assert set(roles.split()) <= set(ROLES)
    return {(role, record): word if is_of(role, roles) else old for (role, record), old in words.items()}


def is_of(role, roles):
    """Whether this is one of those roles, or as one of them."""
    return not {role, AS_ANOTHER.get(role)}.isdisjoint(roles.split())


def of_one(words):
    """Where the row is named in what is sent: 400 instead of 404."""
    return {cell: {"-": "bad"}.get(word, word) for cell, word in words.items()}


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
        """The records; of relations like another one in turn, and one of those that are not so for this role; or
        `every` one."""
        alike, apart = [*GONE], []
        for record, (usual, _) in LIKE.items():
            same = self.words.get((role, record)) == self.words.get((role, usual))
            (alike if same else apart).append(record)
        tried = {these[number % len(these)] for these in (alike, apart) if these}
        for record in self.records:
            if every or record in tried or record not in {*LIKE, *GONE}:
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
    return Row(leading_on(words) if kind == "offender" else words, {"pk": kind}, **more)


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


def amended(kind, row, api, reads, amends, refused):
    """A record that is amended by its page and over the API, where its history is too. `row` is the world's."""
    which = "" if row in (kind, "offender") else f"#{row}"
    form(f"offenders:amend kind={kind}{which}", of(row, amends))
    ADDRESSES["patch", f"api:{api}-detail{which}"] = of(row, refusing(amends, refused))
    page(f"api:{api}-history{which}", of(row, refusing(reads, refused)))


def administered(model, kind, *, readers="", adds=True, writers="administrator"):
    """A table of the administrators' (or other `writers`), which these others may read."""
    prefix, everyone = f"admin:{model}", f"{writers} {readers}"
    form(f"{prefix}_changelist", Row(only(everyone)))
    form(f"{prefix}_add", Row(only(writers if adds else "")))
    words = {(role, "any"): "yes" if role in everyone.split() else "no" for role in ROLES}
    hidden = {(role, "unknown"): "on" if role in everyone.split() else "no" for role in ROLES}
    page(f"{prefix}_change", Row(words | hidden, {"object_id": kind}))
    changes = {cell: word if cell[0] in writers.split() and adds else "no" for cell, word in hidden.items()}
    changes |= {(role, "any"): "do" if role in writers.split() and adds else "no" for role in ROLES}
    post(f"{prefix}_change", Row(changes, {"object_id": kind}))


def supervised(model, kind, words, steps=(), *, staff="supervisor"):
    """A table of the casework, where a supervisor (or other `staff`) reads what they see elsewhere, and takes the same
    steps."""
    prefix, others = f"admin:{model}", " ".join(role for role in ROLES if role not in staff.split())
    words = refusing_each(words, others)
    form(f"{prefix}_changelist", listing(kind, words))
    form(f"{prefix}_add", Row(only("")))
    elsewhere = {cell: {"yes": "yes", "-": "on", "no": "no"}[word] for cell, word in words.items()}
    page(f"{prefix}_change", Row(elsewhere, {"object_id": kind}))
    post(f"{prefix}_change", Row(dict.fromkeys(words, "no"), {"object_id": kind}))
    for verb, whose in dict(steps).items():
        no_backoffice = " ".join(role for role in others.split() if role not in IN_BACK_OFFICE.split())
        form(f"{prefix}_{verb}", of(kind, refusing_each(whose, no_backoffice)))


IN_BACK_OFFICE = "supervisor administrator cranstoun_manager resolution_lead"


def refusing_each(words, roles):
    """The same, but 403 to these roles; not to those that are as one of them."""
    return {cell: "no" if cell[0] in roles.split() else word for cell, word in words.items()}
