"""The rehab board: a rehab puts places out of use, and the team finds the next one that fits."""

import datetime as dt

import pytest
from django.utils import timezone

from referrals.rehab.models import OutOfUse

from .conftest import choose, fill_date

pytestmark = pytest.mark.browser


def days_ahead(n):
    return timezone.localdate() + dt.timedelta(days=n)


def test_places_go_out_of_use_and_the_team_finds_the_next(
    open_page, press, visit, provider, supervisor, rehab_unit, make_placement
):
    stay = make_placement("booked", unit=rehab_unit, on=days_ahead(-3))  # overdue
    page = open_page(provider, width=390)
    visit(page, "/o2r/units/")
    press(page, "Free places day by day")
    press(page, f"Put places of {rehab_unit} out of use")
    press(page, "Put out of use")  # an empty form: what is missing is said
    page.get_by_label("How many places?").fill("12")
    choose(page, "Why?", "Repairs or redecoration")
    fill_date(page, "valid_from", days_ahead(0))
    press(page, "Put out of use")
    assert "12 places, and 13 would be taken or out of use" in page.get_by_role("alert").inner_text()
    page.get_by_label("How many places?").fill("11")
    press(page, "Put out of use")
    press(page, "Change")
    fill_date(page, "valid_to", days_ahead(20))
    press(page, "Save")
    assert OutOfUse.objects.get().valid_to == days_ahead(20)

    page = open_page(supervisor)
    visit(page, "/")
    press(page, "Free rehab places")
    assert page.get_by_role("region", name="Overdue").get_by_role("link", name=str(stay.offender)).is_visible()
    page.get_by_text("What must it fit?").click()
    choose(page, "For whom", "A woman")
    page.get_by_label("For how many weeks").fill("2")
    press(page, "Show what fits")
    found = page.get_by_role("region", name="Next place that fits").inner_text()
    assert f"{rehab_unit}, from {days_ahead(21):%-d %B %Y}" in found
    press(page, "Later")
    assert page.get_by_role("link", name="For whom: A woman").is_visible()
