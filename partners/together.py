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


def keep(rows, **fields):
    """Create one of `rows` (a queryset or manager): now, or with the others at the end of the block. Returns it."""
    waiting = _waiting.get()
    if waiting is None:
        return rows.create(**fields)
    row = rows.model(**fields)
    waiting.setdefault(rows.model, []).append(row)
    return row
