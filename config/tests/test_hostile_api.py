"""What no client of ours sends to the API: made up from its own schema, sent as every role to rows of every relation.

Nothing of it is a fault of the server, opens what the access table refuses, or is answered otherwise than the schema
says; what is refused is refused with a sentence. PROOF_EXAMPLES is how many requests each role sends to each
operation, 1 if not said.
"""

import itertools
import json
import os
import re
import warnings
from typing import NamedTuple

import pytest
import requests
import schemathesis
from django.core.cache import cache
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, Response
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.tests import access_table as table
from config.tests.client import CarefulClient
from config.tests.test_access import _quiet, _signed_in_all_along, world  # noqa: F401
from partners.roles import ROLES

pytestmark = pytest.mark.django_db

EACH = int(os.environ.get("PROOF_EXAMPLES", "1"))
HOST = "http://testserver"
NAMED = re.compile(r"There is no field “.*” here\. There are: ([\w, ]+)\.", re.S)
VALUES = [
    "yes", "\0", 1, "", "2026-02-28", None, 2**63, [], "other", {"id": 1}, "-1", "9" * 400, "2026-02-30", True, [["1"]],
    "0001-01-01", "A text", 1e308, "9999-12-31T23:59:60+14:00", ["\0"], "00000000-0000-0000-0000-000000000000", "١٢",
    "\ufeff\u202e'\"><%00", -1, "NaN", "1e999999999", False, [None], "25:61", {}, "P1Y", "o2r", "x" * 70000,
]  # fmt: skip


class Target(NamedTuple):
    """An operation of the schema, requests to it, and its cells in the access table: (name, row, record)."""

    method: str
    path: str
    cases: list
    cells: list

    def turn(self, role, number):
        """A cell; of three two in which there is something for this role, where there is one."""
        theirs = [cell for cell in self.cells if cell[1].word(role, cell[2]) in ("yes", "do")]
        cells = theirs if theirs and number % 3 else self.cells
        return cells[number % len(cells)]


def operations():
    """The operations of the schema, as they are to a client that is signed in and sends the headers it asks for."""
    schema = SchemaGenerator().get_schema(public=True)
    for operation in itertools.chain.from_iterable(path.values() for path in schema["paths"].values()):
        operation.pop("security", None)
        asked = operation.get("parameters", [])
        operation["parameters"] = [one for one in asked if one["in"] != "header"]
    return [found.ok() for found in schemathesis.openapi.from_dict(schema).get_all_operations()]


