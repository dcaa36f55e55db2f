import datetime as dt

import pytest
from django.utils import timezone

from config.tests.client import CarefulClient


@pytest.fixture
def make_case(make_case):
    """As everywhere, but begun a month ago, so that whoever sent the referral still sees the person."""

    def make(*args, **fields):
        return make_case(*args, **{"on": timezone.localdate() - dt.timedelta(days=30)} | fields)

    return make


@pytest.fixture
def second_supervisor(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")


@pytest.fixture
def signed_in():
    """A browser in which this user is signed in."""

    def sign_in(user):
        client = CarefulClient()
        client.force_login(user)
        return client

    return sign_in
