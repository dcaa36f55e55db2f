"""Who may know that a referral exists, by list, page and API alike."""

import datetime as dt

import pytest
from django.utils import timezone

from offenders.models import Entry, NamedUser
from offenders.search import search
from partners.models import Membership, Unit
from partners.roles import ROLES, Category
from referrals.filters import ReferralFilters, units_seen_by
from referrals.models import Referral


@pytest.fixture
def colleague(make_user, police, npu):
    return make_user("officer", police, npu)


@pytest.fixture
def stranger(make_user, police):
    return make_user("officer", police, Unit.objects.get(name="Coventry", kind="lpa"))


@pytest.fixture
def sees(signed_in):
    """Whether this user sees it: the queryset, the list, the page and the API say the same."""

    def asking(user, referral):
        client = signed_in(user)
        by_scope = Referral.objects.visible_to(user).filter(pk=referral.pk).exists()
        page = client.get(f"/referrals/{referral.pk}/").status_code
        api = client.get(f"/api/v1/referrals/{referral.pk}/").status_code
        listed = client.get("/referrals/")
        rows = client.get("/api/v1/referrals/")
        assert (page == 200) == (api == 200) == by_scope
        if listed.status_code == 200:
            assert (referral.reference in listed.content.decode()) == by_scope
            assert (str(referral.pk) in [row["id"] for row in rows.json()["results"]]) == by_scope
        else:
            assert {listed.status_code, rows.status_code} <= {302, 403}
        return by_scope

    return asking


def test_sender_and_receiver_see_it_and_nobody_else(
    sees, make_referral, officer, colleague, stranger, facilitator, supervisor, cgl_worker, make_user, police
):
    referral = make_referral("submitted")
    assert all(sees(user, referral) for user in (officer, colleague, facilitator, supervisor))
    assert not any(sees(user, referral) for user in (stranger, cgl_worker, make_user()))
    assert not any(sees(make_user(role, police), referral) for role in ("analyst", "auditor", "administrator"))


def test_a_draft_is_its_senders_alone(sees, make_referral, officer, colleague, facilitator):
    referral = make_referral("draft")
    assert sees(officer, referral)
    assert sees(colleague, referral)
    assert not sees(facilitator, referral)


def test_a_returned_referral_is_a_draft_again(sees, make_referral, officer, facilitator):
    referral = make_referral("submitted")
    referral.return_(by=facilitator, reason="Where do they live?")
    assert sees(officer, referral)
    assert not sees(facilitator, referral)


def test_of_a_restricted_person_only_those_named(sees, make_referral, officer, facilitator):
    referral = make_referral("submitted")
    person = referral.offender
    person.is_restricted = True
    person.save(update_fields=["is_restricted"])
    NamedUser.objects.create(
        offender=person, user=facilitator, recorded_by=facilitator, valid_from=timezone.localdate()
    )
    assert sees(facilitator, referral)
    assert not sees(officer, referral)
    assert not units_seen_by(type("Request", (), {"user": officer})).exists()


def test_what_ended_is_gone_on_the_next_request(sees, make_referral, officer, facilitator):
    referral = make_referral("submitted")
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    referral.offender.involvements.filter(unit=officer.membership.unit).update(valid_to=yesterday)
    assert not sees(officer, referral)
    assert sees(facilitator, referral)
    Membership.objects.filter(user=facilitator).update(valid_to=yesterday)
    del facilitator.live_memberships, facilitator.membership, facilitator.permissions
    assert not sees(facilitator, referral)


def test_who_sent_it_keeps_sight_in_their_next_unit_until_it_ends(
    sees, make_referral, officer, stranger, facilitator, police
):
    referral = make_referral("submitted")
    officer.memberships.update(valid_to=dt.date(2025, 1, 1))
    there = stranger.membership.unit
    Membership.objects.create(user=officer, agency=police, unit=there, role="officer", valid_from=dt.date(2025, 1, 2))
    officer = type(officer).objects.get(pk=officer.pk)
    assert sees(officer, referral)
    assert not sees(stranger, referral)
    referral.decline(by=facilitator, reason="Under 18", on=dt.date(2024, 2, 1))
    assert not sees(officer, referral)


def test_filters_ask_for_what_they_say(make_referral, officer, facilitator, npu):
    mine = make_referral("submitted")
    theirs = make_referral("submitted", by=facilitator, from_unit=None, from_agency=None)
    mine.accept(by=facilitator, worker=facilitator)

    def found(**asked):
        request = type("Request", (), {"user": facilitator})
        rows = Referral.objects.visible_to(facilitator)
        return set(ReferralFilters(asked, queryset=rows, request=request).qs)

    assert found() == {mine, theirs}
    assert found(whose="mine") == found(whose="sent") == {theirs}
    assert found(whose="received") == {mine, theirs}
    assert found(whose="worked") == {mine}
    assert found(status=["submitted"]) == {theirs}
    assert found(from_unit=npu.pk) == {mine}
    assert found(referred_from="2024-01-09") == set()
    assert found(referred_to="2024-01-08") == {mine, theirs}


def test_a_reference_opens_it_for_those_who_see_it(make_referral, officer, stranger):
    referral = make_referral("submitted")
    assert search(officer, referral.reference).opens == referral
    assert search(stranger, referral.reference).opens is None


@pytest.mark.parametrize("category", sorted(set(Category) - ROLES["officer"].categories))
def test_of_a_category_that_a_role_does_not_read_nothing_is_shown(category, make_referral, officer, facilitator):
    person = make_referral().offender
    for one in ("case", category):
        Entry.write(person.pk, one, by=facilitator, category=one, matters=person.matters)
    said = Entry.objects.visible_to(officer).filter(offender=person, sentence__in=["case", category])
    assert list(said.values_list("sentence", flat=True)) == ["case"]
