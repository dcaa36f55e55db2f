"""Two years of Divert at a tenth of its volume, and what Cranstoun's workers have before them today."""

import datetime as dt

from django.utils import timezone

from offenders.workflow import insert
from partners.models import Service
from partners.working_days import add_working_days, is_working_day
from referrals.booking import slots
from referrals.booking.models import Appointment, Availability, ContactAttempt, Intervention, Leave, Mode
from referrals.booking.slots import Slot
from referrals.models import Drug, Offence, Referral, Resolution

from .people import Seeder

MONTHS, A_MONTH = 24, 26
DIVERTED = MONTHS * A_MONTH
SURGERY = "Example Street surgery"

NOBODYS_NUMBER = "0121 496 0142"  # Ofcom keeps 0121 496 0000 to 0999 for people who do not exist

AREAS = {"E08000025": 52, "E08000028": 11, "E08000026": 10, "OUTSIDE": 6, "E08000031": 6, "E08000030": 5,
         "E08000027": 5, "E08000029": 3, None: 2}  # fmt: skip
DRUGS = {"Cannabis": 90, "Cocaine": 6, "Ecstasy (MDMA)": 2, "Ketamine": 2}
AMOUNTS = {"Cannabis": ["a small bag", "one joint", "about 2 g", "half a joint"], None: ["one wrap", "about 1 g"]}
PLACES = ["Corporation Street", "the bus station", "a parked car, Example Road", "the canal side", "outside a club",
          "Victoria Park", "the retail park", "a house, on a warrant"]  # fmt: skip
WORDS = ["It's mine. Just for me.", "Yeah, I smoke it to sleep.", "It was for the weekend.", "Fair enough, it is mine."]
AGREED = ["Will keep a diary of use and cut out weekdays.", "No use before work. Will think about the course.",
          "Talked through sleep and stress; will try without for a week."]  # fmt: skip

# of each worker: weekdays from Monday, from, until, how
WEEKS = [
    [("01234", "09:30", "12:30", Mode.PHONE), ("01234", "13:30", "16:00", Mode.VIDEO)],
    [("0123", "10:00", "13:00", Mode.VIDEO), ("0123", "14:00", "17:00", Mode.PHONE)],
    [("1234", "11:00", "14:00", Mode.SURGERY), ("5", "10:00", "13:00", Mode.PHONE)],
]  # fmt: skip


