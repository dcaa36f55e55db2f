"""The page where someone says that they want no more messages: for whoever holds its address, and telling nothing."""

import re
import uuid

import pytest
from django.urls import reverse

from partners.notices.models import Notice

from .conftest import PERSON

pytestmark = pytest.mark.django_db


def test_each_message_to_a_person_ends_with_its_address(send, client):
    (address,) = re.findall(r"http://127\.0\.0\.1:8000(/stop/[\w-]{38}/)$", send().body)
    assert client.get(address).status_code == 200


def test_a_message_to_staff_does_not(send, facilitator):
    notice = send(
        channel="email",
        to=facilitator.email,
        subject="To review",
        for_user=facilitator,
        occasion="task",
        text="Sign in.",
    )
    assert notice.body == "Sign in."
    assert Notice.of_stop_token(notice.stop_token) is None


def test_it_asks_and_then_stops(send, people, client):
    address = reverse("stop_messages", args=[send().stop_token])
    page = client.get(address)
    assert "Do you want us to stop sending you messages?" in page.content.decode()
    assert not people.stopped
    for _ in range(2):
        page = client.post(address)
        assert "You will get no more messages" in page.content.decode()
    assert people.stopped == [[PERSON], [PERSON]]
    assert "no-store" in page["Cache-Control"]


def test_who_is_signed_in_without_a_hat_may_stop_theirs_too(send, people, signed_in, make_user):
    page = signed_in(make_user()).post(reverse("stop_messages", args=[send().stop_token]))
    assert page.status_code == 200
    assert people.stopped


def test_no_other_address_opens(send, people, client):
    token = send().stop_token
    other = send("other")
    for wrong in (
        token[:-1],
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        other.stop_token[:22] + token[22:],
        token[:22],
        "x",
        "-" * 38,
        str(uuid.uuid4()),
        token + "A",
    ):
        assert client.post(reverse("stop_messages", args=[wrong])).status_code == 404, wrong
    assert not people.stopped
