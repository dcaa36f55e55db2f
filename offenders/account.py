"""The account for the person: what is written about them, by whom, who looked, and what they can do about it.

Every word of it is here, for a reader of nine to eleven years. The page, the PDF and the API print the same
sections. What it holds back, and why, is decision 12.
"""

import datetime as dt
import json
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import typst
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import TruncDate, TruncMonth
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.text import get_text_list

from partners.audit.models import Event
from partners.frame.templatetags.frame import between, date_or
from partners.roles import ROLES, Category

from .codes import Ethnicity
from .models import Consent, Entry, Involvement, Note, Offender

TEMPLATE = Path(__file__).parent / "print" / "account.typ"
PRINTED = "An account of what is held was printed for the person"

# The kinds of information that are told, in words a person knows. What is not named here is not told of.
KINDS = {
    Category.IDENTITY: "Who you are and how to reach you",
    Category.CASE: "What happened and when, like referrals and plans",
    Category.GENERAL: "Notes about meetings and calls, and how things are going",
    Category.HEALTH: "Notes about your health and treatment",
    Category.DRUG_TEST: "Drug tests in custody",
}
BECAUSE = {
    Involvement.Basis.REFERRAL: "you were referred",
    Involvement.Basis.CASE: "you have an open case",
    Involvement.Basis.PLACEMENT: "of a place in rehab",
    Involvement.Basis.PLAN: "of something in your plan",
    Involvement.Basis.AGREEMENT: "of an agreement between organisations",
    Involvement.Basis.CONSENT: "you said yes",
    Involvement.Basis.CUSTODY: "you were in custody",
}
ASKED = {
    Consent.Purpose.TREATMENT: "Treatment by {}",
    Consent.Purpose.SHARING: "Letting {} see what the others write about your health",
    Consent.Purpose.RESEARCH: "Research by {}",
}

# ico.org.uk, "Service standards" (the helpline) and "Make a complaint"
ICO = "Phone the ICO on 0303 123 1113. Or go to ico.org.uk/make-a-complaint. It is free."

CORRECT = [  # DPA 2018, sections 46, 48 and 54; UK GDPR, articles 12(3) and 16
    "Tell the worker who gave you this paper. Or tell any organisation on it. You do not have to write a letter.",
    "They must put right what is wrong. If something is missing, they can add it. They can add your side too.",
    "They must answer you within one month. If they say no, they must tell you why.",
]
COPY = (  # DPA 2018, section 45; UK GDPR, articles 12(5) and 15
    "You can also ask any organisation for a copy of what it has about you. It is free."
    " It must answer you within one month."
)
COMPLAIN = [  # DPA 2018, sections 164A and 165
    "First tell the organisation. Your worker can help you. If you do not want to ask your worker, ask someone else"
    " there.",
    "They must tell you within 30 days that they have your complaint. Then they must look into it and tell you what"
    " they found.",
    "You can also complain to the Information Commissioner's Office (the ICO). It checks that organisations look after"
    " what they know about people.",
    ICO,
]
LEFT_OUT = [
    ("The words of the notes", "Notes can speak of other people. Your worker can read you notes that they may share."),
    ("What other people told us", "They have rights too."),
    ("The names of staff", "We tell you their job and where they work. Some of them could be hurt if they are named."),
    (
        "How it is safe to reach you",
        "Someone else could find this paper. Ask your worker to show you what is written.",
    ),
    ("The numbers that computers know you by", "Someone who finds this paper could use them."),
    (
        "What your worker may not see",
        "Some things are kept by one organisation only. Ask that organisation about them.",
    ),
    (
        "Checks on the people who look",
        "Some staff check that nobody looks without a good reason. They see who looked. They see your notes only when"
        " you ask for a copy of them.",
    ),
    (
        "Things the law lets us keep back",
        "This is to keep people safe, or to stop crime. We leave such things off every paper like this one."
        " It does not mean that there are any about you.",
    ),
]  # fmt: skip


class Row(NamedTuple):
    label: str
    lines: list


class Section(NamedTuple):
    """A heading, what is said under it, then rows, then what is said below them."""

    heading: str
    words: list
    rows: list = []
    after: list = []


class Account(NamedTuple):
    title: str
    name: str
    reference: str
    made_on: dt.date
    opening: list
    sections: list


