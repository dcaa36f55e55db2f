"""Many at once booking the same slots, to see that none is booked twice and that each loser is told so."""

import contextlib
import datetime as dt
import itertools
import random
import threading
import time
from collections import Counter
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from offenders.models import Offender
from partners.models import Agency, Agreement, Membership, Service, Unit, User
from partners.roles import Category
from referrals.models import Referral
from referrals.pathways import Pathway

from . import slots
from .models import Appointment, Availability
from .workflow import TOOK_TIME

WORKERS, REFERRALS = 20, 200
OVERLAPS = """
    SELECT count(*) FROM booking_appointment one JOIN booking_appointment other ON one.id < other.id
    WHERE one.status = ANY(%(took_time)s) AND other.status = ANY(%(took_time)s)
    AND (one.worker_id = other.worker_id OR one.offender_id = other.offender_id)
    AND tstzrange(one.starts_at, one.ends_at) && tstzrange(other.starts_at, other.ends_at)
"""


class Outcome(NamedTuple):
    attempts: int
    booked: int  # appointments there are afterwards
    refused: int  # told that the slot is taken, and what is free
    failed: Counter  # anything else, by its name
    overlaps: int
    seconds: float

    @property
    def is_good(self):
        """Nothing twice, and an answer for each."""
        told = not self.failed and not self.overlaps
        return told and self.booked + self.refused == self.attempts

    def __str__(self):
        failed = ", ".join(f"{name} {number:,}" for name, number in self.failed.items()) or "0"
        return (
            f"{self.attempts:,} attempts: {self.booked:,} booked, {self.refused:,} refused and told what is free, "
            f"failed {failed}, overlaps {self.overlaps:,}; {self.seconds:.1f} s"
        )


def try_booking(*, threads, number, times):
    """Have so many threads book so many slots so many times over, in any order, every second one by a hold first.

    On a database of its own: it makes officers, workers and people, and leaves them and their appointments there.
    """
    chosen, officers, referrals = _make(number, threads)
    chance = random.Random(1)
    attempts = chosen * times
    chance.shuffle(attempts)
    pairs = enumerate(zip(attempts, itertools.cycle(referrals), strict=False))
    queue, lock, told = list(pairs), threading.Lock(), Counter()

    def work(officer):
        user = User.objects.get(pk=officer)
        while True:
            with lock:
                if not queue:
                    break
                place, (slot, referral) = queue.pop()
            answer = _attempt(slot, referral, user, hold_first=place % 2)
            with lock:
                told[answer] += 1
            connection.close()  # for the next thread that waits for one

    running = [threading.Thread(target=work, args=[officer]) for officer in officers]
    began = time.monotonic()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    seconds = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS, {"took_time": list(TOOK_TIME)})
        (overlaps,) = cursor.fetchone()
    booked, refused = told.pop("booked", 0), told.pop("refused", 0)
    assert booked == Appointment.objects.filter(status="booked").count()
    return Outcome(len(attempts), booked, refused, told, overlaps, seconds)


def _attempt(slot, referral, user, *, hold_first):
    referral = Referral.objects.get(pk=referral)
    try:
        hold = Appointment.hold(slot, by=user, key=referral.pk) if hold_first else None
        Appointment.book(referral, by=user, slot=slot, hold=hold)
    except slots.SlotTaken:
        return "refused"
    except Exception as error:
        return type(error).__name__
    return "booked"


def _make(number, threads):
    """Slots to be booked, officers, and referrals to book them for: slots, keys and keys."""
    since = dt.date(2018, 1, 1)
    police, cranstoun = Agency.objects.get(short_name="WMP"), Agency.objects.get(short_name="Cranstoun")
    unit = Unit.objects.on().filter(agency=police).first()
    agreement, _ = Agreement.objects.get_or_create(
        name="an agreement to try booking", defaults={"categories": list(Category), "valid_from": since}
    )
    agreement.agencies.set([police, cranstoun])
    assert Service.objects.on().filter(agency=cranstoun, pathway=Pathway.DIVERT).exists()

    def users(role, agency, unit, count):
        made = [
            User(email=f"try-{role}-{n}@throughcare.example", given_names="Ama", family_name=f"Try {n}")
            for n in range(count)
        ]
        for user in User.objects.bulk_create(made):
            Membership.objects.create(user=user, agency=agency, unit=unit, role=role, valid_from=since)
        return made

    workers = users("cranstoun_worker", cranstoun, None, WORKERS)
    Availability.objects.bulk_create(
        Availability(
            worker=worker, agency=cranstoun, weekday=day, starts=dt.time(9), ends=dt.time(12), mode="phone",
            valid_from=since,
        )
        for worker in workers for day in range(7)
    )  # fmt: skip
    tomorrow = timezone.now() + dt.timedelta(days=1)
    found = slots.free(cranstoun, after=tomorrow)
    found = [slot for slot in found if slot.worker in set(workers)]
    assert len(found) >= number, "There are not so many slots in the days ahead."
    officers = users("officer", police, unit, threads)
    referrals = []
    for n in range(REFERRALS):
        person = Offender.add(by=officers[0], given_names="Sam", family_name=f"Try {n}")
        referral = Referral.draft(by=officers[0], offender=person, pathway=Pathway.DIVERT)
        referral.submit(by=officers[0])
        referrals.append(referral.pk)
    return found[:number], [officer.pk for officer in officers], referrals


@contextlib.contextmanager
def connections_for(threads):
    """So many connections at once, where a server gives each thread of the site one."""
    pool = connection.settings_dict["OPTIONS"]["pool"]
    before = dict(pool)
    connection.close()
    connection.close_pool()
    pool |= {"max_size": threads + 1, "timeout": 120}
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        pool.clear()
        pool |= before
