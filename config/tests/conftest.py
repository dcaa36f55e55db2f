import datetime as dt

import pytest
from django.utils import timezone

from config.tests.mutants import stepped
from offenders.alerts.models import Alert
from offenders.documents.models import Document
from offenders.models import EmergencyAccess, Restriction
from offenders.retention.models import Decision, Hold
from offenders.subject_access.models import SubjectLine, SubjectRequest
from referrals.models import Cover, Task
from referrals.rehab.models import Absence, Action, ActionLink, Overspend, PlacementQuestion, Plan, Preparation, Review


@pytest.fixture
def rows(make_case, make_placement, make_appointment, make_funding, facilitator, supervisor, provider):
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
    review = Review.begin(stay.case, by=supervisor)
    review.finish(by=supervisor, found="Seen", **dict.fromkeys(Review.ANSWERS, "yes"))
    letter = Document.add(
        stay.offender, by=facilitator, kind="letter", title="A letter", category="general", content=b"Dear Sam",
        content_type="text/plain", matters=[stay.case_id],
    )  # fmt: skip
    today = timezone.localdate()
    cover = Cover.arrange(
        by=supervisor, absent=facilitator, covered_by=supervisor, first=today, last=today, reason="leave"
    )
    wish = Overspend.objects.create(placement=stay, up_to=100, why="It begins on Monday", asked_by=facilitator)
    by = {"by": facilitator, "agency": facilitator.membership.agency}
    hold = Hold.objects.create(offender=stay.offender, reference="Inquest 4", reason="Because", **by)
    disposal = Decision.objects.create(
        offender=stay.offender, people=[stay.offender_id], what="dispose", status="proposed", group="other",
        due_on=today, why="Because", **by,
    )  # fmt: skip
    odd = Alert.objects.create(rule="many", user=facilitator, agency=facilitator.membership.agency, day=today)
    asked = SubjectRequest.objects.create(
        offender=stay.offender, agency=odd.agency, asked_on=today, how="post", answer_to="Home", due_on=today,
        recorded_by=facilitator, status="to_review", identity="Passport", identified_on=today,
        identified_by=facilitator,
    )  # fmt: skip
    text = SubjectLine.objects.create(
        request=asked, number=1, section="Notes", what="Note", words="Seen", status="held"
    )
    moved = (
        hold, disposal,
        stay, stay.case, stay.case.referral, proposed, opened, resolution, booked, task, away, plan, domain, action,
        link, question, course, cover, make_funding(stay, "asked"), wish, review, letter, odd, asked, text,
        booked.referral.deadlines.get(kind="first_contact"),
    )  # fmt: skip
    rows = {type(row): row for row in moved}
    assert set(rows) == set(stepped())
    return rows
