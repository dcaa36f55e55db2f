"""What was recorded of a resolution is corrected with a reason, by who recorded it or by the lead."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from offenders.amend import address, amend
from offenders.models import Amendment, Entry, Offender
from partners.models import Membership
from partners.roles import Category
from referrals.models import Drug, Resolution

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def resolution(make_divert):
    return make_divert("accepted").resolution


def test_who_recorded_it_amends_it_while_it_is_open_and_undecided(make_divert, officer, cranstoun_worker, lead):
    stands = {
        "accepted": make_divert("accepted"), "engaged": make_divert("engaged"), "draft": make_divert("draft"),
        "ended": make_divert("not_engaged"), "asked": make_divert("accepted", gravity_score=4),
        "approved": make_divert("accepted", gravity_score=4),
    }  # fmt: skip
    stands["approved"].resolution.approve(by=lead)

    def theirs(user):
        rows = set(Resolution.objects.amendable_by(user))
        return {name for name, referral in stands.items() if referral.resolution in rows}

    assert theirs(officer) == {"accepted", "engaged", "asked"}
    assert theirs(lead) == {"accepted", "engaged", "asked", "approved", "ended"}
    assert theirs(cranstoun_worker) == set()


def test_what_one_recorded_under_another_hat_is_not_the_leads_to_amend(resolution, officer, lead):
    hat = lead.membership
    officer.act_as(
        Membership.objects.create(
            user=officer, role=hat.role, agency=hat.agency, unit=hat.unit, valid_from=hat.valid_from
        )
    )
    assert not Resolution.objects.amendable_by(officer).exists()


def test_what_one_no_longer_sees_one_does_not_amend(resolution, officer):
    assert Resolution.objects.amendable_by(officer).get() == resolution
    Offender.objects.filter(pk=resolution.offender_id).update(is_restricted=True)  # to others
    assert not Resolution.objects.amendable_by(officer).exists()


def test_the_page_amends_it_and_works_out_what_follows(signed_in, resolution, officer):
    client, page_to_amend = signed_in(officer), address(resolution)
    page = client.get(page_to_amend)
    assert page.status_code == 200
    assert "Formal outcome" not in page.content.decode()
    said = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    said |= {
        "drug": Drug.objects.on(DAY).get(name="Heroin").pk, "on": "2026-03-01", "at": "23:30",
        "offence": resolution.offence_id, "is_own_use": "true", "is_supply_suspected": "false",
        "is_aggravating": "false",
    }  # fmt: skip
    assert client.post(page_to_amend, said).status_code == 422  # without a reason
    assert client.post(page_to_amend, said | {"on": "2100-01-01", "reason": "It was"}).status_code == 422
    assert client.post(page_to_amend, said | {"reason": "It was heroin"}).url == resolution.get_absolute_url()
    resolution.refresh_from_db()
    assert (resolution.drug.name, resolution.drug_class, resolution.offer) == ("Heroin", "A", "one_to_one")
    assert resolution.occurred_at == dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    assert set(Amendment.objects.get().changes) == {"drug", "drug_class", "occurred_at"}


def test_what_comes_to_need_approval_is_asked(signed_in, resolution, officer):
    address = f"/api/v1/resolutions/{resolution.pk}/"
    said = {"gravity_score": 4, "reason": "Two bags"}
    answer = signed_in(officer).patch(address, said, content_type="application/json")
    assert (answer.status_code, answer.json()["approval"]) == (200, "asked")
    resolution.refresh_from_db()
    assert (resolution.approval, resolution.approval_why) == ("asked", "Gravity score 4")
    lines = Entry.objects.filter(kind=Entry.Kind.AMENDMENT, matters__contains=[resolution.referral_id])
    assert lines.get().category == Category.POLICE  # not for who gives the help


def test_of_what_is_over_nobody_is_asked(make_divert, lead):
    resolution = make_divert("not_engaged").resolution
    amend(resolution, {"gravity_score": 4}, by=lead, reason="Two bags")
    assert resolution.approval == "not_needed"


def test_what_who_gives_the_help_needs_is_told_to_them_too(resolution, officer):
    amend(resolution, {"quantity": "A small bag"}, by=officer, reason="Left out")
    assert Entry.objects.get(kind=Entry.Kind.AMENDMENT).category == Category.CASE


def test_a_formal_outcome_is_the_leads_to_amend_once_there_is_one(resolution, officer, lead):
    changes = {"formal_outcome": "cautioned"}
    for user in (officer, lead):
        with pytest.raises(PermissionDenied):
            amend(resolution, changes, by=user, reason="It was")
    resolution.formalise(by=lead, formal_outcome="charged", formal_on=DAY, formal_reason="supply_suspected")
    with pytest.raises(PermissionDenied):
        amend(resolution, changes, by=officer, reason="It was a caution")
    amend(resolution, changes, by=lead, reason="It was a caution")
    assert resolution.outcome_type == 3
    with pytest.raises(ValidationError, match="Say when the formal outcome was given"):
        amend(resolution, {"formal_on": None}, by=lead, reason="Not known")


def test_a_child_keeps_an_appropriate_adult(make_divert, make_offender, officer):
    child = make_offender(date_of_birth=dt.date(2010, 1, 1))
    resolution = make_divert("accepted", offender=child, appropriate_adult="Ada Person").resolution
    with pytest.raises(ValidationError, match="needs an appropriate adult"):
        amend(resolution, {"appropriate_adult": ""}, by=officer, reason="Left")
