"""Each scope asked by itself, by whom it keeps out: on the way to a page another may say no before it."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from offenders import amend
from offenders.duplicates import pair_of
from offenders.merge import merge, review, unmerge
from offenders.models import (
    Address,
    Alias,
    Amendment,
    Consent,
    EmergencyAccess,
    Entry,
    Identifier,
    Involvement,
    LikelyPair,
    Marker,
    Merge,
    Note,
    Offender,
    Restriction,
)
from partners.models import Agreement, Membership
from referrals.models import Referral
from referrals.rehab.models import Assessment, Case, FollowUp, FollowUpAttempt, Placement, Progress, RehabUnit

TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)
BEGAN = TODAY - 50 * DAY
YESTERDAY = TODAY - DAY


@pytest.fixture
def case(make_case, make_placement, make_consent, facilitator, provider, cgl, cgl_worker, police):
    """A case shared with CGL, with a stay that is over and something by each of those who work on it."""
    case = make_case(on=BEGAN)
    case.share(by=facilitator, agency=cgl)
    stay = make_placement("departed", case=case, on=BEGAN)
    Progress.record(stay, by=provider, on=BEGAN, engagement="well", text="Settled")
    for by in (facilitator, cgl_worker):
        Assessment.record(case, by=by, assessed_on=BEGAN, substances=[], health="Well")
        note(case, by)
        make_consent(case.offender, by.membership.agency, by=by, purpose="treatment")
    first, second, *_ = FollowUp.objects.filter(case=case).order_by("due_on")
    first.record(by=facilitator, on=TODAY, text="Seen")
    second.record(by=cgl_worker, on=TODAY, text="Seen")
    amend.record(case, {"outcome": ["", "Moved"]}, by=facilitator, reason="Misheard")
    Identifier.objects.create(offender=case.offender, kind="custody", value="AB1234")
    case.offender.aliases.create(given_names="Smithy")
    case.offender.addresses.create(area_id="E08000025", valid_from=BEGAN)
    case.offender.markers.create(kind="violent", valid_from=BEGAN)
    return case


def note(case, by, category="general"):
    return Note.write(
        case.offender, by=by, kind="visit", text="Seen", happened_at=timezone.now(), category=category,
        matters=[case.pk],
    )  # fmt: skip


def colleague(make_user, police, role="facilitator"):
    """Of another unit of the force, which has no part in the case."""
    unit = police.units.create(name="Another team", kind="team", valid_from=dt.date(2020, 1, 1))
    return make_user(role, police, unit)


def open_to(user, case, *, basis="custody", matter=None):
    """Involve the user's unit with the person: in another matter, unless told."""
    return Involvement.objects.create(
        offender=case.offender, agency=user.membership.agency, unit=user.membership.unit, basis=basis,
        matter=matter or uuid.uuid4(), opened_by=user.membership.agency, recorded_by=user, valid_from=BEGAN,
    )  # fmt: skip


OF_THE_PERSON = {
    Offender: ("visible_to", "worked_by", "amendable_by", "restrictable_by"),
    **dict.fromkeys((Alias, Identifier, Address, Marker), ("visible_to", "amendable_by")),
}
OF_THE_WORK = {
    **dict.fromkeys((Case, Placement), ("visible_to", "held_by", "amendable_by")),
    **dict.fromkeys((Assessment, FollowUp, Note), ("visible_to", "amendable_by")),
    **dict.fromkeys((Entry, Progress, Amendment), ("visible_to",)),
}
OF_CONSENT = {Consent: ("visible_to", "amendable_by")}


def seen(user, *tables):
    """{"Case.visible_to", …}: the scopes that give this user a row."""
    return {
        f"{model.__name__}.{scope}"
        for table in tables
        for model, scopes in table.items()
        for scope in scopes
        if getattr(model.objects, scope)(user).exists()
    }


