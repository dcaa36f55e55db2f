from django.core.management.base import CommandError

from offenders import duplicates
from referrals.booking.history.known import Known
from referrals.booking.history.lines import COLUMNS
from referrals.booking.history.telling import Telling, recorded
from referrals.booking.history.walk import OVERSEEING, RECEIVING, SENDING, Hats, walk
from referrals.history.command import HistoryCommand, importer, wearing
from referrals.history.known import least_role

LEAD = "import-formal@throughcare.invalid"  # a formal outcome is not given by who recorded the resolution


class Command(HistoryCommand):
    help = (
        "Bring in Divert's history from a spreadsheet saved as CSV: all of it or nothing. Safe to run again; a longer "
        "file adds what is new. The format is described in docs/import-divert.md."
    )
    verb = "import_divert"
    columns = COLUMNS
    makes = "units and drugs"

    def begin(self, *, create, **options):
        self.known, self.added = Known(create=create), []
        police, unit = self.known.overseer
        receiver, team = self.known.receiver
        account, lead = importer(), importer(LEAD, "import of formal outcomes")
        self.hats = Hats(
            self._hat(account, police, unit, SENDING),
            self._hat(account, receiver, team, RECEIVING),
            self._hat(lead, police, unit, OVERSEEING),
        )
        self.by = self.hats.sender
        return self.known

    def _hat(self, account, agency, unit, permissions):
        return wearing(account, agency=agency, unit=unit, role=least_role(permissions), since=self.known.since)

    @property
    def actors(self):
        return self.hats

    def tell(self, lines, known):
        references = {line.facts["reference"] for line in lines if "reference" in line.facts}
        try:
            people = recorded(references, by=self.by)
        except PermissionError as error:
            raise CommandError(f"The reference {error} is recorded already, and is not open to {self.by}.") from None
        telling = Telling(lines, people, known)
        return telling.told, telling.problems

    def walk(self, history):
        was = history.offender
        done = walk(history, self.known, self.hats)
        if history.offender != was:
            self.added.append(history.offender.pk)
        return done

    def finish(self):
        """People are compared with each other once they are all there."""
        for start in range(0, len(self.added), duplicates.BATCH):
            duplicates.find(self.added[start : start + duplicates.BATCH])
