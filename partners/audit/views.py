"""The auditor's pages: the record searched, one event, and the rows to take away. Reading them is recorded too."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import BadRequest
from django.views.generic import DetailView, View

from offenders.models import Offender
from partners.frame.download import csv_response
from partners.frame.pages import UnsaidListPage

from . import words
from .filters import EventFilters
from .models import Event

LARGEST_EXPORT = 10_000
NAMED = 3  # people whose references a line of the list says; more are counted
NEWEST_FIRST = ("-at", "-id")


def scope(user):
    """What page, export and API start from."""
    return Event.objects.visible_to(user).with_names()


def record_reading(verb, *, by, people=(), subject=None, **detail):
    """Record that the record was read.

    It names the people whose history was asked for, or whose event was opened. A list names nobody:
    if each page of it named all whom its lines name, reading what was read would soon name everyone.
    """
    Event.objects.record(Event.Kind.CONSULTATION, verb, by=by, subject=subject, offenders=people, **detail)


def references(ids):
    """{id: reference} of those people: an auditor is told who by reference, never by name."""
    return dict(Offender.objects.filter(pk__in=ids).values_list("pk", "reference"))


def name_people(events):
    """Give each event `people`, the references of the first few it names, and `others`, how many more."""
    known = references({pk for event in events for pk in event.offenders[:NAMED]})
    for event in events:
        event.people = [known.get(pk, str(pk)) for pk in event.offenders[:NAMED]]
        event.others = len(event.offenders) - len(event.people)


def asked(filterset):
    """The filters of a search, as the record keeps them; the person is among its offenders."""
    return {name: filterset.data[name] for name in sorted(filterset.data) if name != "person"}


class EventList(UnsaidListPage):
    template_name = "audit/list.html"
    permission_required = "audit.view_event"
    verb = "audit"
    filterset_class = EventFilters
    orders = {"newest": NEWEST_FIRST}

    def scope(self):
        return scope(self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        events, people = context["page"].rows, context["filterset"].people
        if people:
            record_reading("audit.search", by=self.request.user, people=people)
        name_people(events)
        return context | {"query": self.request.GET.urlencode()}


class EventPage(PermissionRequiredMixin, DetailView):
    template_name = "audit/event.html"
    permission_required = "audit.view_event"
    raise_exception = True
    context_object_name = "event"

    def get_queryset(self):
        return scope(self.request.user)

    def get_context_data(self, **kwargs):
        event = self.object
        record_reading("audit.view", by=self.request.user, people=event.offenders, subject=event)
        known = references(event.offenders[:100])
        changes = [
            (words.plain(name), (event.before or {}).get(name), (event.after or {}).get(name))
            for name in sorted({*(event.before or {}), *(event.after or {})})
        ]
        return super().get_context_data(
            changes=changes,
            people=[(pk, known.get(pk, str(pk))) for pk in event.offenders[:100]],
            others=max(0, len(event.offenders) - 100),
            details=sorted(words.detail(name, value) for name, value in (event.detail or {}).items()),
            subject=words.subject(event.subject_type),
            **kwargs,
        )


class EventExport(PermissionRequiredMixin, View):
    """The search as CSV. Larger ones are refused with a sentence, not cut short in silence."""

    permission_required = "audit.view_event"
    raise_exception = True

    def get(self, request):
        filterset = EventFilters(request.GET, queryset=scope(request.user), request=request)
        if filterset.problem:
            raise BadRequest(filterset.problem)
        events = list(filterset.qs.order_by(*NEWEST_FIRST)[: LARGEST_EXPORT + 1])
        if len(events) > LARGEST_EXPORT:
            raise BadRequest(f"These are more than {LARGEST_EXPORT:,} events. Choose fewer days, or a person or user.")
        record_reading(
            "audit.export", by=request.user, people=filterset.people, rows=len(events), filters=asked(filterset)
        )
        return csv_response("record", COLUMNS, map(as_row, events))


COLUMNS = [
    "id", "at", "kind", "what was done", "user", "role", "agency", "unit", "purpose", "subject", "subject id",
    "people", "people ids", "recipient", "agreement", "reason", "request", "IP address",
]  # fmt: skip


def as_row(event):
    return [
        event.pk, event.at.isoformat(), event.kind, event.verb, event.by.email if event.by else "", event.role,
        str(event.agency or ""), str(event.unit or ""), event.purpose, event.subject_type, event.subject_id,
        len(event.offenders), " ".join(map(str, event.offenders)), str(event.recipient or ""),
        str(event.agreement or ""), event.reason, str(event.request_id or ""), event.ip_address or "",
    ]  # fmt: skip
