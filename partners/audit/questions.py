"""The ten questions that are asked of the record, and how each is answered. Pages, files, API and command ask here."""

import datetime as dt
import uuid
from typing import NamedTuple

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.db import connection
from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.utils import timezone

from offenders.models import Consent, EmergencyAccess, Offender
from partners.dated import midnight
from partners.frame.forms import DateField, FilterForm
from partners.models import Agency, Membership, User
from partners.roles import label_of

from . import words
from .models import Event
from .views import LARGEST_EXPORT, name_people, references

A_YEAR = dt.timedelta(days=365)
# what leaves as a file: lists taken away, and papers made for a person
FILES = Q(verb__endswith=".export") | Q(verb="document.download") | Q(kind=Event.Kind.DISCLOSURE, detail__has_key="to")
CHANGED = Q(after__isnull=False) | ~Q(reason="")  # reading the back office's lists of them is administration too
OF_ROLES = Q(verb__startswith="membership.") | Q(verb__startswith="user.") | Q(verb="accessreview.decide")


class Question(NamedTuple):
    """A question of the record. `asks` are the fields it needs, `may_ask` those it can do without."""

    title: str
    sentence: str
    asks: tuple
    columns: list
    answer: object  # what it is told -> rows of values, as long as the columns
    may_ask: tuple = ("since", "until")


class QuestionForm(FilterForm):
    """What a question needs to know."""

    person = forms.CharField(help_text="Their reference, or the id that the record has.", max_length=40)
    user = forms.EmailField(help_text="Their e-mail address.", widget=forms.EmailInput({"spellcheck": "false"}))
    agency = forms.ModelChoiceField(Agency.objects.all(), empty_label=None)
    address = forms.GenericIPAddressField(label="IP address")
    since = DateField(label="From", help_text="Leave empty for the last 12 months.")
    until = DateField(label="To", help_text="Leave empty for today.")

    def __init__(self, data, *, question):
        super().__init__(data)
        self.question = question
        for name in set(self.fields) - {*question.asks, *question.may_ask}:
            del self.fields[name]
        for name in question.may_ask:
            self.fields[name].required = False

    def clean_person(self):
        text = self.cleaned_data["person"].replace(" ", "").upper()
        try:
            return [uuid.UUID(text)]  # their person may be erased
        except ValueError:
            people = Offender.objects.referred_to_as([text])
        if ids := [pk for person in people for pk in person.all_ids]:
            return ids
        raise ValidationError("Nobody has this reference. Names and other numbers are not looked for here.")

    def clean_user(self):
        text = User.objects.address_of(self.cleaned_data["user"])
        user = User.objects.filter(email=text).first() if text else None
        if text and user is None:
            raise ValidationError("Nobody has an account with this e-mail address.")
        return user

    def clean(self):
        said = super().clean()
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day cannot be before the first.")
        return said

    @property
    def people(self):
        """The ids of the person asked about; none where the question is of nobody."""
        return self.cleaned_data.get("person", [])

    def rows(self):
        """The answer. Raises BadRequest where it is longer than a file may be."""
        said = dict(self.cleaned_data)
        today = timezone.localdate()
        since, until = said.get("since") or today - A_YEAR, said.get("until") or today
        said["begins"], said["ends"] = midnight(since), midnight(until + dt.timedelta(days=1))
        rows = self.question.answer(said)[: LARGEST_EXPORT + 1]
        if len(rows) > LARGEST_EXPORT:
            raise BadRequest(f"The answer has more than {LARGEST_EXPORT:,} lines. Choose fewer days.")
        return rows


def ask(form, *, by):
    """The answer to a valid form, recorded as read: rows of values."""
    rows = form.rows()
    name = next(name for name, question in QUESTIONS.items() if question is form.question)
    filters = {key: form.data[key] for key in sorted(form.data) if key != "person" and form.data[key]}
    Event.objects.record(
        Event.Kind.CONSULTATION, "audit.question", by=by, offenders=form.people, question=name, rows=len(rows),
        filters=filters,
    )  # fmt: skip
    return rows


# words


def _within(said):
    return Event.objects.filter(at__gte=said["begins"], at__lt=said["ends"])


def _who(event):
    """Name, address, role and agency of who did it."""
    by = event.by
    return [str(by or ""), by.email if by else "", event.get_role_display(), str(event.agency or "")]


WHO = ["Name", "E-mail address", "Role", "Agency"]


def _newest(events):
    return list(events.with_names().order_by("-at", "-id")[: LARGEST_EXPORT + 1])


def _with_people(events, tell):
    """A row of each event by `tell(event, people)`; people by reference, the first few and how many more."""
    name_people(events)
    return [
        tell(event, ", ".join(event.people) + (f" and {event.others} more" if event.others else "")) for event in events
    ]


