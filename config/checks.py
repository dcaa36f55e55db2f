"""What must hold wherever the site runs: fixed versions of what it stands on, and a role of the database that obeys."""

import re
from importlib.metadata import version

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connections

# below these there are known holes in what we use
FLOORS = {"django": (5, 2, 19), "djangorestframework": (3, 18, 3)}
# PostgreSQL by its major version: from these on, its statistics tell nobody of rows that are kept from them
SERVER_FLOORS = {15: 150014, 16: 160010, 17: 170006}
OLDEST = 150014


@register(Tags.security)
def packages_are_not_below_the_floor(app_configs=None, **kwargs):
    return [
        Error(
            f"{name} {version(name)} has known holes; {'.'.join(map(str, floor))} or later does not.",
            hint="Install what requirements.txt names.",
            id="throughcare.E001",
        )
        for name, floor in FLOORS.items()
        if tuple(int(part) for part in re.findall(r"\d+", version(name))[:3]) < floor
    ]


@register(Tags.database)
def server_is_not_below_the_floor(databases=None, **kwargs):
    for alias in databases or ():
        number = connections[alias].pg_version
        floor = SERVER_FLOORS.get(number // 10_000, OLDEST)
        if number < floor:
            yield Error(
                f"PostgreSQL {number // 10_000}.{number % 10_000} has known holes.",
                hint=f"Update it to {floor // 10_000}.{floor % 10_000} or later.",
                id="throughcare.E002",
            )


@register(Tags.database)
def role_of_the_database_obeys(databases=None, **kwargs):
    """In production; a superuser goes round every trigger and row rule there is."""
    for alias in databases or ():
        if settings.DEBUG:
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
            above_the_rules, makes_roles = cursor.fetchone()
            cursor.execute("SHOW synchronous_commit")
            (commit,) = cursor.fetchone()
        if above_the_rules or makes_roles:
            yield Error(
                "The site connects to the database as a superuser, or as a role that goes round its rules.",
                hint="Give DATABASE_URL a role made with NOSUPERUSER NOBYPASSRLS NOCREATEROLE.",
                id="throughcare.E003",
            )
        if commit == "off":
            yield Error(
                "The database may lose what was saved: synchronous_commit is off.",
                hint="Set it to on.",
                id="throughcare.E004",
            )
