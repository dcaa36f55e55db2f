"""The background work of signing in, as procrastinate runs it."""

import uuid

from procrastinate.contrib.django import app

from partners.models import User
from partners.notices.models import Notice
from partners.notices.occasions import Occasion


@app.task(name="signin.send_link")
def send_link(user):
    """Send them the link to choose a password with; nothing where there is nobody. The worker adds the link itself."""
    them = User.objects.filter(pk=user, is_active=True).first()
    if them:
        Notice.send(
            key=f"password {uuid.uuid4()}", channel="email", to=them.email, for_user=them, by=None,
            occasion=Occasion.PASSWORD, subject="Choose a password for Throughcare",
            text="You, or someone who entered your address, asked to choose a new password. The link below works once,"
            " for one hour. If it was not you, you need do nothing: nothing has changed.",
        )  # fmt: skip
