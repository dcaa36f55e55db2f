"""Telling administrators of tokens that end soon: once a month before, and once in the last week."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from partners.models import Membership
from partners.notices.models import Notice
from partners.notices.occasions import Occasion

from .models import Token

SOON, LAST = 30, 7  # days


@transaction.atomic
def warn():
    """One message to each administrator for each token and time. Said again, nothing more is sent."""
    administrators = list(Membership.objects.holding("systems.change_system").users())
    for days in (SOON, LAST):
        for token in Token.objects.ending(days).with_names():
            address = reverse("admin:systems_system_change", args=[token.system_id])
            for user in administrators:
                Notice.send(
                    key=f"token ends in {days} days {token.pk} {user.pk}", channel=Notice.Channel.EMAIL, to=user.email,
                    for_user=user, subject="A token of a partner system ends soon", occasion=Occasion.SYSTEM, by=None,
                    text=f"A token of {token.system} ends on {token.expires_at:%-d %B %Y}. Make another one, so that it"
                    f" can change over: {settings.SITE_URL}{address}",
                )  # fmt: skip
