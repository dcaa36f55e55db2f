from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from partners.roles import ROLES


class Command(BaseCommand):
    help = "Make the groups and their permissions match the table in partners/roles.py. Safe to run again."

    @transaction.atomic
    def handle(self, **options):
        known = {
            f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")
        }
        unknown = sorted(set().union(*(role.permissions for role in ROLES.values())) - known.keys())
        if unknown:
            raise CommandError(f"roles.py names permissions that no model has: {', '.join(unknown)}.")
        for name, role in ROLES.items():
            group, _ = Group.objects.get_or_create(name=name)
            group.permissions.set([known[permission] for permission in role.permissions])
        Group.objects.exclude(name__in=ROLES).delete()
        self.stdout.write(f"{len(ROLES)} roles.")
