import random
from decimal import Decimal
from time import monotonic

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from config.seeds.administration import review_access
from config.seeds.consents import agreements_that_end, answer
from config.seeds.cover import away
from config.seeds.deadlines import pause_some
from config.seeds.divert import DIVERTED, Divert
from config.seeds.documents import file_some
from config.seeds.duplicates import record_twice
from config.seeds.hearing import choose_some
from config.seeds.names import AGENCIES, FUNDERS, REHAB_UNITS, SECOND_HATS, STAFF
from config.seeds.oversight import ask_supervisors
from config.seeds.people import COUNT, WAITING, Seeder
from config.seeds.restrictions import open_some, restrict_some
from config.seeds.retention import keep_some
from config.seeds.reviews import review_some
from config.seeds.subject import ask_what_is_held, read_oddly
from config.seeds.systems import register_some
from config.seeds.tasks import ask
from config.seeds.throughcare import Throughcare
from offenders.models import Offender
from partners.audit.models import Unwritten
from partners.demonstration import DEMONSTRATION_PASSWORD as PASSWORD
from partners.management.commands.sync_reference import BEGINNING
from partners.models import Agency, Agreement, Membership, Unit, User
from partners.roles import Category
from referrals.history.command import one_of_all
from referrals.rehab.models import Budget, Funder, RehabUnit
from referrals.rehab.models.funder import financial_year


