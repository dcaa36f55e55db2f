"""A place in rehab: asked of several units, answered by each in its own sign-in, booked; and what comes before it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.rehab.models import Placement, Preparation

from .conftest import choose

pytestmark = pytest.mark.browser


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


def test_a_place_is_asked_of_several_units_and_booked_with_one(
    open_page, look, press, visit, facilitator, provider, rehab_unit, make_rehab_unit, make_case
):
    make_rehab_unit(name="Second house", takes="women", cannot_take=["arson"], weekly_price=900, latitude="52.415",
                    longitude="-1.521", restrictions="Nobody with a dog.")  # fmt: skip
    case = make_case(on=days_ago(20))
    page = open_page(facilitator)
    visit(page, reverse("rehab:case_rehab", args=[case.pk]))
    press(page, "Arrange a course or detox")
    choose(page, "What is arranged?", "Pre-admission course")
    page.get_by_label("Where?").fill("The library")
    for part, value in zip(("Day", "Month", "Year"), f"{days_ago(2):%d %m %Y}".split(), strict=True):
        page.get_by_role("group", name="When does it begin?").get_by_label(part).fill(value)
    press(page, "Arrange it")
    press(page, "Request a place")
    page.get_by_label("What must the unit know to answer?").fill("Needs a quiet room.")
    choose(page, "Do they need detox first?", "Yes")
    page.get_by_label("Arson").check()
    page.get_by_label("Near where?").select_option("Coventry")
    press(page, "Show which units fit")
    page.get_by_role("checkbox", name=str(rehab_unit)).check()
    page.get_by_role("checkbox", name="Second house").check()
    press(page, "Send the request")
    asked = Placement.objects.get(unit=rehab_unit)
    assert Placement.objects.count() == 2
    visit(page, reverse("rehab:preparations"))
    theirs = open_page(provider, width=390)
    look(theirs)
    visit(theirs, asked.get_absolute_url())
    press(theirs, "Ask a question")
    theirs.get_by_label("What do you need to know?").fill("Is there a script?")
    press(theirs, "Ask a question")
    visit(page, "/")
    visit(page, asked.get_absolute_url())
    press(page, "Answer")
    page.get_by_label("What do you answer?").fill("Methadone, stable.")
    press(page, "Answer the question")
    visit(theirs, "/")
    visit(theirs, reverse("rehab:placement_decline", args=[asked.pk]))
    visit(theirs, asked.get_absolute_url())
    press(theirs, "Offer a place")
    press(theirs, "Offer a place")
    visit(page, reverse("rehab:placement_book", args=[asked.pk]))
    visit(page, reverse("rehab:case_close", args=[case.pk]))
    visit(page, reverse("rehab:units"))
    assert Preparation.objects.count() == 1
