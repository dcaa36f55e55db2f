"""Everything that waits for a second person's word, of all rooms, as one queue: never what one asked for oneself."""

import datetime as dt
import uuid
from itertools import chain
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.utils import timezone

from offenders.models import EmergencyAccess, Merge, Restriction
from offenders.retention.models import Decision
from partners.frame.paging import COUNTED, SIZE, Page, first_which
from referrals.booking.models import Intervention
from referrals.models import Resolution
from referrals.rehab.models import Funding, Overspend


class Source(NamedTuple):
    """A kind of thing that policy sends to a second person.

    `waiting` gives, of a user who holds the `permission`, the rows on which they may decide; `since` is the field
    that says since when; `asks` the attribute that says who asks; `what` says in words what is asked.
    """

    label: str
    permission: str
    waiting: object
    since: str
    asks: str
    what: object
    names: bool = True  # False: the line gives the reference alone of who it is about


SOURCES = {
    "emergency": Source(
        "Emergency access to review", "offenders.review_emergency",
        lambda user: EmergencyAccess.objects.visible_to(user).to_review().of_another(user),
        "opened_at", "user", lambda row: "Opened in an emergency", names=False,
    ),
    "restriction": Source(
        "Restriction to decide", "offenders.restrict_offender",
        lambda user: Restriction.objects.visible_to(user).open().of_another(user),
        "proposed_at", "proposed_by", lambda row: row.get_what_display(),
    ),
    "merge": Source(
        "Merge to review", "offenders.merge_offender",
        lambda user: Merge.objects.visible_to(user).to_review().exclude(by=user),
        "at", "by", lambda row: f"{row.gone.reference} made part of {row.kept.reference}",
    ),
    "disposal": Source(
        "Disposal to confirm", "retention.review_schedule",
        lambda user: Decision.objects.visible_to(user).filter(status=Decision.Status.PROPOSED).of_another(user),
        "at", "by", lambda row: row.why,
    ),
    "funding": Source(
        "Funding to answer", "rehab.agree_funding", lambda user: Funding.objects.to_answer(user),
        "recorded_at", "asked_by", str,
    ),
    "confirmation": Source(
        "Funding to confirm", "rehab.confirm_funding", lambda user: Funding.objects.to_confirm(user),
        "recorded_at", "answered_by", str,
    ),
    "overspend": Source(
        "Going beyond what is agreed", "rehab.exceed_placement",
        lambda user: Overspend.objects.visible_to(user).open().of_another(user), "asked_at", "asked_by", str,
    ),
    "resolution": Source(
        "Resolution to approve", "referrals.approve_resolution",
        lambda user: Resolution.objects.visible_to(user).overseen_by(user).waiting(),
        "recorded_at", "recorded_by", lambda row: row.approval_why,
    ),
    "concern": Source(
        "Concern for safety to acknowledge", "booking.acknowledge_intervention",
        lambda user: Intervention.objects.visible_to(user).concerns().of_another(user),
        "recorded_at", "recorded_by", lambda row: f"Written up of {row.appointment.get_kind_display().lower()}",
    ),
}  # fmt: skip


class Line(NamedTuple):
    """One thing that waits, whatever it is."""

    kind: str
    row: object

    @property
    def source(self):
        return SOURCES[self.kind]

    @property
    def label(self):
        return self.source.label

    @property
    def about(self):
        """The person; of who is looked into without being known, the reference."""
        person = self.row.kept if self.kind == "merge" else self.row.offender
        return str(person) if self.source.names else person.reference

    @property
    def what(self):
        return self.source.what(self.row)

    @property
    def asked_by(self):
        return getattr(self.row, self.source.asks)

    @property
    def since(self):
        return getattr(self.row, self.source.since)

    @property
    def days(self):
        """How many days it has waited."""
        return (timezone.localdate() - timezone.localdate(self.since)).days

    @property
    def url(self):
        return self.row.get_absolute_url()

    @property
    def key(self):
        return self.since, self.row.pk


def kinds_of(user):
    """The kinds of thing on which this user may decide, as choices."""
    return [(kind, source.label) for kind, source in SOURCES.items() if user.has_perm(source.permission)]


def waiting(user, kinds=(), days=0):
    """What waits for this user's word, by kind: of these `kinds` (all of theirs when left out), for so many `days`."""
    until = timezone.now() - dt.timedelta(days=days)
    return {
        kind: SOURCES[kind].waiting(user).filter(**{f"{SOURCES[kind].since}__lte": until})
        for kind, _ in kinds_of(user)
        if not kinds or kind in kinds
    }


def number_of(queue):
    """How many lines, counting no further than one list is counted."""
    return min(sum(rows.order_by()[: COUNTED + 1].count() for rows in queue.values()), COUNTED + 1)


def queue_page(queue, params, *, size=SIZE, path=""):
    """The page of lines that `params` (a QueryDict) asks for by `after` or `before`, the id of a row: the longest
    waiting first. An id that waits no more gives the first page. Raises BadRequest for what is no id at all."""
    before, asked = params.get("before"), params.get("after") or params.get("before")
    anchor = _moment_of(queue, asked) if asked else None
    back = bool(before and anchor)
    lines = sorted(
        chain.from_iterable(_some(kind, rows, anchor, back, size + 1) for kind, rows in queue.items()),
        key=lambda line: line.key, reverse=back,
    )  # fmt: skip
    more, lines = len(lines) > size, lines[:size]
    if back:
        lines.reverse()
    has_previous, has_next = (more, True) if back else (bool(anchor), more)

    def url(side, line):
        kept = [(k, v) for k in params for v in params.getlist(k) if k not in ("after", "before")]
        return f"{path}?{urlencode([*kept, (side, line.row.pk)])}"

    return Page(
        lines,
        url("before", lines[0]) if lines and has_previous else None,
        url("after", lines[-1]) if lines and has_next else None,
    )


def _some(kind, rows, anchor, back, number):
    """The first lines of one kind beyond the anchor, on the side that is asked for."""
    since, side, sign = SOURCES[kind].since, "lt" if back else "gt", "-" if back else ""
    if anchor:
        at, pk = anchor
        rows = rows.filter(Q(**{f"{since}__{side}": at}) | Q(**{since: at, f"pk__{side}": pk}))
    rows = rows.with_names().order_by(f"{sign}{since}", f"{sign}pk")
    return [Line(kind, row) for row in first_which(rows, rows[:number])]


def _moment_of(queue, text):
    """(since when, id) of the row with this id; None where it waits no more."""
    try:
        pk = uuid.UUID(text)
    except ValueError:
        raise BadRequest("That page does not exist. Go back to the first page of the list.") from None
    for kind, rows in queue.items():
        if (at := rows.filter(pk=pk).values_list(SOURCES[kind].since, flat=True).first()) is not None:
            return at, pk
    return None
