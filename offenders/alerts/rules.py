"""What reading is out of the ordinary, worked out of the record: a table of rules, each asked of each reader's day.

A rule finds reading to look into, and no fault: whoever looks asks for the reason. That someone was let in is looked
into too: who gives a role to a friend reads through them.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from typing import NamedTuple

from django.db.models import OuterRef, Q, Subquery, UUIDField
from django.db.models.functions import Coalesce
from django.utils import timezone

from offenders.models import Alias, Involvement, Offender
from partners.audit.models import Event
from partners.dated import midnight
from partners.models import OF_A_SYSTEM, Membership, Setting, User
from partners.settings import last_setting

from .models import Alert

DAYS = 7  # so far back each time: what was not looked at while nothing ran is made up for
# Of as many as are very many to open in a day: so many times as many to be shown in lists; and one in so many at night,
# in files, in searches for people one's agency has no part in, or in being refused
LISTED, FEW = 10, 6
SEARCHES, REFUSED = ("offender.search", "subjectrequest.find"), Event.Kind.REFUSED
TO_A_FILE = (".export", "document.download")
# what lets someone in, or in as another, or lets data out; of changes those of the field beside it
LETS_IN = ("membership.add", "system.add", "token.make", "hook.add", "second_step.take_away")
LETS_IN_BY = {"user.change": "email", "membership.change": "valid_to"}
OF_A_SETTING = ("setting.add", "setting.change")
OF_REVIEWERS = ("audit.", "alert.")  # what those who look into reading read themselves


class Reader(NamedTuple):
    """What one user read, took away, was refused, and whom they gave roles, for one agency in a day.

    `names` are of the people they opened or found.
    """

    user: User
    agency_id: object
    day: dt.date
    events: list
    names: dict  # {id of a person: {(given names, family name)}}, in small letters
    emails: dict  # {id of a person: e-mail address}
    staff: set  # (given names, family name) of all who work here

    @property
    def opened(self):
        """The events in which one record was opened, not a list."""
        return [event for event in self.events if event.subject_id and event.kind == Event.Kind.CONSULTATION]

    @property
    def searches(self):
        """The searches that found anyone."""
        return [event for event in self.events if event.verb in SEARCHES and event.offenders]

    def read_whose(self, is_odd):
        """Of what was opened that which names someone of whom `is_odd` holds; of searches those that found no other."""
        opened = [event for event in self.opened if any(map(is_odd, event.offenders))]
        return opened + [event for event in self.searches if all(map(is_odd, event.offenders))]

    @property
    def own_name(self):
        return _plain(self.user.given_names), _plain(self.user.family_name)


def _plain(name):
    return " ".join(name.split()).casefold()


def _uuid(text):
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _people(events):
    return {pk for event in events for pk in event.offenders}


def _limit(day):
    (most,) = last_setting("alert_people", day)  # one that an administrator ended silences nothing
    return int(most)


def many(reader):
    """More people opened than anyone works with in a day, or far more shown in lists and searches."""
    most = _limit(reader.day)
    if len(_people(reader.opened)) > most:
        return reader.opened
    shown = [event for event in reader.events if event.offenders]
    return shown if len(_people(shown)) > most * LISTED else []


def night(reader):
    """More than a few people opened between the hours of the setting."""
    begins, ends = last_setting("alert_hours", reader.day)
    hours = [hour for hour in range(24) if (begins <= hour or hour < ends if begins > ends else begins <= hour < ends)]
    opened = [event for event in reader.opened if timezone.localtime(event.at).hour in hours]
    return opened if len(_people(opened)) > _limit(reader.day) // FEW else []


def namesake(reader):
    """Someone with the reader's family name, or with their e-mail address."""
    _, family = reader.own_name

    def is_odd(pk):
        same_name = any(name == family for _, name in reader.names.get(pk, ()))
        return same_name or reader.emails.get(pk) == reader.user.email

    return reader.read_whose(is_odd)


def colleague(reader):
    """Someone with the whole name of another member of staff."""
    others = reader.staff - {reader.own_name}
    return reader.read_whose(lambda pk: not others.isdisjoint(reader.names.get(pk, ())))


def no_part(reader):
    """More than a few people who came up in searches, or one in more than a few, with whom the agency never had
    anything to do."""
    few, searches = _limit(reader.day) // FEW, reader.searches
    found = Counter(pk for event in searches for pk in set(event.offenders))
    if found.total() <= few:
        return []
    theirs = set(
        Involvement.objects.filter(agency=reader.agency_id, offender__in=found).values_list("offender", flat=True)
    )
    strangers = set(found) - theirs
    if len(strangers) <= few:
        strangers = {pk for pk in strangers if found[pk] > few}
    return [event for event in searches if not strangers.isdisjoint(event.offenders)]


def restricted(reader):
    """Someone asked for by an exact number or reference, of whom they were told only that they are restricted; or by
    the id of their record, and refused."""
    asked = {
        event.pk: _uuid(event.detail.get("asked", {}).get("pk")) for event in reader.events if event.kind == REFUSED
    }
    ids = set(filter(None, asked.values()))
    people = set(Offender.objects.filter(pk__in=ids, is_restricted=True).values_list("pk", flat=True)) if ids else ()
    return [event for event in reader.events if event.verb == "offender.restricted" or asked.get(event.pk) in people]


def refused(reader):
    """Refused more than a few times."""
    refusals = [event for event in reader.events if event.kind == REFUSED]
    return refusals if len(refusals) > _limit(reader.day) // FEW else []


