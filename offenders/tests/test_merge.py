"""Two records of one person made one: everything moves, nobody sees more than before, and it can be undone."""

import datetime as dt

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from offenders import amend
from offenders import merge as merging
from offenders.facts import record_fact
from offenders.merge import RELATIONS, TooLate, merge, relations, review, unmerge
from offenders.models import (
    Amendment,
    Consent,
    Entry,
    Identifier,
    Involvement,
    LikelyPair,
    Merge,
    NamedUser,
    Note,
    Offender,
    Restriction,
)
from offenders.search import search
from partners.audit.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(make_offender, make_referral, make_case, officer, facilitator, cgl_worker, cgl):
    """One with a case of the team, shared with CGL; another whom an officer referred. What is sure is not all alike."""
    one = make_offender(given_names="John", family_name="Smith", phone="", sex="1")
    other = make_offender(given_names="Jon", family_name="Smyth", phone="07700 900123", email="jon@mail.example")
    case = make_case(offender=one, by=facilitator)
    case.share(by=facilitator, agency=cgl, co_worker=cgl_worker)
    make_referral(offender=other)
    for person in (one, other):
        Identifier.objects.create(offender=person, kind="custody", value="AB1234")
        person.aliases.create(given_names="Smithy")
        Note.write(
            person, by=facilitator, kind="visit", text="Met at the library.", happened_at=timezone.now(),
            category="general", matters=person.matters,
        )  # fmt: skip
    one.refresh_from_db()
    other.refresh_from_db()
    return one, other


@pytest.fixture
def merged(two, supervisor):
    return merge(*two, choices={"phone": "gone", "email": "gone"}, by=supervisor, reason="Same custody number")


def sees(user, person):
    return Offender.objects.visible_to(user).filter(pk=person.pk).exists()


def dump():
    """Every row of every table, but the record's and the sessions'."""
    tables = {}
    for model in apps.get_models():
        if model._meta.managed and model._meta.label_lower not in ("audit.event", "sessions.session"):
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT to_jsonb(t)::text FROM "{model._meta.db_table}" t ORDER BY 1')
                tables[model._meta.label_lower] = [row for (row,) in cursor.fetchall()]
    return tables


# what becomes of the two


def test_every_key_to_a_person_is_in_the_registry():
    assert {name for name, _, _ in relations()} == set(RELATIONS)


