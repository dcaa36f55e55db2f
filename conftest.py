"""People, agencies and work to test with. Everything is made by walking the real steps."""

import copy
import datetime as dt
import gc
import io
import itertools
import os
import uuid
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import TransactionTestCase
from django.utils import timezone

from config.tests import ledger
from config.tests.client import CarefulClient
from offenders.models import Consent, LikelyPair, Merge, Offender, Restriction
from offenders.workflow import insert
from partners.models import Agency, Agreement, Membership, Unit, User
from partners.reference import next_reference
from partners.roles import Category
from partners.settings import setting
from referrals.booking import slots
from referrals.booking.models import Appointment, Availability
from referrals.models import Drug, Offence, Referral, Resolution
from referrals.rehab.models import Case, Funder, Funding, Placement, RehabUnit

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright runs an event loop in the thread of the test

gc.set_threshold(100_000, 50, 50)  # the default has a test run look for garbage a tenth of its time

number = itertools.count(1)
LONG_AGO = dt.date(2018, 1, 1)


# the ledger (docs/security.md): after a whole run, each test that it rests on has passed

passed = set()


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        passed.add(report.nodeid)


def left_out(passed):
    """The tests that the ledger names and that are not among these."""
    return ledger.named() - {node.partition("[")[0] for node in passed}


def pytest_sessionfinish(session, exitstatus):
    option = session.config.option
    asked = session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    whole = not (asked or option.keyword or option.collectonly)
    if hasattr(session.config, "workerinput") or not whole or option.markexpr not in ("", "not browser") or exitstatus:
        return
    if missing := left_out(passed):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nThe ledger names tests that did not run or did not pass:", *sorted(missing), sep="\n")  # noqa: T201


def load_reference():
    call_command("sync_roles", stdout=io.StringIO())
    call_command("sync_reference", stdout=io.StringIO())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        load_reference()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # a thread's session would keep the database
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def _files_lie_apart(tmp_path_factory):
    """Files that tests add are in a folder of their own."""
    settings.FILES_ROOT = tmp_path_factory.mktemp("files")


@pytest.fixture(scope="session", autouse=True)
def _emptying_respects_the_record():
    """Tests that commit are followed by TRUNCATE, which the record refuses; its owner lifts that for a moment."""
    flush = TransactionTestCase._fixture_teardown

    def teardown(self):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_is_not_emptied")
        try:
            flush(self)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER audit_event_is_not_emptied")
        load_reference()

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture(autouse=True)
def _agreements_are_looked_up_anew(monkeypatch):
    """A request has a user of its own; a test keeps one while agreements are made and end, and roles too.

    Of each test, not of all: once a browser is open, Django gives this thread another connection.
    """
    kept = {name: getattr(User, name) for name in ("shown_by", "units")}
    changes = itertools.count()
    latest = next(changes)

    def notice(execute, sql, *rest):
        nonlocal latest
        of_these = "partners_agreement" in sql or "partners_membership" in sql
        if sql[:8] == "ROLLBACK" or (sql[:6] in {"INSERT", "UPDATE", "DELETE"} and of_these):
            latest = next(changes)
        return execute(sql, *rest)

    def anew(name):
        def look(user):
            now = latest, user.membership
            at, value = user.__dict__.get(f"_{name}", (None, None))
            if at != now:
                at, value = user.__dict__[f"_{name}"] = now, kept[name].func(user)
            return value

        return property(look)

    for name in kept:
        monkeypatch.setattr(User, name, anew(name))
    with connection.execute_wrapper(notice):
        yield


@pytest.fixture(autouse=True)
def _fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_message_leaves(settings, tmp_path):
    settings.NOTIFY_API_KEY, settings.OUTBOX = "", tmp_path / "outbox"


@pytest.fixture(autouse=True)
def _at_any_hour(monkeypatch):
    """Tests are run at night too, and some take longer than the minute after which a session's use is written anew."""
    monkeypatch.setattr("partners.signin.sessions.COARSELY", dt.timedelta(hours=1))
    monkeypatch.setattr("partners.notices.hearing.quiet_hours", lambda: (0, 0))


@pytest.fixture
def client():
    return CarefulClient()


@pytest.fixture
def signed_in():
    """A browser in which this user is signed in."""

    def sign_in(user):
        client = CarefulClient()
        client.force_login(user)
        return client

    return sign_in


# agencies


@pytest.fixture
def police(db):
    return Agency.objects.get(short_name="WMP")


