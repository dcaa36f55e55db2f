"""What people asked of themselves and each other, some of it late, some put off."""

import datetime as dt

from django.utils import timezone

from referrals.models import Task

ASKED = [  # what, by when (days from today), put off for (days, why) or None
    ("Ask the hostel whether her room is still hers", -4, None),
    ("Send the letter for court", -1, (3, "The clerk is back on Thursday")),
    ("Ring his sister back", 0, None),
    ("Find out when the surgery can see him", 0, (5, "They take no new people this week")),
    ("Bring the bus pass form", 2, None),
    ("Ask whether the course starts in the new year", 9, None),
]


def ask(cases, wearing):
    """One of each, over and over, on these cases, by whoever holds them, in the hat they wear."""
    today = timezone.localdate()
    for n, case in enumerate(cases):
        text, days, put_off = ASKED[n % len(ASKED)]
        by = wearing[case.facilitator_id]
        task = Task.add(
            case.offender, by=by, owner=by, matter=case.pk, text=text, due_on=today + dt.timedelta(days=days)
        )
        if put_off:
            until, why = put_off
            task.snooze(by=by, until=today + dt.timedelta(days=until), reason=why)
