"""What ./dev run does to the database before it serves, in one process because starting Django takes a second."""

import os

import django
from django.core.management import CommandError, call_command

from scripts.terminal import step, stop


def prepare():
    """Bring tables, roles, reference data and demonstration data up to date, and say who can sign in."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    with step("Migrating the database"):
        call_command("migrate", verbosity=0)
    with step("Writing the roles"):
        call_command("sync_roles", verbosity=0)
    with step("Writing the reference data"):
        call_command("sync_reference", verbosity=0)
    with step("Seeding the demonstration data, if there is none", speaks=True):
        call_command("seed", "--if-empty")
    call_command("demo_sign_ins")


if __name__ == "__main__":
    try:
        prepare()
    except CommandError as error:
        stop(str(error))
