from django.core.management.base import BaseCommand

from referrals.models import Journey


class Command(BaseCommand):
    help = "Clear the answers of referrals that were begun and left too long. To be run daily."

    def handle(self, **options):
        number = Journey.objects.clear()
        self.stdout.write(f"{number} cleared.")
