"""A facilitator asks that a stay may cost more than is agreed; another decides, and nothing changes before that."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import IllegalStep
from partners.notices.models import Notice
from referrals.rehab.models import Overspend

TODAY = timezone.localdate()
ASKED = {"up_to": Decimal(6000), "why": "It begins on Monday"}


@pytest.fixture
def offered(make_placement, make_rehab_unit):
    return make_placement("offered", unit=make_rehab_unit(weekly_price=Decimal("700.00")), on=TODAY)


@pytest.fixture
def wish(offered, facilitator):
    return Overspend.ask(offered, by=facilitator, **ASKED)


def book(stay, by):
    stay.book(by=by, expected_arrival=TODAY, expected_departure=TODAY + dt.timedelta(weeks=8))


def test_what_is_allowed_lets_the_stay_be_booked(wish, offered, facilitator, supervisor):
    with pytest.raises(ValidationError, match="£0 is agreed"):
        book(offered, facilitator)
    wish.allow(by=supervisor)
    offered.refresh_from_db()
    assert (offered.exceed_up_to, offered.exceed_by, offered.exceed_why) == (6000, supervisor, ASKED["why"])
    book(offered, facilitator)
    with pytest.raises(IllegalStep):
        wish.refuse(by=supervisor, reason="Too late")


def test_nobody_allows_what_they_asked_for(offered, facilitator, supervisor):
    own = Overspend.ask(offered, by=supervisor, **ASKED)
    for user in (facilitator, supervisor):
        with pytest.raises(PermissionDenied):
            own.allow(by=user)
    said = {"status": "allowed", "decided_by": supervisor, "decided_at": timezone.now()}
    with pytest.raises(IntegrityError, match="decided_by_another"), transaction.atomic():
        Overspend.objects.update(**said)
    with pytest.raises(IntegrityError, match="decided_by_another"), transaction.atomic():
        Overspend.objects.update(status="allowed")


def test_a_refusal_says_why_and_changes_nothing(wish, offered, supervisor):
    with pytest.raises(ValidationError, match="Say why not"):
        wish.refuse(by=supervisor, reason="")
    wish.refuse(by=supervisor, reason="Ask the city first")
    offered.refresh_from_db()
    assert (wish.status, offered.exceed_up_to) == ("refused", None)


def test_it_is_asked_once_at_a_time_and_ends_with_the_stay(wish, offered, facilitator):
    with pytest.raises(ValidationError, match="asked already"):
        Overspend.ask(offered, by=facilitator, **ASKED)
    offered.withdraw(by=facilitator, reason="Not wanted")
    wish.refresh_from_db()
    assert wish.status == "withdrawn"
    with pytest.raises(ValidationError, match="before they have left"):
        Overspend.ask(offered, by=facilitator, **ASKED)


def test_the_supervisors_are_told_and_nobody_else(supervisor, make_funding, wish, offered):
    told = Notice.objects.filter(occasion="approval")
    assert told.get().for_user == supervisor
    assert str(offered.offender) not in told.get().text + told.get().subject
    make_funding(offered, "to_confirm")  # as the only supervisor recorded
    assert told.count() == 1


def test_it_is_the_teams_own_affair(wish, offered, facilitator, supervisor, cgl_worker, make_user):
    offered.case.share(by=facilitator, agency=cgl_worker.membership.agency, co_worker=cgl_worker)
    there = make_user("rehab_provider", offered.unit.agency)
    for user, seen in [(facilitator, True), (supervisor, True), (cgl_worker, False), (there, False)]:
        assert Overspend.objects.visible_to(user).exists() is seen
        assert Entry.objects.visible_to(user).filter(sentence__contains="supervisor is asked").exists() is seen
    with pytest.raises(PermissionDenied):
        Overspend.ask(offered, by=there, **ASKED)


def test_asking_and_allowing_by_page(offered, facilitator, supervisor, signed_in):
    page, asks = f"/o2r/placements/{offered.pk}/", f"/o2r/placements/{offered.pk}/overspend/ask/"
    offered.expected_arrival, offered.expected_departure = TODAY, TODAY + dt.timedelta(weeks=8)
    offered.save()
    desk = signed_in(facilitator)
    assert asks in desk.get(page).text
    assert 'value="5600.00"' in desk.get(asks).text
    assert desk.post(asks, {"up_to": "5600", "why": ""}).status_code == 422
    assert desk.post(asks, {"up_to": "5600", "why": ASKED["why"]}).url == page
    wish = Overspend.objects.get()
    assert "asks to let it cost up to £5,600" in desk.get(page).text
    assert "/allow/" not in desk.get(page).text
    assert desk.post(asks, {"up_to": "5600", "why": "Again"}).status_code == 422
    desk = signed_in(supervisor)
    assert f"{page}#money" in desk.get("/approvals/").text
    allows = f"/o2r/placements/overspends/{wish.pk}/allow/"
    assert allows in desk.get(page).text
    assert ASKED["why"] in desk.get(allows).text
    assert desk.post(allows).status_code == 302
    assert f"£5,600, says {supervisor}" in desk.get(page).text
    assert "Nothing waits for your decision" in desk.get("/approvals/").text


def test_the_same_by_the_api(offered, facilitator, supervisor, signed_in):
    json = {"content_type": "application/json"}
    said = {"placement": str(offered.pk), "up_to": "6000", "why": ASKED["why"]}
    made = signed_in(facilitator).post("/api/v1/overspends/", said, **json)
    assert (made.status_code, made.json()["steps"]) == (201, ["withdraw"])
    desk, address = signed_in(supervisor), f"/api/v1/overspends/{made.json()['id']}/"
    assert desk.get("/api/v1/overspends/?status=allowed").json()["results"] == []
    assert desk.post(f"{address}allow/", {}, **json).json()["status"] == "allowed"
    assert desk.post(f"{address}allow/", {}, **json).status_code == 409
