"""People who were recorded twice: pairs to decide, one that is not the same, and one merged and waiting for review."""

import datetime as dt

from django.utils import timezone

from offenders import duplicates, merge
from offenders.facts import record_fact
from offenders.models import Address, Identifier, LikelyPair, Offender
from referrals.models import Referral

# who was recorded first, how they were recorded the second time, and how both are reached
TWICE = [
    ({"given_names": "Mohammed", "family_name": "Sarwar", "date_of_birth": dt.date(1991, 4, 9), "sex": "1"},
     {"given_names": "Muhamad", "family_name": "Sarwar"}),
    ({"given_names": "Leanne", "family_name": "Bloxham", "date_of_birth": dt.date(1986, 3, 11), "sex": "2"},
     {"date_of_birth": dt.date(1986, 11, 3)}),
    ({"given_names": "Wayne", "family_name": "Garbett", "date_of_birth": dt.date(1979, 8, 24), "sex": "1",
      "phone": "07700 900417"},
     {"given_names": "Dwayne", "date_of_birth": None, "phone": "+44 7700 900417"}),
    ({"given_names": "Kirsty", "family_name": "Underhill", "date_of_birth": dt.date(1993, 1, 30), "sex": "2"},
     {"given_names": "Kirstie", "family_name": "Underhil"}),
    ({"given_names": "Carl", "family_name": "Nock", "date_of_birth": dt.date(1988, 6, 17), "sex": "1"},
     {"given_names": "Craig"}),
    ({"given_names": "Shelley", "family_name": "Insull", "date_of_birth": dt.date(1984, 10, 2), "sex": "2",
      "phone": "07700 900862"},
     {"given_names": "Shelly", "date_of_birth": dt.date(1984, 10, 3)}),
]  # fmt: skip
TWINS, MERGED = 4, 5


def record_twice(staff, area):
    """Each of them put forward twice, by different people; then decided on by supervisors. `staff` is by role."""
    officers, supervisors, people = staff["officer"], staff["supervisor"], []
    for number, (first, second) in enumerate(TWICE):
        senders = officers[number % len(officers)], staff["facilitator"][0]
        for by, facts, days in zip(senders, (first, first | second), (40, 3), strict=True):
            day = timezone.localdate() - dt.timedelta(days=days + number)
            offender = Offender.add(by=by, **facts)
            if number == TWINS:
                record_fact(
                    Address(offender=offender, lines="14 Example Street", area=area, valid_from=day), by=by
                )  # fmt: skip
            referral = Referral.draft(
                by=by, offender=offender, pathway="o2r", source="officer", referred_on=day, area=area,
                funds_addiction=True, summary="Stealing to pay for heroin. Asked for help.",
            )  # fmt: skip
            referral.submit(by=by)
            people.append(offender)
    for offender in people[2:4]:
        record_fact(Identifier(offender=offender, kind="custody", value="WM/24/10873"), by=supervisors[0])
    say_different(people[2 * TWINS], people[2 * TWINS + 1], by=supervisors[0])
    kept, gone = people[2 * MERGED :]
    merge.merge(kept, gone, choices={}, by=supervisors[0], reason="Same phone; the custody record has 2 October.")
    duplicates.find_all()


def say_different(one, other, *, by):
    pair = LikelyPair.objects.get(one__in=[one, other], other__in=[one, other])
    merge.say_different(pair, by=by, reason="Twin brothers; both came to the office together.")