def test_of_a_person_restricted_or_no_longer_open_no_scope_gives_anything(
    case, supervisor, facilitator, officer, provider, cgl_worker, make_offender
):
    """exists Offender, exists Involvement, exists NamedUser is_restricted, offender, case, placement: whatever of them
    the scopes visible_to, worked_by, amendable_by, restrictable_by, findable_by ask. held_by and sent_to do not."""
    pair_of(case.offender, make_offender())
    pair_of(make_offender(by=supervisor), case.offender)
    refer = {Referral: ("visible_to", "amendable_by")}
    asked = {
        supervisor: (OF_THE_PERSON, OF_THE_WORK, OF_CONSENT, {Referral: ("visible_to",)}),
        facilitator: (OF_THE_WORK, OF_CONSENT),
        officer: ({Offender: ("visible_to", "worked_by", "amendable_by")},),
        cgl_worker: ({model: scopes for model, scopes in OF_THE_WORK.items() if model not in (Case, Placement)},),
        provider: ({Placement: ("visible_to", "amendable_by"), Progress: ("visible_to", "amendable_by")},),
    }
    unasked = {"Case.held_by", "Placement.held_by"}
    before = {user: seen(user, *tables) for user, tables in asked.items()}
    assert before[supervisor] == {
        f"{model.__name__}.{scope}" for table in asked[supervisor] for model in table for scope in table[model]
    }
    assert all(before.values())
    rows = Offender.objects.filter(pk=case.offender.pk)
    rows.update(is_restricted=True)
    assert not rows.findable_by(officer).exists()
    for user, tables in asked.items():
        assert seen(user, *tables, refer) <= unasked, user
    rows.update(is_restricted=False)
    case.offender.involvements.update(valid_from=BEGAN, valid_to=YESTERDAY)
    for user, tables in asked.items():
        assert seen(user, *tables, refer) <= unasked, user


def test_who_is_involved_in_another_matter_sees_the_person_and_none_of_the_work(
    case, make_user, make_agency, make_agreement, police
):
    """Case.visible_to exists Involvement, Placement.visible_to case exists Involvement, Entry and Note matters
    offender, shared_with, sent_to, sent_by, received_by, held_by, amendable_by."""
    other = colleague(make_user, police)
    open_to(other, case)
    assert Offender.objects.visible_to(other).exists()
    assert not seen(other, OF_THE_WORK, {Case: ["shared_with"], Placement: ["sent_to"]})
    assert not seen(other, {Referral: ("visible_to", "sent_by", "received_by", "amendable_by")})
    house = make_agency()
    make_agreement(police, house)
    elsewhere = make_user("rehab_provider", house)
    open_to(elsewhere, case, basis="placement")
    assert Offender.objects.visible_to(elsewhere).exists()
    assert not seen(elsewhere, {Placement: ("visible_to", "sent_to", "amendable_by")})
    assert not seen(elsewhere, {Progress: ("visible_to", "amendable_by")})


def test_a_case_is_held_by_the_unit_that_began_it_not_by_whoever_shares_it(case, make_user, police, facilitator):
    """Case.held_by unit, Case.amendable_by unit, Case.shared_with, Placement.held_by, Placement.amendable_by."""
    other = colleague(make_user, police)
    open_to(other, case, basis="case", matter=case.pk)
    assert seen(other, {Case: ("visible_to", "shared_with"), Placement: ["visible_to"]}) == {
        "Case.visible_to", "Case.shared_with", "Placement.visible_to",
    }  # fmt: skip
    assert not seen(other, {Case: ("held_by", "amendable_by"), Placement: ("held_by", "amendable_by")})
    assert Case.objects.held_by(facilitator).get() == Case.objects.of(facilitator).get() == case
    assert not Case.objects.of(other).exists()


def test_what_another_agency_wrote_is_read_and_not_amended(case, facilitator, cgl_worker):
    """Assessment, FollowUp, Note and Consent amendable_by agency; FollowUp.amendable_by done_on; Placement.amendable_by
    id, of who sees a stay and neither asks for places nor has any."""
    for model, wrote in ((Note, "agency"), (FollowUp, "agency"), (Consent, "by_agency"), (Assessment, "agency")):
        for user in (facilitator, cgl_worker):
            amendable = model.objects.amendable_by(user)
            assert {getattr(row, wrote) for row in amendable} == {user.membership.agency}, (model, user)
    assert not FollowUp.objects.amendable_by(facilitator).filter(done_on=None).exists()
    assert Placement.objects.visible_to(cgl_worker).exists()
    assert not Placement.objects.amendable_by(cgl_worker).exists()


def test_what_a_hat_does_not_read_it_does_not_amend_even_of_its_own_agency(case, make_user, cranstoun, cgl, police):
    """Note.visible_to and Note.amendable_by: category, exists Consent."""
    Agreement.objects.first().agencies.add(cranstoun)
    manager, worker = (make_user(role, cranstoun) for role in ("cranstoun_manager", "cranstoun_worker"))
    open_to(worker, case)
    tested = note(case, manager, "drug_test")
    for user, reads in ((manager, True), (worker, False)):
        assert Note.objects.visible_to(user).filter(pk=tested.pk).exists() == reads
        assert Note.objects.amendable_by(user).filter(pk=tested.pk).exists() == reads


