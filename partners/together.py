"""Rows that only ever follow from others, written together where one transaction makes thousands of them."""

from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

_waiting = ContextVar("waiting", default=None)


@contextmanager
def together():
    """Insert what is kept in this block (events, lines of timelines) at its end, in the block's own transaction.

    For imports. Nothing in the block may read those rows back.
    """
    waiting = {}
    token = _waiting.set(waiting)
    try:
        with transaction.atomic():
            yield
            for model, rows in waiting.items():
                model.objects.bulk_create(rows, batch_size=500)
    finally:
        _waiting.reset(token)


def keep(row):
    """Insert a new row: now, or with the others at the end of the block. Returns the row."""
    waiting = _waiting.get()
    if waiting is None:
        row.save(force_insert=True)
    else:
        waiting.setdefault(type(row), []).append(row)
    return row
