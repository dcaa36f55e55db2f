"""The files that go with a person whose records are disposed of (offenders/retention/disposal.py)."""

from .models import Document
from .store import remove

__all__ = ["names_of", "remove"]


def names_of(ids):
    return Document.objects.filter(offender__in=ids).values_list("stored", flat=True)
