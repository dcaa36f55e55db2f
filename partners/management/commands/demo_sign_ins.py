from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from partners.demonstration import DEMONSTRATION_PASSWORD, EMAIL_DOMAIN
from partners.models import Membership
from partners.roles import ROLES


class Command(BaseCommand):
    help = "Print one sign-in for each role of the demonstration."

    def handle(self, **options):
        if not settings.DEMONSTRATION:
            raise CommandError("This database is not for demonstration. Set DEMONSTRATION=1 if it is.")
        held = Membership.objects.on().filter(user__email__endswith=EMAIL_DOMAIN, user__is_active=True)
        first = {}
        for role, email in held.order_by("user__recorded_at", "user__email").values_list("role", "user__email"):
            first.setdefault(role, email)
        if not first:
            self.stdout.write("There is nobody to sign in as yet. Fill the database with: ./dev seed")
            return
        width = max(len(ROLES[role].label) for role in first)
        for name, role in ROLES.items():
            if name in first:
                self.stdout.write(f"  {role.label:{width}}  {first[name]}")
        self.stdout.write(f"  Everyone's password: {DEMONSTRATION_PASSWORD}")
