"""Each way to rehab and through it, walked to where someone has to act on it today."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from referrals.models import Referral, Task
from referrals.rehab.models import (
    Absence,
    Assessment,
    Case,
    Funding,
    OutOfUse,
    Placement,
    PlacementQuestion,
    Preparation,
    Progress,
)
from referrals.rehab.models.funder import cost_of, financial_year
from referrals.rehab.models.funding import agreed_for

from .people import SUMMARIES, WEEKS, Seeder

DOORS = ("requested", "booked", "arrived", "arrived", "arrived")


class Rehab(Seeder):
    """Makes people whose rehab goes in one way each. Days are counted from today: those before it are negative."""

    def __init__(self, *args):
        super().__init__(*args)
        self.unit = {unit.name: unit for unit in self.units}
        self.cgl, self.canalside = self.agencies["CGL"], self.agencies["Canalside Housing"]

    def each_way(self):
        for unit in self.units:
            for stands in DOORS:
                self.at_the_door(unit, stands)
        self.assessments()
        self.several_asked()
        self.preparations()
        self.money()
        self.away()
        self.longer_and_elsewhere()
        self.departures()
        self.repairs(self.unit["Ashgrove House"])

    def day(self, ahead):
        return self.today + dt.timedelta(days=ahead)

    def at_the_door(self, unit, stay_stands):
        """Someone whose place in this unit is requested, booked or begun: so that each rehab has work today."""
        provider, ago = self.keeper(unit), self.chance.randint(25, 70)
        case, facilitator = self.brought_in(ago + 60, is_woman=unit.takes == "women")
        asked = self.today - dt.timedelta(days=2 if stay_stands == "requested" else ago + 30)
        stay = Placement.request(
            case, by=facilitator, unit=unit, on=asked, needs="Crack, daily; no script. Needs a quiet room."
        )
        if stay_stands != "requested":
            arrives = self.today - dt.timedelta(days=ago if stay_stands == "arrived" else self.chance.randint(-9, 1))
            stay.offer(by=provider, on=asked)
            leaves = self.after(arrives, 70, 100)
            self.fund(stay, facilitator, arrives, leaves, asked)
            stay.book(by=facilitator, on=asked, expected_arrival=arrives, expected_departure=leaves)
            if stay_stands == "arrived":
                stay.arrive(by=provider, on=arrives)
                for week in range(7, ago - 7, 7):
                    Progress.record(
                        stay, by=provider, on=arrives + dt.timedelta(days=week),
                        engagement=self.chance.choice(["well", "mixed"]), text=self.chance.choice(WEEKS),
                    )  # fmt: skip
        return self.plan(case, facilitator)

    def brought_in(self, ago, *, is_woman=False):
        """Someone referred so many days ago, brought in nine days later and shared with CGL: (case, facilitator)."""
        case, facilitator = self.begun(ago, is_woman=is_woman)
        self.assess(case, facilitator, case.opened_on)
        decided = case.opened_on + dt.timedelta(days=2)
        case.bring_in(by=facilitator, on=decided)
        case.share(by=facilitator, agency=self.agencies["CGL"], co_worker=self.one("cgl_worker"), on=decided)
        return case, facilitator

    def begun(self, ago, *, is_woman=False):
        """Someone referred so many days ago whose case was opened a week later: (case, facilitator)."""
        facilitator, day = self.one("facilitator"), self.today - dt.timedelta(days=ago)
        offender, area = self.person(by=facilitator, is_woman=is_woman)
        referral = Referral.draft(
            by=facilitator, offender=offender, pathway="o2r", source="self", referred_on=day, area=area,
            funds_addiction=True, summary=self.chance.choice(SUMMARIES),
        )  # fmt: skip
        referral.submit(by=facilitator)
        referral.accept(by=facilitator, worker=facilitator, on=day)
        return Case.begin(referral, by=facilitator, on=day + dt.timedelta(days=7)), facilitator

    def repairs(self, unit):
        """Two places of this unit are out of use for some days."""
        since, until = self.today - dt.timedelta(days=3), self.today + dt.timedelta(days=11)
        OutOfUse.add(unit, by=self.keeper(unit), places=2, valid_from=since, valid_to=until, reason="repairs")

    # the steps that every way shares

    def ask(self, case, facilitator, name, day, **said):
        """A place in this unit asked for."""
        needs = {"needs": "Heroin and crack, daily; 40 ml of methadone. Wants to be away from the city."}
        return Placement.request(case, by=facilitator, unit=self.unit[name], on=self.day(day), **needs | said)

    def book(self, stay, facilitator, arrives, weeks):
        """It is offered, paid for and booked."""
        on, first = min(self.today, self.day(arrives - 10)), self.day(arrives)
        last = first + dt.timedelta(weeks=weeks)
        stay.offer(by=self.keeper(stay.unit), on=on)
        self.fund(stay, facilitator, first, last, on)
        stay.book(by=facilitator, expected_arrival=first, expected_departure=last, on=on)

    def stay(self, name, arrived, weeks=12):
        """Someone who arrived in this unit on that day, to stay so many weeks: (stay, facilitator)."""
        case, facilitator = self.brought_in(40 - arrived)
        stay = self.ask(case, facilitator, name, arrived - 20)
        self.book(stay, facilitator, arrived, weeks)
        stay.arrive(by=self.keeper(stay.unit), on=self.day(arrived))
        self.plan(case, facilitator)
        return stay, facilitator

    def departed(self, name, left, reason="completed", move_on="supported", weeks=8):
        """Someone who left this unit on that day: (stay, facilitator)."""
        stay, facilitator = self.stay(name, left - weeks * 7, weeks)
        stay.depart(by=self.keeper(stay.unit), departure_reason=reason, move_on=move_on, on=self.day(left))
        return stay, facilitator

    # before the stay

    def assessments(self):
        """In two parts: the other agency's missing, or not finished; both there; and all of it again."""
        treatment = {"treatment_history": "Two detoxes, the last in 2023.", "prescribing": "Methadone, 40 ml."}
        for stands in ("missing", "unfinished", "whole", "again"):
            case, facilitator = self.begun(24)
            case.share(by=facilitator, agency=self.cgl, co_worker=self.one("cgl_worker"), on=case.opened_on)
            self.assess(
                case, facilitator, self.day(-15), part="offending", offending="Shops, most days.",
                orders="Bail: not to enter the Bull Ring.",
            )  # fmt: skip
            worker = self.wearing[case.co_worker_id]
            if stands == "unfinished":
                begun = Assessment.begin(case, by=worker, part="treatment", on=self.day(-1))
                begun.keep(by=worker, treatment_history=treatment["treatment_history"])
            elif stands != "missing":
                Assessment.record(case, by=worker, assessed_on=self.day(-12), part="treatment", **treatment)
            if stands == "again":
                self.assess(case, facilitator, self.day(-2))
            self.plan(case, facilitator)

    def several_asked(self):
        """Several units asked at once: each answers in its own way. Of another person one of them is booked."""
        case, facilitator = self.brought_in(40)
        asked = self.ask(case, facilitator, "Ashgrove House", -6, circumstances=["high_methadone"])
        PlacementQuestion.ask(asked, by=self.keeper(asked.unit), text="How much methadone, and for how long?")
        asked = self.ask(case, facilitator, "Meadowbank", -6)
        question = PlacementQuestion.ask(asked, by=self.keeper(asked.unit), text="Who collects him from the station?")
        question.answer(by=facilitator, answer_text="I bring him myself, by car.")
        asked.offer(by=self.keeper(asked.unit), on=self.day(-2), expected_arrival=self.day(12))
        asked = self.ask(case, facilitator, "Lantern Lodge", -6)
        asked.decline(by=self.keeper(asked.unit), decline_reason="full", on=self.day(-4))
        self.plan(case, facilitator)
        case, facilitator = self.brought_in(40)
        chosen, _ = [self.ask(case, facilitator, name, -20) for name in ("Meadowbank", "Ashgrove House")]
        self.book(chosen, facilitator, 6, 12)
        self.plan(case, facilitator)

    def preparations(self):
        """Courses and detoxes: to come, late, under way, completed, left, cancelled."""
        for stands in ("to come", "late", "under way", "completed", "left", "cancelled"):
            case, facilitator = self.brought_in(60)
            worker, starts = self.wearing[case.co_worker_id], 5 if stands == "to come" else -20
            course = Preparation.arrange(
                case,
                by=worker,
                kind="course",
                agency=self.cgl,
                starts_on=self.day(starts),
                ends_on=self.day(starts + 14),
            )
            if stands == "cancelled":
                course.cancel(by=worker, reason="Started a job that week", on=self.day(-21))
            elif stands not in ("to come", "late"):
                course.begin(by=worker, on=self.day(-20))
                course.complete(by=worker, on=self.day(-9))
                detox = Preparation.arrange(
                    case, by=worker, kind="detox", place="Ward 3, Example Hospital", starts_on=self.day(-7)
                )
                detox.begin(by=worker, on=self.day(-7))
                if stands == "completed":
                    detox.complete(by=worker, on=self.day(-1))
                elif stands == "left":
                    detox.leave(by=worker, reason="Went home on the third day", on=self.day(-4))
            self.plan(case, facilitator)

    def money(self):
        """Asked and not answered; refused; taken back; paid in part and paid back; beyond what is agreed."""
        supervisor, year = self.one("supervisor"), financial_year(self.today)
        one, two, three, _ = self.funders

        def offered(name, day):
            case, facilitator = self.brought_in(50)
            stay = self.ask(case, facilitator, name, -15)
            stay.offer(by=self.keeper(stay.unit), on=self.day(-8), expected_arrival=self.day(day))
            return stay, facilitator

        stay, facilitator = offered("Meadowbank", 20)
        refused, _, back = (
            Funding.ask(stay, by=facilitator, funder=funder, asked=Decimal(asked), year=year, on=self.day(-7))
            for funder, asked in ((one, 9000), (two, 6000), (three, 2500))
        )
        refused.refuse(by=supervisor, reason="Lives outside the area it is for", on=self.day(-3))
        back.withdraw(by=facilitator, reason="The city pays more", on=self.day(-3))
        self.plan(stay.case, facilitator)

        stay, facilitator = offered("Ashgrove House", 9)
        cost = cost_of(stay.unit.weekly_price, self.day(9), self.day(93))
        asked = Funding.ask(stay, by=facilitator, funder=one, asked=cost, year=year, on=self.day(-7))
        asked.agree(by=supervisor, agreed=cost / 2, on=self.day(-4))
        stay.exceed(
            by=supervisor, exceed_up_to=cost, reason="The rest is in the budget of next quarter", on=self.day(-3)
        )
        stay.book(by=facilitator, expected_arrival=self.day(9), expected_departure=self.day(93), on=self.day(-2))
        self.plan(stay.case, facilitator)

        stay, facilitator = self.departed("Meadowbank", -30)
        paid = stay.fundings.agreed().first()
        paid.pay(by=supervisor, amount=Decimal(2000), on=self.day(-40))
        paid.pay(by=supervisor, amount=Decimal("125.50"), on=self.day(-20), is_refund=True)

    # the stay

    def away(self):
        """Out and back; out, and expected; overdue; gone without agreeing it."""
        now = timezone.now()
        for name, kind, left, due in (
            ("Ashgrove House", "agreed", 5, -40), ("Meadowbank", "appointment", 9, 4),
            ("Lantern Lodge", "unagreed", 7, 5),
        ):  # fmt: skip
            stay, _ = self.stay(name, -30)
            keeper, earlier = self.keeper(stay.unit), now - dt.timedelta(days=9)
            out = Absence.record(
                stay, by=keeper, kind="appointment", left_at=earlier, due_back=earlier + dt.timedelta(hours=4)
            )
            out.return_(by=keeper, returned_at=earlier + dt.timedelta(hours=3))
            Absence.record(
                stay, by=keeper, kind=kind, left_at=now - dt.timedelta(hours=left),
                due_back=now - dt.timedelta(hours=due),
            )  # fmt: skip

    def longer_and_elsewhere(self):
        """One stays longer than was agreed, one moved on to another rehab, one never arrived."""
        stay, facilitator = self.stay("Meadowbank", -75)
        until = self.day(37)
        more = cost_of(stay.weekly_price, stay.arrived_on, until) - agreed_for(stay)
        asked = Funding.ask(
            stay, by=facilitator, funder=self.funders[0], asked=more, year=financial_year(until), on=self.day(-9)
        )
        self.agree(asked, more, self.day(-5))
        stay.extend(by=facilitator, expected_departure=until, reason="Waits for supported housing", on=self.day(-4))

        stay, facilitator = self.stay("Ashgrove House", -50)
        then = self.ask(stay.case, facilitator, "Meadowbank", -25)
        self.book(then, facilitator, -10, weeks=10)
        stay.move(by=facilitator, to=then, on=self.day(-10))

        case, facilitator = self.brought_in(50)
        stay = self.ask(case, facilitator, "Ashgrove House", -20)
        self.book(stay, facilitator, -1, 12)
        stay.not_arrive(by=self.keeper(stay.unit), reason="Not at the station, phone off", on=self.day(-1))

    def departures(self):
        """Those of late, each with its reason; of early ones the checklist is open, and some of it is done."""
        for name, left, reason, move_on, done in (
            ("Ashgrove House", -1, "left_early", "nfa", 2), ("Meadowbank", -2, "hospital", "hospital", 1),
            ("Ashgrove House", -4, "asked_to_leave", "hostel", 3), ("Ashgrove House", -6, "custody", "custody", 0),
            ("Ashgrove House", -3, "died", "died", 0),
        ):  # fmt: skip
            stay, facilitator = self.departed(name, left, reason, move_on, weeks=5)
            for task in Task.objects.filter(matter=stay.pk, kind=Task.Kind.CHECKLIST).order_by("due_on", "text")[:done]:
                task.do(by=self.wearing[task.owner_id], why="Done by phone.", on=self.day(left))
            if reason == "died":
                stay.case.refresh_from_db()
                stay.case.close(by=facilitator, ending="died", on=self.day(left))
