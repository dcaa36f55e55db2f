"""Each way that things go after rehab: plans, checks, and cases that end."""

import datetime as dt

from django.utils import timezone

from referrals.rehab.models import Action, ActionLink, FollowUp, FollowUpAttempt, Plan

from .rehab import Rehab

EVERY = ("housing", "treatment", "recovery", "benefits", "health", "probation")
NOT_NEEDED = {"family": "Wants no contact for now.", "work": "Not before spring.", "safety": "None known."}


def domain(plan, name):
    return plan.domains.get(domain=name)


class Throughcare(Rehab):
    def each_way_after(self):
        self.plans()
        self.checks()
        self.endings()

    def plan_most(self, cases):
        """A whole plan for most of these whose person has left rehab, begun when they came."""
        for case in cases:
            if case.phase == "throughcare" and not Plan.objects.filter(case=case).exists() and self.some(75):
                self.set_aside(self.planned(case, self.wearing[case.facilitator_id], *EVERY))

    def set_aside(self, plan):
        for name, why in NOT_NEEDED.items():
            domain(plan, name).set_aside(by=self.wearing[plan.case.facilitator_id], why=why)

    def planned(self, case, facilitator, *domains):
        """A throughcare plan with something to do in each of these domains, by one agency or another."""
        plan = Plan.begin(case, by=facilitator, goal="A flat of my own and to see my daughter.", on=case.decided_on)
        for name, agency, worker, text in (
            ("housing", self.canalside, None, "Hold a room in the move-on house"),
            ("treatment", self.cgl, case.co_worker, "Book the first week's appointments"),
            ("recovery", self.cgl, None, "Introduce him to the Thursday group"),
            ("benefits", case.agency, case.facilitator, "Get the birth certificate"),
            ("health", self.cgl, None, "Register with a doctor near the new address"),
            ("probation", case.agency, case.facilitator, "Tell probation the new address"),
        ):
            if name in domains:
                Action.add(
                    domain(plan, name), by=facilitator, text=text, due_on=self.after(self.today, -3, 25), agency=agency,
                    worker=worker,
                )  # fmt: skip
        return plan

    def plans(self):
        """Whole, as departure nears; with gaps; none at all; answered by each, and by a link."""
        stay, facilitator = self.stay("Ashgrove House", -66)
        plan = self.planned(stay.case, facilitator, *EVERY)
        self.set_aside(plan)
        outside = Action.add(
            domain(plan, "recovery"), by=facilitator, partner="Corner Café recovery group",
            text="Keep a place for him in the first week", due_on=self.day(10),
        )  # fmt: skip
        ActionLink.send(outside, by=facilitator, email="welcome@corner-cafe.example")

        stay, facilitator = self.stay("Meadowbank", -74)  # leaves in ten days, and most of it is empty
        self.planned(stay.case, facilitator, "housing", "treatment")
        self.stay("Ashgrove House", -79)  # leaves in five, and nobody has begun one

        stay, facilitator = self.departed("Ashgrove House", -12)
        plan = self.planned(stay.case, facilitator, *EVERY)
        worker = self.wearing[stay.case.co_worker_id]
        for name, by, why in (
            ("housing", self.one("throughcare_partner"), "Room 4, keys on Monday."),
            ("treatment", worker, "Three weeks of Tuesdays."), ("benefits", facilitator, ""),
        ):  # fmt: skip
            domain(plan, name).actions.get().do(by=by, why=why)
        domain(plan, "recovery").actions.get().drop(by=worker, why="The group has closed.")
        outside = Action.add(
            domain(plan, "work"), by=facilitator, partner="Second Chance Kitchen", text="Give him a trial shift",
            due_on=self.day(6),
        )  # fmt: skip
        link = ActionLink.send(outside, by=facilitator, email="rota@second-chance.example")
        link.answer(done=True, why="Saturday at nine.")

    def checks(self):
        """Follow-ups done, tried for, given up after three tries; and a lapse, which reopened the plan."""
        stay, facilitator = self.departed("Meadowbank", -40)
        first, second = FollowUp.objects.filter(case=stay.case).order_by("weeks")[:2]
        first.record(by=facilitator, on=self.day(-32), abstinent="yes", how_known="said", offending="no", wellbeing=13)
        self.try_for(second, facilitator, -9, -4)
        stay, facilitator = self.departed("Ashgrove House", -98)
        plan = self.planned(stay.case, facilitator)
        self.set_aside(plan)
        plan.finish(by=facilitator, on=self.day(-20))
        for check, days in zip(FollowUp.objects.filter(case=stay.case).order_by("weeks"), (-90, -69, -8), strict=False):
            if check.weeks < 12:
                check.record(by=facilitator, on=self.day(days), abstinent="yes", offending="no", housed="yes")
            else:
                self.try_for(check, facilitator, -13, -11, days)
                check.record(by=facilitator, on=self.day(days), reached=False)
        stay, facilitator = self.departed("Lantern Lodge", -35)
        plan = self.planned(stay.case, facilitator, "housing")
        domain(plan, "housing").actions.get().do(by=self.one("throughcare_partner"), why="Moved in.")
        plan.finish(by=facilitator, on=self.day(-20))
        first, second = FollowUp.objects.filter(case=stay.case).order_by("weeks")[:2]
        worker = self.wearing[stay.case.co_worker_id]
        first.record(by=worker, on=self.day(-28), abstinent="yes", how_known="tested", offending="no", wellbeing=14)
        second.record(
            by=worker, on=self.day(-1), abstinent="no", how_known="said", offending="no", housed="yes", wellbeing=8,
            text="Used twice after a bad week, and rang to say so.",
        )  # fmt: skip

    def try_for(self, check, by, *days):
        for day in days:
            at = timezone.make_aware(dt.datetime.combine(self.day(day), dt.time(self.chance.randint(9, 17))))
            FollowUpAttempt.record(check, by=by, method="phone", result="no_answer", occurred_at=at)

    def endings(self):
        """Closed, closed and reopened, and given to another facilitator."""
        for ending, outcome in (
            ("completed", "Working, in his own flat"),
            ("lost_contact", "Phone off since the summer"),
        ):
            stay, facilitator = self.departed("Meadowbank", -120)
            stay.case.refresh_from_db()
            stay.case.close(by=facilitator, ending=ending, outcome=outcome, on=self.day(-20))
            if ending == "lost_contact":
                stay.case.reopen(by=self.one("supervisor"), reason="Rang from a new number", on=self.day(-3))
        case, facilitator = self.brought_in(80)
        other = next(user for user in self.by_role["facilitator"] if user != facilitator)
        case.allocate(
            by=self.one("supervisor"), facilitator=other, reason="Leaves the team",
            note="Ring before noon. His mother may not know.",
        )  # fmt: skip
        self.plan(case, other)
