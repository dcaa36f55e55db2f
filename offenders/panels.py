"""The parts that pages about a person are made of: what each needs, for this user, and a record that it was shown.

The person's own pages and the case page include the same templates: `offenders/panels/….html`.
"""

from itertools import groupby

from django.core.exceptions import BadRequest
from django.db.models import F, Q
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.text import capfirst

from partners.audit.models import Event
from partners.frame.filters import tags_of
from partners.frame.paging import keyset_page
from partners.frame.templatetags.frame import between, date_or, moment
from partners.roles import Category

from . import amend
from .facts import FACTS
from .filters import TimelineFilter
from .forms import NoteForm
from .models import NEWEST_FIRST, Consent, EmergencyAccess, Entry, Involvement, Offender, Restriction
from .restriction_forms import said
from .steps import steps_of

EMERGENCIES = 20  # the latest
LOOKS = 100  # events read for a page of who has seen a person

# What other apps offer on a person's page: functions of (user, offender) that return (label, address), or None.
OFFERS = []

WHO = [
    "given_names", "family_name", "date_of_birth", "sex", "gender", "ethnicity", "officer_ethnicity", "language",
    "needs_interpreter", "access_needs", "deceased_on",
]  # fmt: skip
CONTACT = ["phone", "email", "no_messages", "safe_contact"]
ONLY_IF_KNOWN = {"gender", "language", "needs_interpreter", "access_needs", "no_messages", "deceased_on"}


def identity(user, offender, **more):
    """For frame/identity_bar.html: who the page is about."""
    born = date_or(offender.date_of_birth, "Date of birth not known")
    about = "about " if offender.is_birth_date_about else ""
    age = offender.age()
    facts = [f"Born {about}{born}, aged {about}{age}" if age is not None else born, f"Reference {offender.reference}"]
    tags = [("Deceased", "govuk-tag--grey")] if offender.deceased_on else []
    tags += [("Restricted", "govuk-tag--purple")] if offender.is_restricted else []
    markers = [str(marker) for marker in offender.markers.on()]
    return {"title": str(offender), "facts": facts, "tags": tags, "markers": markers, **more}


def overview(user, offender):
    """For panels/overview.html: the facts, as far as the user's hat reads them, each with its standing."""
    police = Category.POLICE in user.categories
    (offender,) = amend.attach([offender], user)
    aliases = amend.attach(offender.aliases.all(), user)
    addresses = amend.attach(offender.addresses.select_related("area"), user)
    numbers = amend.attach(offender.identifiers.readable_by(user), user)
    markers = amend.attach(offender.markers.all(), user)
    works = Offender.objects.worked_by(user).filter(pk=offender.pk).exists()
    return {
        "offender": offender,
        "who": facts_of(offender, WHO),
        "aliases": [(row.get_kind_display(), row, row.amend_url) for row in aliases],
        "contact": facts_of(offender, CONTACT),
        "addresses": [
            (between(row.valid_from, row.valid_to), f"{row}, {row.area}", row.amend_url) for row in addresses
        ],
        "numbers": [(row.get_kind_display(), row.value, row.amend_url) for row in numbers],
        "markers": [(str(row), _warning(row, police), row.amend_url) for row in markers],
        "amendments": amend.newest_first([offender, *aliases, *addresses, *numbers, *markers]),
        "add": [
            (fact.label, reverse("offenders:add_fact", args=[offender.pk, name]))
            for name, fact in FACTS.items()
            if works and user.has_perm(fact.permission)
        ],
    }


def facts_of(offender, names):
    """(label, value and how it is known) of each of these fields, but those not known that need not be said."""
    rows = []
    for name in names:
        field, value = Offender._meta.get_field(name), getattr(offender, name)
        if name in ONLY_IF_KNOWN and not value:
            continue
        words = getattr(offender, f"get_{name}_display")() if field.choices else value
        if name in ("date_of_birth", "deceased_on") and value:
            words = date_or(value)
        elif isinstance(value, bool):
            words = "Yes"
        if name == "date_of_birth" and offender.is_birth_date_about:
            words = f"About {words}"
        standing = dict(Offender.Standing.choices).get(offender.standing.get(name))
        rows.append((capfirst(field.verbose_name), f"{words} ({standing.lower()})" if words and standing else words))
    return rows