@pytest.fixture
def make_agreement(db):
    def make(*agencies, categories=Category.values, **fields):
        """An agreement between these agencies that holds, about everything unless told."""
        fields = {"name": f"agreement {next(number)}", "purpose": "Throughcare", "valid_from": LONG_AGO} | fields
        agreement = Agreement.objects.create(categories=list(categories), **fields)
        agreement.agencies.set(agencies)
        return agreement

    return make


@pytest.fixture
def cgl(police, make_agreement):
    agency = Agency.objects.get(short_name="CGL")
    make_agreement(police, agency, name="the O2R agreement")
    return agency


@pytest.fixture
def cranstoun(db):
    return Agency.objects.get(short_name="Cranstoun")


@pytest.fixture
def team(police):
    """The Offender to Rehab team."""
    return Unit.objects.get(agency=police, kind=Unit.Kind.TEAM)


@pytest.fixture
def npu(police):
    """A unit that sends referrals."""
    return Unit.objects.get(agency=police, name="Birmingham", kind=Unit.Kind.LPA)


@pytest.fixture
def make_agency(db):
    def make(kind=Agency.Kind.REHAB, name=None):
        return Agency.objects.create(name=name or f"Agency {next(number)}", kind=kind)

    return make


@pytest.fixture
def make_rehab_unit(make_agency, make_agreement, police):
    def make(agency=None, **fields):
        """A house of this agency, or of a new one that the force has an agreement with."""
        if agency is None:
            agency = make_agency()
            make_agreement(police, agency)
        fields = {"name": f"House {next(number)}", "places": 12, "valid_from": LONG_AGO} | fields
        return RehabUnit.objects.create(agency=agency, **fields)

    return make


# people who work here


@pytest.fixture
def make_user(db):
    def make(role=None, agency=None, unit=None, password="a long enough password", **fields):
        """Someone who wears this role's hat already; without a role, someone with no membership."""
        n = next(number)
        fields = {"given_names": "Ama", "family_name": f"Worker {n}"} | fields
        user = User.objects.create_user(f"worker{n}@throughcare.example", password, **fields)
        if role:
            Membership.objects.create(user=user, agency=agency, unit=unit, role=role, valid_from=LONG_AGO)
        return user

    return make


@pytest.fixture
def officer(make_user, police, npu):
    return make_user("officer", police, npu, family_name="Officer")


@pytest.fixture
def facilitator(make_user, police, team):
    return make_user("facilitator", police, team, family_name="Facilitator")


@pytest.fixture
def supervisor(make_user, police, team):
    return make_user("supervisor", police, team, family_name="Supervisor")


@pytest.fixture
def lead(make_user, police):
    """Who oversees resolutions."""
    return make_user("resolution_lead", police, police.units.get(name="Neighbourhood Justice Team"), family_name="Lead")


@pytest.fixture
def cranstoun_worker(make_user, police, cranstoun, make_agreement):
    make_agreement(police, cranstoun, name="the Divert agreement")
    return make_user("cranstoun_worker", cranstoun, family_name="Worker")


@pytest.fixture
def cgl_worker(make_user, cgl):
    return make_user("cgl_worker", cgl, family_name="Treatment")


@pytest.fixture
def rehab_unit(make_rehab_unit):
    return make_rehab_unit()


@pytest.fixture
def provider(make_user, rehab_unit):
    return make_user("rehab_provider", rehab_unit.agency, family_name="Provider")


# people the work is for, and the work


@pytest.fixture
def make_offender(facilitator):
    def make(by=None, **fields):
        fields = {
            "given_names": "Sam",
            "family_name": f"Person{next(number)}",
            "date_of_birth": dt.date(1990, 3, 27),
        } | fields
        return Offender.add(by=by or facilitator, **fields)

    return make


@pytest.fixture
def restrict(make_user, supervisor, police, team):
    def restrict(offender, *users):
        """Restrict the person to these users; a supervisor proposes, another agrees, and both are named too."""
        what = Restriction.What.CHANGE if offender.is_restricted else Restriction.What.RESTRICT
        proposal = Restriction.propose(offender, by=supervisor, what=what, users=users, reason="Known to an officer")
        proposal.agree(by=make_user("supervisor", police, team, family_name="Second"))
        offender.refresh_from_db()
        return proposal

    return restrict


@pytest.fixture
def make_referral(make_offender, officer, facilitator):
    def make(status="accepted", *, by=None, offender=None, worker=None, referred_on=None, **fields):
        """An O2R referral that stands at this status: draft, submitted or accepted."""
        sender = by or officer
        day = referred_on or dt.date(2024, 1, 8)
        offender = offender or make_offender(by=sender)
        fields = {"funds_addiction": True, "source": "officer"} | fields
        referral = Referral.draft(by=sender, offender=offender, pathway="o2r", referred_on=day, **fields)
        if status in ("submitted", "accepted"):
            referral.submit(by=sender)
        if status == "accepted":
            referral.accept(by=facilitator, worker=worker or facilitator, on=day)
        return referral

    return make