class Divert(Seeder):
    """Makes one referral after another: those of the past two years, and then those of these days."""

    def __init__(self, *args):
        super().__init__(*args)
        self.since = self.today - dt.timedelta(days=round(MONTHS * 30.4))
        self.workers = self.by_role["cranstoun_worker"][: len(WEEKS)]
        self.officers = self.by_role["officer"]
        (self.lead,) = self.by_role["resolution_lead"]
        self.cranstoun = self.agencies["Cranstoun"]
        self.drugs = {drug.name: drug for drug in Drug.objects.on()}
        self.offences = {offence.code: offence for offence in Offence.objects.on()}
        self.taken, self.engaged = set(), []
        Service.objects.filter(pathway="divert").update(phone=NOBODYS_NUMBER)
        for worker, week in zip(self.workers, WEEKS, strict=True):
            for weekday, starts, ends, mode in [(day, *rest) for days, *rest in week for day in map(int, days)]:
                place = SURGERY if mode == Mode.SURGERY else ""
                insert(
                    Availability(
                        worker=worker,
                        agency=self.cranstoun,
                        weekday=weekday,
                        starts=starts,
                        ends=ends,
                        mode=mode,
                        place=place,
                        valid_from=self.since,
                    )
                )
        off = self.today + dt.timedelta(days=9)
        insert(
            Leave(worker=self.workers[1], agency=self.cranstoun, valid_from=off, valid_to=off + dt.timedelta(days=4))
        )

    def dealt(self, shares):
        return self.chance.choices(list(shares), shares.values())[0]

    def at(self, day):
        """Some time of that day, now at the latest."""
        at = timezone.make_aware(dt.datetime.combine(day, dt.time(self.chance.randint(10, 22), 15)))
        return min(at, timezone.now())

    def someone(self, by, age=None):
        age = age or min(58, max(18, round(self.chance.gauss(26, 6))))
        person, _ = self.person(by, age=age)
        return person

    def resolution(self, person, day, drug=None):
        """What the officer says of it."""
        name, at = drug or self.dealt(DRUGS), self.at(day)
        said = {
            "offence": self.offences["92E" if name == "Cannabis" else "92D"], "drug": self.drugs[name],
            "quantity": self.chance.choice(AMOUNTS.get(name, AMOUNTS[None])), "occurred_at": at,
            "place": self.chance.choice(PLACES), "route": "custody" if self.some(15) else "street",
            "crime_reference": f"20/{self.chance.randint(100000, 999999)}/{day:%y}", "is_own_use": True,
            "is_supply_suspected": False, "is_aggravating": False, "accepts_responsibility": True, "agrees": True,
            "acceptance": self.chance.choice(WORDS), "accepted_at": min(at + dt.timedelta(minutes=20), timezone.now()),
            "gravity_score": 2 if self.some(25) else 1, "gravity_rationale": "Small amount, for their own use.",
        }  # fmt: skip
        if person.age(day) < 18:
            said |= {"appropriate_adult": f"Mrs {person.family_name}", "adult_relation": "Mother"}
        return said

    def refer(self, day, person=None, **facts):
        """A referral of that day, sent; not yet with an appointment."""
        by = self.chance.choice(self.officers)
        again = person is not None
        person = person or self.someone(by)
        area = self.dealt(AREAS)
        referral = Referral.draft(
            by=by, offender=person, pathway="divert", source="officer", referred_on=day, area=self.areas.get(area)
        )
        resolution = Resolution.record(referral, by=by, **self.resolution(person, day) | facts)
        referral.submit(by=by)
        if again and resolution.approval == "asked" and (self.today - day).days > 5:
            resolution.approve(by=self.lead, on=add_working_days(day, 1))
        return referral

    def slot(self, worker, day):
        """A time of that day, in the worker's week if they work then, that nobody has."""
        begin = self.chance.choice([10, 10.5, 11, 11.5, 12, 12.5, 14, 14.5, 15, 15.5])
        while (worker.pk, day, begin) in self.taken:
            begin += 0.5
        self.taken.add((worker.pk, day, begin))
        starts = timezone.make_aware(dt.datetime.combine(day, dt.time(int(begin), round(begin % 1 * 60))))
        mode = self.chance.choice([Mode.PHONE, Mode.PHONE, Mode.VIDEO])
        return Slot(worker, starts, starts + dt.timedelta(minutes=30), mode, "", self.cranstoun.pk, None)

    def book(self, referral, worker, day, *, slot=None, ahead=0):
        """The appointment of that day, past, or the free slot so many ahead of today's; accepted with it."""
        by = self.wearing[referral.referred_by_id]
        if slot is None and day >= self.today:
            free = slots.free(
                self.cranstoun, modes=[Mode.PHONE, Mode.VIDEO], person=referral.offender_id, limit=ahead + 1
            )
            appointment = Appointment.book(referral, by=by, slot=free[-1])
            worker = self.wearing[free[-1].worker_id]
        else:
            appointment = Appointment.recall(referral, by=by, slot=slot or self.slot(worker, day))
        referral.accept_booked(by=by, worker=worker, on=referral.referred_on)
        return appointment

    def history(self, n):
        """One of the past two years, from the street to what became of it."""
        day = self.since + dt.timedelta(days=round(n * (self.today - self.since).days / DIVERTED))
        first = add_working_days(day, self.chance.randint(2, 7))
        if day > self.today - dt.timedelta(days=14):  # those are of `these_days`
            return
        before = self.engaged.pop(0) if self.some(6) and len(self.engaged) > 40 else None
        referral = self.refer(day, before)
        worker = self.chance.choice(self.workers)
        if self.some(2):
            referral.withdraw(by=self.wearing[referral.referred_by_id], reason="Recorded in error", on=day)
            return
        appointment = self.book(referral, worker, first)
        if self.some(68):
            self.see(referral, appointment, worker, first)
        else:
            self.miss(referral, appointment, worker, first)

    def see(self, referral, appointment, worker, day):
        """They came; most go on to the course."""
        late = self.chance.choice([5, 10, 15]) if self.some(12) else None
        appointment.record(by=worker, took_place=True, attended=True, late_minutes=late)
        if (self.today - day).days > 21 or self.some(80):
            self.write_up(appointment, worker)
        done = self.after(day, 7, 28)
        if done < self.today and self.some(88):
            referral.complete(by=worker, outcome="1:1 completed" if referral.resolution.drug_class == "A" else
                              "Course completed", on=done)  # fmt: skip
            self.engaged.append(referral.offender)
        elif done < self.today and self.some(60):
            referral.close(by=worker, reason=self.chance.choice(["Moved away", "In custody"]), on=done)

    def write_up(self, appointment, worker):
        use = [self.drugs["Cannabis"], *([self.drugs["Cocaine"]] if self.some(20) else [])]
        Intervention.record(
            appointment, by=worker, drugs=use, main_drug=use[0],
            how_it_went=self.chance.choice(["well", "well", "some"]),
            audit_frequency=self.chance.randint(0, 3), audit_units=self.chance.randint(0, 2),
            audit_binge=self.chance.randint(0, 2), agreed=self.chance.choice(AGREED),
            advice=["cutting_down", self.chance.choice(["driving", "mixing", "mental_health"])],
        )  # fmt: skip

    def miss(self, referral, appointment, worker, day):
        """They did not come, and were not reached."""
        appointment.record(by=worker, took_place=True, attended=False)
        last = day
        for _ in range(3):
            last = add_working_days(last, 2)
            if last < self.today:
                method, result = self.chance.choice([("phone", "no_answer"), ("text", "message"), ("phone", "message")])
                ContactAttempt.record(referral, by=worker, method=method, result=result, occurred_at=self.at(last))
        if last < self.today and ((self.today - last).days > 60 or self.some(92)):
            referral.disengage(by=worker, reason="Calls and texts, no answer", on=last)
            if self.some(20):
                given = min(self.after(last, 10, 60), self.today)
                referral.resolution.formalise(
                    by=self.lead, formal_outcome="charged" if self.some(80) else "cautioned", formal_on=given,
                    formal_reason=self.chance.choice(["earlier_non_engagement", "supply_suspected", "aggravating"]),
                )  # fmt: skip

    def these_days(self):
        """What stands in the diaries: past and nothing said, missed, not written up, to come, waiting by age."""
        past = [self.today - dt.timedelta(days=ago) for ago in range(1, 9)]
        past = [day for day in past if is_working_day(day)][:2]
        for number, day in enumerate(past):
            for worker in self.workers:
                for stands in ("said",) if number else ("said", "unsaid"):
                    referral = self.refer(day - dt.timedelta(days=4))
                    appointment = self.book(referral, worker, day)
                    if stands == "said":
                        appointment.record(by=worker, took_place=True, attended=self.some(75))
        for number in range(16):  # to come, further and further ahead
            referral = self.refer(self.today - dt.timedelta(days=number % 4))
            self.book(referral, None, self.today, ahead=number * 6)
        for ago, tries in ((3, 0), (6, 1), (9, 2), (13, 3), (16, 3)):  # not reached, the last to be given up
            worker = self.chance.choice(self.workers)
            referral = self.refer(self.today - dt.timedelta(days=ago))
            first = referral.referred_on + dt.timedelta(days=1)
            appointment = self.book(referral, worker, first)
            appointment.record(by=worker, took_place=True, attended=False)
            for number in range(tries):
                tried = first + dt.timedelta(days=1 + number * 2)
                if tried < self.today:
                    ContactAttempt.record(
                        referral, by=worker, method="phone", result="no_answer", occurred_at=self.at(tried)
                    )
        yesterday, by = self.today - dt.timedelta(days=1), self.officers[0]
        for person, facts in (
            (self.engaged[-1], {"drug": self.drugs["Cannabis"]}),  # has had one before: waits for approval
            (self.someone(by, age=16), {"drug": self.drugs["Cannabis"]}),
            (self.someone(by), {"drug": self.drugs["Cocaine"], "offence": self.offences["92D"]}),
        ):
            self.book(self.refer(yesterday, person, **facts), None, self.today, ahead=6)
