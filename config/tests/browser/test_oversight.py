"""A supervisor, an analyst, an auditor and an administrator."""

import re

import pytest

from partners.models import Membership

from .conftest import choose, follow

pytestmark = pytest.mark.browser


def test_supervisor_gives_a_case_to_another_and_reads_the_figures(
    open_page, look, press, visit, supervisor, facilitator, make_user, make_placement, police, team
):
    other = make_user("facilitator", police, team, family_name="Okoro")
    stay = make_placement("departed")
    case = stay.case
    page = open_page(supervisor)
    look(page)
    visit(page, "/o2r/")
    visit(page, f"{case.get_absolute_url()}allocate/")
    choose(page, "Who takes the case on?", re.compile("Okoro"))
    page.get_by_label("Why?").fill("On leave")
    press(page, "Change facilitator")
    case.refresh_from_db()
    assert case.facilitator == other
    visit(page, "/reports/o2r/?from=2024-01-01&to=2024-12-31&by=area")
    visit(page, "/reports/o2r/cases/?from=2024-01-01&to=2024-12-31&measure=referrals")
    visit(page, "/admin/")
    for table in ("offenders/offender", "referrals/referral", "rehab/case", "rehab/placement", "rehab/assessment"):
        visit(page, f"/admin/{table}/")
    visit(page, f"/admin/rehab/case/{case.pk}/change/")
    visit(page, f"/admin/rehab/case/{case.pk}/steps/plan/")


def test_analyst_reads_figures_without_names(open_page, look, visit, make_user, police, make_placement):
    person = make_placement("departed").offender
    page = open_page(make_user("analyst", police))
    look(page)
    visit(page, "/reports/o2r/?from=2024-01-01&to=2024-12-31&by=area")
    assert person.family_name not in page.content()


def test_auditor_finds_who_saw_a_person(open_page, look, press, visit, make_user, police, make_case):
    case = make_case()
    page = open_page(make_user("auditor", police))
    look(page)
    visit(page, "/audit/")
    visit(page, f"/audit/?person={case.offender.reference}")
    follow(page, page.locator("main table a, main ol a, main ul a").first)
    look(page)
    visit(page, "/roles/")


def test_administrator_gives_someone_a_role(open_page, look, press, visit, make_user, police):
    page = open_page(make_user("administrator", police))
    look(page)
    newcomer = make_user(family_name="Newcomer")
    for table in ("user", "membership", "agency", "unit", "service", "agreement", "setting", "area"):
        visit(page, f"/admin/partners/{table}/")
    visit(page, f"/admin/partners/user/{newcomer.pk}/change/")
    visit(page, "/admin/partners/membership/add/")
    page.locator("#id_user").select_option(str(newcomer.pk))
    page.locator("#id_agency").select_option(label="WMP")
    page.locator("#id_role").select_option("auditor")
    page.locator("#id_valid_from").fill("2024-01-01")
    follow(page, page.get_by_role("button", name="Save", exact=True))
    look(page)
    assert Membership.objects.get(user=newcomer).role == "auditor"


def test_the_later_of_two_administrators_chooses(open_page, look, press, visit, make_user, make_agency, police):
    agency = make_agency(name="Old name")
    address = f"/admin/partners/agency/{agency.pk}/change/"
    mine, theirs = (open_page(make_user("administrator", police)) for _ in range(2))
    for page in (mine, theirs):
        page.goto(address)
    theirs.get_by_label("Name:", exact=True).fill("Their name")
    follow(theirs, theirs.get_by_role("button", name="Save", exact=True))
    mine.get_by_label("Name:", exact=True).fill("My name")
    press(mine, "Save")
    assert "it is “Their name” now" in mine.content()
    press(mine, "Save")
    agency.refresh_from_db()
    assert agency.name == "My name"
