import datetime as dt

import pytest
from django.utils import timezone


@pytest.fixture
def make_case(make_case):
    """As everywhere, but begun a month ago, so that whoever sent the referral still sees the person."""

    def make(*args, **fields):
        return make_case(*args, **{"on": timezone.localdate() - dt.timedelta(days=30)} | fields)

    return make


@pytest.fixture
def second_supervisor(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")
