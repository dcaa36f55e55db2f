"""The back office over very many rows, to see that each of its lists and pages comes at once."""

import datetime as dt
import functools
import itertools
import statistics
import time
from typing import NamedTuple

from django.contrib.admin import site
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from offenders.models import Involvement, Offender
from partners.audit.models import Event
from partners.models import Agency, Membership, Unit, User
from referrals.models import Deadline, Referral, Task
from referrals.pathways import Pathway
from referrals.rehab.models import Case

SLOW = 200  # milliseconds
TIMES = 5
CHOICES = 3  # so many choices of each filter are tried
THEIRS = 3000  # about so many of the rows are of the supervisor's team
TEAM = 20  # facilitators of theirs
AGENCIES, TEAMS = 20, 10  # others, and the teams of each
TABLES = [Offender, Referral, Case, Task, Deadline, User, Membership]
SINCE = dt.date(2018, 1, 1)

CHANCE = "(hashint4(n) & 65535)"  # the same for all that concerns the n-th person
IS_OPEN = f"mod({CHANCE}, 4) = 0"
DAY = f"(current_date - mod({CHANCE}, 2000))"
PHASES = "'{assessing,preparing,in_rehab,throughcare}'::text[]"
STARTS, ENDS = (
    "'{Har,Bir,Wal,Ash,Mor,Lin,Pen,Tam,Os,Wes}'::text[]",
    "'{ton,field,ley,worth,by,ham,don,er,man,ell}'::text[]",
)


class Timing(NamedTuple):
    """One address, as one user: the median of its times, and its queries."""

    role: str
    address: str
    milliseconds: float
    queries: int

    @property
    def is_slow(self):
        return self.milliseconds > SLOW

    def __str__(self):
        mark = "  SLOW" if self.is_slow else ""
        return f"{self.milliseconds:7.0f} ms {self.queries:4} queries  {self.role:13} {self.address}{mark}"


def try_back_office(rows, *, say=print):
    """Make so many people, with all that hangs on them, and yield a Timing of each address of the back office.

    On a database of its own: what it makes is left there.
    """
    began = time.monotonic()
    users = _make(rows)
    say(f"{rows:,} people with referral, case, task and deadline each, made in {time.monotonic() - began:.0f} s")
    with override_settings(ALLOWED_HOSTS=["*"], DEBUG=False):
        for user in users:
            client = Client()
            client.force_login(user)
            for address in _addresses(client, user):
                yield _time(client, user, address)


def _time(client, user, address):
    connection.queries_log.clear()  # what is full counts no more
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    number, times = len(queries), []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
    return Timing(user.memberships.get().role, address, statistics.median(times), number)


def _addresses(client, user):
    """Of each large table that the user may read: the list, the page after, each column's order, each filter, a search
    and a row; then the pages of caseload review."""
    for model in TABLES:
        room, name = site._registry[model], f"{model._meta.app_label}_{model._meta.model_name}"
        if not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            continue
        address = reverse(f"admin:{name}_changelist")
        yield address
        shown = client.get(address).context_data["cl"]
        if shown.multi_page:
            yield f"{address}?p=2"
        sorted_by = [n for n, name in enumerate(shown.list_display, 1) if shown.get_ordering_field(name)]
        yield from (f"{address}?o={n}" for n in sorted_by)
        for chosen in shown.filter_specs:
            choices = itertools.islice(chosen.choices(shown), 1, 1 + CHOICES)  # the first is all of them
            yield from (address + choice["query_string"] for choice in choices)
        row = shown.result_list[0]
        if room.search_fields:
            said = functools.reduce(getattr, room.search_fields[0].split("__"), row)
            yield f"{address}?q={said.split()[:2][-1]}"  # of a name the second part, which a hundredth of them have
        yield reverse(f"admin:{name}_change", args=[row.pk])
    if user.has_perm("rehab.begin_review"):
        case = Case.objects.visible_to(user).open().first()
        yield reverse("admin:rehab_case_team")
        yield reverse("admin:rehab_case_worker", args=[case.facilitator_id])
        yield reverse("admin:rehab_case_review", args=[case.pk])


