"""A supervisor arranges cover and gives someone's people to others; the colleague finds them in their lists."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from referrals.models import Cover
from referrals.rehab.models import Case

from .conftest import choose, fill_date, follow

pytestmark = pytest.mark.browser


def test_supervisor_arranges_cover_and_the_colleague_finds_the_work(
    open_page, look, press, visit, supervisor, facilitator, make_user, make_case, restrict, police, team
):
    colleague = make_user("facilitator", police, team, family_name="Okoro", skills=["punjabi"])
    case, restricted = make_case(), make_case()
    restrict(restricted.offender, facilitator)
    page = open_page(supervisor)
    look(page)
    visit(page, "/cover/")
    follow(page, page.get_by_role("button", name="Arrange cover"))
    press(page, "Arrange cover")  # what is missing is said
    page.get_by_label("Who is away?").select_option(str(facilitator.pk))
    choose(page, "Who stands in for them?", re.compile("Okoro"))
    fill_date(page, "last", timezone.localdate() + dt.timedelta(days=6))
    choose(page, "Why are they away?", "Leave")
    press(page, "Arrange cover")
    cover = Cover.objects.get()
    visit(page, cover.get_absolute_url())
    visit(page, f"{cover.get_absolute_url()}end/")
    visit(page, "/admin/referrals/cover/")
    visit(page, f"/admin/referrals/cover/{cover.pk}/change/")
    theirs = open_page(colleague)
    look(theirs)
    visit(theirs, "/o2r/")
    assert theirs.get_by_text("Covering for Ama Facilitator").is_visible()
    assert str(case.offender) in theirs.content()
    assert str(restricted.offender) not in theirs.content()


def test_supervisor_gives_the_cases_of_who_left_to_another(
    open_page, look, press, visit, supervisor, make_user, make_case, make_referral, police, team
):
    gone, other = (make_user("facilitator", police, team, family_name=name) for name in ("Gone", "Okoro"))
    cases = [make_case(worker=gone) for _ in range(2)]
    make_referral("submitted")
    gone.is_active = False
    gone.save()
    page = open_page(supervisor)
    look(page)
    visit(page, "/o2r/allocate/")
    press(page, "Give them")
    choose(page, "Which of them?", "All of this list")
    choose(page, "Who takes them on?", re.compile("Okoro"))
    choose(page, "Why?", "The worker left")
    press(page, "Give them")
    assert {case.facilitator for case in Case.objects.filter(pk__in=[case.pk for case in cases])} == {other}
