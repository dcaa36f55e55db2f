"""Who was referred and not reached yet, and who did not engage: for the team to whom they were referred."""

import datetime as dt
from itertools import chain

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from partners.frame.templatetags.frame import moment
from partners.settings import setting
from referrals.models import Deadline, Referral
from referrals.workflow import STEPS
from referrals.workflow import Status as Stands

from .models import Appointment, ContactAttempt
from .workflow import Status

LONG_AGO = Value(dt.datetime(1900, 1, 1, tzinfo=dt.UTC))
AGES = [("Up to 2 days", 0, 2), ("3 to 5 days", 3, 5), ("6 to 10 days", 6, 10), ("11 days and more", 11, None)]


def with_tries(referrals):
    """Each referral with what was tried since they were last reached or came: `tried`, `missed`, `declined`.

    And whether an appointment is still `to_come`.
    """
    attempts = ContactAttempt.objects.filter(referral=OuterRef("pk")).order_by()
    given = Appointment.objects.filter(referral=OuterRef("pk")).order_by()
    reached = attempts.reached().order_by("-occurred_at").values("occurred_at")[:1]
    came = given.filter(status=Status.ATTENDED).order_by("-starts_at").values("starts_at")[:1]

    return referrals.annotate(
        came_at=Coalesce(Subquery(came), LONG_AGO),
        since=Greatest(Coalesce(Subquery(reached), LONG_AGO), F("came_at")),
        tried=_number(attempts.filter(occurred_at__gt=OuterRef("since"))),
        missed=_number(given.filter(status=Status.MISSED, starts_at__gt=OuterRef("came_at"))),
        declined=Exists(attempts.filter(result="declined", occurred_at__gte=OuterRef("since"))),
        to_come=Exists(given.filter(status=Status.BOOKED, ends_at__gt=timezone.now())),
    )


def _number(rows):
    """How many of these rows the referral has."""
    return Coalesce(Subquery(rows.values("referral").annotate(n=Count("pk")).values("n")), 0)


def enough():
    """How many attempts are enough, or appointments missed, before “not engaged” is proposed."""
    (number,) = setting("contact_attempts")
    return int(number)


def not_engaging(user):
    """Referrals to the user's team that may be recorded as not engaged: tried often enough, or they do not want it."""
    if not user.has_perm("referrals.disengage_referral"):
        return Referral.objects.none()
    rows = Referral.objects.visible_to(user).received_by(user).filter(status__in=STEPS["disengage"].sources)
    tried = Q(tried__gte=enough()) | Q(missed__gte=enough()) | Q(declined=True)
    return with_tries(rows).filter(tried, to_come=False)


def tried_in_words(referral):
    """Why “not engaged” is proposed; of a referral `with_tries`."""
    if referral.declined:
        return "They said that they do not want this"
    said = [(referral.tried, "attempt that did not reach them", "attempts that did not reach them"),
            (referral.missed, "appointment missed", "appointments missed")]  # fmt: skip
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in said if number)


def tried(user, referral):
    """What was tried, newest first, for the page on which it is said that they did not engage."""
    attempts = ContactAttempt.objects.visible_to(user).filter(referral=referral)
    missed = Appointment.objects.visible_to(user).filter(referral=referral, status=Status.MISSED)
    lines = chain(
        ((row.occurred_at, str(row)) for row in attempts),
        ((row.starts_at, f"{row.get_kind_display()}: did not attend") for row in missed),
    )
    return [(moment(at), words) for at, words in sorted(lines, reverse=True)]


def waiting(user):
    """Deadlines for first contact that are not met, of referrals to the user's team; each with what was tried."""
    received = Referral.objects.visible_to(user).received_by(user)
    rows = Deadline.objects.visible_to(user).open().filter(
        kind=Deadline.Kind.FIRST_CONTACT, referral__in=received.values("pk"),
        referral__status__in=[Stands.SUBMITTED, Stands.ACCEPTED],
    )  # fmt: skip
    attempts = ContactAttempt.objects.filter(referral=OuterRef("referral")).order_by()
    booked = Appointment.objects.filter(
        referral=OuterRef("referral"), status=Status.BOOKED, ends_at__gt=timezone.now()
    ).order_by("starts_at")
    return rows.select_related("referral", "referral__offender", "referral__worker").annotate(
        referred_on=F("referral__referred_on"),
        attempts=_number(attempts),
        last_attempt_at=Subquery(attempts.order_by("-occurred_at").values("occurred_at")[:1]),
        next_at=Subquery(booked.values("starts_at")[:1]),
        proposed=Exists(not_engaging(user).filter(pk=OuterRef("referral"))),
    )


def by_age(rows):
    """How many wait since when: [(words, number)], of `waiting`."""
    today = timezone.localdate()

    def aged(least, most):
        born = Q(referred_on__lte=today - dt.timedelta(days=least))
        return born if most is None else born & Q(referred_on__gte=today - dt.timedelta(days=most))

    counts = rows.order_by().aggregate(
        **{f"age_{n}": Count("pk", filter=aged(least, most)) for n, (_, least, most) in enumerate(AGES)}
    )
    return [(words, counts[f"age_{n}"]) for n, (words, _, _) in enumerate(AGES)]
