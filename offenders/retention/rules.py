"""Which review group a person's records belong to, since when their period runs, and what is still under way.

A room above adds what its own rows say when it is ready: functions of a list of people's ids.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from offenders.models import Entry, Marker, Offender
from partners.settings import setting

from .models import Group, Hold, Schedule

DANGER = (Marker.Kind.VIOLENT, Marker.Kind.WEAPONS)


def dangerous(ids):
    return Marker.objects.filter(offender__in=ids, kind__in=DANGER).values_list("offender", flat=True)


# (group, why, function of ids: the ids of those who are of it)
GROUPS = [(Group.SERIOUS, "a warning of violence or weapons", dangerous)]
# (what of theirs is not ended, function of ids: the ids of those who have some)
UNDER_WAY = []
# what sets the period going again: something was done with the person, or written of them
NOTICED = (Entry.Kind.STEP, Entry.Kind.NOTE)
AT_ONCE = 1000


def periods():
    """{group: years}, as the setting says today."""
    return dict(zip(Group, map(int, setting("keep_years")), strict=True))


def years_after(day, years):
    """The same day so many years later; 1 March for a 29 February that there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)


def group_of(ids):
    """{id: (group, why)}: of the groups that what is recorded of a person puts them into, the one kept longest."""
    kept, found = periods(), {}
    for group, why, members in GROUPS:
        for pk in set(members(ids)):
            if pk not in found or kept[group] > kept[found[pk][0]]:
                found[pk] = (group, why)
    return found


@transaction.atomic
def count(ids):
    """Work out for these people (ids) in which group they are, since when, and when their records are due."""
    rows = {row.pk: row for row in Schedule.objects.select_for_update().filter(pk__in=ids)}
    noticed = Entry.objects.filter(offender__in=ids, kind__in=NOTICED).order_by().values("offender")
    last, kept = dict(noticed.annotate(last=Max("happened_at")).values_list("offender", "last")), periods()
    found = group_of(ids)
    counted = []
    for pk, recorded_at in Offender.objects.filter(pk__in=ids, merged_into=None).values_list("pk", "recorded_at"):
        row = rows.get(pk) or Schedule(offender_id=pk)
        row.found, row.found_why = found.get(pk, (Group.OTHER, ""))
        row.since = min(timezone.localdate(max(recorded_at, last.get(pk, recorded_at))), timezone.localdate())
        row.settle(kept)
        counted.append(row)
    Schedule.objects.bulk_create(
        counted, update_conflicts=True, unique_fields=["offender"],
        update_fields=["found", "found_why", "since", "group", "due_on"],
    )  # fmt: skip
    return len(counted)


def keep_the_longer(kept, gone, moved):
    """Of two records that are one person from now on, the later day until which someone decided to keep them holds: by
    a review, or by a group that was chosen. `moved` sets it, and can put it back."""
    decided = Q(kept_until__isnull=False) | ~Q(chosen="")
    theirs = Schedule.objects.filter(decided, pk=gone.pk).first()
    if theirs is None:
        return
    own = Schedule.of(kept)
    until = theirs.kept_until or dt.date.min
    if theirs.chosen:
        until = max(until, years_after(max(own.since, theirs.since), periods()[theirs.chosen]))
    if until > max(own.due_on, own.kept_until or dt.date.min):
        moved.set(Schedule.objects.filter(pk=own.pk), kept_until=until)


def why_not(offender):
    """Why the records of this person cannot be disposed of now, in sentences; none where they can.

    They are worked out anew for it: what was done since last night counts.
    """
    count([offender.pk])
    schedule, ids = Schedule.objects.get(pk=offender.pk), offender.all_ids
    if Hold.objects.live().filter(offender__in=ids).exists():
        yield "A legal hold stands. Nobody disposes of anything until it is lifted."
    if schedule.due_on > timezone.localdate():
        yield f"They are kept until {schedule.due_on:%-d %B %Y}, as {schedule.get_group_display().lower()}."
    if offender.merges.to_review().exists():
        yield "Another record was merged into this one, which is to be reviewed first."
    for words, people in UNDER_WAY:
        if set(people(ids)):
            yield f"There is {words} that is not ended. End it first."


def count_everyone():
    """Work it out for everyone, some at a time. Returns for how many."""
    last, counted = None, 0
    while True:
        people = Offender.objects.filter(merged_into=None).order_by("pk")
        ids = list((people.filter(pk__gt=last) if last else people).values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            break
        with transaction.atomic():
            counted += count(ids)
        last = ids[-1]
    return counted
