import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Func, OuterRef, Q, Subquery, Sum, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.models import Entry, shown_to
from offenders.versions import kept, to_keep
from offenders.workflow import TooLate, day_of, insert, the_databases_no
from partners.audit.models import Event
from partners.roles import Category

from ..deadlines import keep_assessed
from ..questions import QUESTIONS, Part, names_of, sections_of
from .case import Case

CLOSED = "This case is closed. Reopen it before recording an assessment."


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Assessments of cases the user sees, as far as the agency that made them may show this hat health.

        One that is not finished is its own agency's alone.
        """
        if not user.has_perm("rehab.view_case"):
            return self.none()
        may_read = shown_to(user, category=Category.HEALTH, offender="case__offender")
        finished_or_own = Q(finished_at__isnull=False) | Q(agency=user.membership.agency_id)
        return self.filter(may_read, finished_or_own, case__in=Case.objects.visible_to(user))

    def amendable_by(self, user):
        """Finished ones that the user's own agency recorded, where the user may assess."""
        rows = self.visible_to(user).finished() if user.has_perm("rehab.assess_case") else self.none()
        return rows.filter(agency=user.membership.agency_id)

    def finished(self):
        return self.filter(finished_at__isnull=False)

    def unfinished(self):
        return self.filter(finished_at=None)

    def asking_substances(self):
        """Finished ones that asked what the person takes and what it costs: they say the pounds a day."""
        return self.finished().exclude(part=Part.TREATMENT)

    def missing(self):
        """Of one case's: the parts that the latest round lacks; both where nothing is finished."""
        rounds = {}
        for number, part in self.finished().order_by().values_list("round", "part"):
            rounds.setdefault(number, set()).add(part)
        there = rounds[max(rounds)] if rounds else set()
        return [] if Part.WHOLE in there else [part for part in (Part.OFFENDING, Part.TREATMENT) if part not in there]

    def with_spend(self):
        """Each with `daily_spend`: pounds a day over all substances; None where no amount was given."""
        spend = AssessedSubstance.objects.filter(assessment=OuterRef("pk")).values("assessment")
        return self.annotate(daily_spend=Subquery(spend.annotate(total=Sum("daily_spend")).values("total")))


# what each part takes up of a round: two parts fit beside each other, the whole beside nothing
TAKES_UP = Func(
    models.Case(models.When(part=Part.TREATMENT, then=Value(1)), default=Value(0)),
    models.Case(models.When(part=Part.OFFENDING, then=Value(1)), default=Value(2)),
    function="int4range",
)