def taken(reader):
    """Files taken away that hold more than a few people: what leaves is out of reach of every rule here."""
    files = [event for event in reader.events if event.verb.endswith(TO_A_FILE)]
    return files if len(_people(files)) > _limit(reader.day) // FEW else []


def roles(reader):
    """All by which someone was let in, or made longer to be: of a friend's nothing else is odd. And what was changed of
    the settings of these rules."""
    events = [event for event in reader.events if event.kind == Event.Kind.ADMINISTRATION]
    ours = set()
    if any(event.verb in OF_A_SETTING for event in events):
        ours = {str(pk) for pk in Setting.objects.filter(key__startswith="alert_").values_list("pk", flat=True)}
    return [
        event
        for event in events
        if event.verb in LETS_IN
        or (LETS_IN_BY.get(event.verb) in (event.after or {}) and _is_later(event))
        or (event.verb in OF_A_SETTING and event.subject_id in ours)
    ]


def _is_later(event):
    """Of a last day that was changed, whether it is a later one now, or none; of anything else, yes."""
    before, after = (event.before or {}).get("valid_to"), event.after.get("valid_to")
    return "valid_to" not in event.after or after is None or (before is not None and after > before)


R = Alert.Rule
RULES = {
    R.MANY: many, R.NIGHT: night, R.NAMESAKE: namesake, R.COLLEAGUE: colleague, R.NO_PART: no_part,
    R.RESTRICTED: restricted, R.REFUSED: refused, R.TAKEN: taken, R.ROLES: roles,
}  # fmt: skip
# of which it is the person that is odd, not how many: once there is a reason to read them, there is one the next day
OF_SOMEONE = {R.NAMESAKE, R.COLLEAGUE}
# what is odd of a partner system too, which reads many, at any hour, and has no name of its own
OF_SYSTEMS = {R.RESTRICTED, R.REFUSED}


def look(today=None):
    """Raise what the rules find in the last days. Run again, it finds the same alerts. Returns those it found."""
    today = today or timezone.localdate()
    days = [today - dt.timedelta(days=ago) for ago in reversed(range(DAYS))]
    return [alert for day in days for reader in readers_of(day) for alert in _found(reader)]


def _found(reader):
    settled = defaultdict(set)
    for alert in Alert.objects.filter(user=reader.user, agency=reader.agency_id, day=reader.day).exclude(status="open"):
        settled[alert.rule].update(alert.events)
    is_system = reader.user.email.endswith(OF_A_SYSTEM)
    for rule, finds in RULES.items():
        if is_system and rule not in OF_SYSTEMS:
            continue
        events = [event for event in reader.events if event.pk not in settled[rule]]
        events = finds(reader._replace(events=events))
        if events and rule in OF_SOMEONE:
            events = _without_a_reason(rule, reader, events)
        if events:
            yield Alert.found(rule, user=reader.user, agency_id=reader.agency_id, day=reader.day, events=events)


def _without_a_reason(rule, reader, events):
    """Those that name someone else than whom this reader had a reason to read, as someone found who looked."""
    cleared = Alert.objects.filter(user=reader.user, rule=rule, status=Alert.Status.CLEARED)
    ids = [pk for one in cleared.values_list("events", flat=True) for pk in one]
    known = _people(Event.objects.filter(pk__in=ids).only("offenders"))
    return [event for event in events if not known.issuperset(event.offenders)]


def readers_of(day):
    """Everyone who read, or was refused, anything that day, or let someone in: a Reader for each agency they acted for.

    Who has no role left is refused as one of the agency where they had their last.
    """
    last = Membership.objects.filter(user=OuterRef("by")).order_by("-valid_from", "-pk").values("agency")[:1]
    rows = Event.objects.filter(at__gte=midnight(day), at__lt=midnight(day + dt.timedelta(days=1)), by__isnull=False)
    rows = rows.filter(
        Q(kind__in=[Event.Kind.CONSULTATION, REFUSED])
        | Q(kind=Event.Kind.ADMINISTRATION, verb__in=[*LETS_IN, *LETS_IN_BY, *OF_A_SETTING])
    )
    rows = rows.annotate(of=Coalesce("agency", Subquery(last), output_field=UUIDField())).filter(of__isnull=False)
    rows = rows.only("at", "kind", "verb", "by_id", "offenders", "subject_id", "detail", "before", "after").order_by(
        "pk"
    )
    theirs, opened = defaultdict(list), set()
    for event in rows.iterator():
        if not event.verb.startswith(OF_REVIEWERS):
            theirs[event.by_id, event.of].append(event)
            opened.update(event.offenders if event.subject_id or event.verb in SEARCHES else ())
    if not theirs:
        return []
    names, emails = _names(opened)
    staff = {
        (_plain(given), _plain(family)) for given, family in User.objects.values_list("given_names", "family_name")
    }
    users = User.objects.in_bulk({user for user, _ in theirs})
    return [Reader(users[user], agency, day, events, names, emails, staff) for (user, agency), events in theirs.items()]


def _names(ids):
    names, emails = defaultdict(set), {}
    for pk, given, family, email in Offender.objects.filter(pk__in=ids).values_list(
        "pk", "given_names", "family_name", "email"
    ):
        names[pk].add((_plain(given), _plain(family)))
        emails[pk] = email.lower()
    for pk, given, family in Alias.objects.filter(offender__in=ids).values_list(
        "offender", "given_names", "family_name"
    ):
        names[pk].add((_plain(given), _plain(family)))
    return names, emails
