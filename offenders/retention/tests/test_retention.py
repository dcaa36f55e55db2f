"""Until when records are kept, and what it takes to dispose of them."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from offenders.merge import merge, review, unmerge
from offenders.models import Amendment, Entry, Involvement, Offender
from offenders.retention import disposal, rules
from offenders.retention.disposal import erase
from offenders.retention.models import Decision, Group, Hold, Schedule
from offenders.workflow import TooLate
from partners.audit.models import Event
from partners.models import Setting

pytestmark = pytest.mark.django_db
LAST = dt.date(2016, 5, 4)


@pytest.fixture
def second(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Second")


@pytest.fixture
def person(make_referral, facilitator):
    """Someone whose referral was declined in 2016, and of whom nothing came since."""
    referral = make_referral("submitted")
    referral.decline(by=facilitator, reason="Not of this force")
    return aged(referral.offender)


def aged(person, day=LAST):
    then = timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
    Entry.objects.filter(offender=person).update(happened_at=then)
    Offender.objects.filter(pk=person.pk).update(recorded_at=then)
    return person


@pytest.fixture
def proposed(person, supervisor):
    return Schedule.of(person).dispose(by=supervisor, reason="Six years without notice")


@pytest.fixture
def confirmed(proposed, second):
    proposed.confirm(by=second)
    return proposed


# when


def test_due_when_the_years_of_the_group_are_over_since_they_last_came_to_notice(person):
    schedule = Schedule.of(person)
    assert (schedule.group, schedule.since, schedule.due_on) == (Group.OTHER, LAST, dt.date(2022, 5, 4))
    person.markers.create(kind="weapons", valid_from=LAST)
    rules.count([person.pk])
    schedule.refresh_from_db()
    assert (schedule.group, schedule.due_on) == (Group.SERIOUS, dt.date(2026, 5, 4))
    assert schedule.found_why == "a warning of violence or weapons"


def test_of_two_groups_the_one_kept_longer_counts(person, monkeypatch):
    everyone = set
    monkeypatch.setattr(rules, "GROUPS", [(Group.TREATMENT, "a", everyone), (Group.SERIOUS, "b", everyone)])
    rules.count([person.pk])
    assert Schedule.of(person).group == Group.SERIOUS
    Setting.objects.filter(key="keep_years").update(values=[10, 7, 6, 8])
    rules.count([person.pk])
    assert Schedule.of(person).group == Group.TREATMENT


def test_coming_to_notice_again_sets_the_period_going_again(person, supervisor):
    assert Schedule.of(person).due_on < timezone.localdate()
    Entry.write(person.pk, "Seen", by=supervisor, kind=Entry.Kind.STEP)
    with pytest.raises(ValidationError, match="They are kept until"):
        Schedule.of(person).dispose(by=supervisor, reason="Old")


def test_a_person_chooses_another_group_with_a_reason_and_the_rules_take_it_back(person, supervisor):
    schedule = Schedule.of(person)
    schedule.choose(by=supervisor, group=Group.PUBLIC_PROTECTION, reason="A sexual offence elsewhere")
    rules.count_everyone()
    schedule.refresh_from_db()
    assert (schedule.group, schedule.found, schedule.due_on.year) == (Group.PUBLIC_PROTECTION, Group.OTHER, 2026)
    schedule.choose(by=supervisor, group=Group.OTHER, reason="It was another")
    assert (schedule.chosen, schedule.due_on.year) == ("", 2022)
    with pytest.raises(IntegrityError, match="chosen_group_says"), transaction.atomic():
        Schedule.objects.update(chosen=Group.SERIOUS)


def test_a_review_keeps_records_until_a_day(person, supervisor):
    schedule, until = Schedule.of(person), timezone.localdate() + dt.timedelta(days=400)
    decision = schedule.keep(by=supervisor, until=until, reason="A civil claim")
    rules.count_everyone()
    schedule.refresh_from_db()
    assert (schedule.due_on, decision.status, decision.next_on) == (until, "kept", until)
    for day in (timezone.localdate(), timezone.localdate() + dt.timedelta(days=4000)):
        with pytest.raises(ValidationError, match="within 10 years"):
            schedule.keep(by=supervisor, until=day, reason="A civil claim")


# who


def test_only_who_reviews_records_of_people_they_work_with_decides(person, facilitator, officer, make_user, cranstoun):
    schedule = Schedule.of(person)
    for user in (facilitator, officer, make_user("cranstoun_manager", cranstoun), make_user("auditor", cranstoun)):
        for act in (
            lambda user: schedule.dispose(by=user, reason="Old"),
            lambda user: schedule.keep(by=user, until=timezone.localdate() + dt.timedelta(days=9), reason="Old"),
            lambda user: schedule.choose(by=user, group=Group.SERIOUS, reason="Old"),
            lambda user: Hold.place(person, by=user, reason="Old", reference="Old"),
        ):
            with pytest.raises(PermissionDenied):
                act(user)
    assert not Decision.objects.exists()
    assert not Hold.objects.exists()


def test_nobody_confirms_what_they_proposed(proposed, supervisor, second):
    with pytest.raises(PermissionDenied):
        proposed.confirm(by=supervisor)
    with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
        Decision.objects.update(status="confirmed", confirmed_by=supervisor, confirmed_at=timezone.now())
    proposed.confirm(by=second)
    assert proposed.status == "confirmed"


def test_where_two_agencies_that_review_records_work_with_someone_both_agree(
    proposed, person, second, make_user, cranstoun, police, supervisor, make_agreement
):
    from offenders.models import Involvement

    make_agreement(police, cranstoun)
    Involvement.open(person, agency=cranstoun, basis="consent", matter=person.pk, by=supervisor)
    manager = make_user("cranstoun_manager", cranstoun)
    with pytest.raises(PermissionDenied):
        proposed.confirm(by=second)
    proposed.confirm(by=manager)
    assert proposed.confirmed_by == manager


# what stands in the way


def test_nobody_disposes_of_what_is_under_way(make_referral, supervisor):
    person = aged(make_referral("submitted").offender)
    with pytest.raises(ValidationError, match="There is a referral that is not ended"):
        Schedule.of(person).dispose(by=supervisor, reason="Old")


def test_a_legal_hold_stops_disposal_at_every_point(person, proposed, second, supervisor):
    hold = Hold.place(person, by=supervisor, reason="Inquest", reference="C 4")
    with pytest.raises((ValidationError, IntegrityError)), transaction.atomic():
        proposed.confirm(by=second)
    Decision.objects.filter(pk=proposed.pk).delete()
    with pytest.raises(ValidationError, match="legal hold"):
        Schedule.of(person).dispose(by=supervisor, reason="Old")
    with pytest.raises(IntegrityError, match="legal hold"), transaction.atomic():
        Hold.objects.all().delete()
    hold.lift(by=supervisor, reason="Over")
    assert Schedule.of(person).dispose(by=supervisor, reason="Old").status == "proposed"


def test_a_hold_is_lifted_by_the_agency_that_placed_it_while_that_one_works_with_them(
    person, supervisor, make_user, cranstoun, police, make_agreement
):
    from offenders.models import Involvement

    make_agreement(police, cranstoun)
    Involvement.open(person, agency=cranstoun, basis="consent", matter=person.pk, by=supervisor)
    manager = make_user("cranstoun_manager", cranstoun)
    hold = Hold.place(person, by=supervisor, reason="Inquest", reference="C 4")
    with pytest.raises(PermissionDenied):
        hold.lift(by=manager, reason="Not ours")
    person.involvements.filter(agency=police).update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    person.involvements.filter(agency=cranstoun).update(opened_by=cranstoun)
    hold.lift(by=manager, reason="The inquest is over")
    assert hold.status == "lifted"


def test_a_hold_placed_after_the_confirmation_stops_the_erasure(person, confirmed, supervisor):
    Hold.place(person, by=supervisor, reason="Inquest", reference="C 4")
    erase(confirmed.pk)
    confirmed.refresh_from_db()
    assert (confirmed.status, confirmed.offender_id) == ("refused", person.pk)
    assert "legal hold" in confirmed.why_not


def test_the_database_heeds_a_hold_even_where_the_code_does_not(person, confirmed, supervisor, monkeypatch):
    Hold.place(person, by=supervisor, reason="Inquest", reference="C 4")
    monkeypatch.setattr(disposal, "_what_stops", lambda *about: "")
    with pytest.raises((IntegrityError, ValidationError), match="legal hold"), transaction.atomic():
        erase(confirmed.pk)
    assert Offender.objects.filter(pk=person.pk).exists()


def test_what_was_merged_in_since_stops_the_erasure(person, confirmed, make_offender):
    Offender.objects.filter(pk=make_offender().pk).update(merged_into=person)
    assert erase(confirmed.pk).status == "refused"
    assert Offender.objects.filter(pk=person.pk).exists()


# what the database lets go, and for whom


def test_a_person_goes_by_disposal_alone(make_offender, proposed):
    for pk in (make_offender().pk, proposed.offender_id):
        with pytest.raises(IntegrityError, match="two people decided"), transaction.atomic():
            Offender.objects.filter(pk=pk)._raw_delete("default")


def test_amendments_and_the_record_give_way_to_a_confirmed_disposal_of_that_person_alone(
    person, confirmed, make_offender, supervisor
):
    other = make_offender()
    for one in (person, other):
        Event.objects.record("alteration", "offender.amend", by=supervisor, offenders=[one.pk], reason="Said so")
        Amendment.objects.create(
            offender=one, record_type="offenders.offender", record_id=str(one.pk), changes={}, reason="Said so",
            by=supervisor, agency=supervisor.membership.agency, category="identity",
        )  # fmt: skip
    theirs = Event.objects.filter(offenders__contains=[other.pk], reason="Said so")
    for refused in (
        lambda: Amendment.objects.filter(offender=other)._raw_delete("default"),
        lambda: theirs.update(reason="", before=None, after=None, detail={}),
        lambda: Event.objects.filter(offenders__contains=[person.pk]).update(reason="Other words"),
        lambda: Event.objects.filter(offenders__contains=[person.pk]).update(reason="", by=None),
        lambda: Event.objects.filter(offenders__contains=[person.pk])._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            refused()
    assert erase(confirmed.pk).status == "erased"
    assert [row.offender_id for row in Amendment.objects.all()] == [other.pk]
    assert theirs.count() == 1
    assert not Event.objects.filter(offenders__contains=[person.pk]).exclude(reason="").exists()
    for refused in (Decision.objects.all().delete, lambda: Decision.objects.update(status="confirmed")):
        with pytest.raises(IntegrityError), transaction.atomic():
            refused()


def test_erasing_is_one_event_without_content_and_can_be_asked_again(person, confirmed, second):
    ids = [person.pk]
    for _ in range(2):
        decision = erase(confirmed.pk)
        assert (decision.status, decision.offender_id, decision.why) == ("erased", None, "")
    (event,) = Event.objects.filter(verb="decision.clear")
    assert (event.kind, event.by, event.offenders, event.reason) == ("erasure", second, ids, "")
    assert decision.rows["offenders.offender"] == 1
    assert decision.row_count > 5


class Drawer:
    """A room's files, for tests: the first time they cannot be erased."""

    def __init__(self):
        self.files, self.stuck = {"a1", "b2"}, True

    def names_of(self, ids):
        return sorted(self.files)

    def remove(self, name):
        if self.stuck and name == "b2":
            self.stuck = False
            raise OSError("The disk is away")
        self.files.discard(name)


