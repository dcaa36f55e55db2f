"""A rehab provider and a CGL worker, each with what is theirs alone."""

import datetime as dt

import pytest
from django.utils import timezone

from referrals.rehab.models import Assessment, Case, FollowUp

from .conftest import choose, follow

pytestmark = pytest.mark.browser


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


def test_a_rehab_answers_and_sees_someone_through_a_stay(
    open_page, look, press, visit, provider, make_case, make_placement, facilitator
):
    stay = make_placement("requested", case=make_case(on=days_ago(20)), on=days_ago(10))
    page = open_page(provider, width=390)
    look(page)
    visit(page, "/o2r/placements/")
    visit(page, stay.get_absolute_url())
    press(page, "Offer a place")
    press(page, "Offer a place")
    stay.refresh_from_db()
    stay.book(by=facilitator, expected_arrival=days_ago(8), on=days_ago(9))
    visit(page, stay.get_absolute_url())
    press(page, "Record the arrival")
    press(page, "Record the arrival")
    press(page, "Record progress")
    choose(page, "How is it going?", "Engaging well")
    page.get_by_label("How did the week go?").fill("Settled quickly.")
    press(page, "Record progress")
    press(page, "Record the departure")
    choose(page, "Why did they leave?", "Completed")
    choose(page, "Where did they go?", "Supported housing")
    press(page, "Record the departure")
    stay.refresh_from_db()
    assert (stay.status, stay.departure_reason) == ("departed", "completed")
    assert page.goto(stay.case.get_absolute_url()).status == 404
    visit(page, stay.offender.get_absolute_url())
    visit(page, "/o2r/units/")


def test_cgl_assesses_and_follows_up_a_shared_case(
    open_page, look, press, visit, cgl, cgl_worker, facilitator, make_case, make_placement
):
    case = make_case(on=days_ago(70))
    case.share(by=facilitator, agency=cgl, co_worker=cgl_worker)
    make_placement("departed", case=case, on=days_ago(50))
    page = open_page(cgl_worker)
    look(page)
    visit(page, "/o2r/")
    press(page, str(case.offender))
    visit(page, f"{Case.objects.get().get_absolute_url()}assessment/")
    press(page, "Assess the person")
    press(page, "Begin")
    page.get_by_label("What is prescribed now?").fill("Methadone, 60 ml.")
    press(page, "Save and continue")
    press(page, "Save and continue")
    press(page, "Finish")
    assert Assessment.objects.get().by == cgl_worker
    visit(page, "/o2r/follow-ups/")
    follow_up = FollowUp.objects.order_by("due_on").first()
    visit(page, f"/o2r/follow-ups/{follow_up.pk}/")
    press(page, "Log an attempt")
    choose(page, "How did you try?", "Phone call")
    choose(page, "What came of it?", "Left a message")
    press(page, "Log the attempt")
    visit(page, f"/o2r/follow-ups/{follow_up.pk}/record/")
    choose(page, "Was the person reached?", "Yes")
    choose(page, "Are they abstinent from drugs and alcohol?", "No")
    choose(page, "Are they offending?", "No")
    follow(page, page.get_by_role("button", name="Record").first)
    look(page)
    follow_up.refresh_from_db()
    assert page.get_by_text("not the end of it").is_visible()
    assert (follow_up.abstinent, follow_up.by) == ("no", cgl_worker)
