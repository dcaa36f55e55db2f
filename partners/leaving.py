"""Someone leaves: their account is closed in one step, and what is theirs still is said first."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from .audit.models import Event
from .models import User

# What the apps above know of someone who leaves. Functions of a user that give what is theirs still and whose it is to
# hand over, as (what, sentence), or None; and functions of (user, by) that end what must not outlive the account.
STILL_THEIRS, LEAVERS = [], []


def still_theirs(user):
    """What is this user's still: [(what, sentence)]. Counts, never whom it is about."""
    return [told for tell in STILL_THEIRS if (told := tell(user))]


@transaction.atomic
def close(user, *, by, reason):
    """They sign in no more, and are signed out wherever they are signed in; the roles they hold end.

    What they did stays theirs. Another administrator may open the account again and give a new role; their password is
    gone. Raises PermissionDenied of oneself, ValidationError where it is closed already, and the database's own no for
    the last administrator.
    """
    if user == by:
        raise PermissionDenied("You cannot close your own account. Ask another administrator.")
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not user.is_active:
        raise ValidationError("This account is closed already.", code="closed")
    for membership in user.memberships.not_over():
        membership.end(by=by, reason=reason)
    user.is_active = False
    user.set_unusable_password()  # which every session of theirs rests on
    user.save(update_fields=["is_active", "password"])
    for end in LEAVERS:
        end(user, by)
    Event.objects.record(
        Event.Kind.ADMINISTRATION, "user.close", by=by, subject=user, before={"is_active": True},
        after={"is_active": False}, reason=reason,
    )  # fmt: skip