def test_files_go_too_however_often_it_takes(confirmed, monkeypatch):
    drawer = Drawer()
    monkeypatch.setitem(disposal.FILES, "drawer", drawer)
    with pytest.raises(OSError, match="away"):
        erase(confirmed.pk)
    confirmed.refresh_from_db()
    assert (confirmed.status, drawer.files) == ("cleared", {"b2"})
    assert erase(confirmed.pk).status == "erased"
    assert drawer.files == set()


def test_a_table_that_is_forgotten_makes_the_whole_disposal_fail(confirmed, person, monkeypatch):
    monkeypatch.delitem(disposal.RETENTION, "offenders.entry")
    erase(confirmed.pk)
    with pytest.raises(IntegrityError, match="foreign key"):
        connection.check_constraints()  # as the commit does


def test_one_disposal_is_open_for_a_person(proposed, person, supervisor):
    with pytest.raises(ValidationError, match="proposed already"):
        Schedule.of(person).dispose(by=supervisor, reason="Again")
    with pytest.raises(TooLate):
        Schedule.of(person).keep(by=supervisor, until=timezone.localdate() + dt.timedelta(days=9), reason="Again")


# pages


def test_from_the_due_list_to_erased_by_page(signed_in, person, supervisor, second):
    Schedule.of(person)
    client = signed_in(supervisor)
    page = client.get("/retention/").content.decode()
    assert str(person) in page
    assert "Overdue" in page
    assert client.post(f"/retention/{person.pk}/dispose/", {"reason": ""}).status_code == 422
    assert client.post(f"/retention/{person.pk}/dispose/", {"reason": "Old"}).status_code == 302
    decision = Decision.objects.get()
    assert client.get(f"/retention/decisions/{decision.pk}/confirm/").status_code == 403
    client = signed_in(second)
    assert "Disposal to confirm" in client.get("/").content.decode()
    assert client.post(f"/retention/decisions/{decision.pk}/confirm/").status_code == 302
    erase(decision.pk)
    assert client.get(f"/retention/{person.pk}/").status_code == 404
    page = client.get(f"/retention/decisions/{decision.pk}/").content.decode()
    assert "Erased" in page
    assert str(person) not in page
    assert person.reference not in page


