"""What is due by when: a worker pauses one, the supervisor sees what is late, and how the programme met them."""

import datetime as dt

import pytest
from django.utils import timezone

from partners.working_days import add_working_days
from referrals.models import Deadline

from .conftest import choose

pytestmark = pytest.mark.browser


def test_one_is_paused_and_another_is_late(open_page, look, press, visit, make_case, make_referral, facilitator,
                                           supervisor):  # fmt: skip
    today = timezone.localdate()
    case = make_case("assessing", on=today - dt.timedelta(days=3))
    late = make_referral(referred_on=today - dt.timedelta(days=40))
    deadline = late.deadlines.get(kind="assessment")
    day = today - dt.timedelta(days=40)
    Deadline.objects.filter(pk=deadline.pk).update(set_on=day, due_on=add_working_days(day, 10))
    page = open_page(facilitator, width=390)
    look(page)
    visit(page, "/deadlines/")
    assert page.get_by_text("working days over").first.is_visible()
    visit(page, case.get_absolute_url())
    press(page, "Pause (assessment)")
    press(page, "Pause the deadline")  # an empty form: what is missing is said
    choose(page, "Why is it paused?", "In hospital")
    press(page, "Pause the deadline")
    assert Deadline.objects.get(referral=case.referral, kind="assessment").pause_reason == "hospital"
    press(page, "Let it run again (assessment)")
    press(page, "Let the deadline run again")
    assert Deadline.objects.get(referral=case.referral, kind="assessment").status == "running"

    page = open_page(supervisor)
    look(page)
    visit(page, "/deadlines/")
    press(page, "Overdue", exact=True)
    assert page.get_by_role("link", name=str(late.offender)).is_visible()
    press(page, "Paused")
    visit(page, f"/reports/o2r/deadlines/?from={day}&to={today}&by=deadline")
    visit(page, "/admin/referrals/deadline/")
    visit(page, f"/admin/referrals/deadline/{deadline.pk}/change/")
    press(page, "Pause the deadline")
