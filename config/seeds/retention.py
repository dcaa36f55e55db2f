"""People of long ago, whose records are due: one to decide, one held, one that another is to confirm, one erased."""

import datetime as dt

from django.utils import timezone

from offenders.models import Entry, Offender
from offenders.retention.disposal import erase
from offenders.retention.models import Hold, Schedule
from offenders.retention.rules import count_everyone
from referrals.models import Referral

PEOPLE = [
    ("Gareth", "Pemberton", dt.date(1961, 2, 9), dt.date(2018, 3, 6)),
    ("Lorna", "Whitcombe", dt.date(1970, 11, 30), dt.date(2019, 1, 22)),
    ("Desmond", "Achebe", dt.date(1958, 6, 17), dt.date(2019, 7, 2)),
    ("Irene", "Castlemaine", dt.date(1949, 9, 4), dt.date(2017, 10, 11)),
]


def keep_some(facilitator, supervisors, area):
    """Referrals that came to nothing years ago, and what supervisors decided of their records."""
    first, second = supervisors[:2]
    to_decide, held, proposed, gone = [_long_ago(facilitator, area, *person) for person in PEOPLE]
    count_everyone()
    Hold.place(held, by=first, reason="The coroner has asked for all papers.", reference="Inquest 2026/118")
    Schedule.of(proposed).dispose(by=first, reason="No notice for seven years, and nothing that is still needed.")
    decision = Schedule.of(gone).dispose(by=first, reason="Died; no notice since 2017.")
    decision.confirm(by=second)
    erase(decision.pk)
    return to_decide


def _long_ago(by, area, given, family, born, day):
    person = Offender.add(by=by, given_names=given, family_name=family, date_of_birth=born)
    referral = Referral.draft(
        by=by, offender=person, pathway="o2r", source="self", referred_on=day, area=area, funds_addiction=True,
        summary="Asked for a place in rehab.",
    )  # fmt: skip
    referral.submit(by=by)
    referral.decline(by=by, reason="Lives outside the force area", on=day)
    then = timezone.make_aware(dt.datetime.combine(day, dt.time(11)))
    Entry.objects.filter(offender=person).update(happened_at=then)
    Offender.objects.filter(pk=person.pk).update(recorded_at=then)
    return person
