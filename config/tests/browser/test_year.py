"""One client's year across five sign-ins, and someone outside with none: who does what, in the order it happens.

The days are past ones, typed into the forms, so that a year fits into a minute.
"""

import datetime as dt

import pytest
from django.utils import timezone

from partners.models import Setting
from referrals.models import Task
from referrals.rehab.models import Action, ActionLink, FollowUp, Funding, Placement, Plan

from .conftest import choose, faults, fill_date, follow

pytestmark = pytest.mark.browser

ARRIVED, LEFT = 430, 370  # days ago
OUTSIDE = "rota@corner-cafe.example"


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


@pytest.fixture
def partner(make_agency, make_agreement, make_user, police):
    """Someone of a housing charity who takes part."""
    charity = make_agency("charity", name="Canalside")
    make_agreement(police, charity, categories=["identity", "case", "general"])
    return make_user("throughcare_partner", charity)


def go(page, name):
    """Press this button without looking: the page is looked at elsewhere."""
    named = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))
    follow(page, named.first)


def step(page, record, verb, label, **days):
    """Take this step of the record, on these days."""
    page.goto(f"{record.get_absolute_url()}{verb}/")
    for name, day in days.items():
        fill_date(page, name, day)
    go(page, label)


def test_a_year(
    open_page, look, press, visit, make_case, make_rehab_unit, make_funder, make_user, facilitator, supervisor, cgl,
    cgl_worker, provider, rehab_unit, partner, make_agreement, police,
):  # fmt: skip
    Setting.objects.filter(key="checklist_days").update(values=[500])  # the year is past: none of it is history yet
    rehab_unit.weekly_price = 100
    rehab_unit.save()
    other, fund = make_rehab_unit(name="Second House"), make_funder(name="City fund")
    case = make_case("assessing", on=days_ago(480))
    case.share(by=facilitator, agency=cgl, co_worker=cgl_worker, on=days_ago(478))
    tab, person = case.get_absolute_url(), str(case.offender)
    police_page, cgl_page, rehab_page = open_page(facilitator), open_page(cgl_worker), open_page(provider, width=390)
    chief, housing = open_page(supervisor), open_page(partner)

    # assessed in two parts
    for page, fields in (
        (police_page, {"Heroin, pounds a day": "80", "What offending pays for it?": "Shops, most days."}),
        (cgl_page, {"What is prescribed now?": "Methadone, 40 ml."}),
    ):
        page.goto(f"{tab}assess/")
        fill_date(page, "on", days_ago(476))
        go(page, "Begin")
        while not page.get_by_role("button", name="Finish").count():
            for label, words in fields.items():
                if page.get_by_label(label).count():
                    page.get_by_label(label).fill(words)
            go(page, "Save and continue")
        press(page, "Finish")
    page = police_page
    visit(page, f"{tab}assessment/")
    step(page, case, "bring_in", "Bring in", on=days_ago(474))

    # two units are asked; one asks back, one says no
    visit(page, f"{tab}rehab/")
    go(page, "Request a place")
    page.get_by_label("What must the unit know to answer?").fill("Heroin. On a script.")
    choose(page, "Do they need detox first?", "No")
    for unit in (rehab_unit, other):
        page.locator(f"[name=units][value='{unit.pk}']").check()
    fill_date(page, "on", days_ago(470))
    go(page, "Send the request")
    stay, refused = (Placement.objects.get(unit=unit) for unit in (rehab_unit, other))
    visit(rehab_page, stay.get_absolute_url())
    press(rehab_page, "Ask a question")
    rehab_page.get_by_label("What do you need to know?").fill("Who brings him?")
    go(rehab_page, "Ask a question")
    visit(page, stay.get_absolute_url())
    press(page, "Answer")
    page.get_by_label("What do you answer?").fill("I do, by car.")
    press(page, "Answer the question")
    visit(rehab_page, stay.get_absolute_url())
    assert rehab_page.get_by_text("I do, by car.").is_visible()
    step(rehab_page, stay, "offer", "Offer a place", on=days_ago(460))
    assert rehab_page.goto(refused.get_absolute_url()).status == 404
    elsewhere = open_page(make_user("rehab_provider", other.agency))
    elsewhere.goto(f"{refused.get_absolute_url()}decline/")
    choose(elsewhere, "Why?", "No place on those dates")
    go(elsewhere, "Decline")

    # money: asked by the one, answered by the other; then it is booked
    page.goto(f"{stay.get_absolute_url()}funding/ask/")
    choose(page, "Who is asked?", fund.name)
    page.get_by_label("For how much?").fill("9000")
    press(page, "Record what is asked")
    funding = Funding.objects.get()
    visit(chief, "/")
    visit(chief, funding.get_absolute_url())
    press(chief, "Record what is agreed")
    press(chief, "Record what is agreed")
    step(
        page, stay, "book", "Book the place", on=days_ago(455), expected_arrival=days_ago(ARRIVED),
        expected_departure=days_ago(LEFT),
    )  # fmt: skip

    # the stay
    step(rehab_page, stay, "arrive", "Record the arrival", on=days_ago(ARRIVED))
    rehab_page.goto(f"{stay.get_absolute_url()}progress/add/")
    choose(rehab_page, "How is it going?", "Not engaging")
    rehab_page.get_by_label("How did the week go?").fill("A hard one.")
    rehab_page.get_by_label("Is there anything that worries you?").fill("Talks of leaving.")
    fill_date(rehab_page, "on", days_ago(ARRIVED - 7))
    go(rehab_page, "Record progress")
    visit(page, Task.objects.get(kind="concern").get_absolute_url())
    press(page, "Record as done")
    go(page, "Record as done")
    rehab_page.goto(f"{stay.get_absolute_url()}absences/add/")
    choose(rehab_page, "Why are they away?", "An appointment")
    fill_date(rehab_page, "on", days_ago(400))
    fill_date(rehab_page, "due_on", days_ago(399))
    press(rehab_page, "Record", exact=True)
    go(rehab_page, "Record the return")
    fill_date(rehab_page, "on", days_ago(399))
    press(rehab_page, "Record the return")
    page.goto(f"{stay.get_absolute_url()}extend/")
    page.get_by_label("Why?").fill("Waits for housing")
    fill_date(page, "expected_departure", days_ago(-7))
    press(page, "Extend the stay")

    # the plan is begun, and then they leave early: everyone has something to do
    page.goto(f"{tab}throughcare/")
    press(page, "Begin the plan")
    page.get_by_label("What does the person want?").fill("A room of his own.")
    press(page, "Begin the plan")
    rehab_page.goto(f"{stay.get_absolute_url()}depart/")
    choose(rehab_page, "Why did they leave?", "Left early")
    choose(rehab_page, "Where did they go?", "No fixed abode")
    fill_date(rehab_page, "on", days_ago(LEFT))
    go(rehab_page, "Record the departure")
    visit(page, tab)
    assert Task.objects.open().filter(kind="checklist", owner=cgl_worker).exists()
    visit(cgl_page, "/tasks/")
    for task in Task.objects.open().filter(kind="checklist"):
        theirs = cgl_page if task.owner == cgl_worker else page
        theirs.goto(f"{task.get_absolute_url()}do/")
        go(theirs, "Record as done")
    assert not Task.objects.open().exists()

    # the plan: each answers its own
    plan = Plan.objects.get()
    for name, whose in (("housing", partner.membership.agency), ("recovery", cgl), ("work", "Corner Café")):
        page.goto(f"/o2r/domains/{plan.domains.get(domain=name).pk}/add/")
        page.get_by_label("What is to be done?").fill(f"See to the {name}")
        choose(page, "Whose is it?", str(whose) if name != "work" else "Someone outside these agencies")
        if name == "work":
            page.get_by_label("Who, if outside these agencies?").fill(whose)
        fill_date(page, "due_on", days_ago(-7))
        go(page, "Add it")
    given = {action.domain.domain: action for action in Action.objects.select_related("domain")}
    visit(housing, "/")
    press(housing, person)
    press(housing, "It is done")
    housing.get_by_label("What came of it?").fill("Room 4.")
    press(housing, "It is done")
    assert housing.goto(tab).status in (403, 404)
    step(cgl_page, given["recovery"], "do", "It is done")
    page.goto(f"{given['work'].get_absolute_url()}link/")
    page.get_by_label("Their e-mail address").fill(OUTSIDE)
    press(page, "Send the e-mail")
    stranger = open_page()
    stranger.goto(f"/{ActionLink.address_of(ActionLink.objects.get().pk).split('/', 3)[3]}")
    assert not [fault for fault in faults(stranger) if "the title is" not in fault]  # which names nobody, nor us
    stranger.get_by_label("Which e-mail address was it sent to?").fill(OUTSIDE)
    go(stranger, "Continue")
    choose(stranger, "Is it done?", "Yes, it is done")
    go(stranger, "Send the answer")
    page.goto(f"/o2r/plans/{plan.pk}/finish/")
    go(page, "Finish the plan")

    # a year of follow-ups; the second finds that he used, and the plan is open again
    for check, abstinent in zip(FollowUp.objects.order_by("weeks"), ("Yes", "No", "Yes", "Yes", "Yes"), strict=True):
        cgl_page.goto(f"{check.get_absolute_url()}record/")
        choose(cgl_page, "Was the person reached?", "Yes")
        choose(cgl_page, "Are they abstinent from drugs and alcohol?", abstinent)
        choose(cgl_page, "Are they offending?", "No")
        fill_date(cgl_page, "on", check.due_on)
        go(cgl_page, "Record")
        plan.refresh_from_db()
        assert plan.status == ("finished" if check.weeks == 1 else "open")
    look(cgl_page)
    visit(page, f"{tab}throughcare/")
    visit(page, f"{tab}timeline/")

    # and it is over
    page.goto(f"{tab}close/")
    choose(page, "How did it end?", "Completed the programme")
    go(page, "Close the case")
    stay.refresh_from_db(), case.refresh_from_db()
    assert (case.phase, stay.days(), FollowUp.objects.done().count()) == ("closed", ARRIVED - LEFT, 5)
    visit(chief, tab)
