from django.core.management.base import CommandError

from partners.models import Membership, User
from referrals.history.command import IMPORTER, HistoryCommand, importer
from referrals.rehab.history.known import LEAST_ROLE, PERMISSIONS, Known
from referrals.rehab.history.lines import COLUMNS
from referrals.rehab.history.telling import Telling, recorded
from referrals.rehab.history.walk import walk


class Command(HistoryCommand):
    help = (
        "Bring in an O2R programme's history from a spreadsheet saved as CSV: all of it or nothing. Safe to run again; "
        "a longer file adds what is new. The format is described in docs/import-o2r.md."
    )
    verb = "import_o2r"
    columns = COLUMNS
    makes = "agencies, units, staff and rehabs"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--by", metavar="EMAIL", help="who brings it in: someone of the O2R team; its own account when left out"
        )

    def begin(self, *, create, by, **options):
        known = Known(create=create)
        self.by = self._actor(by, known)
        return known

    def _actor(self, email, known):
        """Who brings it in, wearing the hat of the O2R team; its own account when nobody is named."""
        agency, unit = known.team
        if email:
            user = User.objects.filter(email=User.objects.address_of(email)).first()
            if user is None:
                raise CommandError(f"Nobody has the e-mail address {email}.")
        else:
            user = importer()
            of_team = user.memberships.on().filter(agency=agency, unit=unit)
            if not of_team.exists():
                Membership.objects.create(user=user, agency=agency, unit=unit, role=LEAST_ROLE, valid_from=known.since)
        for membership in user.live_memberships:
            of_team = (membership.agency, membership.unit) == (agency, unit)
            if of_team and user.act_as(membership).has_perms(PERMISSIONS):
                return user
        raise CommandError(f"{user} holds no role in the {unit or agency} today that may take all the steps.")

    def tell(self, lines, known):
        references = {line.facts["reference"] for line in lines if "reference" in line.facts}
        importers = {self.by, User.objects.filter(email=IMPORTER).first() or self.by}
        try:
            histories = recorded(references, by=self.by, importers=importers)
        except PermissionError as error:
            raise CommandError(f"The reference {error} is recorded already, and is not open to {self.by}.") from None
        telling = Telling(lines, histories, known)
        return telling.told, telling.problems

    def walk(self, history):
        return walk(history, by=self.by)