def _warning(marker, police):
    """What a warning says, and until when it held where it does no longer."""
    said = (marker.detail if police else "") or "No detail"
    return said if marker.holds() else f"{between(marker.valid_from, marker.valid_to)}. {said}"


def timeline(user, offender, params, *, request, form=None):
    """For panels/timeline.html: a page of what happened, newest first, and the composer. Raises BadRequest."""
    rows = Entry.objects.visible_to(user).filter(offender=offender)
    filterset = TimelineFilter(params, queryset=rows, request=request)
    if filterset.problem:
        raise BadRequest(filterset.problem)
    page = keyset_page(filterset.qs.with_names(), NEWEST_FIRST, params)
    leads = pages_open(request, {entry.url for entry in page.rows if entry.url})
    Event.objects.shown("entry.list", page.rows or [offender], by=user, subject=offender, filters=sorted(params))
    return {
        "offender": offender,
        "entries": [_line(entry, leads) for entry in page.rows],
        "page": page,
        "filterset": filterset,
        "filter_tags": tags_of(filterset.form, params),
        "form": form or (NoteForm(user=user) if user.has_perm("offenders.add_note") else None),
    }


def pages_open(request, addresses):
    """Those of these addresses of records' pages that are not a 404 to the user: a line says more than its page opens.

    One of a person is left as it is: that of somebody merged leads on. A page that is no record's is not led to, nor
    one that is no more.
    """
    asked, found = {}, set()
    for address in addresses:
        try:
            match = resolve(address.partition("#")[0])
        except Resolver404:
            continue
        if page := getattr(match.func, "view_class", None):
            asked.setdefault(page, {}).setdefault(match.kwargs["pk"], set()).add(address)
    for page, keys in asked.items():
        rows = page(request=request).scope()
        theirs = keys if rows.model is Offender else rows.filter(pk__in=keys).values_list("pk", flat=True)
        found |= {address for pk in theirs for address in keys[pk]}
    return found


def _line(entry, leads):
    """The entry as frame/timeline.html takes it; the text of a note stands under its heading."""
    heading, _, text = entry.sentence.partition(": ") if entry.kind == Entry.Kind.NOTE else (entry.sentence, "", "")
    return {
        "sentence": heading,
        "text": text,
        "url": entry.url if entry.url in leads else "",
        "happened_at": entry.happened_at,
        "by_name": str(entry.by),
        "agency_name": str(entry.agency),
        "category_label": entry.get_category_display().partition(":")[0],
    }


def why(user, offender):
    """Why the user sees this person, for offenders/why.html: the work that goes on before what is ending."""
    rows = Involvement.objects.open_to(user).filter(offender=offender).with_reason()
    reason = rows.order_by(F("valid_to").desc(nulls_first=True), "-valid_from", "-id").first()
    if reason:
        named = " and you are one of the people named" if offender.is_restricted else ""
        return f"You see this because {reason.sentence}{named}."
    opened = EmergencyAccess.objects.live().of(user).filter(offender=offender).first()
    return f"You see this because you opened it in an emergency, until {opened.until}." if opened else ""


