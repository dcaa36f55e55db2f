"""What a merge changes, kept so that all of it can be put back."""

import datetime as dt
import json
import uuid
from itertools import groupby

from django.apps import apps

from .models import Amendment


def as_kept(value):
    """The value as JSON has it, exactly."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


class Moved:
    """What a merge changes, row by row, each with how it was: enough to put it back."""

    def __init__(self, rows=None):
        self.rows = rows or {}

    def set(self, rows, **changes):
        """Give these rows other values, keeping what they were. Returns the last one's {column: [before, after]}."""
        found, changed = list(rows.order_by("pk").values_list("pk", *changes)), {}
        for pk, *before in found:
            both = zip(changes, before, changes.values(), strict=True)
            changed = {name: [as_kept(old), as_kept(new)] for name, old, new in both}
            self.rows.setdefault(rows.model._meta.label_lower, []).append([str(pk), changed])
        rows.model._base_manager.filter(pk__in=[pk for pk, *_ in found]).update(**changes)
        return changed

    def made(self, row):
        """This row was made by the merge."""
        self.rows.setdefault(row._meta.label_lower, []).append([str(row.pk), None])

    def of(self, row):
        """What it changed in this row: {column: [before, after]}."""
        rows = self.rows.get(row._meta.label_lower, [])
        return {name: both for pk, changes in rows if pk == str(row.pk) for name, both in (changes or {}).items()}

    def put_back(self):
        """Undo all of it, the last first. Returns what someone changed since, and is left: [[table, key, column]]."""
        left = []
        for rows, same, changed, before in self._compared():
            left += changed
            rows.filter(pk__in=same).update(**before) if before else rows.filter(pk__in=same).delete()
        return left

    def changed(self):
        """What someone changed since: [[table, key, column]]."""
        return [each for _, _, changed, _ in self._compared() for each in changed]

    def _compared(self):
        """For each column of alike rows, the last first: (rows, keys as the merge left them, the others, before)."""
        for table, rows in self.rows.items():
            there = apps.get_model(table)._base_manager
            for key, alike in groupby(reversed(rows), lambda row: json.dumps(row[1], sort_keys=True)):
                keys, changes = [pk for pk, _ in alike], json.loads(key)
                if changes is None:
                    amended = Amendment.objects.filter(record_type=table, record_id__in=keys)
                    amended = set(amended.values_list("record_id", flat=True))
                    yield there.all(), set(keys) - amended, [[table, pk, ""] for pk in amended], None
                for name, (before, after) in (changes or {}).items():
                    found = [(str(pk), as_kept(now)) for pk, now in there.filter(pk__in=keys).values_list("pk", name)]
                    same = {pk for pk, now in found if now == after}
                    yield there.all(), same, [[table, pk, name] for pk, _ in found if pk not in same], {name: before}