@pytest.fixture
def make_divert(make_offender, officer, cranstoun_worker):
    def make(status="accepted", *, by=None, offender=None, worker=None, referred_on=None, on=None, **resolution):
        """A Divert referral with its resolution: draft, submitted, accepted, engaged, completed or not_engaged.

        `on` is the day it ended. What of the resolution is not said fits: cannabis, on the street, for own use.
        """
        by, worker = by or officer, worker or cranstoun_worker
        day, offender = referred_on or dt.date(2026, 3, 2), offender or make_offender(by=by)
        referral = Referral.draft(by=by, offender=offender, pathway="divert", referred_on=day, source="officer")
        said = {
            "offence": Offence.objects.get(code="92E"), "drug": Drug.objects.on(day).get(name="Cannabis"),
            "occurred_at": dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC), "is_own_use": True,
            "is_supply_suspected": False, "is_aggravating": False, "accepts_responsibility": True, "agrees": True,
            "acceptance": "It was mine", "gravity_score": 1,
        }  # fmt: skip
        Resolution.record(referral, by=by, **said | resolution)
        last = {"by": worker, "on": on or day}
        walk = {
            "submitted": lambda: referral.submit(by=by),
            "accepted": lambda: referral.accept_booked(by=by, worker=worker, on=day),
            "engaged": lambda: referral.engage(**{**last, "on": day}),
            "completed": lambda: referral.complete(**last, outcome="Course completed"),
        }
        stops = ["draft", *walk]
        for stop in stops[1 : stops.index("accepted" if status == "not_engaged" else status) + 1]:
            walk[stop]()
        if status == "not_engaged":
            referral.disengage(**last, reason="Could not be reached")
        return referral

    return make


@pytest.fixture
def make_case(make_referral, facilitator):
    def make(phase="preparing", *, on=None, **fields):
        """An O2R case in this phase: assessing or preparing."""
        day = on or dt.date(2024, 1, 15)
        referral = make_referral(referred_on=day - dt.timedelta(days=7), **fields)
        case = Case.begin(referral, by=facilitator, on=day)
        if phase == "preparing":
            case.bring_in(by=facilitator, on=day)
        return case

    return make


@pytest.fixture
def make_placement(make_case, rehab_unit, facilitator):
    def make(status="arrived", *, case=None, unit=None, on=None, by=None, **fields):
        """A stay that stands at this status: requested, offered, booked, arrived or departed (after 28 days)."""
        by, case, day = by or facilitator, case or make_case(), on or dt.date(2024, 2, 1)
        placement = Placement.request(case, by=by, unit=unit or rehab_unit, on=day, **fields)
        walk = ["offered", "booked", "arrived", "departed"]
        steps = {
            "offered": lambda: placement.offer(by=by, on=day),
            "booked": lambda: placement.book(by=by, on=day, expected_arrival=day),
            "arrived": lambda: placement.arrive(by=by, on=day),
            "departed": lambda: placement.depart(by=by, on=day + dt.timedelta(days=28), departure_reason="completed"),
        }
        for stop in walk[: walk.index(status) + 1] if status in walk else []:
            steps[stop]()
        return placement

    return make


@pytest.fixture
def make_funder():
    def make(**fields):
        fields = {"name": f"Fund {next(number)}", "kind": "commissioner", "valid_from": LONG_AGO} | fields
        return Funder.objects.create(**fields)

    return make


@pytest.fixture
def make_funding(make_funder, make_user, facilitator, supervisor, police, team):
    def make(placement, status="agreed", *, by=None, funder=None, asked=7000, year=2025, paid=0):
        """A sum asked of a funder for this stay that stands at this status: asked, agreed (to all), refused; one to
        confirm is as large as is confirmed."""
        asked = max(Decimal(asked), *setting("approval_from_pounds")) if status == "to_confirm" else Decimal(asked)
        funding = Funding.ask(placement, by=by or facilitator, funder=funder or make_funder(), asked=asked, year=year)
        if status in ("agreed", "to_confirm"):
            funding.agree(by=supervisor, agreed=asked)
        elif status != "asked":
            getattr(funding, {"refused": "refuse", "withdrawn": "withdraw"}[status])(by=supervisor, reason="No money")
        if paid:
            if funding.state == "to_confirm":
                funding.confirm(by=make_user("supervisor", police, team))
            funding.pay(by=supervisor, amount=Decimal(paid))
        return funding

    return make


