"""What reading the rules find odd; what they find usual."""

import datetime as dt

import pytest
from django.utils import timezone

from offenders.alerts import rules
from offenders.alerts.models import Alert
from partners.audit.models import Event
from partners.models import Setting
from partners.notices.models import Notice


@pytest.fixture
def auditor(make_user, police):
    return make_user("auditor", police, family_name="Auditor")


@pytest.fixture(autouse=True)
def _few(db):
    """Six people in a day are very many; one at night, or in searches, is one too few to ask about."""
    Setting.objects.filter(key="alert_people").update(values=[6])
    Setting.objects.filter(key="alert_hours").update(values=[22, 6])


def noon(day=None):
    day = day or timezone.localdate()
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


@pytest.fixture
def read(make_offender):
    """Someone opens so many people, each once, at this time."""

    def read(by, number=1, *, at=None, verb="offender.view", people=None, kind="consultation", subject=True):
        for person in people or [make_offender() for _ in range(number)]:
            about = person if subject else None
            event = Event.objects.record(kind, verb, by=by, subject=about, offenders=[person.pk])
            # the record is not changed: another, of that time, is written beside it
            event.pk, event.at = None, at or noon()
            event.save(force_insert=True)

    return read


@pytest.fixture(autouse=True)
def _only_what_is_said(monkeypatch):
    """Events written now are left out: tests run at night too."""
    hours = rules.readers_of

    def readers_of(day):
        for reader in hours(day):
            yield reader._replace(
                events=[
                    event
                    for event in reader.events
                    if timezone.localtime(event.at).second == 0 and event.at.microsecond == 0
                ]
            )

    monkeypatch.setattr(rules, "readers_of", readers_of)


def found():
    rules.look()
    return set(Alert.objects.values_list("rule", flat=True))


def test_very_many_people_opened_in_a_day(read, officer, facilitator, auditor):
    read(officer, 6)
    assert not found()
    read(officer)
    assert found() == {"many"}
    alert = Alert.objects.get()
    assert (alert.user, alert.agency, alert.people, len(alert.events)) == (officer, officer.membership.agency, 7, 7)
    assert Event.objects.about(alert).get().verb == "alert.raise"
    (told,) = Notice.objects.filter(tells_of=alert.pk)
    assert told.for_user == auditor


def test_far_more_people_shown_in_lists(read, officer):
    read(officer, 60, subject=False)
    assert not found()
    read(officer, subject=False)
    assert found() == {"many"}


def test_one_person_opened_again_and_again_is_one(read, officer, make_offender):
    read(officer, people=[make_offender()] * 9)
    assert not found()


def test_reading_at_night(read, officer):
    night = noon() - dt.timedelta(hours=13)  # eleven in the evening of the day before
    read(officer, 1, at=night)
    assert not found()
    read(officer, 1, at=night + dt.timedelta(minutes=5))
    assert found() == {"night"}
    assert Alert.objects.get().day == timezone.localdate() - dt.timedelta(days=1)


@pytest.mark.parametrize("known", ["family_name", "alias", "email"])
def test_someone_of_the_readers_own_name_or_address(read, officer, make_offender, known):
    person = make_offender(**{"family_name": "oFFicer"} if known == "family_name" else {})
    if known == "alias":
        person.aliases.create(given_names="X", family_name="Officer ")
    if known == "email":
        person.email = officer.email
        person.save(update_fields=["email"])
    read(officer, people=[make_offender()])
    assert not found()
    read(officer, people=[person], subject=False)
    assert not found()
    read(officer, people=[person])
    assert found() == {"namesake"}


def test_someone_with_the_name_of_a_colleague(read, officer, facilitator, make_offender):
    read(officer, people=[make_offender(given_names="Ama", family_name="Facilitator")])
    assert found() == {"colleague"}


def test_people_found_in_searches_whom_the_agency_has_no_part_in(read, officer, make_referral, make_offender):
    theirs = [make_referral().offender for _ in range(3)]
    read(officer, people=theirs, verb="offender.search", subject=False)
    read(officer, 1, verb="offender.search", subject=False)
    assert not found()
    read(officer, 1, verb="offender.search", subject=False)
    assert found() == {"no_part"}
    assert len(Alert.objects.get().events) == 2


def test_someone_restricted_asked_for(read, officer):
    read(officer, verb="offender.restricted", subject=False)
    assert found() == {"restricted"}


def test_refused_again_and_again(read, officer):
    read(officer, 1, kind="refused", verb="404")
    assert not found()
    read(officer, 1, kind="refused", verb="404")
    assert found() == {"refused"}


def test_more_than_a_few_people_taken_away_in_files(read, officer):
    read(officer, 1, verb="case.export", subject=False)
    assert not found()
    read(officer, 1, verb="case.export", subject=False)
    assert found() == {"taken"}
    assert Alert.objects.get().people == 2


def test_every_role_given(read, make_user, police, officer):
    administrator = make_user("administrator", police)
    read(administrator, verb="membership.list", kind="administration")
    assert not found()
    for _ in range(2):
        read(administrator, verb="membership.add", kind="administration", people=[officer.membership])
    assert found() == {"roles"}
    assert len(Alert.objects.get().events) == 2


