"""Commands that time something over very many rows, on a database made for it and taken away afterwards."""

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class TrialCommand(BaseCommand):
    """A subclass gives `attempt(rows, say=)`, which yields timings with `is_slow`; `slow`, the most that one may take,
    in words; and `over`, what there are many of."""

    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--rows", type=int, default=1_000_000, help=f"how many {self.over}")

    def handle(self, *, rows, **options):
        before, slow = connection.settings_dict["NAME"], []
        connection.settings_dict["TEST"]["NAME"] = f"{before}_{type(self).__module__.rpartition('.')[2]}"
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            for command in ("sync_roles", "sync_reference"):
                call_command(command, verbosity=0, stdout=self.stdout)
            for timing in self.attempt(rows, say=self.stdout.write):
                self.stdout.write(str(timing))
                slow += [timing] if timing.is_slow else []
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)
        if slow:
            raise CommandError("\n".join([f"More than {self.slow} over {rows:,} {self.over}:", *map(str, slow)]))
        self.stdout.write(f"Nothing took more than {self.slow} over {rows:,} {self.over}.")
