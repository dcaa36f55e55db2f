from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from referrals.oversight.trial import SLOW, try_back_office


class Command(BaseCommand):
    help = (
        "Time the lists and pages of the back office over very many rows, on a database made for it and taken away "
        f"afterwards. The pages that take more than {SLOW} ms come last, and are a failure."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--rows", type=int, default=1_000_000, help="how many each large table gets")

    def handle(self, *, rows, verbosity, **options):
        before = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = f"{before}_try_back_office"
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            for command in ("sync_roles", "sync_reference"):
                call_command(command, verbosity=0, stdout=self.stdout)
            slow = []
            for timing in try_back_office(rows, say=self.stdout.write):
                self.stdout.write(str(timing))
                slow += [timing] if timing.is_slow else []
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)
        if slow:
            raise CommandError("\n".join([f"More than {SLOW} ms at {rows:,} rows:", *map(str, slow)]))
        self.stdout.write(f"Nothing took more than {SLOW} ms at {rows:,} rows.")