def test_what_the_agreement_does_not_cover_is_not_shown(
    case, cgl, cgl_worker, facilitator, officer, make_consent, police
):
    """Entry.visible_to, Note.visible_to and Amendment.visible_to: category; Consent.visible_to: by_agency, id;
    Progress.visible_to and Assessment.visible_to: agency, id; and of a line about a general note, the officer's hat
    does not read it: category, exists Consent."""
    theirs = Note.objects.visible_to(cgl_worker).filter(agency=facilitator.membership.agency)
    lines = Entry.objects.filter(kind=Entry.Kind.NOTE, agency=facilitator.membership.agency)
    assert theirs.exists()
    amended = Amendment.objects.filter(
        pk=amend.record(theirs.get(), {"text": ["As it was", "Seen"]}, by=facilitator, reason="Misheard").pk
    )
    assert amended.visible_to(cgl_worker).exists()
    said = Consent.objects.filter(by_agency=cgl)
    assert said.visible_to(facilitator).exists()
    assert lines.visible_to(cgl_worker).exists()
    told = Entry.write(
        case.offender.pk, "Seen", by=facilitator, category="general", matters=[case.referral.pk], at=timezone.now()
    )
    assert Entry.objects.visible_to(officer).filter(category="case").exists()
    assert not Entry.objects.visible_to(officer).filter(pk=told.pk).exists()
    assert Progress.objects.visible_to(facilitator).exists()
    make_consent(case.offender, police)
    answers = Assessment.objects.exclude(agency=police)
    assert answers.visible_to(facilitator).exists()
    Agreement.objects.update(categories=["identity", "case"])
    assert not theirs.all().visible_to(cgl_worker).exists()
    assert not lines.visible_to(cgl_worker).exists()
    assert not amended.all().visible_to(cgl_worker).exists()
    assert not said.all().visible_to(facilitator).exists()
    assert not Progress.objects.visible_to(facilitator).exists()
    assert not answers.all().visible_to(facilitator).exists()


def test_an_assessment_by_another_agency_is_read_once_finished_where_the_person_consents(
    case, cgl_worker, facilitator, make_consent, police
):
    """Assessment.visible_to: finished_at; Assessment.visible_to: exists Consent."""
    begun = Assessment.begin(case, by=cgl_worker)
    theirs = Assessment.objects.exclude(agency=police)
    assert not theirs.visible_to(facilitator).exists()
    make_consent(case.offender, police)
    assert theirs.visible_to(cgl_worker).filter(pk=begun.pk).exists()
    assert theirs.visible_to(facilitator).get().finished_at


def test_a_contact_that_one_may_not_read_is_none(make_case, facilitator, cgl, cgl_worker):
    """Case.without_contact_since and Case.with_last_contact."""
    case = make_case(on=BEGAN)
    case.share(by=facilitator, agency=cgl)
    note(case, cgl_worker, "health")
    for user, knows in ((cgl_worker, True), (facilitator, False)):
        assert (case not in Case.objects.without_contact_since(TODAY, by=user)) == knows
        assert bool(Case.objects.with_last_contact(by=user).get().last_contact_at) == knows


def test_tries_that_one_may_not_read_are_not_counted(make_case, cgl, cgl_worker, facilitator):
    """FollowUp.with_attempts."""
    check = FollowUp.objects.create(case=make_case(), due_on=TODAY)
    FollowUpAttempt.objects.create(
        follow_up=check, by=cgl_worker, agency=cgl, occurred_at=timezone.now(), method="phone", result="no_answer"
    )
    rows = FollowUp.objects.filter(pk=check.pk)
    assert rows.with_attempts(by=facilitator).get().tries == 1
    cgl.agreements.update(categories=["identity", "case"])
    assert rows.with_attempts(by=facilitator).get().tries == 0


def test_an_answer_about_another_agency_is_not_read_by_one_that_did_not_record_it(case, cgl_worker, facilitator):
    """Consent.visible_to: by_agency agency, id."""
    police = facilitator.membership.agency
    assert Consent.objects.visible_to(facilitator).filter(agency=police, by_agency=police).exists()
    assert not Consent.objects.visible_to(cgl_worker).filter(agency=police, by_agency=police).exists()