def sharing(user, offender, params):
    """For panels/sharing.html: why the user sees the person, who else does, consents, and who has looked."""
    live = Involvement.objects.live().filter(offender=offender).with_reason()
    reads_all = user.has_perm("offenders.view_sharing")
    page = None
    if reads_all:
        page = keyset_page(Event.objects.naming(offender).with_names(), ("-at", "-id"), params, size=LOOKS)
    Event.objects.shown("offender.sharing", [offender], by=user, subject=offender)
    works = Offender.objects.worked_by(user).filter(pk=offender.pk).exists()
    may_record = works and user.has_perm("offenders.add_consent")
    consents = Consent.objects.visible_to(user).filter(offender=offender).with_names().prefetch_related("covers")
    consents = amend.attach(consents, user)
    emergencies = EmergencyAccess.objects.filter(Q(offender=offender) | Q(offender__merged_into=offender))
    emergency = emergencies.live().of(user).first()
    return {
        "offender": offender,
        "mine": [
            *(row.sentence for row in live.of(user)),
            *([f"You opened them in an emergency, until {emergency.until}"] if emergency else []),
        ],
        "emergencies": list(emergencies.with_names()[:EMERGENCIES]) if reads_all else [],
        "reads_all": reads_all,
        "others": [row.sentence for row in live.exclude(pk__in=live.of(user).values("pk"))] if reads_all else [],
        "consents": [_answer(row, may_record) for row in consents],
        "consents_amended": amend.newest_first(consents),
        "restriction": restriction(user, offender),
        "page": page,
        "looks": _looks(page.rows) if page else [],
        "may_add_consent": may_record,
        "works": works,
    }


def restriction(user, offender):
    """For panels/restriction.html: who is named, what is proposed, what the user may do. None: nothing to say."""
    may_propose = Offender.objects.restrictable_by(user).filter(pk=offender.pk).exists()
    proposal = Restriction.objects.visible_to(user).open().filter(offender=offender).with_names().first()
    named = list(offender.named_users.on().select_related("user")) if offender.is_restricted else []
    if not (named or may_propose):
        return None
    return {
        "named": named,
        "may_propose": may_propose and not proposal,
        "proposed": said(proposal) if proposal else [],
        "steps": steps_of(proposal, user, "offenders:restriction_") if proposal else [],
    }


def _answer(consent, may_withdraw):
    """One answer in words, with what became of it."""
    how_said = f"{consent.get_how_display()}, {date_or(consent.answered_on)}"
    if consent.giver != Consent.Giver.PERSON:
        how_said += f", by {consent.giver_name} ({consent.get_giver_display().lower()})"
    if consent.language:
        how_said += f", in {consent.language}" + (f" through {consent.interpreter}" if consent.interpreter else "")
    covers = ", ".join(str(agency) for agency in consent.covers.all())
    ended = ""
    if consent.withdrawn_by:
        how = consent.get_withdrawn_how_display().lower()
        ended = f"Withdrawn {moment(consent.ended_at)}, {how}, recorded by {consent.withdrawn_by}: "
        ended += consent.withdrawn_why
    elif not consent.stands:
        ended = f"Answered again {moment(consent.ended_at)}"
    stands = consent.stands and consent.is_given
    return {
        "purpose": consent.get_purpose_display(),
        "agency": str(consent.agency),
        "covers": covers,
        "answer": "Given" if consent.is_given else "Refused",
        "tag": "govuk-tag--green" if stands else "govuk-tag--grey" if consent.is_given else "govuk-tag--red",
        "said": how_said,
        "words": consent.words,
        "taken": f"Recorded by {consent.recorded_by}, {consent.by_agency}, {moment(consent.recorded_at)}",
        "ended": ended,
        "opens": Consent.OPENS[consent.purpose] if stands else "",
        "amend_url": consent.amend_url,
        "withdraw_url": reverse("offenders:withdraw_consent", args=[consent.offender_id, consent.pk])
        if may_withdraw and stands
        else "",
    }


def _looks(events):
    """One line for what the same user did as the same role on the same day, one after another."""

    def whose(event):
        return event.by_id, event.role, event.agency_id, timezone.localdate(event.at)

    looks = []
    for _, group in groupby(events, whose):
        group = list(group)
        first, last = group[-1], group[0]
        team = first.unit or first.agency
        looks.append(
            {
                "day": timezone.localdate(first.at),
                "from": timezone.localtime(first.at),
                "to": timezone.localtime(last.at),
                "by": str(first.by or "Nobody signed in"),  # a link was answered, or a message went out
                "as": ", ".join(str(part) for part in (first.get_role_display(), team) if part),
                "purpose": first.purpose,
                "did": list(dict.fromkeys(event.did for event in reversed(group))),
            }
        )
    return looks
