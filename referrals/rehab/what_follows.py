"""What follows from what happens to a stay: a concern, a non-arrival, a departure and its follow-ups, a move amended.

Most harm comes to people in the days after they leave early, so what is to be done in them is written here, once.
"""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from offenders.amend import amend
from offenders.models import Offender
from partners.models import Membership
from partners.notices.models import Notice
from partners.notices.occasions import Occasion
from partners.roles import Category
from partners.settings import setting
from referrals.models import Task

from .models.case import Case
from .models.follow_up import FollowUp

LEFT, TAKEN = ("left_early", "asked_to_leave"), ("hospital", "custody")
EARLY = (*LEFT, *TAKEN)
GUIDELINES = "Drug misuse and dependence: UK guidelines on clinical management, 2017"

ASSUMED = "Assumption: for the force and its partners to confirm"


class Item(NamedTuple):
    """One line of the checklist: whose it is, after which departures, and where it is from."""

    text: str
    owner: str  # of the case: "facilitator", or "co_worker" where one is named
    days: int | None  # after the departure; None: as the setting “contact_after_days” says
    after: tuple
    source: str


CHECKLIST = [
    Item("Make sure of a safe place to sleep tonight", "facilitator", 0, LEFT, ASSUMED),
    Item(
        "Make sure they have naloxone, and know that they can bear far less than before", "co_worker", 0, EARLY,
        GUIDELINES,
    ),
    Item("Tell whoever prescribes for them, and their pharmacy", "co_worker", 1, EARLY, GUIDELINES),
    Item("Agree an appointment with the treatment service", "co_worker", 1, EARLY, GUIDELINES),
    Item(
        "Tell who has to know: probation, a court, whoever the person wants told", "facilitator", 1, EARLY,
        ASSUMED,
    ),
    Item("Speak with them yourself, wherever they are", "facilitator", None, EARLY, "Setting: contact_after_days"),
]  # fmt: skip


class Then(models.TextChoices):
    """What comes after someone did not arrive."""

    AGAIN = "again", "Ask for a place again"
    WITHDRAW = "withdraw", "They do not want rehab now: withdraw what else is asked for"
    CLOSE = "close", "Close the case"


def is_lately(day):
    """Whether what happened that day is still to be acted on; what is brought in of long ago is history."""
    return day >= timezone.localdate() - timedelta(days=int(setting("checklist_days")[0]))


def sees(user, case):
    return user.sees_any(Case.objects.filter(pk=case.pk))


def supervisors(case):
    """Those of the case's team who allocate its cases today."""
    hats = Membership.objects.holding("rehab.allocate_case").filter(agency=case.agency_id, unit=case.unit_id)
    return list(hats.users())


def answers_for(case, *first):
    """The first of these who sees the case, then its facilitator, then a supervisor; else the facilitator all the same:
    nothing that is to be done is nobody's."""
    asked = [user for user in (*first, case.facilitator) if user]
    return next((user for user in (*asked, *supervisors(case)) if sees(user, case)), case.facilitator)


def give(stay, text, *, by, owner, due_on, kind, category=Category.CASE, team=None):
    """A task that comes of this stay. Returns the Task."""
    return Task.add(
        stay.offender, by=by, owner=owner, text=text, due_on=due_on, matter=stay.pk, matters=stay.matters, kind=kind,
        category=category, url=stay.get_absolute_url(), follows=True, team=team,
    )  # fmt: skip


def tell(stay, users, occasion, key, *, by):
    """E-mail these users who see the case that it needs them: whose it is, and of what, stays here."""
    for user in {*users} - {by, None}:
        if sees(user, stay.case):
            Notice.send(
                key=f"{key} {user.pk}", occasion=occasion, channel=Notice.Channel.EMAIL, to=user.email, for_user=user,
                subject=f"Case {stay.case} needs you today", about=[stay.offender_id], matter=stay.case_id,
                tells_of=stay.pk, by=by,
                text=f"Case {stay.case} needs you today. Sign in: {settings.SITE_URL}{stay.case.get_absolute_url()}",
            )  # fmt: skip


def raise_concern(stay, text, *, by, owner=None, days=None):
    """A concern that the rehab has: a task of whoever was named, of the facilitator else, who are told."""
    days = int(setting("concern_days")[0]) if days is None else days
    owner, due_on = answers_for(stay.case, owner), timezone.localdate() + timedelta(days=days)
    kind, category = Task.Kind.CONCERN, Category.GENERAL
    task = give(stay, text, by=by, owner=owner, due_on=due_on, kind=kind, category=category)
    tell(stay, [owner], Occasion.CONCERN, f"concern {task.pk}", by=by)
    return task


