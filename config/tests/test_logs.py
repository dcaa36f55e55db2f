"""The log of production: lines for a program to read, with what an investigation needs, and with nobody in them."""

import datetime as dt
import io
import json
import logging

import pytest
import structlog
from django.db import IntegrityError, connection
from django.urls import reverse

from config import logs

CANARY = "Zanzibarine"


@pytest.fixture
def log():
    """What production would write, as lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    structlog.contextvars.clear_contextvars()
    root, ours = logging.getLogger(), logging.getLogger("config.requests")
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel("INFO")
    ours.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before[0])
    ours.setLevel(before[1])


def requests_in(lines):
    return [line for line in lines if line["event"] == "request"]


def test_a_request_is_one_line_that_says_who_what_when_and_where(client, officer, log):
    client.force_login(officer)
    response = client.get("/people/search/", headers={"User-Agent": CANARY})
    (line,) = requests_in(log())
    assert line["request_id"] == response["X-Request-ID"]
    assert (line["user"], line["address"]) == (str(officer.pk), "127.0.0.1")
    assert (line["method"], line["route"], line["status"], line["level"]) == ("GET", "people/search/", 200, "info")
    assert dt.datetime.fromisoformat(line["timestamp"]).utcoffset() == dt.timedelta(0)
    client.post(reverse("sign_out"))
    client.get("/sign-in/")
    assert "user" not in log()[-1]


def test_nobody_is_in_the_log(client, facilitator, make_offender, log):
    """Names, numbers and tokens, typed into every place of a request that there is."""
    person = make_offender(family_name=CANARY)
    client.post("/sign-in/", {"username": f"{CANARY}@throughcare.example", "password": CANARY})
    client.get(f"/sign-in/?next=/{CANARY}")
    client.get(f"/{CANARY}/", headers={"Referer": f"https://{CANARY}.example", "User-Agent": CANARY})
    client.get(f"/stop/{CANARY}/")
    client.get(f"/calendar/{CANARY}.ics")
    client.get("/", HTTP_HOST=f"{CANARY}.example", HTTP_COOKIE=f"sessionid={CANARY}")
    client.generic(CANARY.upper(), f"/{CANARY}")
    client.force_login(facilitator)
    client.post("/people/search/", {"q": CANARY})
    client.get(f"/people/{person.pk}/")
    client.get(f"/o2r/team/?name={CANARY}")
    client.post("/api/v1/offenders/search/", {"q": CANARY, CANARY: 1}, content_type="application/json")
    client.post("/api/v1/offenders/search/", f'{{"q": "{CANARY}', content_type="application/json")
    written = json.dumps(log())
    assert CANARY.lower() not in written.lower()
    assert str(person.pk) not in written
    assert len(requests_in(log())) == 12


@pytest.mark.django_db
def test_a_fault_is_told_by_its_kind_and_place_without_the_row_it_was_about(client, officer, monkeypatch, log):
    def fails(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO partners_agency (id, name) VALUES (gen_random_uuid(), %s)", [CANARY])

    client.raise_request_exception = False
    monkeypatch.setattr("config.views.panels_for", fails)
    client.force_login(officer)
    response = client.get("/")
    assert response.status_code == 500
    (line,) = [line for line in log() if "fault" in line]
    assert line["fault"].startswith(IntegrityError.__name__)
    assert line["event"] == "Internal Server Error"
    assert line["request_id"] == response["X-Request-ID"]
    assert any("test_logs.py" in place for place in line["where"])
    assert CANARY not in json.dumps(log())


@pytest.mark.parametrize("text", ["a\r\n{}", "a\n2026 INFO signed in", "\x1b[31mred", "a\0b", "\u2028", '"}, {"'])
def test_a_line_is_one_line_whatever_it_says(log, text):
    logging.getLogger("anything").warning("Heard %s", text)
    (line,) = log()
    assert line["event"] == f"Heard {text}"


def test_a_line_holds_what_is_named_and_no_more(log):
    logging.getLogger("anything").warning("Told", extra={"request": CANARY, "name_of": CANARY, "status": 1})
    (line,) = log()
    assert set(line) == {"event", "level", "logger", "status", "timestamp"}
