"""What is worked out of a resolution, what policy sends to the lead, and what the lead decides."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from offenders.models import Entry, Offender
from offenders.workflow import IllegalStep, TooLate, insert
from partners.audit.models import Event
from partners.models import Membership
from partners.roles import Category
from referrals.law import load
from referrals.models import Drug, Offence, Offer, Referral, Resolution

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)


def drug(name, day=DAY):
    return Drug.objects.on(day).get(name=name)


@pytest.mark.parametrize(
    ("born", "name", "is_child", "offer"),
    [
        (dt.date(1990, 1, 1), "Cannabis", False, Offer.COURSE),
        (dt.date(1990, 1, 1), "Heroin", False, Offer.ONE_TO_ONE),
        (dt.date(2008, 3, 2), "Cannabis", False, Offer.COURSE),  # 18 that very day
        (dt.date(2008, 3, 3), "Cannabis", True, Offer.YOUNG_PEOPLE),  # 18 the day after
        (dt.date(2010, 1, 1), "Heroin", True, Offer.YOUNG_ONE_TO_ONE),
        (None, "Cannabis", None, Offer.COURSE),
    ],
)
def test_class_and_age_that_day_decide_the_offer(make_divert, make_offender, born, name, is_child, offer):
    offender = make_offender(date_of_birth=born)
    referral = make_divert("draft", offender=offender, drug=drug(name), appropriate_adult="Ada Person")
    assert (referral.resolution.is_child, referral.resolution.offer) == (is_child, offer)


def test_someone_under_18_has_an_appropriate_adult_with_them(make_divert, make_offender):
    offender = make_offender(date_of_birth=dt.date(2010, 1, 1))
    with pytest.raises(ValidationError, match="needs an appropriate adult"):
        make_divert("draft", offender=offender)


def test_what_happened_before_midnight_was_that_day(make_divert, make_offender):
    offender = make_offender(date_of_birth=dt.date(2008, 7, 2))
    before = dt.datetime(2026, 7, 1, 22, 59, tzinfo=dt.UTC)  # one minute to midnight, in summer
    adult = {"appropriate_adult": "Ada Person", "referred_on": dt.date(2026, 7, 2), "offender": offender}
    assert make_divert("draft", occurred_at=before, **adult).resolution.is_child
    assert not make_divert("draft", occurred_at=before + dt.timedelta(minutes=1), **adult).resolution.is_child


def test_the_class_is_that_of_the_day(make_divert):
    ghb = drug("GHB")
    assert ghb.drug_class == "B"
    before = dt.date(2022, 4, 12)
    resolution = make_divert("draft", referred_on=before, drug=ghb).resolution
    assert (resolution.drug_class, resolution.drug) == ("C", drug("GHB", before))
    with pytest.raises(ValidationError, match="Nitrous oxide was no controlled drug on 7 November 2023"):
        make_divert("draft", referred_on=dt.date(2023, 11, 7), drug=drug("Nitrous oxide"))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, ""),
        ({"gravity_score": 2}, ""),
        ({"gravity_score": None}, ""),
        ({"gravity_score": 3}, "Gravity score 3"),
        ({"victim": "partner"}, "The victim is a partner or former partner"),
        ({"kind": "conditional", "gravity_score": 4}, "Conditional caution; Gravity score 4"),
    ],
)
def test_policy_sends_some_to_the_lead(make_divert, said, why):
    resolution = make_divert("draft", **said).resolution
    assert (resolution.approval, resolution.approval_why) == ("asked" if why else "not_needed", why)


def test_a_community_resolution_before_sends_it_to_the_lead(make_divert, lead):
    first = make_divert("completed", referred_on=DAY - dt.timedelta(days=30))
    again = make_divert("draft", offender=first.offender).resolution
    assert (again.approval, again.approval_why) == ("asked", "Community resolution of 31 January 2026")
    draft = make_divert("draft")
    assert make_divert("draft", offender=draft.offender).resolution.approval == "not_needed"
    refused = make_divert("accepted", gravity_score=4, referred_on=DAY - dt.timedelta(days=30))
    refused.resolution.refuse(by=lead, reason="Too serious")
    assert make_divert("draft", offender=refused.offender).resolution.approval == "not_needed"


def test_the_lead_sees_it_once_it_is_sent(make_divert, lead, make_user, police):
    elsewhere = make_user("resolution_lead", police, police.units.get(name="Force CID"))
    draft = make_divert("draft")
    assert not Resolution.objects.visible_to(lead).exists()
    draft.submit(by=draft.referred_by)
    assert Resolution.objects.visible_to(lead).get() == draft.resolution
    assert Offender.objects.visible_to(lead).get() == draft.offender
    assert not Resolution.objects.visible_to(elsewhere).exists()


def test_one_that_was_returned_is_nobodys_but_its_senders_again(make_divert, lead, cranstoun_worker):
    referral = make_divert("submitted")
    referral.return_(by=cranstoun_worker, reason="Which drug?")
    assert Offender.objects.visible_to(lead).exists()  # the person is known to the team
    assert not Referral.objects.visible_to(lead).exists()
    assert not Resolution.objects.visible_to(lead).exists()


def test_who_knows_the_person_does_not_see_what_is_not_their_teams(make_divert, make_referral, facilitator):
    known = make_referral("accepted")
    make_divert("accepted", offender=known.offender)
    assert list(Referral.objects.visible_to(facilitator)) == [known]
    assert not Resolution.objects.visible_to(facilitator).exists()


def test_the_lead_keeps_sight_of_it_when_it_has_ended(make_divert, lead, officer):
    long_ago = timezone.localdate() - dt.timedelta(days=800)
    referral = make_divert("not_engaged", referred_on=long_ago)
    assert Resolution.objects.visible_to(lead).get() == referral.resolution
    assert not Resolution.objects.visible_to(officer).exists()


def test_the_lead_approves(make_divert, lead):
    resolution = make_divert("accepted", gravity_score=3).resolution
    resolution.approve(by=lead)
    assert (resolution.approval, resolution.decided_by) == ("approved", lead)
    assert resolution.referral.status == "accepted"
    assert Entry.objects.filter(sentence="Resolution approved", category=Category.CASE).exists()
    with pytest.raises(IllegalStep):
        resolution.approve(by=lead)


def test_refused_the_referral_is_withdrawn(make_divert, lead):
    resolution = make_divert("accepted", gravity_score=3).resolution
    resolution.refuse(by=lead, reason="Too serious for a resolution")
    referral = Referral.objects.get(pk=resolution.referral_id)
    assert (referral.status, referral.end_reason) == ("withdrawn", "The resolution was refused")
    assert (resolution.approval, resolution.decision_reason) == ("refused", "Too serious for a resolution")


@pytest.mark.parametrize("status", ["engaged", "completed"])
def test_nobody_refuses_once_the_person_engaged(make_divert, lead, status):
    resolution = make_divert(status, gravity_score=3).resolution
    with pytest.raises(TooLate, match="engaged already"):
        resolution.refuse(by=lead, reason="Too serious")
    resolution.refresh_from_db()
    assert resolution.approval == "asked"


def test_what_waits_for_the_lead_waits_though_the_person_did_not_engage(make_divert, officer):
    waits, late, gone = (make_divert(status, gravity_score=3) for status in ("accepted", "not_engaged", "accepted"))
    make_divert("accepted")
    make_divert("draft", gravity_score=3)
    gone.withdraw(by=officer, reason="Sent twice")
    assert set(Resolution.objects.waiting()) == {waits.resolution, late.resolution}


def test_nobody_decides_on_what_they_recorded(make_divert, officer, lead):
    own = make_divert("accepted", gravity_score=3).resolution
    hat = lead.membership
    officer.act_as(Membership.objects.create(
        user=officer, role=hat.role, agency=hat.agency, unit=hat.unit, valid_from=hat.valid_from
    ))  # fmt: skip
    assert Resolution.objects.visible_to(officer).get() == own
    with pytest.raises(PermissionDenied):
        own.approve(by=officer)
    with pytest.raises(ValidationError, match="Nobody approves what they recorded"), transaction.atomic():
        own._take("approve", by=officer, follows=True, decided_by=officer, decided_at=timezone.now())
    with pytest.raises(PermissionDenied):
        own.refuse(by=officer, reason="Too serious")
    with pytest.raises(PermissionDenied):
        own.formalise(by=officer, formal_outcome="charged", formal_on=DAY, formal_reason="supply_suspected")
    own.approve(by=lead)
    assert own.decided_by == lead


@pytest.mark.parametrize(("charged", "is_child", "number"), [("charged", True, 1), ("cautioned", True, 2)])
def test_a_formal_outcome_is_recorded_once_with_its_reason(make_divert, lead, charged, is_child, number):
    resolution = make_divert("not_engaged", is_child=is_child, appropriate_adult="Ada Person").resolution
    assert resolution.outcome_type == 8
    said = {"formal_outcome": charged, "formal_on": DAY, "formal_reason": "earlier_non_engagement"}
    resolution.formalise(by=lead, **said)
    assert resolution.outcome_type == number
    entry = Entry.objects.get(sentence="Formal outcome recorded")
    assert entry.category == Category.POLICE  # not for who treats them
    with pytest.raises(TooLate, match="recorded already"):
        resolution.formalise(by=lead, **said)
    assert Event.objects.filter(verb="resolution.formalise").count() == 1


def test_what_ends_a_referral_is_told_to_who_asked_to_know(make_divert, monkeypatch, cranstoun_worker):
    told = []
    monkeypatch.setattr("referrals.models.referral.ENDINGS", [lambda *about, **how: told.append((about, how))])
    referral = make_divert("not_engaged")
    assert told == [((referral,), {"verb": "disengage", "by": cranstoun_worker, "on": DAY})]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"gravity_score": 6}, "The gravity score is a number from 1 to 5."),
        ({"gravity_score": 0}, "The gravity score is a number from 1 to 5."),
        ({"approval": "refused"}, None),
        ({"approval": "approved"}, None),
        ({"formal_outcome": "charged"}, "Say when the formal outcome was given, and why."),
        ({"formal_reason": "declined"}, "Say when the formal outcome was given, and why."),
        ({"drug_class": ""}, None),
        ({"is_child": True}, "Someone under 18 needs an appropriate adult. Say who is with them."),
    ],
)
def test_the_database_holds_what_is_a_fact_of_a_row(make_divert, changes, sentence):
    resolution = make_divert("accepted").resolution
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Resolution.objects.filter(pk=resolution.pk).update(**changes)
    name = refused.value.__cause__.diag.constraint_name
    constraint = next(one for one in Resolution._meta.constraints if one.name == name)
    assert sentence in (None, constraint.get_violation_error_message())


def test_one_who_engaged_says_since_when(make_divert):
    referral = make_divert("engaged")
    with pytest.raises(IntegrityError, match="engaged_referral_says_since_when"), transaction.atomic():
        Referral.objects.filter(pk=referral.pk).update(engaged_on=None)


@pytest.mark.parametrize("model", [Drug, Offence])
def test_the_law_says_one_thing_a_day(model):
    row = model.objects.on(DAY).first()
    row.pk, row.valid_from, row.valid_to = uuid.uuid4(), DAY, DAY
    with pytest.raises(ValidationError, match="on some of these days already"):
        insert(row)


def test_to_load_the_law_again_changes_nothing(db):
    def rows():
        return [list(model.objects.order_by("pk").values()) for model in (Drug, Offence)]

    Drug.objects.filter(name="Cannabis").update(source="Checked")
    before = rows()
    load()
    assert rows() == before
    assert [str(row.drug_class) for row in Drug.objects.filter(name="Cannabis").order_by("valid_from")] == [
        "B", "C", "B",
    ]  # fmt: skip
