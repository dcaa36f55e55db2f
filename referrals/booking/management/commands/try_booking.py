from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from referrals.booking.trial import connections_for, try_booking


class Command(BaseCommand):
    help = (
        "Have many threads book the same slots over and over, on a database made for it and taken away afterwards, "
        "and count: no slot may be booked twice, and each loser is told what is free."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--threads", type=int, default=50)
        parser.add_argument("--slots", type=int, default=1000)
        parser.add_argument("--times", type=int, default=10, help="how often each slot is tried")

    def handle(self, *, threads, slots, times, verbosity, **options):
        before = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = f"{before}_try_booking"
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            with connections_for(threads):
                for command in ("sync_roles", "sync_reference"):
                    call_command(command, verbosity=0, stdout=self.stdout)
                outcome = try_booking(threads=threads, number=slots, times=times)
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)
        self.stdout.write(f"{threads} threads, {slots:,} slots: {outcome}")
        if not outcome.is_good:
            raise CommandError("Something was booked twice, or someone was not told.")
