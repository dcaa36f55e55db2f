"""Finding a person by what someone types: names as they are mistyped, dates, numbers, references.

Everything is looked for in one column, `Offender.search`, by its trigram index.
"""

import datetime as dt
import re
import unicodedata
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from django.contrib.postgres.search import TrigramWordSimilarity
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from partners.audit.models import Event
from partners.frame.forms import DateField
from partners.reference import PATTERN
from partners.roles import Category

from .identifiers import HEALTH_KINDS, KINDS, check_identifier, kinds_read_by
from .models import Identifier, Involvement, Offender
from .models.restriction import deciders

MOST = 25  # rows shown; whoever gets more is asked to narrow it
MOST_KNOWN = 5
MOST_TYPED = 200
SIMILAR = 0.25  # how alike a word must be: the lowest at which Mohammed finds Muhammad
ALIKE = 0.8  # how alike names must be for a likely match whose date of birth is another
HALF = 0.5  # how alike names must be on average where not each of them is
SHORTEST_NUMBER = 4
HANDLE, HANDLE_LASTS = "offenders.known", 3600  # what proves that a search recognised someone; seconds

# Records of other apps that a reference opens: functions of (user, reference) that return a record with an
# address, or None. An app adds its own when it is ready.
OPENERS = []

_DATES = [
    r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b",
    r"\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b",
    r"\b\d{1,2} \d{1,2} (?:19|20)\d{2}\b",
    r"\b\d{1,2}(?:st|nd|rd|th)?[ -][a-z]{3,9}\.?[ -](?:\d{4}|\d{2})\b",
    r"\b\d{8}\b",
    r"\b\d{6}\b",
]
_PHONE = r"\+?\(?\d[\d ()-]{4,}\d"
_IDENTIFIERS = [
    ("pnc", r"\b\d{2}(?:\d{2})?/\d{1,7} ?[a-z]\b|\b(?:\d{4}|\d{2})\d{7}[a-z]\b"),
    ("cro", r"\bsf ?\d{2}/?\d{1,6} ?[a-z]\b|\b\d{1,6}/\d{2} ?[a-z]\b"),
    ("nhs", r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b"),
]


class Terms(NamedTuple):
    """What was understood of what someone typed."""

    words: tuple = ()  # of names, as the column has them
    dates: tuple = ()  # (the day, the digits where it was typed as digits alone)
    identifiers: tuple = ()  # (kind, canonical form)
    phones: tuple = ()  # digits without the leading 0 or 44
    numbers: tuple = ()  # parts of any number, letters and digits alone
    references: tuple = ()

    @property
    def kinds(self):
        """Which kinds of thing were looked for, in words: all of a search that is kept."""
        return [name for name, found in self._asdict().items() if found]


class Restricted(NamedTuple):
    """That a number is of someone restricted, and whom to ask. No more is known of them: not even in here."""

    contact: tuple  # of those named who decide on it: name and unit


class Found(NamedTuple):
    """What a search found: people the user sees, whether there are more, those known by identity alone."""

    rows: list = []
    more: bool = False
    known: list = []
    restricted: list = []  # of Restricted
    opens: object = None  # the record that an exact reference names


class Match(NamedTuple):
    """Someone who may be the person about to be added."""

    offender: Offender
    is_visible: bool  # False: shown by identity alone, outside the user's sight


def plain(text):
    """As the column has names: small letters without accents, apostrophes or other marks."""
    text = unicodedata.normalize("NFKD", text).replace("ø", "o").replace("ł", "l").replace("ß", "ss").lower()
    text = re.sub(r"['\u2019\u02bc`\u0300-\u036f]", "", text)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def bare(text):
    """As the column has numbers: letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def read(text):
    """Terms: the references, identifiers, dates, numbers and names in what someone typed."""
    text, found = f" {text[:MOST_TYPED].lower()} ", {field: [] for field in Terms._fields}

    def take(pattern, keep):
        nonlocal text
        text = re.sub(pattern, lambda match: " " if keep(match[0].strip()) else match[0], text)

    def as_reference(part):
        found["references"].append(part.upper())
        return True

    def as_date(part):
        if day := _day(part):
            found["dates"].append((day, part if part.isdecimal() else ""))
        return day

    def as_phone(part):
        number = re.sub(r"^(?:00)?44(?=\d{10})|^0", "", re.sub(r"\D", "", part))
        if part.lstrip("+(")[:1] != "0" and not part.startswith("+") and len(number) < 9:
            return False
        found["phones"].append(number.removeprefix("0"))
        return True

    def as_number(part):
        if len(bare(part)) >= SHORTEST_NUMBER:
            found["numbers"].append(bare(part))
        return True

    def identifier_of(kind):
        def keep(part):
            try:
                found["identifiers"].append((kind, check_identifier(kind, part)))
            except ValidationError:
                return False
            return True

        return keep

    take(rf"\b{PATTERN.lower()}\b", as_reference)
    for kind, pattern in _IDENTIFIERS:
        take(pattern, identifier_of(kind))
    for pattern in _DATES:
        take(pattern, as_date)
    take(_PHONE, as_phone)
    take(r"\S*\d\S*", as_number)
    found["words"] = [word for word in plain(text).split() if word not in _LABELS][:6]
    return Terms(*(tuple(dict.fromkeys(values)) for values in found.values()))


# what people write before a number, which is no name
_LABELS = frozenset({*(kind.lower() for kind in KINDS), "dob", "born", "tel", "phone", "mobile", "ref"})


def _day(part):
    """The day in any form it is written in, or None. Two digits of a year are of the last hundred years."""
    short = None
    if re.fullmatch(r"\d{8}|\d{6}", part):
        forms = ["%d%m%Y", "%Y%m%d"] if len(part) == 8 else ["%d%m%y"]
        for form in forms:
            try:
                day = dt.datetime.strptime(part, form).date()
            except ValueError:
                continue
            if day.year >= 1900:
                break  # and not the day and month of another form
        else:
            return None
    else:
        # of two digits of a year the century is the last one they fit in
        short = re.fullmatch(r"(\d{1,2}(?!\d).*\D)(\d{2})", part)
        try:
            day = DateField().to_python(f"{short[1]}20{short[2]}" if short else part)
        except ValidationError:
            return None
    today = timezone.localdate()
    if day > today and (len(part) == 6 or short):
        day = day.replace(year=day.year - 100)
    return day if day.year >= 1900 and day <= today else None


def _named(words):
    """Q: each of these words is like one of the person's; of a short one more than its first letter is."""
    alike = [Q(search__trigram_word_similar=word) for word in words]
    short = [TrigramWordSimilarity(word, "search") for word in words if len(word) < 4]
    return reduce(and_, [*alike, *(Q(GreaterThan(likeness, SIMILAR)) for likeness in short)])


def _phone(number, part=False):
    return Q(search__contains=number) if part else Q(search__regex=rf"(^| )(0|44|440|0044)?{number}( |$)")


def _parts(terms):
    """Each thing that was typed as a Q over the column."""
    if terms.words:
        yield _named(terms.words)
    for day, digits in terms.dates:
        by_digits = Q(search__contains=digits) if digits else Q()
        yield Q(search__contains=day.isoformat()) | by_digits
    for _, value in terms.identifiers:
        yield Q(search__contains=bare(value))
    for number in terms.phones:
        yield _phone(number, part=True)
    for number in terms.numbers:
        yield Q(search__contains=number)
    for reference in terms.references:
        yield Q(search__contains=reference.lower())


def _exact_enough(terms):
    """Q: what may recognise someone outside one's sight: the full name and date of birth, or a whole number."""
    either = [Identifier.objects.filter(offender=OuterRef("pk"), kind=k, value=v) for k, v in terms.identifiers]
    either = [Exists(rows) for rows in either]
    either += [_phone(number) for number in terms.phones if len(number) >= 9]
    if terms.references:
        either.append(Q(pk__in=Offender.objects.referred_to_as(terms.references).values("pk")))
    full = [word for word in terms.words if len(word) > 1]
    if len(full) > 1 and len(terms.dates) == 1:
        ((day, _),) = terms.dates
        either.append(_named(full) & Q(date_of_birth=day, search__contains=day.isoformat()))
    return reduce(or_, either, Q(pk__in=[]))


def _without_health_numbers(rows, terms, user):
    """Leaves out those whom only a number of a health service brought, for those who may not read it."""
    if Category.HEALTH in user.categories:
        return rows
    health = Identifier.objects.filter(offender=OuterRef("pk"), kind__in=HEALTH_KINDS)
    given = [*(bare(value) for _, value in terms.identifiers), *terms.phones, *terms.numbers]
    given += [digits for _, digits in terms.dates if digits]
    for number in given:
        rows = rows.exclude(Exists(health.filter(value__icontains=number)))
    return rows


def matching(rows, terms, user):
    """The rows that fit all that was typed, or where none does any of it, best first. In a transaction."""
    set_similarity()
    parts = list(_parts(terms))
    if not parts:
        return rows.none()
    rows = ranked(_without_health_numbers(rows, terms, user), terms.words)
    fitting = rows.filter(reduce(and_, parts))
    if (len(parts) == 1 and len(terms.words) < 2) or fitting.exists():
        return fitting
    if len(terms.words) > 2:  # one of three names may be missing from the record
        set_similarity(HALF)
        parts[0] = Q(search__trigram_word_similar=" ".join(terms.words))
    return rows.filter(reduce(or_, parts))


def ranked(rows, words):
    """Each with `likeness`, 0 to 1: how like the words are to the person's, on average. Best first."""
    likeness = [TrigramWordSimilarity(word, "search") for word in words]
    if not likeness:
        return rows.order_by("family_name", "given_names", "id")
    total = reduce(lambda a, b: a + b, likeness) / float(len(likeness))
    return rows.annotate(likeness=total).order_by("-likeness", "family_name", "given_names", "id")


def set_similarity(least=SIMILAR):
    """For this transaction, the index looks for words at least this alike."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(least)])


@transaction.atomic
def search(user, text):
    """What this user's search finds, recorded with who was shown; of what was typed, its kinds alone."""
    terms, seen = read(text), Offender.objects.visible_to(user)
    found = Found(opens=_opened(user, terms))
    if not found.opens:
        rows = list(matching(seen.with_area(), terms, user)[: MOST + 1])
        exact = () if set(terms.kinds) - {"identifiers", "references"} else (*terms.identifiers, *terms.references)
        found = Found(rows[:MOST], len(rows) > MOST, _known(user, terms), restricted(user, exact))
    shown = [*found.rows, *found.known, *([found.opens] if found.opens else [])]
    Event.objects.shown("offender.search", shown, by=user, searched=terms.kinds, known=len(found.known))
    return found


def _opened(user, terms):
    """The record of an exact reference, when it is all that was typed and the user sees it."""
    if len(terms.references) != 1 or len(terms.kinds) > 1:
        return None
    (reference,) = terms.references
    person = Offender.objects.visible_to(user).referred_to_as([reference]).first()
    return person or next((record for opener in OPENERS if (record := opener(user, reference))), None)


def _known(user, terms):
    """People outside the user's sight who fit exactly enough to be recognised."""
    if not user.has_perm("offenders.find_offender"):
        return []
    set_similarity()
    rows = Offender.objects.findable_by(user).exclude(pk__in=Offender.objects.visible_to(user).values("pk"))
    rows = _without_health_numbers(rows.filter(_exact_enough(terms)), terms, user)
    known = list(ranked(rows.with_area(), terms.words)[:MOST_KNOWN])
    for person in known if user.has_perm("offenders.open_emergency") else []:
        person.handle = signing.dumps([str(person.pk), str(user.pk)], salt=HANDLE)
    return known


def recognised(user, handle):
    """Whom this handle stands for, that a search gave this user within the hour; None where it is not such a one."""
    try:
        person, finder = signing.loads(handle, salt=HANDLE, max_age=HANDLE_LASTS)
    except signing.BadSignature:
        return None
    return Offender.objects.findable_by(user).filter(pk=person).first() if finder == str(user.pk) else None


@transaction.atomic
def restricted(user, exact):
    """A Restricted for each person that one of these whole numbers is of, whom the user may not see, where there is
    cause to tell: the user is about to refer them, or the user's team works with them. Each is recorded.

    `exact` are references, and pairs of kind and canonical value. Nothing else ever finds someone restricted.
    """
    references = [one for one in exact if isinstance(one, str)]
    numbers = [Q(kind=kind, value=value) for kind, value in set(exact) - {*references} if kind in kinds_read_by(user)]
    if not (references or numbers):
        return []
    given = Identifier.objects.filter(reduce(or_, numbers, Q(pk__in=[])), offender=OuterRef("pk"))
    referred_to = Q(pk__in=Offender.objects.referred_to_as(references).values("pk"))
    people = Offender.objects.filter(referred_to | Exists(given), is_restricted=True, merged_into=None)
    people = people.exclude(pk__in=Offender.objects.open_to(user).values("pk"))
    if not user.has_perm("offenders.find_offender"):
        people = people.filter(Exists(Involvement.objects.open_to(user).filter(offender=OuterRef("pk"))))
    people = list(people.only("pk")[:MOST_KNOWN])
    if people:
        Event.objects.shown("offender.restricted", people, by=user)
    return [_restricted(person) for person in people]


def _restricted(person):
    hats = deciders(person, person.named_users.on().values("user"))
    return Restricted(tuple(f"{hat.user}, {hat.unit or hat.agency}" for hat in hats))


@transaction.atomic
def likely_matches(user, given_names, family_name, date_of_birth=None, identifiers=(), phone=""):
    """Those who may be the person about to be added, as a list of Match, likeliest first; recorded as shown.

    `identifiers` are pairs of kind and canonical value. Of those outside the user's sight only whoever
    fits exactly enough is given, to those who may find: name, date of birth and area, no more.
    """
    terms = read(phone)._replace(
        words=tuple(plain(f"{given_names} {family_name}").split()),
        dates=((date_of_birth, ""),) if date_of_birth else (),
        identifiers=tuple(identifiers),
    )
    set_similarity()
    alike = Q(likeness__gte=ALIKE) | Q(date_of_birth=None)
    if date_of_birth:
        alike |= Q(date_of_birth=date_of_birth)
    seen = _without_health_numbers(Offender.objects.visible_to(user), terms, user)
    seen = ranked(seen.with_area(), terms.words)
    seen = seen.filter(_named(terms.words) & alike | _exact_enough(terms)) if terms.words else seen.none()
    matches = [Match(person, True) for person in seen[:MOST_KNOWN]]
    matches += [Match(person, False) for person in _known(user, terms)]
    if date_of_birth:
        matches.sort(key=lambda match: match.offender.date_of_birth != date_of_birth)
    people = [match.offender for match in matches]
    Event.objects.shown("offender.match", people, by=user, known=sum(not match.is_visible for match in matches))
    return matches
