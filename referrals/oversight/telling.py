"""Telling those who may decide of what has begun to wait for their word. What it is, and of whom, stays here."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from partners.models import Membership
from partners.notices.models import LASTS, Notice
from partners.notices.occasions import Occasion
from partners.roles import roles_with

from .approvals import SOURCES

TOLD_AT_ONCE = ("emergency", "confirmation", "overspend")  # by whoever opens or asks for it


def tell_of_approvals():
    """One message to each of what newly waits for them, once: the newest of each kind is what it is sent for."""
    roles = {role for source in SOURCES.values() for role in roles_with(source.permission)}
    for user in Membership.objects.on().filter(role__in=roles, user__is_active=True).users():
        for one in user.in_each_hat():
            for kind in SOURCES.keys() - {*TOLD_AT_ONCE}:
                _tell(one, kind)


@transaction.atomic
def _tell(user, kind):
    source = SOURCES[kind]
    if not user.has_perm(source.permission):
        return
    lately = source.waiting(user).filter(**{f"{source.since}__gt": timezone.now() - LASTS})
    newest = lately.order_by(f"-{source.since}", "-pk").first()
    if newest is None:
        return
    where = f"{settings.SITE_URL}{reverse('oversight:approvals')}"
    Notice.send(
        key=f"approval {kind} {newest.pk} {user.pk}", occasion=Occasion.APPROVAL, channel=Notice.Channel.EMAIL,
        to=user.email, for_user=user, subject="Something waits for your decision", by=None,
        text=f"Something waits for your decision: {source.label.lower()}. Sign in to see it: {where}",
    )  # fmt: skip