class Command(BaseCommand):
    help = "Fill a demonstration database with a partnership as it might stand today. Invented people only."

    def add_arguments(self, parser):
        parser.add_argument("--if-empty", action="store_true", help="Do nothing where there is anyone already.")

    def handle(self, *, if_empty, **options):
        if not settings.DEMONSTRATION:
            raise CommandError(
                "This is not a demonstration database. Set DEMONSTRATION=1 only where no real person is."
            )
        if Offender.objects.exists():
            if if_empty:
                self.stdout.write("There are people here already: nothing seeded.")
                return
            raise CommandError("There are people here already. Seeds go into an empty database.")
        settings.DEBUG = False  # with it on, Django keeps the text of every query: most of the time this takes
        begun = monotonic()
        call_command("sync_roles", verbosity=0, stdout=self.stdout)
        call_command("sync_reference", verbosity=0, stdout=self.stdout)
        with transaction.atomic(), one_of_all():
            self._fill(random.Random(2023))
        people = f"{COUNT} people of Offender to Rehab, {DIVERTED} of Divert"
        self.stdout.write(f"{people} and {len(STAFF)} staff in {monotonic() - begun:.0f} s.")

    def _fill(self, chance):
        agencies = self._agencies()
        staff = self._staff(agencies)
        units = [
            RehabUnit.objects.create(
                name=name, agency=agencies[agency], places=places, takes=takes, has_detox=detox,
                weekly_price=Decimal(price), restrictions=restrictions, valid_from=BEGINNING,
            )
            for name, agency, places, takes, detox, price, restrictions in REHAB_UNITS
        ]  # fmt: skip
        seeder, open_cases = Seeder(chance, staff, units, agencies, self._funders()), []
        unwritten = Unwritten()
        for user in staff:
            user.unwritten = unwritten
        throughcare = Throughcare(chance, staff, units, agencies, seeder.funders)
        throughcare.each_way()
        throughcare.each_way_after()
        self._write(unwritten)
        for n in range(COUNT - Offender.objects.count() - len(WAITING)):
            if case := seeder.journey(n):
                open_cases.append(case)
            if n % 25 == 24:
                self._write(unwritten)
                self.stdout.write(f"  {n + 1} of {COUNT} people of Offender to Rehab")
        throughcare.plan_most(open_cases)
        for stands in WAITING:
            seeder.waiting(stands)
        divert = Divert(chance, staff, units, agencies)
        for n in range(DIVERTED):
            divert.history(n)
            if n % 50 == 49:
                self._write(unwritten)
                self.stdout.write(f"  {n + 1} of {DIVERTED} people of Divert")
        divert.these_days()
        self._write(unwritten)
        for user in staff:
            user.unwritten = None
        choose_some(staff)
        supervisors, (custody, *_) = seeder.by_role["supervisor"], seeder.by_role["custody_officer"]
        review_some(chance, open_cases[6:], supervisors)
        ask(open_cases[6:24], seeder.wearing)
        restrict_some(open_cases[:3], supervisors)
        open_some(open_cases[3:6], custody, supervisors[0])
        shared = [case for case in open_cases[6:] if case.co_worker_id]
        answer(shared[:20], seeder.by_role["cgl_worker"][0], agencies)
        file_some(shared[:12], seeder.wearing, seeder.by_role["cgl_worker"][0])
        ask_supervisors(seeder)
        pause_some(seeder.by_role["facilitator"][0], seeder.by_role["cranstoun_worker"][0])
        record_twice(seeder.by_role, seeder.areas["E08000025"])
        away(seeder.by_role)
        review_access(seeder.by_role["administrator"], agencies)
        register_some(seeder.by_role["administrator"][0], agencies)
        auditor = seeder.by_role["auditor"][0]
        read_oddly(seeder.by_role["facilitator"][1], auditor)
        ask_what_is_held(open_cases[6:9], auditor)
        keep_some(seeder.by_role["facilitator"][0], supervisors, seeder.areas["E08000025"])

    def _write(self, unwritten):
        unwritten.write()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # what it knows of empty tables makes PostgreSQL slow on full ones

    def _funders(self):
        this, funders = financial_year(timezone.localdate()), []
        for name, kind, amount in FUNDERS:
            funders.append(Funder.objects.create(name=name, kind=kind, valid_from=BEGINNING))
            Budget.objects.bulk_create(
                Budget(funder=funders[-1], year=year, amount=amount) for year in range(this - 3, this + 1)
            )
        return funders

    def _agencies(self):
        for name, kind in AGENCIES:
            Agency.objects.create(name=name, kind=kind)
        agencies = {str(agency): agency for agency in Agency.objects.all()}
        purposes = {"the Divert agreement": "Divert: resolutions, appointments and what came of them"}
        covers = {"the housing agreement": [Category.IDENTITY, Category.CASE, Category.GENERAL]}
        for name, parties in {
            "the O2R agreement": ["WMP", "CGL", "Cranstoun"],
            "the Divert agreement": ["WMP", "Cranstoun"],
            "the rehab agreement": ["WMP", "CGL", "Ashgrove House", "Meadowbank"],
            "the housing agreement": ["WMP", "Canalside Housing"],
        }.items():
            agreement = Agreement.objects.create(
                name=name, purpose=purposes.get(name, "Throughcare of O2R clients"),
                categories=covers.get(name, list(Category)), valid_from=BEGINNING,
            )  # fmt: skip
            agreement.agencies.set([agencies[party] for party in parties])
        agreements_that_end(agencies, BEGINNING)
        return agencies

    def _staff(self, agencies):
        units = {unit.name: unit for unit in Unit.objects.on()}
        staff, password = [], make_password(PASSWORD)
        for number, (title, given, family, role, agency, unit) in enumerate(STAFF):
            email = f"{given.split()[-1]}.{family}@throughcare.example".lower()
            user = User.objects.create(
                email=email, password=password, title=title, given_names=given, family_name=family,
                collar_number=str(20417 + 53 * number) if title and agency == "WMP" else "",
            )  # fmt: skip
            hat = Membership.objects.create(
                user=user, agency=agencies[agency], unit=units[unit] if unit else None, role=role, valid_from=BEGINNING
            )
            staff.append(user.act_as(hat))
        names = {f"{user.given_names} {user.family_name}": user for user in staff}
        for name, role, agency, unit in SECOND_HATS:
            Membership.objects.create(
                user=names[name], agency=agencies[agency], unit=units[unit], role=role, valid_from=BEGINNING
            )
        return staff
