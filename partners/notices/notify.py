"""GOV.UK Notify: a template for text messages, `((message))`; one for e-mails, `((subject))` and `((message))`."""

from contextlib import contextmanager

from django.conf import settings
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from .models import Notice
from .senders import Refused, Unreachable

PATIENCE = 20  # seconds for one answer
STATES = {
    "delivered": (Notice.Status.DELIVERED, ""),
    "permanent-failure": (Notice.Status.FAILED, "The number or address does not exist."),
    "temporary-failure": (Notice.Status.FAILED, "Their phone was off or full, or their e-mail did not take it."),
    "technical-failure": (Notice.Status.FAILED, "GOV.UK Notify could not send it."),
}


@contextmanager
def asking():
    """What Notify says no to is refused for good only where it is the message that is wrong."""
    try:
        yield
    except APIError as error:
        if error.status_code == 400:
            raise Refused(f"GOV.UK Notify refused it: {_words(error.message)}") from error
        raise Unreachable(f"GOV.UK Notify did not take it ({error.status_code}).") from error


def _words(message):
    return "; ".join(one["message"] for one in message) if isinstance(message, list) else str(message)


class Notify:
    """One message at a time, with our id as its reference: by that Notify is asked whether it has it."""

    def __init__(self):
        self.client = NotificationsAPIClient(settings.NOTIFY_API_KEY, timeout=PATIENCE)

    def send(self, notice):
        with asking():
            if notice.channel == Notice.Channel.SMS:
                answer = self.client.send_sms_notification(
                    notice.to, settings.NOTIFY_SMS_TEMPLATE, {"message": notice.body}, reference=str(notice.pk)
                )
            else:
                told = {"subject": notice.subject, "message": notice.body}
                answer = self.client.send_email_notification(
                    notice.to, settings.NOTIFY_EMAIL_TEMPLATE, told, reference=str(notice.pk)
                )
        return answer["id"]

    def find(self, notice):
        with asking():
            found = self.client.get_all_notifications(reference=str(notice.pk))["notifications"]
        return found[0]["id"] if found else ""

    def state(self, notice):
        with asking():
            answer = self.client.get_notification_by_id(notice.provider_id)
        return STATES.get(answer["status"], (Notice.Status.SENT, ""))