def tell(offender, *, by):
    """The account, for a user who may see everyone's involvement; recorded as shown. Raises PermissionDenied.

    The person is one whom the user's team works with.
    """
    works = Offender.objects.worked_by(by).filter(pk=offender.pk)
    if not (by.has_perm("offenders.view_sharing") and works.exists()):
        raise PermissionDenied("Only who may see every agency's part can make this. Ask the facilitator.")
    account = Account(
        title="What is written down about you",
        name=str(offender),
        reference=offender.reference,
        made_on=timezone.localdate(),
        opening=[
            "This paper is for you. It says what organisations write about you, who has looked, and what you can do.",
            "A worker can read it with you. You can ask about anything in it.",
            f"It was made on {date_or(timezone.localdate())}.",
        ],
        sections=[
            _you(offender),
            _agencies(offender),
            _held(offender, by),
            _consents(offender, by),
            looks(offender),
            Section("If something is wrong", CORRECT, after=[COPY]),
            Section("If you are not happy", COMPLAIN),
            Section("What is not on this paper, and why", [], [Row(what, [why]) for what, why in LEFT_OUT]),
        ],
    )
    Event.objects.shown("offender.account", [offender], by=by, subject=offender)
    return account


def print_for(offender, *, by):
    """The account as a PDF to hand over: each a disclosure to the person, with a line a day on their timeline."""
    pdf = as_pdf(tell(offender, by=by))
    Event.objects.record(
        Event.Kind.DISCLOSURE, "offender.account", by=by, subject=offender, offenders=[offender.pk], to="the person"
    )
    lines = Entry.objects.filter(offender=offender, sentence=PRINTED, by=by)
    if not lines.filter(happened_at__date=timezone.localdate()).exists():  # it may be printed again, or pressed twice
        Entry.write(offender.pk, PRINTED, by=by, matters=offender.matters)
    return pdf


def as_json(account):
    """The account as plain dictionaries, lists and strings."""
    sections = [
        section._asdict() | {"rows": [row._asdict() for row in section.rows]} for section in account.sections
    ]  # fmt: skip
    return account._asdict() | {"made_on": account.made_on.isoformat(), "sections": sections}


def as_pdf(account):
    """The account as a tagged PDF. The same account gives the same bytes, on a machine with the same fonts.

    All words go in as data, which typst prints and never reads as markup. A letter that no font of the machine has
    cannot stand in PDF/UA: such a name is printed without that promise, rather than not at all.
    """
    day = dt.datetime.combine(account.made_on, dt.time(), dt.UTC)
    inputs = {"account": json.dumps(as_json(account))}
    options = {"format": "pdf", "sys_inputs": inputs, "timestamp": int(day.timestamp())}
    try:
        return typst.compile(str(TEMPLATE), pdf_standards="ua-1", **options)
    except typst.TypstError:
        return typst.compile(str(TEMPLATE), **options)


# the sections


def _you(offender):
    born = date_or(offender.date_of_birth, "")
    homes = [f"{between(row.valid_from, row.valid_to)}: {row}" for row in offender.addresses.select_related("area")]
    rows = [
        ("Your name", str(offender)),
        ("Other names", [str(alias) for alias in offender.aliases.all()]),
        ("When you were born", f"About {born}" if born and offender.is_birth_date_about else born),
        ("Phone", offender.phone),
        ("E-mail", offender.email),
        ("Where you live, or lived", homes),
        ("Your ethnic group", offender.get_ethnicity_display() if offender.ethnicity != Ethnicity.UNKNOWN else ""),
        ("First language", offender.language),
        ("Interpreter", "You need one." if offender.needs_interpreter else ""),
        ("What helps you take part", offender.access_needs),
    ]
    told = [Row(label, _list(value) or ["Not written down."]) for label, value in rows]
    return Section("Who you are", ["This is how we have you written down. Is it right? If not, tell us."], told)


def _agencies(offender):
    """Who is or was involved; of one agency's reasons of one kind, the first day and the last."""
    rows = offender.involvements.with_reason()
    live = set(Involvement.objects.live().filter(offender=offender).values_list("pk", flat=True))
    told = []
    for agency, of_agency in _grouped(rows, lambda row: _named(row.agency)):
        lines = []
        for basis, group in _grouped(of_agency, lambda row: row.basis):
            since, now = min(row.valid_from for row in group), [row for row in group if row.pk in live]
            ends = [row.valid_to for row in now or group]
            ends = None if None in ends else max(ends)
            if now or (ends and ends < timezone.localdate()):
                agreements = sorted({name for row in now for name in row.under})
                under = f" This is under {get_text_list(agreements, 'and')}." if agreements else ""
                lines.append(f"{between(since, ends)}, because {BECAUSE[basis]}.{under}")
            else:
                lines.append(f"Not any more. It began on {date_or(since)}, because {BECAUSE[basis]}.")
        told.append(Row(agency, lines))
    words = ["These organisations have, or had, a reason to see things that are written about you."]
    return Section("Who works with you", words if told else ["Nobody does."], told)


