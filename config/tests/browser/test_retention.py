"""One supervisor holds records that are due and lets them go; another confirms, and nothing is left."""

import datetime as dt

import pytest
from django.utils import timezone

from offenders.models import Entry, Offender
from offenders.retention.disposal import erase
from offenders.retention.models import Decision
from offenders.retention.rules import count_everyone

pytestmark = pytest.mark.browser


def test_records_are_held_released_and_erased(
    open_page, look, press, visit, supervisor, facilitator, make_user, make_referral, police, team
):
    second = make_user("supervisor", police, team, family_name="Second")
    referral = make_referral("submitted")
    referral.decline(by=facilitator, reason="Not of this force")
    person, then = referral.offender, timezone.now() - dt.timedelta(days=3000)
    Entry.objects.update(happened_at=then)
    Offender.objects.update(recorded_at=then)
    count_everyone()
    page = open_page(supervisor)
    look(page)
    press(page, "Records to review")
    press(page, str(person))
    press(page, "Place a legal hold")
    page.get_by_label("Reference", exact=True).fill("Inquest 4")
    page.get_by_label("Why?").fill("The coroner asks for all papers.")
    press(page, "Place a legal hold")
    press(page, "Propose to dispose of them")
    page.get_by_label("Why?").fill("Nothing since 2018")
    press(page, "Propose to dispose of them")
    assert page.get_by_text("A legal hold stands").count()
    visit(page, f"/retention/{person.pk}/")
    press(page, "Lift the hold")
    page.get_by_label("Why?").fill("The inquest is over")
    press(page, "Lift the hold")
    visit(page, f"/retention/{person.pk}/keep/")
    visit(page, f"/retention/{person.pk}/choose/")
    visit(page, f"/retention/{person.pk}/dispose/")
    page.get_by_label("Why?").fill("Nothing since 2018")
    press(page, "Propose to dispose of them")
    page = open_page(second)
    look(page)
    press(page, str(person))
    press(page, "Confirm the disposal")
    press(page, "Confirm the disposal")
    decision = Decision.objects.get(what="dispose")
    visit(page, f"/retention/decisions/{decision.pk}/")
    erase(decision.pk)
    visit(page, "/retention/decisions/")
    press(page, "Erased")
    assert page.get_by_text("rows of").count()
    visit(page, "/retention/")
    visit(page, "/admin/retention/decision/")
    visit(page, "/admin/retention/schedule/")
