from django.core.management.base import BaseCommand
from django.db import transaction

from offenders.duplicates import find_all


class Command(BaseCommand):
    help = "Find the likely pairs among everyone: after an import, or each night. Run again, it changes nothing."

    def handle(self, **options):
        with transaction.atomic():
            count = find_all()
        self.stdout.write(f"{count} likely pairs are new, or scored anew.")
