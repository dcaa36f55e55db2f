from datetime import date

from django.core.management.base import BaseCommand
from django.db import transaction

from partners.models import Agency, Area, Service, Setting, Unit

# What other apps start from too: functions that load it. An app adds its own when it is ready.
ALSO = []

# Office for National Statistics codes of the seven local authorities of the West Midlands, and where they lie: the
# middle between their northernmost and southernmost, easternmost and westernmost points in its boundaries, in degrees.
# It serves to say in whole miles how far away a rehab is, no more.
AREAS = {
    "E08000025": ("Birmingham", "52.495", "-1.882"),
    "E08000026": ("Coventry", "52.415", "-1.521"),
    "E08000027": ("Dudley", "52.492", "-2.104"),
    "E08000028": ("Sandwell", "52.515", "-2.009"),
    "E08000029": ("Solihull", "52.431", "-1.735"),
    "E08000030": ("Walsall", "52.605", "-1.977"),
    "E08000031": ("Wolverhampton", "52.591", "-2.129"),
}
ELSEWHERE = {Area.OUTSIDE: "Outside the force area", Area.NO_FIXED_ABODE: "No fixed abode"}

AGENCIES = [
    ("West Midlands Police", "WMP", Agency.Kind.POLICE),
    ("Cranstoun", "Cranstoun", Agency.Kind.TREATMENT),
    ("Change Grow Live", "CGL", Agency.Kind.TREATMENT),
]

# Board paper of February 2023 for the units of its day; local policing areas since 3 April 2023 (the force's own pages)
BEGINNING = date(2018, 1, 1)
EVER = date(2000, 1, 1)  # our own rules, which any history brought in must find
LAST_DAY_OF_NPUS = date(2023, 4, 2)
FIRST_DAY_OF_LPAS = date(2023, 4, 3)
NPUS = ["Birmingham East", "Birmingham West", "Coventry", "Dudley", "Sandwell", "Solihull", "Walsall", "Wolverhampton"]
LPAS = ["Birmingham", "Coventry", "Dudley", "Sandwell", "Solihull", "Walsall", "Wolverhampton"]
DEPARTMENTS = {
    "Force Response": "Force Response",
    "Force CID": "FCID",
    "Public Protection Unit": "PPU",
    "County Lines Taskforce": "CTLF",
    "Force Priorities and Vulnerabilities Team": "FPVT",
    "Neighbourhood Justice Team": "NJT",
}
O2R_TEAM = "Offender to Rehab team"

# key, figures, since, source, whether it is an assumption
SETTINGS = [
    (
        "goods_multiplier", [3], BEGINNING, False,
        "Board paper of 28 February 2023, paragraph 33: goods stolen are three times the spend on drugs.",
    ),
    (
        "low_daily_spend", ["52.05"], BEGINNING, False,
        "West Midlands PCC: about £19,000 a year for someone using heroin and crack, divided by 365.",
    ),
    (
        "high_daily_spend", ["140.47"], BEGINNING, False,
        "Board paper, paragraph 33: £155,637 over 1,108 days in rehab.",
    ),
    (
        "unpriced_stay", ["2500", "8776", "40000"], BEGINNING, True,
        "Assumption. £2,500 to the force and £40,000 usual, for a place in 2018/19 (trade press); £8,776 a placement in"
        " Scotland, first quarter of 2022/23 (Public Health Scotland).",
    ),
    ("follow_up_weeks", [1, 4, 12, 26, 52], EVER, True, "Assumption: the paper names no intervals."),
    ("follow_up_attempts", [3], EVER, True, "Assumption: three tries before giving a check up."),
    ("lapse_days", [3], EVER, True, "Assumption: soon, and over a weekend."),
    ("involvement_days", [365], EVER, True, "Assumption: until the agreements say otherwise."),
    ("agreement_warning_days", [60], EVER, True, "Assumption: time to renew an agreement between two agencies."),
    ("plan_warning_days", [28], EVER, True, "Assumption: four weeks, as long as a tenancy takes to arrange."),
    ("link_days", [14], EVER, True, "Assumption: long enough for someone who is away to answer."),
    ("stay_weeks", [12], EVER, True, "Assumption: a usual length of residential rehab; the paper names none."),
    ("hold_minutes", [10], EVER, True, "Assumption: long enough to finish a referral on the street."),
    ("slot_days", [21], EVER, True, "Assumption: three weeks ahead."),
    ("journey_days", [3], EVER, True, "Assumption: over a weekend off."),
    ("contact_days", [5], EVER, True, "Assumption: the contract's figure was not found."),
    ("contact_attempts", [3], EVER, True, "Assumption: the contract's figure was not found."),
    ("approval_from_gravity", [3], EVER, True, "Assumption: the force's policy was not found."),
    ("reminder_hours", [24], EVER, True, "Assumption: the day before."),
    ("concern_days", [1], EVER, True, "Assumption: by the next day."),
    ("checklist_days", [14], EVER, True, "Assumption: of what was longer ago it is history."),
    (
        "contact_after_days", [2], EVER, True,
        "Assumption. Of people who use opioids, deaths are most frequent in the two days after they leave hospital: "
        "Lewer and others, PLOS Medicine, 2021.",
    ),
    ("emergency_access_hours", [2], EVER, True, "Assumption: long enough for one call-out, until policy says."),
    ("review_weeks", [6], EVER, True, "Assumption: the paper names no cycle of supervision."),
    ("sample_size", [5], EVER, True, "Assumption: as many as one sitting bears."),
    ("load_of_phase", [2, 2, 3, 1, 1], EVER, True, "Assumption: most work lies before rehab and in detox."),
    ("load_of_risk", [1], EVER, True, "Assumption: as much again as an easy client."),
    ("load_limit", [30], EVER, True, "Assumption: no published figure was found for this work."),
    ("answer_days", [2], EVER, True, "Assumption: the contract's figure was not found."),
    ("assess_days", [10], EVER, True, "Assumption: the paper names none."),
    ("place_answer_days", [3], EVER, True, "Assumption: the paper names none."),
    ("due_soon_days", [1], EVER, True, "Assumption: the working day before."),
    ("snooze_days", [14], EVER, True, "Assumption: longer than that is another day to do it by."),
    ("digest_hour", [7], EVER, True, "Assumption: before the first briefing."),
    ("quiet_hours", [20, 7], EVER, True, "Assumption: from eight in the evening until seven."),
    ("access_review_months", [3], EVER, True, "Assumption: each quarter."),
    ("approval_from_pounds", [10000], EVER, True, "Assumption: the force's scheme of delegation was not found."),
    ("left_days", [7], EVER, True, "Assumption: a week."),
    ("keep_years", [10, 10, 6, 8], EVER, True, "Assumption, after the codes of practice of police and NHS."),
    ("review_ahead_days", [60], EVER, True, "Assumption: two months."),
    ("subject_access_days", [30], EVER, True, "A month, in 30 days: UK GDPR article 12; DPA 2018 section 54."),
    ("alert_people", [60], EVER, True, "Assumption: twice a full caseload."),
    ("alert_hours", [22, 6], EVER, True, "Assumption: from ten in the evening until six."),
    ("token_days", [365], EVER, True, "Assumption: a year."),
    ("calls_a_minute", [120], EVER, True, "Assumption: two a second."),
    ("file_megabytes", [10], EVER, True, "Assumption: a scanned letter of twenty pages."),
]  # fmt: skip