def test_a_referral_is_received_by_the_unit_it_was_sent_to_and_amended_by_its_sender_while_open(
    make_referral, make_user, police, officer, facilitator, cgl_worker
):
    """Referral.received_by: to_agency, to_unit, not status; Referral.amendable_by: referred_by, status, exists
    Offender."""
    sent, draft = make_referral("submitted", referred_on=BEGAN), make_referral("draft", referred_on=BEGAN)
    assert set(Referral.objects.received_by(facilitator)) == {sent}
    for user in (colleague(make_user, police), cgl_worker):
        assert not Referral.objects.received_by(user).exists()
    assert set(Referral.objects.amendable_by(officer)) == {sent}
    assert draft in Referral.objects.visible_to(officer)
    assert sent in Referral.objects.visible_to(facilitator)
    assert not Referral.objects.amendable_by(facilitator).exists()
    Offender.objects.update(is_restricted=True)
    assert not Referral.objects.amendable_by(officer).exists()


def test_who_may_not_search_finds_those_they_see(case, make_offender, supervisor, cgl_worker):
    """Offender.findable_by: exists EmergencyAccess, exists Involvement."""
    other = make_offender(by=supervisor)
    assert set(Offender.objects.findable_by(supervisor)) == {case.offender, other}
    assert set(Offender.objects.findable_by(cgl_worker)) == {case.offender}


def test_a_number_of_health_is_for_who_reads_health(case, cgl_worker, officer, supervisor):
    """Identifier.readable_by; Identifier.visible_to: kind."""
    number = Identifier.objects.create(offender=case.offender, kind="ndtms", value="AB1234")
    for user, reads in ((cgl_worker, True), (officer, False), (supervisor, False)):
        for scope in ("visible_to", "readable_by"):
            assert getattr(Identifier.objects, scope)(user).filter(pk=number.pk).exists() is reads, (user, scope)


def test_what_a_request_says_is_read_as_far_as_agreed(case, provider):
    """Placement.with_leave."""
    assert Placement.objects.with_leave(provider).get().may_read
    Agreement.objects.update(categories=["identity", "case"])
    assert not Placement.objects.with_leave(provider).get().may_read


def test_when_a_house_is_next_left_is_told_to_who_sees_the_stay(make_placement, make_user, police, facilitator):
    """RehabUnit.with_next_departure."""
    make_placement("arrived", on=BEGAN)
    Placement.objects.update(expected_departure=TODAY)
    for user, day in ((facilitator, TODAY), (colleague(make_user, police), None)):
        assert RehabUnit.objects.with_next_departure(user).get().next_departure == day


def test_only_what_was_done_is_withheld(case, make_user, police):
    """FollowUp.withheld_from: done_on."""
    withheld = FollowUp.objects.withheld_from(colleague(make_user, police))
    assert set(withheld) == set(FollowUp.objects.exclude(done_on=None))
    assert FollowUp.objects.filter(done_on=None).exists()


def test_an_involvement_is_live_and_open_between_its_days_while_agreed(case, make_user, police, cgl, facilitator):
    """Involvement.live and Involvement.open_to: valid_from, valid_to, exists Agreement, opened_by; and basis,
    recorded_by: whose unit it is; Involvement.parts_open_to."""
    user = colleague(make_user, police)
    row = open_to(user, case)
    rows = Involvement.objects.filter(pk=row.pk)

    def in_parts(user):
        return any(part.exists() for part in rows.parts_open_to(user))

    def is_open():
        return {rows.live().exists(), rows.open_to(user).exists(), in_parts(user)}

    assert is_open() == {True}
    assert not rows.open_to(facilitator).exists()
    assert not in_parts(facilitator)
    assert not rows.of(facilitator).exists()
    rows.update(valid_from=TODAY + DAY)
    assert is_open() == {False}
    rows.update(valid_from=BEGAN, valid_to=YESTERDAY)
    assert is_open() == {False}
    rows.update(valid_to=None, opened_by=cgl)
    assert is_open() == {True}
    Agreement.objects.update(valid_from=BEGAN, valid_to=YESTERDAY)
    assert is_open() == {False}