class Assessment(models.Model):
    """What was learned of a person on a day: substances and what they cost, and how life stands.

    One agency does all of it, or two a part each. It is begun, kept as it goes, and finished; until then it is its
    agency's alone. Each round keeps the one before it: the first stays when the person is assessed again.
    """

    class Funding(models.TextChoices):
        SHOP_THEFT = "shop_theft", "Stealing from shops"
        OTHER_THEFT = "other_theft", "Other theft or burglary"
        DEALING = "dealing", "Dealing"
        SEX_WORK = "sex_work", "Sex work"
        BEGGING = "begging", "Begging"
        BENEFITS = "benefits", "Benefits"
        WORK = "work", "Work"
        FAMILY = "family", "Family or friends"
        OTHER = "other", "Something else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="assessments")
    part = models.CharField(max_length=10, choices=Part, default=Part.WHOLE, editable=False)
    round = models.PositiveSmallIntegerField(default=1, editable=False)
    assessed_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assessments")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="assessments")
    funded_by = ArrayField(models.CharField(max_length=12, choices=Funding), default=list, blank=True)
    offending = models.TextField(blank=True)
    orders = models.TextField("bail or court orders", blank=True)
    risks = models.TextField(blank=True)
    housing = models.TextField(blank=True)
    family = models.TextField(blank=True)
    treatment_history = models.TextField(blank=True)
    prescribing = models.TextField(blank=True)
    motivation = models.TextField(blank=True)
    health = models.TextField(blank=True)
    drinking = models.TextField(blank=True)
    asked = models.JSONField(default=dict, blank=True, editable=False)  # {field: the question as it was asked}
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-assessed_on", "-recorded_at", "-id"]
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "assessed_on", "agency", "part"], condition=Q(finished_at__isnull=False),
                name="assessment_is_recorded_once_a_day",
                violation_error_message="Your agency already recorded an assessment on this day.",
            ),
            models.UniqueConstraint(
                fields=["case", "agency"], condition=Q(finished_at=None), name="agency_finishes_one_before_the_next",
                violation_error_message="Your agency has begun one that is not finished. Carry on with that one.",
            ),
            ExclusionConstraint(
                name="part_is_assessed_once_a_round",
                expressions=[
                    ("case", RangeOperators.EQUAL),
                    ("round", RangeOperators.EQUAL),
                    (TAKES_UP, RangeOperators.OVERLAPS),
                ],
                violation_error_message="Someone began this part at the same moment. Look again.",
            ),
            models.CheckConstraint(name="rounds_are_counted_from_one", condition=Q(round__gte=1)),
        ]  # fmt: skip

    def __str__(self):
        return f"Assessment of {self.assessed_on:%-d %B %Y}"

    def get_absolute_url(self):
        """The case's tab; of one that is not finished, the page to carry on with."""
        if self.finished_at:
            return reverse("rehab:case_assessment", args=[self.case_id])
        for name, section in sections_of(self.part).items():
            if not self.asked.keys() & set(section.names):
                return reverse(f"rehab:assessment_{name}", args=[self.pk])
        return reverse("rehab:assessment", args=[self.pk])

    @property
    def title(self):
        """Which it is of the person's assessments: "First assessment: treatment and health"."""
        which = "First assessment" if self.round == 1 else f"Assessment {self.round}"
        return which if self.part == Part.WHOLE else f"{which}: {self.get_part_display().lower()}"

    @property
    def sentence(self):
        return "Assessed" if self.part == Part.WHOLE else f"Assessed: {self.get_part_display().lower()}"

    @property
    def matters(self):
        return [self.case_id]

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(self.sentence, self.assessed_on)]

    def amendable_fields(self, user):
        """The day, and what this part asks."""
        return {"assessed_on", *names_of(self.part)}

    def amended(self, was, *, by):
        self.not_before_the_case()
        keep_assessed(self.case, by=by)

    def not_before_the_case(self):
        """Raise where it is dated before its case."""
        if self.assessed_on < self.case.opened_on:
            opened = date_format(self.case.opened_on, "j F Y")
            raise ValidationError({"assessed_on": f"The case was opened on {opened}: the assessment cannot be before."})

    @property
    def offender_id(self):
        return self.case.offender_id

    @property
    def offender(self):
        return self.case.offender

    @property
    def substances_by_cost(self):
        """The dearest first, those of a cost not known last."""
        return sorted(self.substances.all(), key=lambda one: one.daily_spend or 0, reverse=True)

    @property
    def asks_substances(self):
        return self.part != Part.TREATMENT

    @property
    def answers(self):
        """(what was asked, in the words of that day; what was learned), of all but the substances."""
        return self.answers_to(names_of(self.part))

    def answers_to(self, names):
        """The same of these fields."""
        paid = ", ".join(self.Funding(value).label for value in self.funded_by)
        return [
            (self.asked.get(name) or QUESTIONS[name].text, paid if name == "funded_by" else getattr(self, name))
            for name in names
            if name != "substances"
        ]

    @property
    def says_nothing(self):
        """Whether neither a substance nor a word was written."""
        return not self.substances.exists() and not any(
            getattr(self, name) for name in names_of(self.part) if name != "substances"
        )

    @staticmethod
    def part_of(user, case):
        """The part that is usually this user's agency's: offending of the team that holds the case."""
        return Part.OFFENDING if user.membership.agency_id == case.agency_id else Part.TREATMENT

    @staticmethod
    def may_assess(user, case):
        return user.has_perm("rehab.assess_case") and Case.objects.visible_to(user).filter(pk=case.pk).exists()

    @classmethod
    def _new(cls, case, *, by, part, **fields):
        """Save a new one in its round: the latest that lacks this part, else the next."""
        if not cls.may_assess(by, case):
            raise PermissionDenied("You may not assess this person.")
        Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        rounds = {}
        for number, there in case.assessments.order_by().values_list("round", "part"):
            rounds.setdefault(number, set()).add(there)
        last = max(rounds, default=0)
        joins = last and part != Part.WHOLE and not rounds[last] & {part, Part.WHOLE}
        number = last if joins else last + 1
        assessment = cls(case=case, by=by, agency=by.membership.agency, part=part, round=number, **fields)
        assessment.not_before_the_case()
        insert(assessment, sure_of=["by"])
        return assessment

    @classmethod
    def record(cls, case, *, by, assessed_on, substances=(), part=Part.WHOLE, **fields):
        """Record an assessment, finished at once.

        `substances`: dicts of substance, daily_spend (pounds or None), route, frequency. `asked`: {field: question},
        left out where nobody was asked, as of what a spreadsheet tells.
        """
        at = day_of(assessed_on)
        with transaction.atomic():
            assessment = cls._new(case, by=by, part=part, assessed_on=assessed_on, finished_at=timezone.now(), **fields)
            for substance in substances:
                insert(AssessedSubstance(assessment=assessment, **substance), sure_of=["assessment"])
            assessment._tell("assessment.record", by=by, at=at)
            keep_assessed(case, by=by)
        return assessment

    @classmethod
    def begin(cls, case, *, by, part=Part.WHOLE, on=None):
        """Begin an assessment, to be kept as it goes. Returns it."""
        day_of(on)
        with transaction.atomic():
            if case.closed_on:
                raise ValidationError(CLOSED, code="closed")
            assessment = cls._new(case, by=by, part=part, assessed_on=on or timezone.localdate())
            Event.objects.record(
                Event.Kind.COLLECTION, "assessment.begin", by=by, subject=assessment, offenders=[case.offender_id]
            )
        return assessment

    def keep(self, *, by, asked=None, **answers):
        """Keep these answers of one that is not finished, with the questions in the words they were asked in."""
        with transaction.atomic():
            self._to_finish(by)
            if asked and (asked := self.asked | asked) != self.asked:
                answers["asked"] = asked
            changed = [name for name, value in answers.items() if to_keep(self, name, value) != kept(self, name)]
            if not changed:
                return
            rows = answers.pop("substances", ())
            for name, value in answers.items():
                setattr(self, name, value)
            self.clean_fields(exclude=[field.name for field in self._meta.fields if field.name not in answers])
            self.save(update_fields=answers)
            if "substances" in changed:
                self.substances.all().delete()
                for row in rows:
                    insert(AssessedSubstance(assessment=self, **row), sure_of=["assessment"])
            Event.objects.record(
                Event.Kind.ALTERATION, "assessment.keep", by=by, subject=self, offenders=[self.offender_id],
                fields=sorted(changed),
            )  # fmt: skip

    def finish(self, *, by, on=None):
        """Say that it is complete: from now on others read it as far as they may, and savings count it."""
        with transaction.atomic():
            self._to_finish(by)
            if self.says_nothing:
                raise ValidationError("Say what they take, or something of how life stands, before you finish it.")
            self.assessed_on, self.by, self.finished_at = on or self.assessed_on, by, timezone.now()
            at = day_of(self.assessed_on)
            self.not_before_the_case()
            with the_databases_no(self), transaction.atomic():
                self.save(update_fields=["assessed_on", "by", "finished_at"])
            self._tell("assessment.finish", by=by, at=at)
            keep_assessed(self.case, by=by)

    def discard(self, *, by):
        """Throw one away that was begun by mistake. Nobody else had seen it; that it was begun stays on record."""
        with transaction.atomic():
            self._to_finish(by)
            Event.objects.record(
                Event.Kind.ERASURE, "assessment.discard", by=by, subject=self, offenders=[self.offender_id]
            )
            self.substances.all().delete()
            self.delete()

    def _to_finish(self, by):
        """Hold the row. Raises where it is finished, or not this user's to finish."""
        case = self.case
        self.refresh_from_db(from_queryset=Assessment.objects.select_for_update(of=("self",)))
        self.case = case
        if self.finished_at:
            raise TooLate("This assessment is finished already. Amend it instead.")
        if self.agency_id != by.membership.agency_id or not self.may_assess(by, case):
            raise PermissionDenied("You may not write in this assessment.")
        if Case.objects.filter(pk=self.case_id, closed_on__isnull=False).exists():
            raise ValidationError(CLOSED, code="closed")

    def _tell(self, verb, *, by, at):
        Event.objects.record(Event.Kind.COLLECTION, verb, by=by, subject=self, offenders=[self.offender_id])
        Entry.write(self.offender_id, self.sentence, by=by, at=at, matters=[self.case_id], url=self.get_absolute_url())