def requests_to(operation, number):
    """Requests of which the roles take turns; half of them such as the schema refuses."""
    made = []
    asks = operation.query or operation.body
    for mode in GenerationMode if asks else [GenerationMode.POSITIVE]:

        @seed(number)
        @settings(
            max_examples=3 * EACH if asks else 1, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def collect(case):
            made.append(case)

        try:
            collect()
        except Unsatisfiable:  # there is nothing that could be wrong
            continue
    return made


@pytest.fixture(scope="module")
def targets(world):  # noqa: F811
    found = operations()
    paths = [(one.method.lower(), one.path, re.compile(re.sub(r"\{\w+\}", "[^/]+", one.path))) for one in found]
    cells = {}
    for (method, name), row in sorted(table.ADDRESSES.items(), key=lambda one: one[0]):
        url = row.url(name, world, row.records[0]).partition("?")[0] if name.startswith("api:") else ""
        if fits := [path for kind, path, shape in paths if kind == method and shape.fullmatch(url)]:
            path = min(fits, key=lambda path: path.count("{"))
            cells.setdefault((method, path), []).extend((name, row, record) for record in row.records)
    return [
        Target(method, path, requests_to(operation, number), cells.get((method, path), []))
        for number, (operation, (method, path, _)) in enumerate(zip(found, paths, strict=True))
    ]


def send(client, method, url, case, body=None):
    """The answer, as schemathesis reads it; what was done is undone. A body, or a query in the address, stands for the
    case's own."""
    instead = {"url": HOST + url} | ({"params": {}} if "?" in url else {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked = requests.Request(**case.as_transport_kwargs(base_url=HOST) | instead).prepare()
    kind = asked.headers.get("Content-Type", "application/json")
    body, kept = (asked.body or b"" if body is None else json.dumps(body)), client.cookies.copy()
    with transaction.atomic():
        answer = client.generic(method.upper(), asked.path_url, body, content_type=kind)
        transaction.set_rollback(True)
    client.cookies = kept
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    heads = {name.lower(): [value] for name, value in answer.headers.items()}
    return Response(answer.status_code, heads, content, asked, elapsed=0, verify=False)


def wrong_with(case, read):
    """What is not as the schema says, nor as every refusal is."""
    if read.status_code >= 500:
        return [f"{read.status_code}"]
    checks = [content_type_conformance, response_schema_conformance]
    try:
        case.validate_response(read, checks=checks + [status_code_conformance] * (read.status_code < 400))
    except (Failure, FailureGroup) as found:
        return [f"{one.title}: {one.message[:300]}" for one in getattr(found, "exceptions", [found])]
    if read.status_code >= 400:
        said = read.json() if read.headers["content-type"] == ["application/json"] else {}
        return [] if said.get("code") and said.get("detail") else [f"{read.status_code} without a sentence"]
    return []


@pytest.mark.parametrize("role", ROLES)
def test_nothing_sent_is_a_fault_or_opens_what_is_not_theirs(world, targets, role):  # noqa: F811
    wrong, place, client = [], list(ROLES).index(role), world.clients[role]

    def judge(target, cell, case, body=None, asks=""):
        (name, row, record), word = cell, cell[1].word(role, cell[2])
        url = row.url(name, world, record).partition("?")[0] + asks
        read = send(client, target.method, url, case, body)
        found = wrong_with(case, read)
        if read.status_code < 400 and word in ("no", "-", "bad"):
            found.append(f"{read.status_code} where the table says {word}")
        canaries = world.canaries_in(read.text_lossy())
        found += [f"shows {one}" for one in canaries if not table.may_read(role, one, name)]
        sent = str(body or read.request.body)[:200]
        wrong.extend(f"{target.method} {read.request.path_url} {sent}: {one}" for one in found)
        return read

    for number, target in enumerate(targets):
        for turn in range(place * EACH, (place + 1) * EACH):
            case, cell = target.cases[turn % len(target.cases)], target.turn(role, turn + number)
            (_, row, record), read = cell, judge(target, cell, case)
            if target.method == "get" and read.status_code == 400:  # and what there is, where nothing is wrong
                judge(target, cell, case, asks=row.query(world, record) or "?")
            if isinstance(case.body, dict) and case.media_type == "application/json":
                known = row.data(world, record)
                if known and not NAMED.search(read.text_lossy()):
                    read = judge(target, cell, case, known | {"zz": 1})
                if names := NAMED.search(read.text_lossy()):  # a stranger's field is refused by naming those there are
                    names, first = names[1].split(", "), (turn * 7 + number) % len(VALUES)
                    values = itertools.islice(itertools.cycle(VALUES), first, None)
                    judge(target, cell, case, dict(zip(names, values, strict=False)) | known)
    assert not wrong, f"\n{len(wrong)}\n" + "\n".join(wrong)


def test_every_operation_is_in_the_access_table(targets):
    assert [(target.method, target.path) for target in targets if not target.cells] == []


def test_without_a_session_a_hat_or_a_token_that_holds_there_is_no_answer(world, targets):  # noqa: F811
    nobody = {"Authorization": "Bearer tc_nobody_0000000000000000000000000000000000000000000"}
    clients = [CarefulClient(), world.clients["hatless"], CarefulClient(headers=nobody)]
    for client, status in zip(clients, (403, 403, 401), strict=True):
        for target in targets:
            cache.clear()  # of who tries tokens, nothing is told after a few
            name, row, record = target.cells[0]
            read = send(client, target.method, row.url(name, world, record).partition("?")[0], target.cases[0])
            assert (read.status_code, wrong_with(target.cases[0], read)) == (status, []), target[:2]