class Command(BaseCommand):
    help = "Load what everyone starts from: areas, agencies, units, services, settings, the law. Safe to run again."

    @transaction.atomic
    def handle(self, **options):
        for code, (name, latitude, longitude) in AREAS.items():
            told = {"name": name, "in_force_area": True, "latitude": latitude, "longitude": longitude}
            Area.objects.update_or_create(code=code, defaults=told)
        for code, name in ELSEWHERE.items():
            Area.objects.update_or_create(code=code, defaults={"name": name, "in_force_area": False})
        for name, short_name, kind in AGENCIES:
            Agency.objects.get_or_create(name=name, defaults={"short_name": short_name, "kind": kind})
        police = Agency.objects.get(name="West Midlands Police")
        for name in NPUS:
            self._unit(police, name, Unit.Kind.NPU, BEGINNING, LAST_DAY_OF_NPUS)
        for name in LPAS:
            self._unit(police, name, Unit.Kind.LPA, FIRST_DAY_OF_LPAS)
        for name in DEPARTMENTS:
            self._unit(police, name, Unit.Kind.DEPARTMENT, BEGINNING)
        team = self._unit(police, O2R_TEAM, Unit.Kind.TEAM, BEGINNING)
        service, is_new = Service.objects.get_or_create(
            agency=police, unit=team, pathway="o2r",
            defaults={"valid_from": BEGINNING, "source": "Board paper of 28 February 2023, paragraphs 30 and 36"},
        )  # fmt: skip
        if is_new:
            service.areas.set(Area.objects.filter(in_force_area=True))
        for agency, unit, pathway, source in (
            (Agency.objects.get(name="Cranstoun"), None, "divert", "Board paper of 28 February 2023, paragraph 14"),
            (police, police.units.get(name="Neighbourhood Justice Team"), "resolution", "Board paper, paragraph 17"),
        ):
            Service.objects.get_or_create(
                agency=agency, unit=unit, pathway=pathway, defaults={"valid_from": BEGINNING, "source": source}
            )
        for key, values, since, is_assumption, source in SETTINGS:
            if not Setting.objects.filter(key=key).exists():
                Setting.objects.create(
                    key=key, values=values, valid_from=since, source=source, is_assumption=is_assumption
                )
        for load in ALSO:
            load()
        self.stdout.write("Areas, agencies, units, services, settings, drugs and offences.")

    def _unit(self, agency, name, kind, since, until=None):
        unit, _ = Unit.objects.get_or_create(
            agency=agency, name=name, valid_from=since, defaults={"kind": kind, "valid_to": until}
        )
        return unit