def _grouped(sql, parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


# the questions


def who_saw(said):
    groups = (
        _within(said)
        .filter(kind=Event.Kind.CONSULTATION, offenders__overlap=said["person"], by__isnull=False)
        .order_by()
        .values("by", "role", "agency__name")
        .annotate(
            opened=Count("pk", filter=~Q(subject_id="")), times=Count("pk"), first=Min("at"), last=Max("at"),
        )
        .order_by("-last")
    )  # fmt: skip
    groups = list(groups[: LARGEST_EXPORT + 1])
    users = User.objects.in_bulk({row["by"] for row in groups})
    return [
        [str(users[row["by"]]), users[row["by"]].email, label_of(row["role"]), row["agency__name"] or "", row["opened"],
         row["times"], row["first"], row["last"]]
        for row in groups
    ]  # fmt: skip


SEEN = """
    SELECT person, count(*) FILTER (WHERE subject_id <> ''), count(*), min(at), max(at)
    FROM audit_event, unnest(offenders) AS person
    WHERE by_id = %(user)s AND kind = 'consultation' AND at >= %(begins)s AND at < %(ends)s
    GROUP BY person ORDER BY max(at) DESC, person LIMIT %(most)s
"""


def what_was_seen(said):
    groups = _grouped(SEEN, said | {"user": said["user"].pk, "most": LARGEST_EXPORT + 1, "agency": None})
    known = references([person for person, *_ in groups])
    return [[known.get(person, str(person)), *rest] for person, *rest in groups]


def _of_user(events, said):
    return events.filter(by=said["user"]) if said.get("user") else events


def what_was_taken(said):
    kinds = [Event.Kind.CONSULTATION, Event.Kind.DISCLOSURE, Event.Kind.ADMINISTRATION]
    events = _newest(_of_user(_within(said).filter(FILES, kind__in=kinds), said))
    return _with_people(
        events,
        lambda event, people: [
            event.at, *_who(event), event.did, event.detail.get("rows", ""), people,
            event.detail.get("to", "themselves, as a file"),
        ],
    )  # fmt: skip


def what_was_disclosed(said):
    events = _newest(_within(said).filter(kind=Event.Kind.DISCLOSURE, recipient=said["agency"]))

    def under(event):
        return ", ".join(event.detail.get("agreements") or []) or str(event.agreement or "none: its own work")

    return _with_people(
        events, lambda event, people: [event.at, people, *_who(event), event.did, under(event), event.reason]
    )


def who_changed_roles(said):
    events = _newest(_within(said).filter(OF_ROLES, CHANGED, kind=Event.Kind.ADMINISTRATION))
    hats = {event.detail.get("membership") or event.subject_id for event in events}
    hats = [pk for pk in hats if _is_uuid(pk)]
    whose = {str(hat.pk): f"{hat.user}: {hat}" for hat in Membership.objects.filter(pk__in=hats).select_related(
        "user", "agency", "unit")}  # fmt: skip
    whose |= {str(user.pk): str(user) for user in User.objects.filter(pk__in=hats)}
    return [
        [event.at, *_who(event), event.did,
         whose.get(event.detail.get("membership") or event.subject_id, event.subject_id), _plain(event.before),
         _plain(event.after), event.reason]
        for event in events
    ]  # fmt: skip


def _is_uuid(text):
    try:
        return bool(uuid.UUID(str(text)))
    except ValueError:
        return False


def _plain(values):
    return ", ".join(f"{words.plain(key)}: {value}" for key, value in sorted((values or {}).items()) if value != "")


def what_was_refused(said):
    events = _newest(_of_user(_within(said).filter(kind=Event.Kind.REFUSED), said))
    return [
        [event.at, *_who(event), event.did, words.address(event.detail.get("address", "")),
         _plain(event.detail.get("asked")), event.ip_address or ""]
        for event in events
    ]  # fmt: skip


def emergencies(said):
    rows = EmergencyAccess.objects.filter(opened_at__gte=said["begins"], opened_at__lt=said["ends"]).with_names()
    return [
        [row.opened_at, row.closes_at, str(row.user), row.user.email, str(row.unit or row.agency),
         row.offender.reference, row.reason, row.get_status_display(), str(row.reviewed_by or ""),
         row.get_outcome_display(), row.note]
        for row in rows[: LARGEST_EXPORT + 1]
    ]  # fmt: skip


OF_RESTRICTED = """
    SELECT person, by_id, role, agency_id, count(*) FILTER (WHERE verb = 'offender.restricted'), count(*), min(at),
      max(at)
    FROM audit_event, unnest(offenders) AS person
    WHERE kind = 'consultation' AND at >= %(begins)s AND at < %(ends)s AND by_id IS NOT NULL
      AND offenders && %(restricted)s::uuid[] AND person = ANY (%(restricted)s::uuid[])
    GROUP BY 1, 2, 3, 4 ORDER BY max(at) DESC, person, by_id LIMIT %(most)s
"""


def who_read_restricted(said):
    known = dict(Offender.objects.filter(is_restricted=True).values_list("pk", "reference"))
    if not known:
        return []
    said = {"begins": said["begins"], "ends": said["ends"], "restricted": list(known), "most": LARGEST_EXPORT + 1}
    groups = _grouped(OF_RESTRICTED, said)
    users = User.objects.in_bulk({row[1] for row in groups})
    agencies = Agency.objects.in_bulk({row[3] for row in groups if row[3]})
    return [
        [known[person], str(users[by]), users[by].email, label_of(role), str(agencies.get(agency, "")), times - told,
         told, first, last]
        for person, by, role, agency, told, times, first, last in groups
    ]  # fmt: skip


def signed_in_from(said):
    here = Q(ip_address=said["address"]) | Q(detail__ip_address=said["address"])
    events = _newest(_within(said).filter(here, kind=Event.Kind.SIGN_IN))
    return [[event.at, event.did, *_who(event)] for event in events]


def shown_after_withdrawal(said):
    """Of each yes that was taken back, or followed by a no: what its agency was shown of the person from then on."""
    rows = []
    answers = Consent.objects.filter(offender__in=said["person"])
    refused = answers.filter(
        purpose=OuterRef("purpose"), agency=OuterRef("agency"), answer="refused", recorded_at__gte=OuterRef("ended_at")
    )
    answers = answers.filter(Q(withdrawn_by__isnull=False) | Q(Exists(refused), answer="given")).with_names()
    for consent in answers.order_by("-ended_at", "-pk"):
        shown = Event.objects.filter(kind=Event.Kind.CONSULTATION, offenders__overlap=said["person"])
        shown = shown.filter(agency=consent.agency_id, at__gte=consent.ended_at)
        rows += [
            [consent.get_purpose_display(), str(consent.agency), consent.ended_at, event.at, *_who(event), event.did]
            for event in _newest(shown)
        ]
    return rows


PERIOD = ("since", "until")
QUESTIONS = {
    "who-saw": Question(
        "Who has seen this person?", "Everyone to whom a person was shown, how often, and when first and last.",
        ("person",), [*WHO, "Records opened", "Times shown", "First", "Last"], who_saw,
    ),
    "what-was-seen": Question(
        "Whom did this user see?", "Everyone who was shown to a user, how often, and when first and last.", ("user",),
        ["Person", "Records opened", "Times shown", "First", "Last"], what_was_seen,
    ),
    "what-was-taken": Question(
        "Who took what away as a file?", "Lists taken away as files, and papers made for a person.", (),
        ["When", *WHO, "What", "Rows", "People", "For"], what_was_taken, ("user", *PERIOD),
    ),
    "what-was-disclosed": Question(
        "What was disclosed to this agency?", "Each disclosure to an agency, by whom, and under which agreement.",
        ("agency",), ["When", "People", *WHO, "What", "Under", "Reason"], what_was_disclosed,
    ),
    "roles": Question(
        "Who changed who may act?", "Accounts and roles given, changed, kept in a review, ended and closed.", (),
        ["When", *WHO, "What", "Whose", "Before", "After", "Reason"], who_changed_roles,
    ),
    "refused": Question(
        "Who was refused what?", "Each page and record that was asked for, and refused.", (),
        ["When", *WHO, "How", "What", "Asked", "IP address"], what_was_refused, ("user", *PERIOD),
    ),
    "emergencies": Question(
        "Whom did anyone open in an emergency?", "Each emergency access, why, and what came of looking into it.", (),
        ["Opened", "Closed", "Name", "E-mail address", "Team", "Person", "Why", "Status", "Reviewed by", "Outcome",
         "Found"], emergencies,
    ),
    "restricted": Question(
        "Who read of people who are restricted?",
        "Of those restricted today: to whom they were shown, and who asked and was told only that they are.", (),
        ["Person", *WHO, "Times shown", "Told only that they are", "First", "Last"], who_read_restricted,
    ),
    "signed-in": Question(
        "Who signed in from this address?", "Each sign-in, failed or not, and sign-out from an IP address.",
        ("address",), ["When", "What", *WHO], signed_in_from,
    ),
    "after-withdrawal": Question(
        "What was shown after consent was withdrawn?",
        "Of each answer that a person took back: what its agency was shown of them from then on, on whatever ground.",
        ("person",), ["Consent", "Agency", "Withdrawn", "Shown", *WHO, "What"], shown_after_withdrawal, (),
    ),
}  # fmt: skip