def test_an_emergency_is_live_within_its_time_of_who_opened_it_in_that_hat(case, make_user, police, make_agency):
    """EmergencyAccess.live: opened_at, closes_at; EmergencyAccess.of: user, agency; EmergencyAccess.visible_to: user,
    agency, exists Offender."""
    user, other = colleague(make_user, police, "supervisor"), make_user("facilitator", police)
    access = EmergencyAccess.open(case.offender, by=user, reason="Unwell in a cell")
    rows, now = EmergencyAccess.objects.filter(pk=access.pk), timezone.now()
    assert rows.live().of(user).visible_to(user).exists()
    assert not rows.of(other).exists()
    assert not rows.visible_to(other).exists()
    hat = user.membership
    force = make_agency("police")
    user.act_as(Membership.objects.create(user=user, agency=force, role="supervisor", valid_from=BEGAN))
    assert not rows.of(user).exists()
    assert not rows.visible_to(user).exists()
    user.act_as(hat)
    rows.update(opened_at=now + DAY, closes_at=now + 2 * DAY)
    assert not rows.live().exists()
    rows.update(opened_at=now - 2 * DAY, closes_at=now - DAY)
    assert not rows.live().exists()
    rows.update(closes_at=now + DAY)
    Offender.objects.update(is_restricted=True)
    assert not rows.visible_to(user).exists()


@pytest.fixture
def two(make_referral, make_offender, supervisor, make_user, police):
    """A person whom an officer's unit knows, and another record of them that the team alone knows."""
    sent = make_referral("submitted", referred_on=BEGAN)
    other = make_offender(by=supervisor)
    Referral.draft(by=supervisor, offender=other, pathway="o2r")
    return sent.offender, other


def test_a_merge_to_review_hides_the_person_from_who_knows_one_side(two, supervisor, make_user, police, officer, team):
    """not exists Merge, in visible_to, worked_by, amendable_by, restrictable_by, known_whole_to; Merge.half_known_to:
    reviewed_at, undone_at, not exists Involvement; merged_into: nobody sees, finds or knows whole the one who is gone;
    Merge.visible_to: kept, gone, undone_at."""
    kept, gone = two
    EmergencyAccess.open(gone, by=(one := colleague(make_user, police)), reason="Unwell in a cell")
    done = merge(kept, gone, choices={}, by=supervisor, reason="One person")
    officer.permissions |= {"offenders.restrict_offender"}
    scopes = {Offender: ("visible_to", "worked_by", "amendable_by", "restrictable_by", "known_whole_to")}
    assert not seen(officer, scopes)
    assert seen(supervisor, scopes) == {f"Offender.{scope}" for scope in scopes[Offender]}
    assert Merge.objects.half_known_to(officer).exists()
    assert not Merge.objects.half_known_to(supervisor).exists()
    for user, scope in ((one, "visible_to"), (officer, "findable_by"), (supervisor, "known_whole_to")):
        assert not getattr(Offender.objects.filter(pk=gone.pk), scope)(user).exists()
    review(done, by=make_user("supervisor", police, team))
    assert not Merge.objects.half_known_to(officer).exists()
    assert seen(officer, scopes) == {f"Offender.{scope}" for scope in scopes[Offender]}
    unmerge(done, by=supervisor, reason="Brothers")
    assert not Merge.objects.half_known_to(officer).exists()
    Merge.objects.filter(pk=done.pk).update(reviewed_at=None, reviewed_by=None)
    assert not Merge.objects.half_known_to(officer).exists()
    assert Merge.objects.visible_to(supervisor).exists()
    Offender.objects.filter(pk=gone.pk).update(is_restricted=True)
    assert not Merge.objects.visible_to(supervisor).exists()


def test_a_pair_a_merge_and_a_proposal_are_of_people_one_sees_and_of_another(two, supervisor, make_user, police, team):
    """LikelyPair.visible_to: one, other; Restriction.visible_to; Restriction.of_another; Merge.visible_to: kept."""
    kept, gone = two
    pair_of(kept, gone)
    mine = Restriction.propose(kept, by=supervisor, what="restrict", reason="Known")
    second = make_user("supervisor", police, team)
    assert not Restriction.objects.of_another(supervisor).exists()
    assert Restriction.objects.of_another(second).visible_to(second).get() == mine
    assert LikelyPair.objects.visible_to(supervisor).exists()
    for person in (kept, gone):
        Offender.objects.update(is_restricted=False)
        Offender.objects.filter(pk=person.pk).update(is_restricted=True)
        assert not LikelyPair.objects.visible_to(supervisor).exists()
    Offender.objects.update(is_restricted=True)
    assert not Restriction.objects.visible_to(second).exists()
    Offender.objects.update(is_restricted=False)
    mine.refuse(by=second, reason="No")
    merge(kept, gone, choices={}, by=supervisor, reason="One person")
    Offender.objects.update(is_restricted=True)
    assert not Merge.objects.visible_to(second).exists()
