import uuid

import pytest

from partners.notices import delivery, models
from partners.notices.models import Notice

PERSON = uuid.UUID(int=7)


class People:
    """The app above that knows of people."""

    def __init__(self):
        self.matters, self.why, self.stopped = {}, {}, []

    def matters_of(self, user):
        return self.matters.get(user, [])

    def why_not(self, ids):
        return next((self.why[one] for one in ids if one in self.why), "")

    def stop(self, ids):
        self.stopped.append(ids)


@pytest.fixture
def people(monkeypatch):
    people = People()
    monkeypatch.setattr(models, "PEOPLE", [people])
    return people


@pytest.fixture
def send(officer, people):
    """Queue a text message to a person of whom nothing is known."""

    def send(key="first", **fields):
        fields = {
            "channel": "sms", "to": "07700 900123", "text": "Your appointment is on Monday at 10.", "about": [PERSON],
            "by": officer,
        } | fields  # fmt: skip
        return Notice.send(key=key, **fields)

    return send


class Carrier:
    """A provider that remembers what it was given. `troubles` are raised one after another, None being none."""

    def __init__(self):
        self.given, self.troubles, self.states, self.during = [], [], {}, lambda notice: None

    def send(self, notice):
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble and not getattr(trouble, "after", False):
            raise trouble
        self.given.append(notice.pk)
        self.during(notice)
        if trouble:
            raise trouble
        return f"id-{notice.pk}"

    def find(self, notice):
        return f"id-{notice.pk}" if notice.pk in self.given else ""

    def state(self, notice):
        return self.states.get(notice.pk, ("sent", ""))


@pytest.fixture
def carrier(monkeypatch):
    carrier = Carrier()
    monkeypatch.setattr(delivery, "sender", lambda: carrier)
    return carrier