def test_an_auditor_reads_references_and_no_names(signed_in, person, make_user, police, supervisor):
    Schedule.of(person)
    Hold.place(person, by=supervisor, reason="Inquest", reference="C 4")
    client = signed_in(make_user("auditor", police))
    for address in ("/retention/", f"/retention/{person.pk}/", "/api/v1/retention/"):
        page = client.get(address).content.decode()
        assert person.reference in page
        assert person.family_name not in page
    assert client.get(f"/retention/{person.pk}/keep/").status_code == 403


def test_restricted_people_are_listed_for_the_named_alone(signed_in, person, supervisor, second, restrict, make_user,
                                                          police):  # fmt: skip
    Schedule.of(person)
    restrict(person)
    for user in (second, make_user("auditor", police)):
        assert person.reference not in signed_in(user).get("/retention/?due=any").content.decode()


def test_as_many_queries_for_fifty_as_for_one(signed_in, person, supervisor, make_more):
    Schedule.of(person)
    client = signed_in(supervisor)
    client.get("/retention/")

    def asked(address):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address)
        return len(queries)

    before = asked("/retention/")
    make_more(person, 49)
    assert asked("/retention/") == before


# what merging does


@pytest.fixture
def twin(make_referral, facilitator):
    referral = make_referral("submitted")
    referral.decline(by=facilitator, reason="Not of this force")
    return aged(referral.offender)


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_held_of_one_person_is_held_of_both_once_they_are_two(person, twin, supervisor, second, when):
    def place(offender):
        Hold.place(offender, by=supervisor, reason="Inquest", reference="C 4")

    if when == "before":
        place(twin)
    done = merge(person, twin, choices={}, by=supervisor, reason="One person")
    review(done, by=second)
    if when == "after":
        place(Offender.objects.get(pk=person.pk))
    unmerge(done, by=supervisor, reason="Brothers")
    for offender in (person, twin):
        hold = Hold.objects.live().get(offender=offender)
        assert Event.objects.about(hold).filter(verb="hold.place").exists()