class AssessedSubstance(models.Model):
    """One substance in an assessment: how it is taken, how often, and what it costs a day."""

    class Substance(models.TextChoices):
        HEROIN = "heroin", "Heroin"
        CRACK = "crack", "Crack cocaine"
        COCAINE = "cocaine", "Cocaine powder"
        ALCOHOL = "alcohol", "Alcohol"
        CANNABIS = "cannabis", "Cannabis"
        SYNTHETIC = "synthetic", "Synthetic cannabinoids"
        AMPHETAMINE = "amphetamine", "Amphetamine"
        BENZODIAZEPINE = "benzodiazepine", "Benzodiazepines"
        METHADONE = "methadone", "Methadone or buprenorphine, not prescribed"
        OTHER = "other", "Something else"
        UNKNOWN = "unknown", "Not known which"

    class Route(models.TextChoices):
        INJECT = "inject", "Injected"
        SMOKE = "smoke", "Smoked"
        SNIFF = "sniff", "Sniffed"
        ORAL = "oral", "By mouth"
        UNKNOWN = "unknown", "Not known"

    class Frequency(models.TextChoices):
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Most weeks"
        LESS = "less", "Less often"
        UNKNOWN = "unknown", "Not known"

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="substances")
    substance = models.CharField(max_length=16, choices=Substance)
    route = models.CharField(max_length=8, choices=Route, default=Route.UNKNOWN)
    frequency = models.CharField(max_length=8, choices=Frequency, default=Frequency.UNKNOWN)
    daily_spend = models.DecimalField("pounds a day", max_digits=8, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["-daily_spend", "substance", "id"]
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["assessment", "substance"], name="substance_is_assessed_once"),
            models.CheckConstraint(
                name="daily_spend_is_not_negative", condition=Q(daily_spend=None) | Q(daily_spend__gte=0),
                violation_error_message="Pounds a day cannot be less than nothing.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.get_substance_display()
