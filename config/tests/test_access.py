"""Every address x every role x every relation: what answers, what it holds, what it changes, what is written of it.

The table is in access_table, the world it is tried on in world.py.
"""

import datetime as dt
import logging
import os
import re
import traceback
from contextlib import nullcontext
from typing import NamedTuple

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.urls import URLResolver, get_resolver
from django.views.generic import RedirectView
from django.views.generic.edit import ProcessFormView

from config.tests import access_table as table
from config.tests import world as small_world
from config.tests.answers import faults
from config.tests.client import CarefulClient
from config.tests.pdf import text_of
from partners.audit.models import Event
from partners.signin.recent import RECENT

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
FORM = re.compile(r"<form\b[^>]*method=.?post.*?</form>", re.S | re.I)
# tables that a request may write to without changing any work
ASIDE = (
    "audit_event", "signin_session", "signin_kept", "partners_receipt", "referrals_calendarlink", "systems_calls",
)  # fmt: skip


# the addresses there are


def routes(patterns=None, names=(), path=""):
    """Every address of the site: (its name, its route, what answers)."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, (*names, pattern.namespace), route)
        else:
            name = ":".join(filter(None, (*names, pattern.name))) if pattern.name else route
            yield name, route, pattern


def methods(pattern):
    """The methods an address answers by itself; those of a plain function are get and post."""
    view = pattern.callback
    if actions := getattr(view, "actions", None):
        return set(actions) & set(METHODS) & set(view.cls.http_method_names)  # the first request adds a head
    kind = getattr(view, "view_class", getattr(view, "cls", None))
    if kind is None:
        return {"get", "post"}
    return {method for method in METHODS if hasattr(kind, method) and method in kind.http_method_names} - {
        "put" if issubclass(kind, ProcessFormView) else ""  # Django's own: the same as post
    }


def addresses():
    """(method, name) of each; one that takes a word out of a few, as in a|b|c, is an address for each of them."""
    found = set()
    for name, route, pattern in routes():
        if getattr(pattern.callback, "view_class", None) is RedirectView:
            continue  # from the stock admin's old addresses to the new
        words = re.search(r"\(\?P<(\w+)>(\w+(?:\|\w+)+)\)", route)
        names = [f"{name} {words[1]}={word}" for word in words[2].split("|")] if words else [name]
        found |= {(method, each) for method in methods(pattern) for each in names}
    return found


def test_every_address_has_a_row_and_every_row_an_address():
    there, asked = addresses(), {(method, name.partition("#")[0]) for method, name in table.ADDRESSES}
    assert not there - asked, f"Addresses without a row: {sorted(there - asked)}"
    assert not asked - there, f"Rows without an address: {sorted(asked - there)}"


# the world


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        world = small_world.build()
        world.clients = {"anonymous": CarefulClient(raise_request_exception=False)}
        for actor in (*table.ROLES, "hatless"):
            world.clients[actor] = CarefulClient(raise_request_exception=False)
            world.clients[actor].force_login(get_user_model().objects.get(pk=world.users[actor].pk))
        world.writes, world.last_event = writes(), Event.objects.latest("pk").pk
        yield world
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _signed_in_all_along(settings):
    """The world's people signed in when it began, and the whole table takes longer than a session lasts unused."""
    settings.IDLE = settings.IDLE_PRIVILEGED = settings.RECENT = dt.timedelta(hours=6)


@pytest.fixture(autouse=True)
def _quiet():
    """Thousands of refusals are what is asked for here; the log need not name each."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def writes():
    """{table: rows written in this transaction so far}, as PostgreSQL counts them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return {name: count for name, count in cursor.fetchall() if name not in ASIDE}


class Seen(NamedTuple):
    """An event that a request wrote."""

    pk: int
    kind: str
    by: object
    offenders: list


