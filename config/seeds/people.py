"""Three hundred people and what became of them, walked through the real steps."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from offenders.models import Consent, Marker, Note, Offender
from partners.models import Area
from partners.roles import Category
from referrals.models import Referral
from referrals.rehab.board.capacity import free_by_day
from referrals.rehab.models import Assessment, Case, FollowUp, FollowUpAttempt, Funding, Placement, Progress
from referrals.rehab.models.funder import cost_of, financial_year
from referrals.rehab.workflow import Answer

from .names import POOLS

COUNT = 300
WAITING = ["submitted", "submitted", "submitted", "accepted", "accepted", "assessing", "assessing"]
FIRST_DAY = 3 * 365  # days ago
AREAS = (
    ["E08000025"] * 11 + ["E08000028"] * 3 + ["E08000026"] * 2 + ["E08000030", "E08000031", "E08000027", "E08000029"]
)
SUMMARIES = [
    "Stealing from shops most days to pay for heroin and crack. Says he has had enough.",
    "Known to every store on the high street. Asked for help after the last arrest.",
    "Sleeping rough, using daily, wants to get away from the people around her.",
    "Long history of acquisitive crime. Has a daughter he wants to see again.",
    "Came forward through the beat team. Motivated, frightened of detox.",
]
CONTACTS = [
    "Met at the library. Looking better, sleeping at a friend's. Talked through what rehab is like.",
    "Called as agreed. Still on the script, one lapse at the weekend and honest about it.",
    "Did not answer the first two calls; rang back in the evening. Wants a date.",
    "Joint visit with CGL. Agreed the detox plan.",
    "Seen at the probation office. Benefits sorted, ID still missing.",
    "Dropped off clothes for the move. Nervous, in good spirits.",
]
WEEKS = [
    "Settled quickly, taking part in groups.",
    "Hard week. Thought about leaving, stayed after a talk with a peer.",
    "Sleeping better. Started on the kitchen rota.",
    "Family visit went well.",
    "Quiet, missing two groups. Keyworker spending extra time.",
]
ACTIONS = [
    "Call about the rehab date",
    "Collect ID papers",
    "Joint visit with CGL",
    "Chase the housing form",
    "Weekly call",
]


class Seeder:
    """Makes one person after another from one stream of chance, so that the same day gives the same people."""

    def __init__(self, chance, staff, units, agencies, funders=()):
        self.chance, self.units, self.agencies, self.funders = chance, units, agencies, funders
        self.today = timezone.localdate()
        self.by_role, self.wearing = {}, {user.pk: user for user in staff}
        for user in staff:
            self.by_role.setdefault(user.membership.role, []).append(user)
        self.areas = {area.pk: area for area in Area.objects.all()}

    def one(self, role):
        return self.chance.choice(self.by_role[role])

    def keeper(self, unit):
        """Who answers for this unit."""
        return next(user for user in self.by_role["rehab_provider"] if user.membership.agency_id == unit.agency_id)

    def some(self, odds):
        """True in `odds` of a hundred."""
        return self.chance.random() * 100 < odds

    def after(self, day, least, most):
        return day + dt.timedelta(days=self.chance.randint(least, most))

    def person(self, by, is_woman=None, age=None):
        pool = self.chance.choices(POOLS, [weight for weight, *_ in POOLS])[0]
        _, women, men, families, ethnicities = pool
        is_woman = self.some(24) if is_woman is None else is_woman
        age = age or min(62, max(19, round(self.chance.gauss(36, 8))))
        born = self.today - dt.timedelta(days=age * 365 + self.chance.randint(0, 364))
        offender = Offender.add(
            by=by,
            is_compared=False,  # all are, at the end of `record_twice`
            given_names=self.chance.choice(women if is_woman else men),
            family_name=self.chance.choice(families),
            date_of_birth=born,
            sex="2" if is_woman else "1",
            ethnicity=self.chance.choice(ethnicities),
            # numbers that Ofcom keeps for drama
            phone=f"07700 900{self.chance.randint(0, 999):03}" if self.some(85) else "",
            safe_contact="Text first, never leave a message." if self.some(15) else "",
            standing={"date_of_birth": "verified" if self.some(60) else "self_reported"},
        )
        area = self.areas["NFA" if self.some(14) else "OUTSIDE" if self.some(5) else self.chance.choice(AREAS)]
        offender.addresses.create(
            area=area,
            lines="" if area.pk == "NFA" else f"{self.chance.randint(1, 180)} Example Street",
            valid_from=self.today - dt.timedelta(days=FIRST_DAY),
        )
        if self.some(18):
            kind = self.chance.choice(Marker.Kind.values)
            offender.markers.create(
                kind=kind, detail="See the custody record.", valid_from=born + dt.timedelta(days=7000)
            )
        return offender, area

    def journey(self, n):
        """One person, from the referral as far as time and luck have taken them."""
        day = self.today - dt.timedelta(days=round(FIRST_DAY * (1 - n / COUNT) ** 1.5))  # busier of late
        facilitator = self.one("facilitator")
        sender, source = self.chance.choices(
            [
                (self.one("officer"), "officer"),
                (self.one("cranstoun_worker"), "cranstoun"),
                (self.one("cgl_worker"), "cgl"),
                (facilitator, self.chance.choice(["probation", "retailer", "self"])),
            ],
            [55, 12, 13, 20],
        )[0]
        offender, area = self.person(by=sender)
        elsewhere = {"probation": "Probation Service", "retailer": "Fairway Stores"}.get(source)
        named = {"from_agency": self.agencies[elsewhere], "from_unit": None} if elsewhere else {}
        referral = Referral.draft(
            by=sender, offender=offender, pathway="o2r", source=source, referred_on=day, area=area,
            offending_area=self.areas[self.chance.choice(AREAS)], funds_addiction=None if self.some(8) else True,
            summary=self.chance.choice(SUMMARIES), **named,
        )  # fmt: skip
        if n % 90 == 89:
            return None
        referral.submit(by=sender)
        if self.some(3):
            referral.withdraw(by=sender, reason="Changed their mind", on=day)
            return None
        accepted = self.after(day, 0, 5)
        if accepted > self.today:
            return None
        if self.some(5):
            referral.decline(by=facilitator, reason="Not offending to fund an addiction", on=accepted)
            return None
        referral.accept(by=facilitator, worker=facilitator, on=accepted)
        assessed = self.after(accepted, 2, 16)
        if assessed > self.today:
            return None
        if self.some(10):
            referral.disengage(by=facilitator, reason="Three calls and a visit, no answer", on=assessed)
            return None
        case = Case.begin(referral, by=facilitator, on=assessed)
        return self.programme(case, facilitator, assessed)

    def programme(self, case, facilitator, assessed):
        if self.some(92):
            self.assess(case, facilitator, assessed)
        decided = self.after(assessed, 0, 12)
        if decided > self.today:
            return self.plan(case, facilitator)
        decision = self.chance.choices(["bring_in", "refer_on", "turn_down", "stand_down"], [60, 17, 10, 13])[0]
        reasons = {
            "refer_on": "Community treatment with CGL suits them better",
            "turn_down": "Not ready for residential rehab",
            "stand_down": "Decided against it for now",
        }
        getattr(case, decision)(by=facilitator, on=decided, reason=reasons.get(decision, ""))
        if decision != "bring_in":
            return None
        if self.some(85):
            worker = self.one("cgl_worker")
            case.share(by=facilitator, agency=self.agencies["CGL"], co_worker=worker, on=decided)
            self.consent(case.offender, "sharing", self.agencies["WMP"], worker, decided, odds=70)
        self.contacts(case, facilitator, decided, min(self.after(decided, 30, 90), self.today))
        if self.some(28):
            case.start_detox(by=facilitator, on=min(self.after(decided, 7, 30), self.today))
        asked = self.after(decided, 14, 50)
        if asked > self.today or self.some(30):
            if (self.today - decided).days > 200:
                case.close(by=facilitator, ending="lost_contact", on=self.after(decided, 120, 190))
                return None
            return self.plan(case, facilitator)
        return self.rehab(case, facilitator, asked)

    def assess(self, case, facilitator, day, **said):
        spend = [
            {
                "substance": name,
                "daily_spend": Decimal(self.chance.randrange(20, 120, 5)),
                "frequency": "daily",
                "route": "oral" if name == "alcohol" else "smoke",
            }
            for name in self.chance.choice(
                [["heroin", "crack"], ["crack"], ["heroin"], ["heroin", "alcohol"], ["crack", "alcohol"]]
            )
        ]
        said = said or {
            "motivation": "Wants to stop and says why.",
            "housing": "Sofa surfing." if self.some(40) else "",
        }
        Assessment.record(case, by=facilitator, assessed_on=day, substances=spend, funded_by=["shop_theft"], **said)

    def rehab(self, case, facilitator, asked):
        offered = self.after(asked, 2, 10)
        arrives = self.after(offered, 5, 25)
        leaves = self.after(arrives, 84, 180)
        units = [u for u in self.units if u.takes in ("mixed", "women" if case.offender.sex == "2" else "men")]
        free = free_by_day(units, arrives, max(leaves, self.today))
        has_room = [unit for unit in units if all(free[unit.pk])]
        unit = self.chance.choice(has_room or units)
        provider = self.keeper(unit)
        stay = Placement.request(
            case,
            by=facilitator,
            unit=unit,
            on=asked,
            needs="Heroin and crack; stable on a script.",
            needs_detox=self.some(40),
        )
        if offered > self.today:
            return self.plan(case, facilitator)
        if self.some(9) or not has_room:
            stay.decline(by=provider, reason="No place before the summer", on=offered)
            return self.plan(case, facilitator)
        stay.offer(by=provider, on=offered)
        if offered >= self.today - dt.timedelta(days=2):
            return self.plan(case, facilitator)
        self.fund(stay, facilitator, arrives, leaves, offered)
        stay.book(by=facilitator, expected_arrival=arrives, expected_departure=leaves, on=min(offered, self.today))
        if arrives > self.today:
            return self.plan(case, facilitator)
        if self.some(12):
            stay.not_arrive(by=provider, reason="Not at the pick-up, phone off", on=arrives)
            return self.plan(case, facilitator)
        stay.arrive(by=provider, on=arrives)
        reason = self.chance.choices(
            ["completed", "left_early", "asked_to_leave", "custody", "hospital", "died"], [50, 30, 8, 4, 5, 3]
        )[0]
        left = leaves if reason == "completed" else self.after(arrives, 1, 60)
        last = min(left, self.today)
        for week in range(7, min((last - arrives).days, 43), 7):
            mood = self.chance.choice(["well", "well", "mixed", "poorly"])
            concern = "Talking about leaving." if mood == "poorly" else ""
            text = self.chance.choice(WEEKS)
            Progress.record(
                stay, by=provider, on=arrives + dt.timedelta(days=week), engagement=mood, text=text, concern=concern
            )
        if left > self.today:
            return self.plan(case, facilitator)
        move_on = {"completed": self.chance.choice(["dry_house", "supported", "family"]), "left_early": "nfa"}.get(
            reason, reason
        )
        move_on = move_on if move_on in Placement.MoveOn.values else "unknown"
        stay.depart(by=provider, departure_reason=reason, move_on=move_on, on=left)
        if reason == "died":
            case.refresh_from_db()
            case.close(by=facilitator, ending="died", on=self.chance.choice([left]))
            return None
        return self.throughcare(case, facilitator, left, reason)

    def fund(self, stay, facilitator, arrives, leaves, on):
        """What the stay will cost, asked of one funder or of two, and agreed as the supervisor records."""
        cost, year = cost_of(stay.unit.weekly_price, arrives, leaves), financial_year(arrives)
        first, second = self.chance.sample(self.funders, 2)
        if self.some(15):
            refused = Funding.ask(stay, by=facilitator, funder=second, asked=cost, year=year, on=on)
            refused.refuse(by=self.one("supervisor"), reason="Not from this area", on=on)
        parts = [(first, cost)] if self.some(70) else [(first, cost - 1000), (second, Decimal(1000))]
        for funder, asked in parts:
            funding = Funding.ask(stay, by=facilitator, funder=funder, asked=asked, year=year, on=on)
            self.agree(funding, asked, on)
            if arrives < self.today:
                funding.pay(by=self.one("supervisor"), amount=Decimal(500), on=arrives)

    def agree(self, funding, asked, on):
        """As one supervisor records, and, where the sum is large, another confirms."""
        first = self.one("supervisor")
        funding.agree(by=first, agreed=asked, on=on)
        if funding.status == Answer.TO_CONFIRM:
            funding.confirm(by=next(user for user in self.by_role["supervisor"] if user != first))

    def throughcare(self, case, facilitator, left, reason):
        case.refresh_from_db()
        doing_well = self.some(70 if reason == "completed" else 12)
        for check in FollowUp.objects.filter(case=case).order_by("weeks"):
            done = check.due_on + dt.timedelta(days=self.chance.randint(0, 9))
            if done > self.today or self.some(10):
                continue
            who = self.wearing[case.co_worker_id] if case.co_worker_id and self.some(40) else facilitator
            doing_well = doing_well and not self.some(9)
            if self.some(12):
                for method in ("phone", "phone", "visit"):
                    at = timezone.make_aware(dt.datetime.combine(done, dt.time(self.chance.randint(9, 17))))
                    at = min(at, timezone.now())
                    FollowUpAttempt.record(check, by=who, method=method, result="no_answer", occurred_at=at)
                check.record(by=who, on=done, reached=False)
                continue
            check.record(
                by=who, on=done, abstinent="yes" if doing_well else "no",
                offending="no" if doing_well or self.some(30) else "yes",
                how_known=self.chance.choice(["said", "tested", "observed"]), housed="yes" if self.some(60) else "no",
                working="yes" if doing_well and self.some(25) else "no",
            )  # fmt: skip
        if (self.today - left).days > 380:
            case.close(
                by=facilitator,
                ending="completed" if doing_well else "another_service",
                outcome="" if doing_well else "Back in treatment with CGL",
                on=self.after(left, 366, 375),
            )
            return None
        return self.plan(case, facilitator)

    def waiting(self, stands):
        """Someone put forward in the last days, so that there are referrals to accept and people to assess today."""
        sender, facilitator = self.one("officer"), self.by_role["facilitator"][0]
        day = self.today - dt.timedelta(days=self.chance.randint(2, 6))
        offender, area = self.person(by=sender)
        referral = Referral.draft(
            by=sender, offender=offender, pathway="o2r", source="officer", referred_on=day, area=area,
            offending_area=self.areas["E08000025"], funds_addiction=True, summary=self.chance.choice(SUMMARIES),
        )  # fmt: skip
        referral.submit(by=sender)
        if stands == "submitted":
            return
        accepted = day + dt.timedelta(days=1)
        referral.accept(by=facilitator, worker=facilitator, on=accepted)
        if stands == "assessing":
            case = Case.begin(referral, by=facilitator, on=accepted)
            case.plan(by=facilitator, next_action="Finish the assessment", next_action_due=self.after(self.today, 0, 3))

    def contacts(self, case, facilitator, begin, end):
        for _ in range(self.chance.randint(1, 3)):
            day = begin + dt.timedelta(days=self.chance.randint(0, max(0, (end - begin).days)))
            at = timezone.make_aware(
                dt.datetime.combine(day, dt.time(self.chance.randint(9, 17), self.chance.choice([0, 15, 30])))
            )
            at = min(at, timezone.now())
            kind = self.chance.choice(["visit", "phone", "meeting", "text"])
            text = self.chance.choice(CONTACTS)
            matters = [case.pk] if self.some(80) else []
            Note.write(
                case.offender,
                by=facilitator,
                kind=kind,
                text=text,
                happened_at=at,
                category=Category.GENERAL,
                matters=matters,
            )

    def plan(self, case, facilitator):
        case.refresh_from_db()
        if case.phase == "closed":
            return None
        if self.some(80):
            case.rate(by=facilitator, risk=self.chance.choice(["low", "low", "medium", "medium", "high"]))
        if self.some(75):
            recent = self.today - dt.timedelta(days=self.chance.randint(0, 25))
            self.contacts(case, facilitator, max(recent, case.opened_on), self.today)
        due = self.today + dt.timedelta(days=self.chance.randint(-6, 18))
        case.plan(by=facilitator, next_action=self.chance.choice(ACTIONS), next_action_due=due)
        return case

    def consent(self, offender, purpose, agency, by, day, odds):
        if self.some(odds):
            Consent.record(
                offender, by=by, purpose=purpose, agency=agency, answer="given", how="form", answered_on=day,
                words="The CGL form, signed.",
            )  # fmt: skip
