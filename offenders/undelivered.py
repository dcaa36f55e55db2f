"""Messages that did not reach whom they were to: whose they are to see to, why, and what can be done instead."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from partners.audit.models import Event
from partners.notices.models import Notice

from . import amend
from .models import Offender
from .workflow import TooLate

SEE_TO = "notices.see_to_notice"


def undelivered(user):
    """Those about matters that this user's team works on, and those to the user; that nobody has seen to."""
    rows = Notice.objects.visible_to(user) if user.has_perm(SEE_TO) else Notice.objects.none()
    return rows.undelivered().select_related("for_user")


def with_people(notices, user):
    """The same, each with `person`: the one whom it is about, where the user sees them, else None."""
    notices = list(notices)
    about = [pk for notice in notices for pk in notice.about[:1]]
    kept = dict(Offender.objects.filter(pk__in=about).values_list("pk", "merged_into"))
    people = Offender.objects.visible_to(user).in_bulk({into or pk for pk, into in kept.items()})
    for notice in notices:
        (pk,) = notice.about[:1] or [None]
        notice.person = people.get(kept.get(pk) or pk)
    return notices


def whom(notice):
    """To whom it was, in a word that the reader may read."""
    if notice.for_user:
        return str(notice.for_user)
    return "Someone outside" if notice.is_to_outsider else str(notice.person or "Someone")


def what_to_do(notice, user):
    """(what this user can do instead, where): a sentence, and an address or ""."""
    if notice.for_user == user:
        return "Ask an administrator to correct your address.", ""
    if notice.for_user:
        return "Tell them. An administrator can correct their address, or end what a leaver holds.", ""
    if notice.is_to_outsider:
        return "Ask them for the right address, and send the link again.", ""
    what = "number" if notice.channel == Notice.Channel.SMS else "e-mail address"
    where = amend.address(notice.person) if notice.person else ""
    return f"Tell them in another way, and correct the {what}.", where


def alike(notice, user):
    """This one and the others to the same address about the same person: what is done for one is done for them."""
    alike = undelivered(user).filter(about=notice.about, to=notice.to, for_user=notice.for_user)
    return alike.filter(channel=notice.channel, is_to_outsider=notice.is_to_outsider)


@transaction.atomic
def see_to(notice, *, by, reason):
    """Someone did what the message did not, and says what. Those alike are seen to with it. Returns how many."""
    if not by.has_perm(SEE_TO):
        raise PermissionDenied("You may not see to messages.")
    rows = Notice.objects.filter(pk__in=alike(notice, by).order_by().values("pk"), seen_to_at=None)
    locked = list(rows.select_for_update(of=("self",)))
    if notice not in locked:
        raise TooLate("Someone has seen to this message already.")
    for one in locked:
        one.settle(one.status, one.problem, seen_to_by=by, seen_to_at=timezone.now(), seen_to_why=reason)
        Event.objects.record(
            Event.Kind.ALTERATION, "notice.see_to", by=by, subject=one, offenders=one.about, reason=reason
        )  # fmt: skip
    return len(locked)


def page_of(user):
    """For the pages about messages: this one, for whom it is."""
    return ("Not delivered", reverse("offenders:undelivered")) if user.has_perm(SEE_TO) else None
