"""Telling of deadlines that are due soon, or overdue, those who have to do with them. Nobody is named in a message."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from partners.notices.models import Notice
from partners.notices.occasions import Occasion

from .models import Deadline


def escalate():
    """Tell who has to meet it of each deadline that is due soon, and its supervisors of each that is overdue: once."""
    _tell(Deadline.objects.due_soon().filter(warned_at=None), "warned_at", "due soon", lambda row: row.doers)
    overdue = f"{reverse('deadlines:list')}?whose=team&due=overdue"
    _tell(
        Deadline.objects.overdue().filter(escalated_at=None), "escalated_at", "overdue",
        lambda row: (row.supervisors, overdue),
    )  # fmt: skip


@transaction.atomic
def _tell(deadlines, field, words, whom):
    """One message to each user, of all their rows. A row of which there is nobody to tell waits until there is."""
    rows = deadlines.with_names().select_for_update(of=("self",), skip_locked=True)
    told, theirs = [], {}
    for row in rows:
        users, address = whom(row)
        told += [row.pk] if users else []
        for user in users:
            theirs.setdefault((user, address), []).append(row)
    for (user, address), rows in theirs.items():
        number = f"{len(rows)} deadline{'' if len(rows) == 1 else 's'}"
        Notice.send(
            key=f"deadline {words} {rows[0].due_on} {rows[0].pk} {user.pk}", channel=Notice.Channel.EMAIL,
            to=user.email, for_user=user, subject=f"{number} {words}", occasion=Occasion.DEADLINE, by=None,
            about=sorted({row.offender_id for row in rows}),
            text=f"{number} {'is' if len(rows) == 1 else 'are'} {words}. Sign in: {settings.SITE_URL}{address}",
        )  # fmt: skip
    Deadline.objects.filter(pk__in=told).update(**{field: timezone.now()})