def test_what_is_written_at_the_moment_of_a_merge_follows_it():
    """Each table that moves has the trigger that sends a late row to the one kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
                       " WHERE proname = 'offenders_follow_merge'")  # fmt: skip
        follow = {table for (table,) in cursor.fetchall()}
    assert follow == {model._meta.db_table for name, model, field in relations()
                      if RELATIONS[name].moves and field.name == "offender"}  # fmt: skip


def test_a_late_row_goes_to_the_one_kept(two, merged, facilitator):
    _, gone = two
    note = Note.write(gone, by=facilitator, kind="visit", text="Late", happened_at=timezone.now(), category="general")
    assert Note.objects.get(pk=note.pk).offender_id == two[0].pk


def test_a_key_that_it_does_not_know_forbids_it(two, supervisor, monkeypatch):
    monkeypatch.delitem(RELATIONS, "offenders.note.offender")
    with pytest.raises(ValidationError, match=r"has notes \(offenders.note.offender\)"):
        merge(*two, choices={}, by=supervisor, reason="Same")
    assert not Merge.objects.exists()


def test_everything_moves(two, merged, supervisor):
    kept, gone = two
    for name, model, field in relations():
        left = model._base_manager.filter(**{field.name: gone})
        if RELATIONS[name].moves and not RELATIONS[name].leaves_doubles:
            assert not left.exists(), name
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (kept.phone, kept.email, kept.given_names) == ("07700 900123", "jon@mail.example", "John")
    assert gone.merged_into == kept
    assert sorted(map(str, kept.aliases.all())) == ["Jon Smyth", "Smithy", "Smithy"]
    assert kept.identifiers.count() == 1
    assert not sees(supervisor, gone)


def test_the_one_who_went_is_nowhere_whatever_hangs_on_them(two, merged, supervisor, officer):
    _, gone = two
    Involvement.objects.filter(merge=merged).update(offender=gone)
    assert not sees(supervisor, gone)
    for scope in ("worked_by", "amendable_by", "restrictable_by"):
        assert not getattr(Offender.objects, scope)(supervisor).filter(pk=gone.pk).exists(), scope
    assert not Offender.objects.findable_by(officer).filter(pk=gone.pk).exists()


def test_search_finds_the_kept_one_by_all_that_either_was_called(two, merged, supervisor):
    kept, gone = two
    gone.refresh_from_db()
    assert gone.search == ""
    assert search(supervisor, gone.reference).opens == kept
    assert kept in search(supervisor, "Jon Smyth").rows
    assert gone not in search(supervisor, "Jon Smyth").rows


def test_history_and_record_hold_those_of_both(two, supervisor):
    kept, gone = two
    amend.amend(gone, {"language": "Welsh"}, by=supervisor, reason="Said so")
    done = merge(kept, gone, choices={"language": "gone"}, by=supervisor, reason="Same custody number")
    reasons = [amendment.reason for amendment in amend.history([done.kept], supervisor)]
    assert reasons == [f"Merged with {gone.reference}: Same custody number", "Said so"]
    seen = set(Event.objects.naming(done.kept).values_list("verb", flat=True))
    assert {"offender.amend", "offender.merge"} <= seen
    event = Event.objects.get(verb="offender.merge")
    assert (event.kind, set(event.offenders)) == ("combination", {kept.pk, gone.pk})


def test_what_a_note_said_before_a_merge_is_read_as_before(two, facilitator, supervisor):
    kept, gone = two
    note = Note.objects.get(offender=gone)
    amend.amend(note, {"text": "Met at the station."}, by=facilitator, reason="Misremembered")
    done = merge(kept, gone, choices={}, by=supervisor, reason="Same custody number")
    note.refresh_from_db()
    assert note.offender == done.kept
    (told,) = amend.history([note], facilitator)
    assert [(line.was, line.now) for line in told.lines] == [("Met at the library.", "Met at the station.")]


# who sees them


def test_until_reviewed_only_who_is_involved_with_both_sees_them(
    two, merged, supervisor, second_supervisor, cgl_worker, officer, facilitator
):
    kept, _ = two
    assert all(sees(user, kept) for user in (supervisor, second_supervisor, facilitator))
    assert not any(sees(user, kept) for user in (cgl_worker, officer))
    assert not Offender.objects.amendable_by(officer).filter(pk=kept.pk).exists()
    review(merged, by=second_supervisor)
    assert all(sees(user, kept) for user in (supervisor, second_supervisor, facilitator, cgl_worker, officer))


def test_who_merged_does_not_review(merged, supervisor, second_supervisor, officer):
    for user in (supervisor, officer):
        with pytest.raises(PermissionDenied):
            review(merged, by=user)
    review(merged, by=second_supervisor)
    with pytest.raises(TooLate):
        review(merged, by=second_supervisor)


@pytest.mark.parametrize("restricted", [(0,), (1,), (0, 1)])
def test_restricted_where_either_was_to_those_whom_both_let_through(
    two, supervisor, second_supervisor, facilitator, cgl_worker, restricted
):
    yesterday = timezone.localdate() - dt.timedelta(days=1)

    def name(person, *users):
        for user in users:
            NamedUser.objects.create(offender=person, user=user, valid_from=yesterday, recorded_by=supervisor)

    Offender.objects.filter(pk__in=[two[n].pk for n in restricted]).update(is_restricted=True)
    name(two[0], supervisor, second_supervisor, cgl_worker)  # where not restricted, of a restriction that ended
    name(two[1], supervisor, second_supervisor, facilitator)
    before = dump()
    done = merge(*two, choices={}, by=supervisor, reason="Same custody number")
    through = {supervisor, second_supervisor, *([facilitator] if restricted == (1,) else [])}
    assert {user for user in (supervisor, second_supervisor, facilitator) if sees(user, two[0])} == through
    review(done, by=second_supervisor)
    assert sees(cgl_worker, two[0]) == (restricted == (0,))
    unmerge(done, by=supervisor, reason="Brothers")
    assert dump()["offenders.nameduser"] == before["offenders.nameduser"]


def test_those_named_for_both_include_two_who_can_decide(two, supervisor, second_supervisor):
    for person, names in zip(two, [(supervisor, second_supervisor), (supervisor,)], strict=True):
        for user in names:
            NamedUser.objects.create(
                offender=person, user=user, valid_from=timezone.localdate(), recorded_by=supervisor
            )
        Offender.objects.filter(pk=person.pk).update(is_restricted=True)
    with pytest.raises(ValidationError, match="at least two"):
        merge(*two, choices={}, by=supervisor, reason="Same")


def test_who_does_not_see_both_does_not_merge(two, make_user, supervisor, facilitator, officer, team, police):
    for user in (facilitator, officer):
        with pytest.raises(PermissionDenied):
            merge(*two, choices={}, by=user, reason="Same")
    Offender.objects.filter(pk=two[1].pk).update(is_restricted=True)
    with pytest.raises(PermissionDenied):
        merge(*two, choices={}, by=supervisor, reason="Same")
    with pytest.raises(ValidationError):
        merge(two[0], two[0], choices={}, by=supervisor, reason="Same")


# what cannot be merged


def test_two_open_cases_are_said_before_anything_changes(make_case, supervisor):
    one, other = make_case(), make_case()
    before = dump()
    with pytest.raises(ValidationError, match="already has an open case"):
        merge(one.offender, other.offender, choices={}, by=supervisor, reason="Same")
    assert dump() == before


def test_two_stays_at_once_are_said_too(make_placement, make_case, supervisor, facilitator):
    one, other = make_placement(), make_placement()
    other.depart(by=facilitator, departure_reason="completed", on=dt.date(2024, 3, 1))
    other.case.refresh_from_db()
    other.case.close(by=facilitator, outcome="Moved away", on=dt.date(2024, 3, 2))
    with pytest.raises(ValidationError, match="already in rehab on some of these days"):
        merge(one.offender, other.offender, choices={}, by=supervisor, reason="Same")


def test_one_merge_at_a_time_is_to_review(two, merged, make_offender, make_referral, supervisor, second_supervisor):
    third = make_referral().offender
    with pytest.raises(ValidationError, match="still to be reviewed"):
        merge(third, two[0], choices={}, by=supervisor, reason="Same")
    review(merged, by=second_supervisor)
    again = merge(third, two[0], choices={}, by=supervisor, reason="Same")
    assert set(Offender.objects.filter(merged_into=third)) == set(two)
    assert search(supervisor, two[1].reference).opens == third
    review(again, by=second_supervisor)
    with pytest.raises(PermissionDenied):
        unmerge(merged, by=supervisor, reason="No")
    unmerge(again, by=supervisor, reason="No")
    assert Offender.objects.get(merged_into__isnull=False).merged_into == two[0]
    unmerge(merged, by=supervisor, reason="No")


# undoing it


def test_un_merge_puts_every_table_back(two, supervisor):
    before = dump()
    done = merge(*two, choices=dict.fromkeys(Offender.FACTS, "gone"), by=supervisor, reason="Same custody number")
    assert sum(before[table] != rows for table, rows in dump().items()) > 8
    done = unmerge(done, by=supervisor, reason="Brothers")
    after = dump()
    for table, rows in before.items():
        if table == "offenders.likelypair":
            continue
        new = [row for row in after[table] if row not in rows]
        assert [row for row in after[table] if row in rows] == rows, table
        expected = {"offenders.merge": 1, "offenders.entry": 3, "offenders.amendment": 2}
        assert len(new) == expected.get(table, 0), (table, new)
    assert done.left == {"rows": [["offenders.entry", done.left["rows"][0][1]]], "fields": []}
    assert LikelyPair.objects.get(one__in=two, other__in=two).state == "different"
    assert Event.objects.filter(verb="offender.unmerge", kind="combination").count() == 1
    with pytest.raises(TooLate):
        unmerge(done, by=supervisor, reason="Brothers")


def test_what_was_done_since_stays_and_is_said(two, merged, supervisor, second_supervisor, facilitator):
    kept, _ = two
    kept.refresh_from_db()
    amend.amend(kept, {"phone": "07700 900999"}, by=supervisor, reason="A new phone")
    note = Note.write(kept, by=facilitator, kind="visit", text="New", happened_at=timezone.now(), category="general")
    done = unmerge(merged, by=supervisor, reason="Brothers")
    kept.refresh_from_db()
    assert (kept.phone, kept.email) == ("07700 900999", "")
    assert [LABEL, str(kept.pk), "phone"] in done.left["fields"]
    assert ["offenders.note", str(note.pk)] in done.left["rows"]
    assert Note.objects.get(pk=note.pk).offender == kept
    assert Involvement.objects.filter(merge__isnull=False).count() == 0


LABEL = "offenders.offender"


def test_un_merged_people_are_seen_by_whom_they_were(two, merged, supervisor, officer, cgl_worker):
    unmerge(merged, by=supervisor, reason="Brothers")
    assert sees(cgl_worker, two[0])
    assert not sees(cgl_worker, two[1])
    assert sees(officer, two[1])
    for person in two:
        lines = Entry.objects.visible_to(cgl_worker if person == two[0] else officer).filter(offender=person)
        other = two[1] if person == two[0] else two[0]
        assert not [line for line in lines if other.reference in line.sentence]


def test_not_the_same_is_said_once_and_outlives_a_merge(two, make_referral, make_offender, supervisor):
    third = make_offender(given_names="John", family_name="Smith")
    make_referral(offender=third)
    pair = LikelyPair.objects.get(one__in=[two[1], third], other__in=[two[1], third])
    merging.say_different(pair, by=supervisor, reason="Father and son")
    with pytest.raises(TooLate):
        merging.say_different(pair, by=supervisor, reason="Again")
    LikelyPair.objects.filter(state="open", one__in=[two[0], third], other__in=[two[0], third]).delete()
    merge(*two, choices={}, by=supervisor, reason="Same custody number")
    call_command("find_duplicates")
    assert not LikelyPair.objects.open().filter(one__in=[two[0], third], other__in=[two[0], third]).exists()


def test_when_recording_fails_nothing_is_merged(two, supervisor, monkeypatch):
    before = dump()
    monkeypatch.setattr(type(Event.objects), "record", None)
    with pytest.raises(TypeError):
        merge(*two, choices={}, by=supervisor, reason="Same")
    assert dump() == before


def test_the_database_keeps_a_merge_true(two, merged, supervisor):
    from django.db import IntegrityError, transaction

    for changes in ({"reviewed_by": supervisor, "reviewed_at": timezone.now()}, {"kept": two[1]}, {"reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Merge.objects.filter(pk=merged.pk).update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        Offender.objects.filter(pk=two[0].pk).update(merged_into=two[0])
    assert Amendment.objects.filter(offender=two[0]).count() == 1


# what was said of sharing


def lets(person, agency, police):
    return Consent.objects.to_share(police.pk, with_=agency.pk).filter(offender=person).exists()


def test_until_reviewed_consent_holds_where_both_records_have_it(
    two, supervisor, second_supervisor, cgl, cranstoun, police
):
    today = timezone.localdate()

    def say(person, agency, answer, days=0):
        Consent.objects.create(
            offender=person, purpose="sharing", agency=agency, answer=answer, how="form", recorded_by=supervisor,
            answered_on=today - dt.timedelta(days=days), by_agency=police,
        )  # fmt: skip

    kept, gone = two
    say(kept, cgl, "given", days=9)
    say(gone, cgl, "given", days=8)
    say(kept, cranstoun, "given", days=9)
    say(gone, cranstoun, "refused", days=2)
    say(gone, police, "given")
    before = dump()
    done = merge(kept, gone, choices={}, by=supervisor, reason="Same custody number")
    assert [lets(kept, agency, police) for agency in (cgl, cranstoun, police)] == [True, False, False]
    done = review(done, by=second_supervisor)
    assert [lets(kept, agency, police) for agency in (cgl, cranstoun, police)] == [True, False, True]
    unmerge(done, by=supervisor, reason="Brothers")
    assert dump()["offenders.consent"] == before["offenders.consent"]


def test_who_read_an_old_value_reads_it_under_the_record_that_was_kept(two, supervisor, cgl_worker, second_supervisor):
    kept, gone = two
    amend.amend(gone, {"language": "Welsh"}, by=supervisor, reason="Said so")
    done = merge(kept, gone, choices={}, by=supervisor, reason="Same custody number")
    review(done, by=second_supervisor)
    (told,) = amend.history([done.kept], second_supervisor)
    assert (told.why, [line.now for line in told.lines]) == ("Said so", ["Welsh"])


# once it is undone, each is on their own again


def test_what_a_merge_amended_is_read_by_who_sees_both_once_it_is_undone(two, merged, supervisor, cgl_worker):
    kept, gone = two
    amend.amend(Offender.objects.get(pk=kept.pk), {"language": "Welsh"}, by=supervisor, reason="Said so")
    unmerge(merged, by=supervisor, reason="Brothers")
    amend.amend(Offender.objects.get(pk=kept.pk), {"phone": "07700 900999"}, by=supervisor, reason="A new phone")

    def told(user):
        past = amend.history([Offender.objects.get(pk=kept.pk)], user)
        return " ".join(f"{one.why} {one.lines}" for one in past)

    for words in ("900123", "Same custody number", "Brothers", gone.reference):
        assert words in told(supervisor)
        assert words not in told(cgl_worker)
    assert "Said so" in told(cgl_worker)
    assert "900999" in told(cgl_worker)


def test_an_un_merge_by_one_does_not_undo_what_two_decided(
    two, merged, supervisor, second_supervisor, restrict, officer, cgl_worker
):
    review(merged, by=second_supervisor)
    restrict(Offender.objects.get(pk=two[0].pk), second_supervisor)
    unmerge(merged, by=supervisor, reason="Brothers")
    for person in two:
        assert sees(supervisor, person)
        assert sees(second_supervisor, person)
        assert not sees(officer, person)
        assert not sees(cgl_worker, person)


def test_a_restriction_ended_since_does_not_come_back_with_nobody_named(
    two, supervisor, second_supervisor, restrict, officer
):
    kept, gone = two
    restrict(gone, second_supervisor)
    review(merge(kept, gone, choices={}, by=supervisor, reason="Same custody number"), by=second_supervisor)
    Restriction.propose(kept, by=supervisor, what="end", reason="It is over").agree(by=second_supervisor)
    unmerge(Merge.objects.get(), by=supervisor, reason="Brothers")
    assert sees(officer, gone)
    assert sees(supervisor, kept)


def test_after_an_un_merge_two_of_the_named_can_decide_on_each(
    two, merged, make_user, supervisor, second_supervisor, restrict, police, team
):
    review(merged, by=second_supervisor)
    restrict(Offender.objects.get(pk=two[0].pk), second_supervisor)
    Involvement.objects.filter(merge=merged).delete()  # nobody works with the other any more
    with pytest.raises(ValidationError, match="two must be able"):
        unmerge(merged, by=supervisor, reason="Brothers")
    assert Merge.objects.standing().exists()


def test_what_is_proposed_about_one_is_not_agreed_to_about_both(two, supervisor, second_supervisor, restrict):
    kept, gone = two
    for person in two:
        restrict(person, second_supervisor)
    Restriction.propose(gone, by=second_supervisor, what="end", reason="It is over for this one")
    with pytest.raises(ValidationError, match="to be decided first"):
        merge(kept, gone, choices={}, by=supervisor, reason="Same custody number")


def test_of_a_number_that_both_hold_there_is_one_stub_and_none_for_the_named(
    two, supervisor, second_supervisor, restrict, officer
):
    kept, gone = two
    for person in two:
        record_fact(Identifier(offender=person, kind="pnc", value="1999/1234567B"), by=supervisor)
        restrict(person, second_supervisor)
    review(merge(kept, gone, choices={}, by=supervisor, reason="Same custody number"), by=second_supervisor)
    for typed in ("1999/1234567B", kept.reference, gone.reference):
        assert len(search(officer, typed).restricted) == 1
        assert search(second_supervisor, typed).restricted == []


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
@pytest.mark.parametrize(("of_kept", "of_gone"), [("given", "given"), ("given", "refused"), ("refused", "given")])
def test_a_no_said_since_a_merge_is_of_both_once_it_is_undone(
    two, supervisor, second_supervisor, make_consent, police, how, of_kept, of_gone
):
    kept, gone = two
    make_consent(kept, police, answer=of_kept)
    make_consent(gone, police, answer=of_gone)
    done = review(merge(kept, gone, choices={}, by=supervisor, reason="Same custody number"), by=second_supervisor)
    if how == "withdrawn" and (said := Consent.objects.standing().given().filter(offender=kept).first()):
        said.withdraw(by=supervisor, how="phone", reason="None given")
    else:
        make_consent(kept, police, answer="given")
        make_consent(kept, police, answer="refused")
    unmerge(done, by=supervisor, reason="Brothers")
    assert not Consent.objects.standing().given().exists()


def test_a_merge_is_seen_by_who_sees_its_people(merged, two, supervisor, second_supervisor, make_user, police, npu):
    kept, gone = two
    elsewhere = make_user("supervisor", police, npu)  # of a unit that works with neither
    kept.involvements.filter(unit=npu).delete()

    def seen_by(user):
        return Merge.objects.visible_to(user).filter(pk=merged.pk).exists()

    assert [seen_by(user) for user in (supervisor, second_supervisor, elsewhere)] == [True, True, False]
    unmerge(merged, by=supervisor, reason="Brothers")
    assert seen_by(supervisor)
    Offender.objects.filter(pk=gone.pk).update(is_restricted=True)
    assert sees(supervisor, kept)
    assert not seen_by(supervisor)
