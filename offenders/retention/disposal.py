"""Erasing all that is held of a person: docs/decisions/0034-retention.md says what goes, what stays, and why."""

from django.apps import apps
from django.db import transaction
from django.db.models import Q

from offenders.models import Involvement, Merge, Offender
from partners.audit.models import Event

from .kept import RETENTION, Goes
from .models import Decision
from .rules import why_not

# What a room above keeps of people besides rows, by its name: an object with names_of(ids), the names of the files
# about these people, and remove(name), which erases one and does not mind that it is gone.
FILES = {}
Status = Decision.Status


def erase(pk):
    """Do what this decision says, if two people still mean it and nothing stands in its way. It may be called again.

    First the rows, in one transaction: PostgreSQL refuses all of it where a row that is left names one that is gone.
    Then the files, whose names were noted with it; then it is said to be erased.
    """
    with transaction.atomic():
        decision = Decision.objects.select_for_update(of=("self",)).select_related("confirmed_by").get(pk=pk)
        if decision.status == Status.CONFIRMED:
            _rows_of(decision)
    if decision.status == Status.CLEARED:
        for room, name in decision.files:
            FILES[room].remove(name)
        decision.erase()
    return decision


def _rows_of(decision):
    # whoever writes of the person meanwhile waits for this, and then finds nobody
    offender = Offender.objects.select_for_update().get(pk=decision.offender_id)
    if sentence := _what_stops(decision, offender):
        decision.stop(sentence)
        return
    ids = decision.people
    files = [(room, name) for room, kept in FILES.items() for name in kept.names_of(ids)]
    rows = {table: count for table, count in erase_rows(ids) if count}
    _empty_the_record(ids)
    decision.clear(rows=rows, files=files)


def erase_rows(ids):
    """Delete what goes with these people, table by table, as RETENTION says: (table, how many rows)."""
    undone = Merge.objects.filter(Q(kept__in=ids) | Q(gone__in=ids))
    Involvement.objects.filter(merge__in=undone).exclude(offender__in=ids).update(merge=None)  # it is another's
    for table, how in RETENTION.items():
        if isinstance(how, Goes):
            rows = apps.get_model(table)._base_manager.filter(how.condition(ids))
            yield table, rows._raw_delete(rows.db)


def _empty_the_record(ids):
    """Who did what, when and to whom stays; what they wrote of the person with it does not.

    What a list of several people was asked with is of all of them, and holds no content.
    """
    named = Event.objects.filter(offenders__overlap=ids)
    said = named.exclude(reason="", before__isnull=True, after__isnull=True)
    said.update(reason="", before=None, after=None)
    named.filter(offenders__contained_by=ids).exclude(detail={}).update(detail={})


def _what_stops(decision, offender):
    if set(decision.people) != set(offender.all_ids):
        return "Another record was merged into this one, or out of it, since it was confirmed."
    return " ".join(why_not(offender))