def test_who_has_no_role_left_is_refused_as_one_of_where_they_had_their_last(read, officer, make_offender, auditor):
    agency = officer.membership.agency
    officer.memberships.update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    read(officer.act_as(None), people=[make_offender(), make_offender()], kind="refused", verb="403")
    assert found() == {"refused"}
    assert Alert.objects.get().agency == agency
    assert Alert.objects.visible_to(auditor).exists()


def test_found_again_it_is_the_same_alert(read, officer):
    read(officer, 7)
    found()
    before = Alert.objects.get()
    found()
    assert Alert.objects.get().events == before.events
    read(officer, 2)
    found()
    assert (Alert.objects.get().pk, Alert.objects.get().people) == (before.pk, 9)
    assert Notice.objects.filter(tells_of=before.pk).count() <= 1


def test_what_was_looked_into_counts_no_more(read, officer, auditor):
    read(officer, 7)
    found()
    Alert.objects.get().clear(by=auditor, note="An audit of the unit")
    read(officer, 6)
    found()
    assert Alert.objects.count() == 1
    read(officer, 1)
    found()
    assert Alert.objects.open().get().people == 7


def test_whom_there_is_a_reason_to_read_is_not_asked_about_again(read, officer, auditor, make_offender):
    client, other = make_offender(family_name="Officer"), make_offender(family_name="Officer")
    read(officer, people=[client], at=noon(timezone.localdate() - dt.timedelta(days=1)))
    found()
    Alert.objects.get().clear(by=auditor, note="A client of theirs; no relation")
    read(officer, people=[client])
    found()
    assert not Alert.objects.open().exists()
    read(officer, people=[other])
    found()
    assert Alert.objects.open().get().people == 1


def test_reading_the_record_is_no_odd_reading(read, auditor):
    read(auditor, 9, verb="audit.search")
    assert not found()


def test_an_auditor_who_answers_people_is_asked_about_as_any_reader(read, auditor, make_offender):
    read(auditor, 2, verb="subjectrequest.find", subject=False)
    assert found() == {"no_part"}
    read(auditor, 2, verb="subjectrequest.export")
    assert found() == {"no_part", "taken"}
    read(auditor, people=[make_offender(family_name="Auditor")], verb="subjectrequest.find", subject=False)
    assert found() == {"no_part", "taken", "namesake"}


def test_it_is_two_agencies_reading_that_are_told_apart(read, officer, make_user, cgl, make_offender):
    both = make_user("officer", officer.membership.agency)
    read(both, 4)
    other = both.memberships.create(agency=cgl, role="cgl_worker", valid_from=dt.date(2020, 1, 1))
    read(both.act_as(other), 4)
    assert not found()


def test_a_partner_system_reads_many_and_is_asked_about_what_it_is_refused(read, officer):
    officer.email = "a-system@systems.invalid"
    officer.save(update_fields=["email"])
    read(officer, 7)
    assert not found()
    read(officer, 2, kind="refused", verb="404")
    assert found() == {"refused"}


def test_that_a_setting_was_ended_silences_nothing(read, officer):
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Setting.objects.filter(key__in=["alert_people", "alert_hours"]).update(valid_to=yesterday)
    read(officer, 7)
    assert found() == {"many"}


@pytest.mark.parametrize(
    ("verb", "before", "after", "is_asked_about"),
    [
        ("token.make", None, None, True),
        ("hook.add", None, {"url": "https://cgl.example"}, True),
        ("second_step.take_away", None, None, True),
        ("user.change", {"email": "a@throughcare.example"}, {"email": "b@throughcare.example"}, True),
        ("user.change", {"family_name": "A"}, {"family_name": "B"}, False),
        ("membership.change", {"valid_to": "2026-01-31"}, {"valid_to": None}, True),
        ("membership.change", {"valid_to": "2026-01-31"}, {"valid_to": "2026-02-28"}, True),
        ("membership.change", {"valid_to": None}, {"valid_to": "2026-01-31"}, False),
        ("membership.change", {"valid_to": "2026-02-28"}, {"valid_to": "2026-01-31"}, False),
    ],
)
def test_whatever_lets_someone_in(make_user, police, officer, verb, before, after, is_asked_about):
    administrator = make_user("administrator", police)
    event = Event.objects.record("administration", verb, by=administrator, subject=officer, before=before, after=after)
    event.pk, event.at = None, noon()
    event.save(force_insert=True)
    assert found() == ({"roles"} if is_asked_about else set())


def test_what_is_changed_of_these_rules_is_asked_about(make_user, police):
    administrator, keys = make_user("administrator", police), ["keep_years", "alert_people"]
    for key, rules_found in zip(keys, [set(), {"roles"}], strict=True):
        row = Setting.objects.get(key=key)
        event = Event.objects.record("administration", "setting.change", by=administrator, subject=row)
        event.pk, event.at = None, noon()
        event.save(force_insert=True)
        assert found() == rules_found
