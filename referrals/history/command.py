import hashlib
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection, transaction

from offenders.workflow import TooLate
from partners.audit.models import Event, Unwritten
from partners.models import Membership, Service, User
from referrals.models import Drug

from .lines import Problem, read_lines
from .telling import look_alikes

IMPORTER = "import@throughcare.invalid"
EACH = 100  # references between two looks at how much there is


class HistoryCommand(BaseCommand):
    """Brings in a programme's spreadsheet: all of it or nothing, what cannot be taken named, safe to run again.

    A programme gives `verb`, its event's; `columns`; `makes`, what may be missing in words; and `begin`, `tell` and
    `walk`.
    """

    verb = ""
    columns = {}
    makes = ""

    def begin(self, *, create, **options):
        """Whoever brings it in, as `self.by`, and what the database knows, returned."""
        raise NotImplementedError

    @property
    def actors(self):
        """All who take steps in it, as users of their own."""
        return [self.by]

    def tell(self, lines, known):
        """What the lines tell, one history for each reference, and the problems met: (histories, problems)."""
        raise NotImplementedError

    def walk(self, history):
        """Bring the record up to a history. Returns how many of what was added; raises as the steps do."""
        raise NotImplementedError

    def finish(self):
        """What is done once for all that was added."""

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--check", action="store_true", help="only say what is wrong; write nothing")
        parser.add_argument(
            "--create-missing",
            action="store_true",
            help=f"make {self.makes} that are not known, instead of refusing them",
        )

    def handle(self, *, file, check, create_missing, **options):
        settings.DEBUG = False  # with it on, Django keeps the text of every query
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        with transaction.atomic():
            self._load_reference(check)
            try:
                known = self.begin(create=create_missing, **options)
            except LookupError as error:
                raise CommandError(str(error)) from None
            told = self._read(data, known)
            if check:
                self._say_made(known, "would be made")
                transaction.set_rollback(True)
                self.stdout.write(self.style.SUCCESS(f"{_count(told)}: nothing wrong. Nothing was written."))
                return
            known.record(by=self.by)
            with one_of_all():
                done = self._walk(told)
            if not done:
                transaction.set_rollback(True)
                self.stdout.write(f"{_count(told)}: everything is recorded already. Nothing was written.")
                return
            self.finish()
            Event.objects.record(
                Event.Kind.ADMINISTRATION, self.verb, by=self.by, sha256=hashlib.sha256(data).hexdigest(),
                references=len(told), added=done,
            )  # fmt: skip
        self._say_made(known, "made")
        added = ", ".join(f"{number} {what}" for what, number in done.items())
        self.stdout.write(self.style.SUCCESS(f"{_count(told)}. Added: {added}."))

    def _load_reference(self, check):
        """A database that was only migrated knows no roles and no areas yet."""
        loaded = Service.objects.exists() and Drug.objects.exists()
        for command, is_there in (("sync_roles", Group.objects.exists()), ("sync_reference", loaded)):
            if not is_there:
                said = " (undone after the check)" if check else ""
                self.stderr.write(f"Nothing is loaded yet, so running {command} first{said}.")
                call_command(command, stdout=self.stdout)

    def _read(self, data, known):
        problems = []
        told, met = self.tell(read_lines(data, self.columns, problems), known)
        problems += met
        if problems:
            self._refuse(problems)
        for alike in look_alikes(told):
            same = f"The same name and date of birth: {', '.join(alike)}."
            self.stderr.write(f"{same} They are kept apart. If they are one person, merge the two records.")
        return told

    def _walk(self, told):
        done, step, unwritten = Counter(), max(1, min(EACH, len(told) // 20)), Unwritten()
        full = EACH
        for actor in self.actors:
            actor.unwritten = unwritten
        for number, history in enumerate(told, 1):
            try:
                done += self.walk(history)
            except (ValidationError, PermissionDenied, TooLate, LookupError, Error) as error:
                sentence = _sentence(error)
                self._refuse([Problem(history.line, "reference", history.reference, sentence)])
            if number % step == 0 or number == len(told):
                self.stderr.write(f"{number} of {len(told)} references")
            if number % EACH == 0 or number == len(told):
                unwritten.write()
            if number == full:
                full *= 2
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")  # what it knows of empty tables makes PostgreSQL slow on full ones
        for actor in self.actors:
            actor.unwritten = None
        return done

    def _refuse(self, problems):
        for problem in sorted(dict.fromkeys(problems)):
            self.stderr.write(str(problem))
        lines = len({problem.line for problem in problems})
        raise CommandError(f"{lines} {'line' if lines == 1 else 'lines'} cannot be taken. Nothing was written.")

    def _say_made(self, known, what):
        for row in known.made:
            self.stdout.write(f"{row._meta.verbose_name.capitalize()} {what}: {getattr(row, 'name', None) or row}")


@contextmanager
def one_of_all():
    """No savepoint within: the first step that fails ends it all, so that nothing has to be undone by itself."""
    features = connection.features
    features.uses_savepoints = False
    try:
        yield
    finally:
        del features.uses_savepoints


def importer(email=IMPORTER, name="import"):
    """The account that brings spreadsheets in, in which nobody can sign in; made when there is none."""
    user = User.objects.filter(email=email).first()
    return user or User.objects.create_user(email, given_names="Spreadsheet", family_name=name)


def wearing(user, *, agency, unit, role, since):
    """A user of its own for this hat of the account, which is given it where it has none of that team."""
    hat = user.memberships.on().filter(agency=agency, unit=unit, role=role).select_related("agency", "unit").first()
    hat = hat or Membership.objects.create(user=user, agency=agency, unit=unit, role=role, valid_from=since)
    return User.objects.get(pk=user.pk).act_as(hat)


def _sentence(error):
    if not isinstance(error, ValidationError):
        return str(error).partition("\n")[0]
    told = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    about = {field: "" if field == NON_FIELD_ERRORS else f"{field.replace('_', ' ')}: " for field in told}
    return " ".join(f"{about[field]}{' '.join(messages)}" for field, messages in told.items())


def _count(told):
    return f"{len(told)} {'reference' if len(told) == 1 else 'references'}"
