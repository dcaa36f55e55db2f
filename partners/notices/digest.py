"""The daily digest: one e-mail to each member of staff who chose it, of how much happened and where to read it."""

from collections import Counter
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from partners.dated import midnight
from partners.models import User
from partners.settings import setting

from .models import PAST, Notice
from .occasions import Occasion

Status = Notice.Status


def send_digests():
    """Send each their digest, once a day from the hour of the setting on. Nobody is sent an empty one."""
    now = timezone.localtime()
    waiting = Notice.objects.filter(status=Status.DIGEST, digest=None)
    for notice in waiting.filter(until__lte=now):
        notice.settle(Status.WITHHELD, PAST)
    if now.hour < int(setting("digest_hour")[0]):
        return
    had = Notice.objects.filter(occasion=Occasion.DIGEST, recorded_at__gte=midnight(now.date()))
    users = waiting.exclude(for_user__in=had.values("for_user")).order_by().values("for_user").distinct()
    for user in User.objects.filter(pk__in=users):
        _send(user, now.date())


@transaction.atomic
def _send(user, day):
    """One digest, which each notice that it counts then names."""
    waiting = Notice.objects.filter(status=Status.DIGEST, digest=None, for_user=user)
    waiting = list(waiting.select_for_update(of=("self",)))
    if not waiting:  # another worker sent it a moment ago
        return
    number = len(waiting)
    digest = Notice.send(
        key=f"digest {user.pk} {day}", occasion=Occasion.DIGEST, channel=Notice.Channel.EMAIL, to=user.email,
        for_user=user, subject=f"Your daily digest: {number} {'notice' if number == 1 else 'notices'}",
        text=words(Counter(notice.occasion for notice in waiting)), by=None,
    )  # fmt: skip
    for notice in waiting:
        notice.settle(Status.DIGEST, digest=digest)


def words(occasions):
    """How many of each occasion, and where to read them: no name, nothing of anyone."""
    here = f"{settings.SITE_URL}{reverse('notices:list')}"
    lines = [
        f"{one.label}: {occasions[one]}\n{here}?{urlencode({'occasion': one})}" for one in Occasion if occasions[one]
    ]
    choose = f"Choose what you hear, and how: {settings.SITE_URL}{reverse('notices:preferences')}"
    return "\n\n".join(["Since your last digest:", *lines, choose])
