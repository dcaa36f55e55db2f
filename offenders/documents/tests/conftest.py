import datetime as dt

import pytest
from django.utils import timezone

from offenders.documents.models import Document


@pytest.fixture
def make_document(facilitator):
    def make(case, *, by=None, title="Letter from the court", category="general", shared=True, **fields):
        """A letter that belongs to this case, or is of the writer's own team alone."""
        fields = {"kind": "letter", "content": b"Dear Sam", "content_type": "text/plain"} | fields
        matters = [case.pk] if shared else []
        return Document.add(
            case.offender, by=by or facilitator, title=title, category=category, matters=matters, **fields
        )

    return make


@pytest.fixture
def make_case(make_case):
    """As everywhere, but begun lately, so that whoever sent the referral still sees the person."""

    def make(*args, **fields):
        return make_case(*args, **{"on": timezone.localdate() - dt.timedelta(days=30)} | fields)

    return make
