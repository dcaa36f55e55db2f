"""What changed since: the record's changes, of the rows that a user sees now, in an order that nothing slips into.

Ids are drawn before they are committed, so that a lower one may come to sight after a higher. Changes are told in the
order of the transactions that wrote them, and only of those before which no other is under way any more.
"""

import datetime as dt
import re
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection
from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.http import HttpRequest
from django.urls import resolve, reverse
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from partners.audit.models import CHANGING, Event

# what changes are told of: {table: its name in the API}; the rooms' words alone, nothing of theirs is imported
KINDS = {
    "offenders.offender": "offender",
    "offenders.alias": "alias",
    "offenders.identifier": "identifier",
    "offenders.address": "address",
    "offenders.marker": "marker",
    "offenders.note": "note",
    "offenders.consent": "consent",
    "documents.document": "document",
    "referrals.referral": "referral",
    "referrals.resolution": "resolution",
    "referrals.task": "task",
    "referrals.deadline": "deadline",
    "booking.appointment": "appointment",
    "booking.contactattempt": "contact-attempt",
    "booking.intervention": "intervention",
    "rehab.case": "case",
    "rehab.assessment": "assessment",
    "rehab.placement": "placement",
    "rehab.progress": "progress",
    "rehab.absence": "absence",
    "rehab.placementquestion": "placement-question",
    "rehab.preparation": "preparation",
    "rehab.followup": "follow-up",
    "rehab.followupattempt": "follow-up-attempt",
    "rehab.funding": "funding",
    "rehab.payment": "payment",
    "rehab.overspend": "overspend",
    "rehab.plan": "plan",
    "rehab.plandomain": "plan-domain",
    "rehab.action": "action",
    "rehab.review": "review",
}
OPENED = "involvement.open"  # a person was opened to an agency: told to that one, of the person
READ_AT_ONCE = 1000  # events of the record that one answer goes through; who sees few of them asks again
CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})")
BEGINNING, LAST = (0, 0), 10**18 - 1


class Change(NamedTuple):
    """One change of one row, and the people whom it concerns."""

    kind: str
    id: str
    what: str
    at: dt.datetime
    offender_ids: list
    event: int

    @property
    def address(self):
        return reverse(f"api:{self.kind}-detail", args=[self.id])


class Since(NamedTuple):
    """The changes after a cursor, the cursor to ask after next, and whether there may be more already."""

    changes: list
    cursor: tuple
    more: bool


def horizon():
    """(the first transaction that is perhaps under way still, the next there will be): what is before the first of
    them is there for good, or never will be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint"
            " FROM pg_current_snapshot() AS now"
        )
        return cursor.fetchone()


def cursor_of(text):
    """The place in the record that a cursor names: none the beginning, “now” the end. Raises BadRequest."""
    if not text:
        return BEGINNING
    settled, coming = horizon()
    if text == "now":
        return settled - 1, LAST
    found = CURSOR.fullmatch(text)
    if found is None:
        raise BadRequest("“since” is a cursor that an answer gave you, “now”, or nothing for the beginning.")
    place = int(found[1]), int(found[2])
    if place[0] >= coming:  # the database was brought back from a copy that numbers its transactions anew
        raise BadRequest("This cursor is of what was here before the last restore. Begin again, without it.")
    return place


def changes_since(user, place, *, size, kinds=None):
    """What changed after this place, at the most so much: of rows of these kinds (all) that the user sees now."""
    settled, _ = horizon()
    after = TupleGreaterThan(Tuple(F("transaction"), F("pk")), place)
    events = Event.objects.filter(after, kind__in=CHANGING, transaction__lt=settled).order_by("transaction", "pk")
    read = list(events.only(
        "transaction", "kind", "verb", "at", "subject_type", "subject_id", "offenders", "recipient"
    )[:READ_AT_ONCE])  # fmt: skip
    found = [(event, *row) for event in read if (row := _row(event, user))]
    found = [one for one in found if kinds is None or one[1] in kinds]
    asked = {}
    for _, kind, pk in found:
        asked.setdefault(kind, set()).add(pk)
    seen = {(kind, str(pk)) for kind, ids in asked.items() for pk in seen_by(user, kind, ids)}
    told = [
        (event, Change(kind, pk, said(event, user), event.at, event.offenders, event.pk))
        for event, kind, pk in found
        if (kind, pk) in seen
    ]
    is_cut = len(told) > size
    last = told[size - 1][0] if is_cut else read[-1] if read else None
    return Since(
        [change for _, change in told[:size]],
        (last.transaction, last.pk) if last else place,
        is_cut or len(read) == READ_AT_ONCE,
    )


def _row(event, user):
    """(kind, id) of what this event is a change of, to this user; None for what is told to nobody."""
    if event.verb == OPENED and event.recipient_id == user.membership.agency_id:
        return "offender", str(event.offenders[0])
    kind = KINDS.get(event.subject_type) if event.kind != Event.Kind.DISCLOSURE else None
    return kind and (kind, event.subject_id)


def said(event, user):
    """What was done, as the record says it; of a step of a category that the user does not read, only that it was."""
    if event.verb == OPENED:
        return "offender.open"
    what, _, act = event.verb.partition(".")
    step = getattr(apps.get_model(event.subject_type), "STEPS", {}).get(act)
    return event.verb if step is None or step.category in user.categories else f"{what}.change"


def view_of(kind, user):
    """What answers for this kind in the API, asked by this user; None where it is nothing of theirs."""
    request = Request(HttpRequest())
    request.user = user
    view = resolve(reverse(f"api:{kind}-list")).func.cls(
        action="list", request=request, format_kwarg=None, args=(), kwargs={}
    )
    try:
        view.check_permissions(request)
    except (PermissionDenied, APIException):
        return None
    return view


def seen_by(user, kind, ids):
    """Those of these ids that the user may read at the kind's address."""
    view = view_of(kind, user)
    return view.scope().filter(pk__in=ids).order_by().values_list("pk", flat=True) if view else []


def rows_of(user, kind, ids):
    """[(row, as the API answers it in a list)] of those of these ids that the user may read now."""
    view = view_of(kind, user)
    rows = list(view.scope().filter(pk__in=ids)) if view else []
    return list(zip(rows, view.get_serializer(rows, many=True).data, strict=True)) if rows else []
