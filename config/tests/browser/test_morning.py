"""A supervisor's morning: what waits for their word, a review, someone's people given to others, cover, what is odd."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from partners.settings import setting
from referrals.models import Cover
from referrals.rehab.models import Case, Overspend, Review

from .conftest import choose, fill_date, follow

pytestmark = pytest.mark.browser
TODAY = timezone.localdate()


@pytest.fixture
def second_supervisor(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")


def test_a_supervisors_morning(
    open_page, look, press, visit, supervisor, second_supervisor, facilitator, make_user, make_case, make_placement,
    make_rehab_unit, make_funding, police, team,
):  # fmt: skip
    gone, other = (make_user("facilitator", police, team, family_name=name) for name in ("Gone", "Okoro"))
    unit = make_rehab_unit(weekly_price=Decimal("940.00"))
    large, soon = (
        make_placement("offered", unit=unit, case=make_case(on=TODAY - dt.timedelta(days=60)), on=TODAY)
        for _ in range(2)
    )
    funding = make_funding(large, "asked", asked=setting("approval_from_pounds")[0])
    funding.agree(by=second_supervisor, agreed=funding.asked)
    wish = Overspend.ask(soon, by=facilitator, up_to=Decimal(9000), why="It begins on Monday")
    left = make_case(worker=gone, on=TODAY - dt.timedelta(days=60))
    gone.is_active = False
    gone.save()

    page = open_page(supervisor)
    look(page)
    press(page, re.compile("^See all ?: To approve"))
    press(page, "Funding to confirm")
    press(page, "Confirm", exact=True)
    press(page, "Confirm", exact=True)
    visit(page, "/approvals/")
    press(page, "Going beyond what is agreed")
    press(page, "Allow it")
    press(page, "Allow it")
    funding.refresh_from_db()
    wish.refresh_from_db()
    assert (funding.status, wish.status) == ("agreed", "allowed")
    visit(page, "/approvals/")
    assert page.get_by_text("Nothing waits for your decision.").is_visible()

    page.goto(f"/admin/rehab/case/{large.case_id}/review/")
    page.get_by_label("What did you see?").fill("Met once in eight weeks.")
    for name in Review.ANSWERS:
        choose(page, re.compile(re.escape(Review._meta.get_field(name).verbose_name), re.IGNORECASE), "Not sure")
    press(page, "Sign off the review")
    assert Review.objects.get().finished_on == TODAY

    visit(page, "/o2r/allocate/")
    choose(page, "Which of them?", "All of this list")
    choose(page, "Who takes them on?", re.compile("Okoro"))
    choose(page, "Why?", "The worker left")
    press(page, "Give them")
    assert Case.objects.get(pk=left.pk).facilitator == other

    visit(page, "/cover/")
    follow(page, page.get_by_role("button", name="Arrange cover"))
    page.get_by_label("Who is away?").select_option(str(facilitator.pk))
    choose(page, "Who stands in for them?", re.compile("Okoro"))
    fill_date(page, "last", TODAY + dt.timedelta(days=6))
    choose(page, "Why are they away?", "Leave")
    press(page, "Arrange cover")
    assert Cover.objects.get().covered_by == other

    visit(page, "/quality/")
    press(page, "No ethnicity")
    press(page, "Put it right")


def test_cranstouns_manager_and_custody_find_what_is_missing_in_theirs(
    open_page, visit, make_appointment, worker, make_user, police, npu
):
    person = make_appointment("attended").offender
    for role, agency, unit in (
        ("cranstoun_manager", worker.membership.agency, None), ("custody_officer", police, npu),
    ):  # fmt: skip
        page = open_page(make_user(role, agency, unit))
        visit(page, "/quality/")
        visit(page, "/quality/ethnicity/")
        assert str(person) in page.content()