@pytest.mark.parametrize("how", ["kept", "chosen"])
def test_of_two_that_are_one_what_was_decided_longer_holds(how, person, twin, supervisor, second):
    until = timezone.localdate() + dt.timedelta(days=900)
    if how == "kept":
        Schedule.of(twin).keep(by=supervisor, until=until, reason="A civil claim")
    else:
        Schedule.of(twin).choose(by=supervisor, group=Group.PUBLIC_PROTECTION, reason="A sexual offence elsewhere")
        until = Schedule.of(twin).due_on
    assert Schedule.of(person).due_on < until
    done = merge(person, twin, choices={}, by=supervisor, reason="One person")
    review(done, by=second)
    rules.count([person.pk])
    schedule = Schedule.objects.get(pk=person.pk)
    assert schedule.due_on == until
    unmerge(done, by=supervisor, reason="Brothers")
    schedule.refresh_from_db()
    assert schedule.kept_until is None


def test_no_agency_shortens_what_another_keeps(person, supervisor, make_user, cranstoun, police, make_agreement):
    until, day = timezone.localdate() + dt.timedelta(days=900), dt.timedelta(days=1)
    manager = make_user("cranstoun_manager", cranstoun)
    make_agreement(police, cranstoun)
    Involvement.open(person, agency=cranstoun, basis="consent", matter=person.pk, by=supervisor)
    Schedule.of(person).keep(by=manager, until=until, reason="A civil claim")
    with pytest.raises(ValidationError, match="Another agency keeps them until"):
        Schedule.of(person).keep(by=supervisor, until=until - day, reason="Old")
    Schedule.of(person).keep(by=supervisor, until=until + day, reason="Longer")
    Schedule.of(person).keep(by=supervisor, until=until, reason="As before")


def test_whoever_confirms_is_told_who_chose_the_group_and_who_kept_them(person, supervisor, second, signed_in):
    person.markers.create(kind="weapons", valid_from=LAST)
    rules.count([person.pk])
    schedule = Schedule.of(person)
    schedule.choose(by=supervisor, group=Group.OTHER, reason="A toy")
    schedule.keep(by=supervisor, until=timezone.localdate() + dt.timedelta(days=9), reason="A civil claim")
    Schedule.objects.update(kept_until=None)
    decision = Schedule.of(person).dispose(by=supervisor, reason="Six years without notice")
    page = signed_in(second).get(f"{decision.get_absolute_url()}confirm/").text
    assert f"{supervisor}: A toy; by what is recorded it is" in page
    assert "A civil claim" in page
