"""An auditor looks into odd reading, asks the record, and answers who asks what is held about them."""

import pytest
from django.utils import timezone

from offenders.alerts.models import Alert
from offenders.models import Note
from offenders.subject_access.compile import compile_request
from offenders.subject_access.models import SubjectRequest
from partners.audit.models import Event

from .conftest import choose, follow

pytestmark = pytest.mark.browser


@pytest.fixture
def auditor(make_user, police):
    return make_user("auditor", police, family_name="Auditor")


def test_auditor_looks_into_odd_reading(open_page, look, press, visit, auditor, officer, make_offender):
    read = [Event.objects.shown("offender.view", [person], by=officer, subject=person)
            for person in (make_offender() for _ in range(3))]  # fmt: skip
    agency = officer.membership.agency_id
    alert = Alert.found("many", user=officer, agency_id=agency, day=timezone.localdate(), events=read)
    page = open_page(auditor)
    look(page)
    visit(page, "/alerts/")
    follow(page, page.get_by_role("link", name=str(officer)))
    look(page)
    press(page, "Pass it on")
    follow(page, page.get_by_role("button", name="Pass it on"))
    look(page)  # what is missing
    page.get_by_label("To whom?").fill("Professional standards")
    page.get_by_label("What did you look into").fill("No reason was found")
    follow(page, page.get_by_role("button", name="Pass it on"))
    look(page)
    alert.refresh_from_db()
    assert alert.passed_to == "Professional standards"


def test_auditor_asks_the_record(open_page, look, visit, auditor, officer, make_offender):
    person = make_offender()
    Event.objects.shown("offender.view", [person], by=officer, subject=person)
    page = open_page(auditor)
    visit(page, "/audit/questions/")
    follow(page, page.get_by_role("link", name="Who has seen this person?"))
    look(page)
    follow(page, page.get_by_role("button", name="Ask"))
    look(page)  # what is missing
    page.get_by_label("Person").fill(person.reference)
    follow(page, page.get_by_role("button", name="Ask"))
    look(page)
    assert str(officer) in page.content()
    visit(page, "/audit/questions/what-was-taken/")
    visit(page, "/audit/questions/roles/")


def test_auditor_answers_who_asks_what_is_held(open_page, look, press, visit, auditor, facilitator, make_case, client):
    case = make_case()
    for text in ("Seen with his sister Ann, who is worried", "Rang; he is well"):
        Note.write(
            case.offender, by=facilitator, kind="visit", text=text, category="general", matters=[case.pk],
            happened_at=timezone.now(),
        )  # fmt: skip
    page = open_page(auditor)
    visit(page, "/subject-access/")
    press(page, "Record a request")
    page.get_by_label("Person", exact=True).fill(case.offender.reference)
    choose(page, "How did they ask?", "By post")
    page.get_by_label("Where does the answer go?").fill("12 Long Lane")
    follow(page, page.get_by_role("button", name="Record it"))
    look(page)  # the day is missing
    today = timezone.localdate()
    for part, number in (("Day", today.day), ("Month", today.month), ("Year", today.year)):
        page.get_by_label(part, exact=True).fill(str(number))
    follow(page, page.get_by_role("button", name="Record it"))
    look(page)
    press(page, "Confirm who they are")
    page.get_by_label("How was it confirmed").fill("Passport, seen at the desk")
    follow(page, page.get_by_role("button", name="Confirm who they are"))
    press(page, "Bring together what is held")
    follow(page, page.get_by_role("button", name="Bring together what is held"))
    look(page)
    compile_request(SubjectRequest.objects.get().pk)
    follow(page, page.get_by_role("link", name="Look again"))
    look(page)
    follow(page, page.get_by_role("button", name="Review the texts"))
    look(page)
    press(page, "Tell a part of it")
    page.get_by_label("What is told", exact=True).fill("Something of it")
    page.get_by_label("Why?", exact=True).fill("It is about someone else")
    follow(page, page.get_by_role("button", name="Tell a part of it"))
    look(page)
    follow(page, page.get_by_role("button", name="Tell it as it is"))
    look(page)