def decide(stay, then, *, by, reason, on=None):
    """What comes after someone did not arrive, done where it was said; else it is to be decided today."""
    case, day = stay.case, on or timezone.localdate()
    if then == Then.WITHDRAW:
        for other in case.placements.ahead():
            other.end_with(by=by, on=on, reason="They do not want rehab now")
    if then == Then.CLOSE:
        case.close(by=by, outcome=f"Did not arrive in rehab: {reason}"[:200], on=on)
    elif is_lately(day):
        text, days = {
            Then.AGAIN: ("Ask for a place in rehab again", 1),
            Then.WITHDRAW: ("Agree with them what comes instead of rehab", 7),
        }.get(then, ("Decide what comes next: they did not arrive in rehab", 0))
        due_on = timezone.localdate() + timedelta(days=days)
        owner, team = answers_for(case), (case.agency, case.unit)
        give(stay, text, by=by, owner=owner, due_on=due_on, kind=Task.Kind.HAND, team=team)


def departed(stay, *, by):
    """Act on an early departure, write a death on the person's record, plan the follow-ups it asks for and no other."""
    day, reason = stay.departed_on, stay.departure_reason
    if reason == "died":
        Offender.objects.filter(pk=stay.offender_id, deceased_on=None).update(deceased_on=day)
    act_on_departure(stay, by=by)
    weeks = [] if reason in ("died", "moved_unit") else [int(week) for week in setting("follow_up_weeks", day)]
    there = {one.weeks: one for one in stay.follow_ups.all()}
    for week, one in there.items():
        if not one.done_on and week in weeks:
            FollowUp.objects.filter(pk=one.pk).update(due_on=day + timedelta(weeks=week))
        elif not one.done_on and not one.attempts.exists():
            one.delete()  # a plan, in which nothing was ever written
    FollowUp.objects.bulk_create(
        FollowUp(case=stay.case, placement=stay, weeks=week, due_on=day + timedelta(weeks=week))
        for week in weeks
        if week not in there
    )


def act_on_departure(stay, *, by):
    """Of an early departure tell who must know at once, and open its checklist; of one amended not to be, close it."""
    case, there = stay.case, Task.objects.filter(matter=stay.pk, kind=Task.Kind.CHECKLIST)
    if stay.departure_reason not in EARLY:
        for task in there.open():
            task.drop(by=by, why="The departure was amended: it was not an early one.", follows=True)
    if not is_lately(stay.departed_on) or stay.departure_reason not in (*EARLY, "died"):
        return
    told, key = [case.facilitator, case.co_worker, *supervisors(case)], f"departure {stay.pk} {stay.departure_reason}"
    tell(stay, told, Occasion.DEPARTURE, key, by=by)
    if stay.departure_reason in EARLY and not there.exists():
        (contact_days,) = setting("contact_after_days", stay.departed_on)
        owners = {"facilitator": answers_for(case), "co_worker": answers_for(case, case.co_worker)}
        for item in CHECKLIST:
            if stay.departure_reason in item.after:
                days = int(contact_days) if item.days is None else item.days
                give(
                    stay, item.text, by=by, owner=owners[item.owner], due_on=stay.departed_on + timedelta(days=days),
                    kind=Task.Kind.CHECKLIST, team=(case.agency, case.unit),
                )  # fmt: skip


def keep_the_journey(stay, *, by):
    """The day of a move ends one leg and begins the next: amended in one, it is in both."""
    stays = type(stay).objects
    after = stays.filter(continues=stay).first()
    if after and stay.departure_reason != stay.Reason.MOVED_UNIT:
        raise ValidationError({"departure_reason": "They went on from here to another unit."})
    for other, day, its_day in ((after, "departed_on", "arrived_on"), (stay.continues, "arrived_on", "departed_on")):
        if not other or getattr(other, its_day) == getattr(stay, day):
            continue
        if not stays.amendable_by(by).filter(pk=other.pk).exists():
            raise ValidationError({day: "That day is of another unit too. Ask the O2R team to amend it."})
        amend(other, {its_day: getattr(stay, day)}, by=by, reason="The day of the move was amended")