def _make(rows):
    """So many people and what hangs on them, spread over teams. Returns a supervisor of one, and an administrator."""
    police = Agency.objects.get(short_name="WMP")
    team = Unit.objects.on().get(agency=police, kind=Unit.Kind.TEAM)
    agencies = Agency.objects.bulk_create(Agency(name=f"Force {n}", kind="police") for n in range(AGENCIES))
    teams = Unit.objects.bulk_create(
        Unit(agency=agency, name=f"Team {n}", kind="team", valid_from=SINCE)
        for agency in agencies
        for n in range(TEAMS)
    )
    each = 1 + rows // 50_000
    others = [user for one in teams for user in _users("facilitator", one, each)]
    ours, (supervisor,) = _users("facilitator", team, TEAM), _users("supervisor", team)
    (administrator,) = _users("administrator", team)

    person = Offender.add(by=ours[0], given_names="Sam", family_name="First", date_of_birth=dt.date(1990, 3, 27))
    referral = Referral.draft(by=ours[0], offender=person, pathway=Pathway.O2R, funds_addiction=True, source="officer")
    referral.submit(by=ours[0])
    referral.accept(by=ours[0], worker=ours[0])
    case = Case.begin(referral, by=ours[0])
    task = Task.add(person, by=ours[0], owner=ours[0], text="Ring them", due_on=case.opened_on, matter=case.pk)
    deadline = referral.deadlines.first()

    def of_team(of_ours, of_others):
        """The key of one of these, in the n-th row."""
        step = max(2, rows // THEIRS)
        ours, others = (f"('{{{','.join(str(row.pk) for row in them)}}}'::uuid[])" for them in (of_ours, of_others))
        ours, others = f"{ours}[1 + mod(n / {step}, {len(of_ours)})]", f"{others}[1 + mod(n, {len(of_others)})]"
        return f"CASE WHEN mod(n, {step}) = 0 THEN {ours} ELSE {others} END"

    def if_open(this, that):
        return f"CASE WHEN {IS_OPEN} THEN {this} ELSE {that} END"

    # a team's workers are as many as the next one's, in order: of the n-th row the same team's are meant throughout
    agency = of_team([police], [one.agency for one in teams for _ in range(each)])
    unit = of_team([team], [one for one in teams for _ in range(each)])
    worker = of_team(ours, others)
    team_of = {"agency_id": agency, "unit_id": unit}
    _copy(
        person, rows, id=_key("person"), reference="'P' || lpad(n::text, 7, '0')",
        date_of_birth=f"'1970-01-01'::date + {CHANCE} / 6",
        given_names="('{Sam,Alex,Jo,Kim,Lee,Max,Pat,Robin,Ash,Drew}'::text[])[1 + mod(n, 10)]",
        family_name=f"({STARTS})[1 + mod({CHANCE}, 10)] || ({ENDS})[1 + mod({CHANCE} / 10, 10)]",
    )  # fmt: skip
    _copy(
        referral, rows, id=_key("referral"), offender_id=_key("person"), reference="'R' || lpad(n::text, 7, '0')",
        status=if_open("'engaged'", "'completed'"), referred_on=DAY, engaged_on=DAY,
        ended_on=if_open("NULL", DAY), outcome=if_open("''", "'Done'"),
        from_agency_id=agency, from_unit_id=unit, by_agency_id=agency, referred_by_id=worker, worker_id=worker,
        to_agency_id=agency, to_unit_id=unit,
    )  # fmt: skip
    _copy(
        case, rows, id=_key("case"), referral_id=_key("referral"), offender_id=_key("person"), facilitator_id=worker,
        phase=if_open(f"({PHASES})[1 + mod({CHANCE} / 4, 4)]", "'closed'"), opened_on=DAY,
        closed_on=if_open("NULL", DAY), ending=if_open("''", "'moved'"), **team_of,
    )  # fmt: skip
    _copy(
        task, rows, id=_key("task"), matter=_key("case"), matters=f"ARRAY[{_key('case')}]", offender_id=_key("person"),
        owner_id=worker, made_by_id=worker, due_on=f"{DAY} + 30", status=if_open("'open'", "'done'"),
        done_on=if_open("NULL", DAY), done_by_id=if_open("NULL", worker), **team_of,
    )  # fmt: skip
    _copy(
        deadline, rows, id=_key("deadline"), referral_id=_key("referral"), matter=_key("referral"), worker_id=worker,
        set_on=DAY, due_on=f"{DAY} + 14", status=if_open("'running'", "'met'"), met_on=if_open("NULL", DAY),
        days_taken=if_open("NULL", "0"), dropped_on="NULL", recorded_by_id=worker,
    )  # fmt: skip
    for basis in ("referral", "case"):
        matter = Involvement.objects.filter(offender=person, basis=basis, unit=team).first()
        _copy(
            matter, rows, id=_key(f"{basis}'s"), offender_id=_key("person"), matter=_key(basis), valid_from=DAY,
            opened_by_id=agency, recorded_by_id=worker, **team_of,
        )  # fmt: skip
    begun = Event.objects.about(case).first()
    _copy(begun, rows, id=None, subject_id=f"({_key('case')})::text", offenders=f"ARRAY[{_key('person')}]", **team_of)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")
    return supervisor, administrator


def _users(role, unit, number=1):
    made = [
        User(email=f"{role}-{unit.pk}-{n}@throughcare.example", given_names="Ama", family_name=f"Try {n}")
        for n in range(number)
    ]
    hats = [Membership(user=user, agency=unit.agency, unit=unit, role=role, valid_from=SINCE) for user in made]
    User.objects.bulk_create(made)
    for hat in Membership.objects.bulk_create(hats):
        hat.user.act_as(hat)
    return made


def _key(what):
    """The key of the n-th row of a table, in SQL: as scattered as keys are."""
    what = what.replace("'", "''")
    return f"md5('{what}' || n)::uuid"


def _copy(row, number, **said):
    """So many more rows like this one; `said`: what is otherwise in the n-th, in SQL by its column. None: left out."""
    names = [field.column for field in row._meta.concrete_fields if said.get(field.column, "") is not None]
    values = ", ".join(said.get(name, f'"{name}"') for name in names)
    table, columns = row._meta.db_table, ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, generate_series(1, {number}) n"
            " WHERE id = %s", [row.pk],
        )  # fmt: skip
