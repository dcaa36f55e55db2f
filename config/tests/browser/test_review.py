"""A supervisor looks into a caseload, and the facilitator reads what was seen."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from referrals.rehab.models import Review

from .conftest import choose, fill_date

pytestmark = pytest.mark.browser
TODAY = timezone.localdate()


def test_a_case_is_reviewed_and_what_was_asked_is_done(
    open_page, look, press, visit, supervisor, facilitator, make_user, make_case, make_placement, police, team
):
    make_user("facilitator", police, team, family_name="Idle")
    make_placement("departed", on=TODAY - dt.timedelta(days=50))
    case = make_case(on=TODAY - dt.timedelta(days=60))
    page = open_page(supervisor)
    page.goto("/")
    press(page, "Open the team")
    press(page, str(facilitator))
    press(page, str(case.offender))
    press(page, "Sign off the review")  # and is told what is missing
    assert page.get_by_text("Answer “What did you see?”").count()
    page.get_by_label("What did you see?").fill("Met once in eight weeks. The plan is thin.")
    press(page, "Keep it for later")
    for name in Review.ANSWERS:
        choose(page, re.compile(re.escape(Review._meta.get_field(name).verbose_name), re.IGNORECASE), "Not sure")
    page.get_by_label("What is to be done? (1)").fill("Visit him at home")
    fill_date(page, "due_1", TODAY + dt.timedelta(days=3))
    press(page, "Sign off the review")
    press(page, str(case.offender))
    assert page.get_by_text("not done yet").count()
    visit(page, "/admin/rehab/review/")
    visit(page, f"/admin/rehab/review/{Review.objects.get().pk}/change/")
    visit(page, "/admin/rehab/case/")
    visit(page, f"/admin/rehab/case/{case.pk}/change/")
    visit(page, "/admin/rehab/sample/draw/")
    press(page, "Draw", exact=True)
    visit(page, "/admin/rehab/sample/")
    page = open_page(facilitator)
    look(page)
    press(page, str(case.offender))
    visit(page, "/o2r/reviews/")
    visit(page, case.get_absolute_url())
    press(page, "Visit him at home")
