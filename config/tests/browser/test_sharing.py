"""One person across agencies: consent, restriction, emergency access, merge, and two who amend at once."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from offenders.models import Consent, EmergencyAccess, Identifier, LikelyPair, Merge, Offender, Restriction
from referrals.rehab.models import Assessment

from .conftest import choose, follow

pytestmark = pytest.mark.browser

PNC = "1999/1234567B"


@pytest.fixture
def second(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")


@pytest.fixture
def person(make_case, make_offender, officer):
    """Someone the O2R team works with, known by a number."""
    offender = make_offender(by=officer, given_names="Zebedee", family_name="Hiddenname")
    make_case(offender=offender, on=timezone.localdate() - dt.timedelta(days=30))
    Identifier.objects.create(offender=offender, kind="pnc", value=PNC)
    return offender


def search(page, words):
    page.goto("/")
    page.locator("[name=q]").first.fill(words)
    with page.expect_navigation():
        page.locator("[name=q]").first.press("Enter")


def sees(page, person):
    return page.goto(person.get_absolute_url()).status == 200


def test_consent_given_opens_and_withdrawn_closes(open_page, look, press, visit, person, facilitator, cgl, cgl_worker):
    case = person.cases.get()
    case.share(by=facilitator, agency=cgl, co_worker=cgl_worker)
    Assessment.record(
        case, by=cgl_worker, assessed_on=timezone.localdate(), motivation="Wants to be home for the baby."
    )
    ours, theirs = open_page(facilitator), open_page(cgl_worker)
    assessment, sharing = f"{case.get_absolute_url()}assessment/", f"{person.get_absolute_url()}sharing/"
    ours.goto(assessment)
    assert not ours.get_by_text("home for the baby").is_visible()

    visit(theirs, sharing)
    assert theirs.get_by_text("You see this because CGL").is_visible()
    press(theirs, "Record an answer about consent")
    press(theirs, "Record", exact=True)
    theirs.get_by_role("alert").get_by_role("link").first.click()
    assert theirs.evaluate("document.activeElement.name") == "purpose"
    choose(theirs, "What were they asked?", re.compile("^Sharing health information"))
    choose(theirs, "For which agency?", "WMP")
    choose(theirs, "What did they answer?", "Yes, they consent")
    choose(theirs, "How did they answer?", "On a signed form")
    press(theirs, "Record", exact=True)
    assert Consent.objects.get().is_given
    visit(ours, assessment)
    assert ours.get_by_text("home for the baby").first.is_visible()

    press(theirs, "Withdraw")
    choose(theirs, "How did they say so?", "By phone")
    theirs.get_by_label("Why?").fill("Her ex-partner is an officer.")
    press(theirs, "Withdraw consent")
    assert theirs.get_by_text("The consent is withdrawn.").is_visible()
    ours.goto(assessment)
    assert not ours.get_by_text("home for the baby").is_visible()


def test_two_supervisors_restrict_and_an_officer_is_told_whom_to_ask(
    open_page, look, press, visit, person, supervisor, second, officer
):
    proposer, decider, sender = (open_page(user) for user in (supervisor, second, officer))
    assert sees(sender, person)
    visit(proposer, f"{person.get_absolute_url()}sharing/")
    press(proposer, "Restrict to named people")
    proposer.get_by_label("Why?").fill("A relative works in the custody suite.")
    press(proposer, "Propose")
    assert Restriction.objects.get().status == "proposed"
    assert sees(sender, person)

    decider.goto("/")
    follow(decider, decider.get_by_role("link", name=re.compile("Hiddenname")).first)
    press(decider, "Agree")
    press(decider, "Agree")
    assert Restriction.objects.get().status == "agreed"
    assert sees(decider, person)
    assert not sees(sender, person)

    search(sender, "Zebedee Hiddenname")
    assert sender.get_by_text("Nobody you may see fits this").is_visible()
    search(sender, PNC)
    look(sender)
    assert sender.get_by_text("Restricted.", exact=True).is_visible()
    assert "Hiddenname" not in sender.content()


def test_an_emergency_is_opened_marked_closed_and_reviewed(
    open_page, look, press, visit, person, make_user, make_agency, make_agreement, police
):
    force = make_agency("police")
    make_agreement(police, force)
    unit = force.units.create(name="Elsewhere", kind="team", valid_from=dt.date(2020, 1, 1))
    stranger, reviewer = (make_user(role, force, unit) for role in ("facilitator", "supervisor"))
    page = open_page(stranger, width=390)
    assert not sees(page, person)
    search(page, PNC)
    look(page)
    press(page, "Open in an emergency")
    page.get_by_label("Why can this not wait?").fill("She is in the cells and unwell: which drugs?")
    press(page, "Open", exact=True)
    assert page.get_by_text("Emergency access until").is_visible()
    assert page.get_by_text("You see this because you opened it in an emergency").is_visible()
    press(page, "Close it now")
    assert not sees(page, person)

    page = open_page(reviewer)
    visit(page, "/people/emergencies/")
    follow(page, page.get_by_role("link", name=str(stranger)).first)
    look(page)
    press(page, "Review")
    choose(page, "Was it needed?", "It was needed")
    page.get_by_label("What did you look into").fill("The custody record bears it out.")
    press(page, "Review")
    assert EmergencyAccess.objects.get().reviewed_by == reviewer


def test_two_records_are_merged_reviewed_and_parted_again(
    open_page, look, press, visit, make_referral, make_offender, supervisor, second
):
    names = {"John": "Smith", "Jon": "Smyth"}
    for given, family in names.items():
        make_referral(offender=make_offender(given_names=given, family_name=family, phone="07700 900123"))
    pair = LikelyPair.objects.get()
    one, other = open_page(supervisor), open_page(second)
    visit(one, "/people/pairs/")
    press(one, f"{pair.one} and {pair.other}")
    one.get_by_role("radio", name="Family name: Smyth").check()
    press(one, "Merge the two records")
    one.get_by_role("alert").get_by_role("link").first.click()
    assert one.evaluate("document.activeElement.name") == "reason"
    assert one.get_by_role("radio", name="Family name: Smyth").is_checked()
    one.get_by_label("Why?").fill("The same phone, and he says so.")
    press(one, "Merge the two records")
    merge = Merge.objects.get()
    assert Offender.objects.get(pk=merge.kept_id).family_name == "Smyth"
    assert one.get_by_role("link", name="Review").count() == 0

    visit(other, "/people/merges/")
    other.goto(merge.get_absolute_url())
    press(other, "Review")
    press(other, "They are one person")
    other.goto(f"/people/{merge.gone_id}/")
    assert other.url.endswith(f"/people/{merge.kept_id}/")

    one.goto(merge.get_absolute_url())
    press(one, "Un-merge")
    one.get_by_label("Why?").fill("They are brothers who share a phone.")
    press(one, "Un-merge")
    assert one.get_by_text("They are two people again.").is_visible()
    for was in (pair.one, pair.other):
        assert Offender.objects.get(pk=was.pk).family_name == was.family_name
        assert sees(one, was)


def test_of_two_who_amend_at_once_the_later_chooses(open_page, press, person, facilitator, supervisor):
    mine, theirs = open_page(facilitator), open_page(supervisor)
    for page in (mine, theirs):
        page.goto(person.get_absolute_url())
        follow(page, page.get_by_role("link", name="Amend the facts"))
    answers = {
        theirs: {"Given names": "Zachary", "Phone number": "07700 900111"},
        mine: {"Given names": "Zebulon", "Phone number": "07700 900222"},
    }
    for page, said in answers.items():
        for label, words in said.items():
            page.get_by_label(label).fill(words)
        page.get_by_label("Why is it amended?").fill("As the person said.")
        press(page, "Amend", exact=True)
    person.refresh_from_db()
    assert (person.given_names, person.phone) == ("Zachary", "07700 900111")
    choose(mine, "Given names", "Keep what is recorded now")
    choose(mine, "Phone", "Use your answer")
    press(mine, "Save what I chose")
    person.refresh_from_db()
    assert (person.given_names, person.phone) == ("Zachary", "07700 900222")
    assert mine.get_by_text("Now: 07700 900222").is_visible()