class Cell:
    """One request by one actor, and all that is asked of its answer. `wrong` says what did not hold."""

    def __init__(self, world, row, method, name, actor, record):
        self.world, self.row, self.method, self.name, self.actor, self.record = world, row, method, name, actor, record
        self.word, self.wrong = row.word(actor, record), []
        with transaction.atomic() if method != "get" else nullcontext():
            self.response = self.send()
            self.text = self.read()
            self.changed, self.events = self.traces()
            if method != "get":
                transaction.set_rollback(True)
        self.judge()

    def traces(self):
        """The tables written to, and the events. What is rolled back counts too, and never counts again."""
        before, self.world.writes = self.world.writes, writes()
        changed = {name for name, count in self.world.writes.items() if count != before.get(name, 0)}
        rows = Event.objects.filter(pk__gt=self.world.last_event).order_by("pk")
        events = [Seen(*row) for row in rows.values_list("pk", "kind", "by", "offenders")]
        self.world.last_event = max([self.world.last_event, *(event.pk for event in events)])
        return changed, events

    def send(self):
        url = self.row.url(self.name, self.world, self.record)
        as_json = self.name.startswith("api:")
        data = self.row.data(self.world, self.record) if self.method != "get" else None
        how = {"content_type": "application/json", "data": data} if as_json and self.method != "get" else {"data": data}
        client = self.world.clients[self.actor]
        kept = client.cookies.copy()
        try:
            return getattr(client, self.method)(url, **how)
        finally:
            client.cookies = kept  # whoever signed out is back for the next

    def read(self):
        response = self.response
        body = b"".join(response.streaming_content) if response.streaming else response.content
        heads = " ".join(f"{key}: {value}" for key, value in response.headers.items())
        words = text_of(body) if response.get("Content-Type") == "application/pdf" else body.decode()
        return f"{heads} {response.cookies.output()} {words}"

    def judge(self):
        self.judge_status()
        self.wrong += faults(self.response)
        known, word = self.world.canaries_in(self.text), self.word
        for canary in sorted(known):
            if not table.may_read(self.actor, canary, self.name):
                self.wrong.append(f"shows {canary}")
        if (self.method == "get" or word != "do") and self.changed:
            self.wrong.append(f"changed {sorted(self.changed)}")
        if self.response.status_code == 200:
            self.judge_consultation(known)
            told = [event for event in self.events if event.kind not in (Event.Kind.REFUSED, Event.Kind.SIGN_IN)]
            if word == "yes" and not told and self.name.partition(" ")[0] not in table.UNRECORDED:
                self.wrong.append("shows, and the record does not say so")
        is_file = "attachment" in self.response.get("Content-Disposition", "")
        if is_file and re.split("[# ]", self.name)[0] not in {*RECENT, *table.NO_EXPORT}:
            self.wrong.append("gives a file to take away, and asks for no recent sign-in (partners/signin/recent.py)")
        for form in FORM.findall(self.text):
            if 'name="once"' not in form:
                self.wrong.append("has a form without a token")
        if self.row.is_list and word == "yes":
            self.judge_rows(known)
        if self.response.status_code in (403, 404) and self.record and self.actor != "anonymous":
            refused = [event for event in self.events if event.kind == Event.Kind.REFUSED]
            if [event.by for event in refused] != [self.world.users[self.actor].pk]:
                self.wrong.append(f"{len(refused)} refusals recorded")

    def judge_status(self):
        status, word = self.response.status_code, self.word
        api = self.name.startswith("api:")
        to = self.response.headers.get("Location", "")
        allowed = {
            "yes": status == 200,
            "do": status in (200, 201, 204, 302, 400, 409, 422),
            "no": status == 403,
            "-": status == 404,
            "sign_in": status == 403 if api else status == 302 and to.startswith(("/sign-in/", "/admin/login/")),
            "hats": status == 403 if api else status == 302 and to.startswith("/hats/"),
            "bad": status == 400,
            "on": status == 302,
            "none": status == 405,
        }[word]
        if not allowed:
            trace = getattr(self.response, "exc_info", None)
            why = f" {traceback.format_exception_only(trace[1])[-1].strip()}" if trace and status == 500 else ""
            self.wrong.append(f"{status} {to}{why}")

    def judge_consultation(self, known):
        """What was shown of people is in the record: of one record that it was, of all that name someone, whom."""
        if self.name.startswith(("audit:", "api:audit")):
            return  # an auditor reads who was asked about, not about whom: see partners/audit/views.py
        about = {pk for event in self.events if event.kind == Event.Kind.CONSULTATION for pk in event.offenders}
        opened = {self.record} & set(small_world.RECORDS) if self.row.keys else set()
        for record in {canary.record for canary in known} | opened:
            if self.world.pk("offender", record) not in about:
                self.wrong.append(f"shows the person of {record}, and the record does not say so")

    def judge_rows(self, known):
        listed, wanted = {canary.record for canary in known}, self.row.listed(self.actor)
        if listed != wanted:
            self.wrong.append(f"lists {sorted(listed)}, not {sorted(wanted)}")

    def __str__(self):
        return f"{self.actor:20} {self.record or '':10} should be {self.word:8} {'; '.join(self.wrong)}"


# A page that shows is tried by every role with every record. Of what asks or takes something, a part is tried each
# time, another at each address, unless the environment asks for the "whole" table (some minutes). In the "short" one,
# that of the quick loop without a browser, each answer that an address may give is tried once.
LENGTH = os.environ.get("ACCESS_TABLE", "")
NUMBERED = {address: number for number, address in enumerate(sorted(table.ADDRESSES))}


@pytest.mark.parametrize(("method", "name"), NUMBERED, ids=lambda part: part)
def test_access(world, method, name):
    row, number = table.ADDRESSES[method, name], NUMBERED[method, name]
    shows = method == "get" and ("post", name) not in table.ADDRESSES
    whole = LENGTH == "whole"
    tried = row.glance(number) if LENGTH == "short" else row.cells(number, whole or shows, every=whole)
    cells = [Cell(world, row, method, name, actor, record) for actor, record in tried]
    wrong = [str(cell) for cell in cells if cell.wrong]
    assert not wrong, "\n" + "\n".join(wrong)


def test_methods_that_no_address_names_change_nothing(world):
    wrong, names = [], sorted({name for _, name in table.ADDRESSES})
    for name in names[::4] if LENGTH == "short" else names:
        of_name = {method: row for (method, each), row in table.ADDRESSES.items() if each == name}
        row = next(iter(of_name.values()))
        actor = "supervisor" if name.startswith("admin") else "facilitator"
        for method in {"post", "put", "patch", "delete"} - set(of_name):
            cell = Cell(world, row, method, name, actor, row.records[0])
            if cell.changed or cell.response.status_code >= 500:
                wrong.append(f"{method} {name}: {cell.response.status_code}, changed {sorted(cell.changed)}")
    assert not wrong, "\n" + "\n".join(wrong)