@pytest.fixture
def worker(cranstoun_worker, make_availability):
    """The Cranstoun worker, who can be booked by phone at any time of each day."""
    make_availability(cranstoun_worker)
    return cranstoun_worker


@pytest.fixture
def make_availability(cranstoun):
    def make(worker, *, weekdays=range(7), starts="00:00", ends="23:59", mode="phone", **fields):
        """Stretches of these weekdays in which the worker can be booked; returns the last."""
        fields = {"agency": cranstoun, "valid_from": LONG_AGO} | fields
        for weekday in weekdays:
            row = Availability(worker=worker, weekday=weekday, starts=starts, ends=ends, mode=mode, **fields)
            insert(row)
        return row

    return make


@pytest.fixture
def send_divert(make_offender, officer, worker):
    def send(*, by=None, offender=None, slot=None, resolution=None, **fields):
        """A Divert referral as it is sent on the street: resolved, booked with the worker, accepted."""
        by = by or officer
        slot = slot or slots.free(worker.membership.agency, worker=worker.pk, limit=1)[0]
        resolution = {
            "offence": Offence.objects.get(code="92E"), "drug": Drug.objects.on().get(name="Cannabis"),
            "occurred_at": timezone.now(), "place": "Corporation Street", "is_own_use": True,
            "is_supply_suspected": False, "is_aggravating": False, "accepts_responsibility": True, "agrees": True,
            "acceptance": "It was mine", "accepted_at": timezone.now(), "gravity_score": 1,
        } | (resolution or {})  # fmt: skip
        referral = Referral.draft(
            by=by, offender=offender or make_offender(by=by), pathway="divert", source="officer", **fields
        )
        Resolution.record(referral, by=by, **resolution)
        referral.submit(by=by)
        Appointment.book(referral, by=by, slot=slot)
        referral.accept_booked(by=by, worker=slot.worker)
        return referral

    return send


@pytest.fixture
def make_appointment(send_divert):
    def make(status="booked", **fields):
        """The first appointment of a Divert referral: booked, or as it was recorded: attended, missed, called_off."""
        referral = send_divert(**fields)
        appointment, worker = referral.appointments.get(), referral.worker
        if status != "booked":
            past(appointment)
            said = {"attended": {"attended": True}, "missed": {"attended": False}, "called_off": {"why": "Worker ill"}}
            appointment.record(by=worker, took_place=status != "called_off", **said[status])
        return appointment

    return make


def past(appointment):
    """Nobody waits in a test: its time is an hour ago."""
    length = appointment.ends_at - appointment.starts_at
    appointment.starts_at = timezone.now() - dt.timedelta(hours=1)
    appointment.ends_at = appointment.starts_at + length
    appointment.save(update_fields=["starts_at", "ends_at"])


@pytest.fixture
def make_consent(facilitator):
    def make(offender, agency, *, by=None, purpose="sharing", answer="given", **said):
        """What the person answered: that this agency may read the health information of others, unless told."""
        by = by or facilitator
        return Consent.record(offender, by=by, purpose=purpose, agency=agency, answer=answer, how="in_words", **said)

    return make


# many of them


BETWEEN_TWO = {LikelyPair, Merge}  # rows of two people, not of one


def all_about(offender):
    """The person and every row that hangs on them, however far down."""
    rows = [offender]
    for row in rows:
        for relation in row._meta.related_objects:
            if relation.related_model in BETWEEN_TWO:
                continue
            found = relation.related_model._default_manager.filter(**{relation.field.name: row.pk})
            rows += [one for one in found if one not in rows]
    return rows


def twin(row, keys):
    """The row again, for another person: `keys` has the new key for each old one."""
    again = copy.copy(row)
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.name == "reference":
            value = next_reference(value[-2:])
        elif isinstance(value, list):
            value = [keys.get(one, one) if isinstance(one, uuid.UUID) else one for one in value]
        elif isinstance(value, uuid.UUID):
            value = keys.get(value, value)
        elif field.primary_key:
            value = None
        setattr(again, field.attname, value)
    return again


@pytest.fixture
def make_more(db):
    def make(offender, number):
        """As many more people with the same past, where what is tested is how many there are, not how they came."""
        rows, made = all_about(offender), {}
        RehabUnit.objects.filter(placements__offender=offender).update(places=F("places") + number)  # a bed for each
        for _ in range(number):
            keys = {row.pk: uuid.uuid4() for row in rows if isinstance(row.pk, uuid.UUID)}
            for row in rows:
                made.setdefault(type(row), []).append(twin(row, keys))
        for model, twins in made.items():
            model._default_manager.bulk_create(twins)

    return make
