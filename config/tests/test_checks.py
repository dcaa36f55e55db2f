"""The site does not start on what is known to be broken, or as a role that goes round the rules."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection

from config import checks
from scripts.environment import ROOT


def found(databases=("default",)):
    return {error.id for error in run_checks(databases=list(databases)) if error.id.startswith("throughcare.")}


def test_what_is_locked_is_not_below_the_floor():
    assert not checks.packages_are_not_below_the_floor()


@pytest.mark.parametrize("name", checks.FLOORS)
def test_a_package_below_the_floor_stops_it(monkeypatch, name):
    below = (*checks.FLOORS[name][:2], checks.FLOORS[name][2] - 1)
    monkeypatch.setattr(checks, "version", lambda asked: ".".join(map(str, below if asked == name else (99, 0, 0))))
    assert found(databases=()) == {"throughcare.E001"}


@pytest.mark.parametrize(("server", "stops"), [(150013, True), (150014, False), (170005, True), (180000, False)])
def test_a_server_of_the_database_below_the_floor_stops_it(db, monkeypatch, server, stops):
    monkeypatch.setattr(connection, "pg_version", server, raising=False)
    assert ("throughcare.E002" in found()) is stops


def test_a_superuser_of_the_database_is_refused_in_production_alone(db, settings):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        (above,) = cursor.fetchone()
    settings.DEBUG = False
    assert ("throughcare.E003" in found()) is above
    settings.DEBUG = True
    assert "throughcare.E003" not in found()


def test_a_database_that_may_lose_what_was_saved_is_refused(db, settings):
    settings.DEBUG = False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    assert "throughcare.E004" in found()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
    assert "throughcare.E004" not in found()


def test_what_the_site_is_made_of_can_be_listed(tmp_path):
    command = [
        Path(sys.executable).with_name("cyclonedx-py"),
        "requirements",
        "-o",
        tmp_path / "sbom.json",
        "requirements.txt",
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    listed = {part["name"] for part in json.loads((tmp_path / "sbom.json").read_text())["components"]}
    assert {"django", "djangorestframework", "psycopg", "structlog"} <= listed