def _held(offender, by):
    """How much of each kind, by whom. Of what `by` may not read no more than that it is kept."""
    kept = {}
    for rows in (Entry.objects.exclude(kind__in=[Entry.Kind.NOTE, Entry.Kind.AMENDMENT]),
                 Note.objects.exclude(kind=Note.Kind.THIRD_PARTY)):  # fmt: skip
        mine = Q(pk__in=rows.model.objects.visible_to(by).filter(offender=offender).values("pk"))
        counted = (
            rows.filter(offender=offender, category__in=KINDS)
            .order_by()
            .values("agency__name", "agency__short_name", "category")
            .annotate(
                number=Count("pk", filter=mine),
                first=Min("happened_at", filter=mine),
                last=Max("happened_at", filter=mine),
            )
        )
        for row in counted:
            agency = _name(row["agency__name"], row["agency__short_name"])
            kept.setdefault(agency, {}).setdefault(row["category"], []).append(row)
    told = [
        Row(agency, [_much(words, kinds[kind]) for kind, words in KINDS.items() if kind in kinds])
        for agency, kinds in sorted(kept.items())
    ]
    words = ["These are the kinds of things that each organisation writes down.",
             "An organisation may have more that your worker cannot see. You can ask it."]  # fmt: skip
    return Section("What is written about you", words if told else ["Nothing yet, but for who you are."], told)


def _much(words, rows):
    seen = [row for row in rows if row["number"]]
    if not seen:
        return f"{words}. Ask them about these."
    number = sum(row["number"] for row in seen)
    first, last = (date_or(timezone.localdate(day)) for day in (min(r["first"] for r in seen),
                                                                max(r["last"] for r in seen)))  # fmt: skip
    when = f"The first is from {first}. The last is from {last}." if first != last else f"From {first}."
    return f"{words}: {number}. {when}"


def _consents(offender, by):
    told = []
    answers = Consent.objects.visible_to(by).filter(offender=offender).with_names().prefetch_related("covers")
    for (purpose, agency), rows in _grouped(answers, lambda row: (row.purpose, _named(row.agency))):
        lines = [line for row in rows for line in _answer(row)]
        told.append(Row(ASKED[purpose].format(agency), lines))
    words = [
        "You can change your mind at any time. Tell your worker. It counts from that moment.",
        "You do not have to say why.",
    ]  # fmt: skip
    return Section("What you said yes or no to", words if told else ["Your worker sees no yes or no of yours."], told)


def _answer(row):
    """What they said, the newest first; not how, nor who was there."""
    answer, day = "yes" if row.is_given else "no", date_or(row.answered_on)
    mine = row.giver == Consent.Giver.PERSON
    lines = [f"You said {answer} on {day}." if mine else f"Someone said {answer} for you on {day}."]
    if covers := [_named(agency) for agency in row.covers.all()]:
        lines.append(f"This is only about what {get_text_list(covers, 'and')} writes.")
    if row.withdrawn_by_id:
        lines.insert(0, f"You took it back on {date_or(timezone.localdate(row.ended_at))}.")
    return lines


def looks(offender):
    """On how many days of each month someone of a role and agency was shown the person, counted by the database."""
    looks = (
        Event.objects.naming(offender)
        .filter(kind=Event.Kind.CONSULTATION)
        .exclude(verb__startswith="audit.")
        .exclude(role="")
        .annotate(month=TruncMonth("at"))
        .order_by()
        .values("role", "agency__name", "agency__short_name", "month")
        .annotate(days=Count(TruncDate("at"), distinct=True))
        .order_by("-month")
    )
    told = []
    for who, rows in _grouped(looks, _looker):
        lines = []
        for year, months in groupby(rows, lambda row: timezone.localtime(row["month"]).year):
            days = [f"{row['days']} in {format_date(row['month'], 'F')}" for row in months]
            lines.append(f"{year}: {', '.join(days)}.")
        told.append(Row(who, lines))
    words = [
        "When your name or your notes come up on someone's screen, the computer writes it down.",
        "This is who it was, and on how many days of each month.",
    ]
    return Section("Who has looked", words if told else ["Nobody has looked yet."], told)


# words


def _looker(row):
    role = ROLES[row["role"]].label if row["role"] in ROLES else row["role"]
    return f"{role}, {_name(row['agency__name'], row['agency__short_name'])}"


def _named(agency):
    return _name(agency.name, agency.short_name)


def _name(name, short):
    return f"{name} ({short})" if short and short != name else name


def _list(value):
    return [value] if isinstance(value, str) and value else list(value)


def _grouped(rows, key):
    """(key, its rows in the order they came), sorted by key."""
    return [(k, list(group)) for k, group in groupby(sorted(rows, key=key), key)]
