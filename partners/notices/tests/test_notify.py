"""What GOV.UK Notify is asked, and what its answers mean; no request leaves the machine."""

import json

import pytest
import requests

from partners.notices.models import Notice
from partners.notices.notify import Notify
from partners.notices.senders import Folder, Refused, Unreachable, sender

pytestmark = pytest.mark.django_db
SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"


@pytest.fixture
def answers(settings, monkeypatch):
    """What Notify answers, one after another: (status, body), or an error; and `asked`, what it was asked."""
    settings.NOTIFY_API_KEY = f"key-{SERVICE}-{SECRET}"
    settings.NOTIFY_SMS_TEMPLATE, settings.NOTIFY_EMAIL_TEMPLATE = "template-of-sms", "template-of-email"

    class Answers(list):
        asked = []

    answers = Answers()

    def request(self, method, url, **kwargs):
        answers.asked.append((method, url.removeprefix("https://api.notifications.service.gov.uk"), kwargs))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, response._content = answer[0], json.dumps(answer[1]).encode()
        return response

    Answers.asked = []
    monkeypatch.setattr(requests.Session, "request", request)
    return answers


def test_without_a_key_messages_are_files(settings):
    assert isinstance(sender(), Folder)


def test_a_file_is_found_again(send):
    notice, other = send(), send("other", channel="email", to="sam@mail.example", subject="Monday")
    folder = Folder()
    assert folder.find(notice) == ""
    assert folder.send(notice) == folder.find(notice) == "folder"
    assert folder.find(other) == ""
    assert folder.state(notice) == ("delivered", "")


def test_a_text_message(send, answers):
    notice = send()
    answers.append((201, {"id": "notify-1"}))
    assert isinstance(sender(), Notify)
    assert sender().send(notice) == "notify-1"
    ((method, path, kwargs),) = answers.asked
    assert (method, path) == ("POST", "/v2/notifications/sms")
    assert json.loads(kwargs["data"]) == {
        "phone_number": "+447700900123", "template_id": "template-of-sms", "reference": str(notice.pk),
        "personalisation": {"message": notice.body},
    }  # fmt: skip
    assert kwargs["timeout"]


def test_an_email(send, answers, facilitator):
    notice = send(
        channel="email",
        to=facilitator.email,
        for_user=facilitator,
        occasion="task",
        subject="To review",
        text="Sign in.",
    )
    answers.append((201, {"id": "notify-2"}))
    assert sender().send(notice) == "notify-2"
    ((_, path, kwargs),) = answers.asked
    assert path == "/v2/notifications/email"
    assert json.loads(kwargs["data"]) == {
        "email_address": facilitator.email, "template_id": "template-of-email", "reference": str(notice.pk),
        "personalisation": {"subject": "To review", "message": "Sign in."},
    }  # fmt: skip


def test_it_is_asked_whether_it_has_a_message(send, answers):
    notice = send()
    answers += [(200, {"notifications": []}), (200, {"notifications": [{"id": "notify-1"}]})]
    assert [sender().find(notice), sender().find(notice)] == ["", "notify-1"]
    assert answers.asked[0][2]["params"] == {"reference": str(notice.pk)}


def test_a_wrong_message_is_refused_for_good(send, answers):
    answers.append((400, {"errors": [{"error": "ValidationError", "message": "phone_number Not enough digits"}]}))
    with pytest.raises(Refused, match=r"GOV.UK Notify refused it: phone_number Not enough digits"):
        sender().send(send())


@pytest.mark.parametrize(
    "answer", [(403, {"errors": []}), (429, {"errors": []}), (503, {}), requests.ConnectionError(), requests.Timeout()]
)
def test_everything_else_may_go_better_later(send, answers, answer):
    answers.append(answer)
    with pytest.raises(Unreachable, match="did not take it"):
        sender().send(send())


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("created", "sent"),
        ("sending", "sent"),
        ("delivered", "delivered"),
        ("permanent-failure", "failed"),
        ("temporary-failure", "failed"),
        ("technical-failure", "failed"),
    ],
)
def test_what_became_of_a_message(send, answers, answer, status):
    answers.append((200, {"status": answer}))
    found, problem = sender().state(send())
    assert found == status
    assert bool(problem) == (status == Notice.Status.FAILED)
