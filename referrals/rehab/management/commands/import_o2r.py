import hashlib
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, transaction

from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import Membership, Service, User
from referrals.rehab.history.known import LEAST_ROLE, PERMISSIONS, Known
from referrals.rehab.history.lines import Problem, read_lines
from referrals.rehab.history.telling import Telling, look_alikes, recorded
from referrals.rehab.history.walk import walk

IMPORTER = "import@throughcare.invalid"


class Command(BaseCommand):
    help = (
        "Bring in an O2R programme's history from a spreadsheet saved as CSV: all of it or nothing. Safe to run again; "
        "a longer file adds what is new. The format is described in docs/import-o2r.md."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--check", action="store_true", help="only say what is wrong; write nothing")
        parser.add_argument(
            "--create-missing",
            action="store_true",
            help="make agencies, units, staff and rehabs that are not known, instead of refusing them",
        )
        parser.add_argument(
            "--by", metavar="EMAIL", help="who brings it in: someone of the O2R team; its own account when left out"
        )

    def handle(self, *, file, check, create_missing, by, **options):
        settings.DEBUG = False  # with it on, Django keeps the text of every query
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        with transaction.atomic():
            self._load_reference(check)
            try:
                known = Known(create=create_missing)
            except LookupError as error:
                raise CommandError(str(error)) from None
            user, importer = self._actor(by, known)
            told = self._read(data, known, by=user, importer=importer)
            if check:
                self._say_made(known, "would be made")
                transaction.set_rollback(True)
                self.stdout.write(self.style.SUCCESS(f"{_count(told)}: nothing wrong. Nothing was written."))
                return
            known.record(by=user)
            done = self._walk(told, by=user)
            if not done:
                transaction.set_rollback(True)
                self.stdout.write(f"{_count(told)}: everything is recorded already. Nothing was written.")
                return
            Event.objects.record(
                Event.Kind.ADMINISTRATION, "import_o2r", by=user, sha256=hashlib.sha256(data).hexdigest(),
                references=len(told), added=done,
            )  # fmt: skip
        self._say_made(known, "made")
        added = ", ".join(f"{number} {what}" for what, number in done.items())
        self.stdout.write(self.style.SUCCESS(f"{_count(told)}. Added: {added}."))

    def _load_reference(self, check):
        """A database that was only migrated knows no roles and no areas yet."""
        for command, is_there in (("sync_roles", Group.objects.exists()), ("sync_reference", Service.objects.exists())):
            if not is_there:
                said = " (undone after the check)" if check else ""
                self.stderr.write(f"Nothing is loaded yet, so running {command} first{said}.")
                call_command(command, stdout=self.stdout)

    def _actor(self, email, known):
        """Who brings it in, wearing the hat of the O2R team; and the account that does when nobody is named."""
        agency, unit = known.team
        importer = User.objects.filter(email=IMPORTER).first()
        if email:
            user = User.objects.filter(email=email.strip().lower()).first()
            if user is None:
                raise CommandError(f"Nobody has the e-mail address {email}.")
        else:
            user = importer or User.objects.create_user(IMPORTER, given_names="Spreadsheet", family_name="import")
            if not user.memberships.on().exists():
                Membership.objects.create(user=user, agency=agency, unit=unit, role=LEAST_ROLE, valid_from=known.since)
        for membership in user.live_memberships:
            of_team = (membership.agency, membership.unit) == (agency, unit)
            if of_team and user.act_as(membership).has_perms(PERMISSIONS):
                return user, importer or user
        raise CommandError(f"{user} holds no role in the {unit or agency} today that may take all the steps.")

    def _read(self, data, known, *, by, importer):
        problems = []
        lines = read_lines(data, problems)
        references = {line.facts["reference"] for line in lines if "reference" in line.facts}
        try:
            histories = recorded(references, by=by, importers={by, importer})
        except PermissionError as error:
            raise CommandError(f"The reference {error} is recorded already, and is not open to {by}.") from None
        telling = Telling(lines, histories, known)
        problems += telling.problems
        if problems:
            self._refuse(problems)
        for alike in look_alikes(telling.told):
            same = f"The same name and date of birth: {', '.join(alike)}."
            self.stderr.write(f"{same} They are kept apart. If they are one person, merge the two records.")
        return telling.told

    def _walk(self, told, *, by):
        done, step = Counter(), max(1, min(100, len(told) // 20))
        for number, history in enumerate(told, 1):
            try:
                done += walk(history, by=by)
            except (ValidationError, PermissionDenied, IllegalStep, LookupError, Error) as error:
                sentence = _sentence(error)
                self._refuse([Problem(history.line, "reference", history.reference, sentence)])
            if number % step == 0 or number == len(told):
                self.stderr.write(f"{number} of {len(told)} references")
        return done

    def _refuse(self, problems):
        for problem in sorted(dict.fromkeys(problems)):
            self.stderr.write(str(problem))
        lines = len({problem.line for problem in problems})
        raise CommandError(f"{lines} {'line' if lines == 1 else 'lines'} cannot be taken. Nothing was written.")

    def _say_made(self, known, what):
        for row in known.made:
            self.stdout.write(f"{row._meta.verbose_name.capitalize()} {what}: {getattr(row, 'name', None) or row}")


def _sentence(error):
    if not isinstance(error, ValidationError):
        return str(error).partition("\n")[0]
    told = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    about = {field: "" if field == NON_FIELD_ERRORS else f"{field.replace('_', ' ')}: " for field in told}
    return " ".join(f"{about[field]}{' '.join(messages)}" for field, messages in told.items())


def _count(told):
    return f"{len(told)} {'reference' if len(told) == 1 else 'references'}"
