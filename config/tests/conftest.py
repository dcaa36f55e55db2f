import datetime as dt

import pytest
from django.utils import timezone

from config.tests.mutants import stepped
from offenders.models import EmergencyAccess, Restriction
from referrals.models import Task
from referrals.rehab.models import Absence, Action, ActionLink, PlacementQuestion, Plan, Preparation


@pytest.fixture
def rows(make_case, make_placement, make_appointment, make_funding, facilitator, provider):
    """A row of each model that has steps, begun lately, so that whoever sent the referral still sees it."""
    month_ago = timezone.localdate() - dt.timedelta(days=30)
    stay = make_placement("requested", case=make_case(on=month_ago), on=month_ago)
    proposed = Restriction.objects.create(
        offender=stay.offender, what="restrict", reason="Known", proposed_by=facilitator
    )
    opened = EmergencyAccess.objects.create(
        offender=stay.offender, user=facilitator, agency=facilitator.membership.agency, reason="Collapsed",
        opened_at=timezone.now(), closes_at=timezone.now() + dt.timedelta(hours=2),
    )  # fmt: skip
    booked = make_appointment()
    resolution = booked.referral.resolution
    plan = Plan.begin(stay.case, by=facilitator)
    domain, due_on = plan.domains.get(domain="housing"), timezone.localdate()
    action = Action.add(domain, by=facilitator, text="Find a flat", partner="Roofs", due_on=due_on)
    link = ActionLink.send(action, by=facilitator, email="roofs@throughcare.example")
    task = Task.add(
        stay.offender, by=facilitator, owner=facilitator, matter=stay.case_id, text="Phone", due_on=timezone.localdate()
    )
    away = Absence.objects.create(
        placement=stay, kind="agreed", left_at=timezone.now(), due_back=timezone.now() + dt.timedelta(hours=2),
        by=facilitator,
    )  # fmt: skip
    question = PlacementQuestion.ask(stay, by=provider, text="Which script?")
    course = Preparation.arrange(stay.case, by=facilitator, kind="course", starts_on=due_on, place="The library")
    moved = (
        stay, stay.case, stay.case.referral, proposed, opened, resolution, booked, task, away, plan, domain, action,
        link, question, course, make_funding(stay, "asked"),
    )  # fmt: skip
    rows = {type(row): row for row in moved}
    assert set(rows) == set(stepped())
    return rows
