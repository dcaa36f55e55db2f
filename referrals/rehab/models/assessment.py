import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.models import Entry, shown_to
from offenders.workflow import day_of, insert
from partners.audit.models import Event
from partners.roles import Category

from .case import Case


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Assessments of cases the user sees, as far as the agency that made them may show this hat health."""
        if not user.has_perm("rehab.view_case"):
            return self.none()
        may_read = shown_to(user, category=Category.HEALTH, offender="case__offender")
        return self.filter(may_read, case__in=Case.objects.visible_to(user))

    def amendable_by(self, user):
        """Those that the user's own agency recorded, where the user may assess."""
        rows = self.visible_to(user) if user.has_perm("rehab.assess_case") else self.none()
        return rows.filter(agency=user.membership.agency_id)

    def with_spend(self):
        """Each with `daily_spend`: pounds a day over all substances; None where no amount was given."""
        spend = AssessedSubstance.objects.filter(assessment=OuterRef("pk")).values("assessment")
        return self.annotate(daily_spend=Subquery(spend.annotate(total=Sum("daily_spend")).values("total")))


class Assessment(models.Model):
    """What was learned of a person on a day: substances and what they cost, and how life stands.

    The first is kept when another follows.
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
    assessed_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assessments")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="assessments")
    funded_by = ArrayField(models.CharField(max_length=12, choices=Funding), default=list, blank=True)
    treatment_history = models.TextField(blank=True)
    prescribing = models.TextField(blank=True)
    health = models.TextField(blank=True)
    housing = models.TextField(blank=True)
    family = models.TextField(blank=True)
    orders = models.TextField("bail or court orders", blank=True)
    motivation = models.TextField(blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-assessed_on", "-recorded_at", "-id"]
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "assessed_on", "agency"], name="assessment_is_recorded_once_a_day",
                violation_error_message="Your agency already recorded an assessment on this day.",
            )
        ]  # fmt: skip

    def __str__(self):
        return f"Assessment of {self.assessed_on:%-d %B %Y}"

    def get_absolute_url(self):
        return reverse("rehab:case_assessment", args=[self.case_id])

    @property
    def matters(self):
        return [self.case_id]

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [("Assessed", self.assessed_on)]

    def amended(self, was, *, by):
        self.not_before_the_case()

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
    def answers(self):
        """(what was asked, what was learned), of all but the substances."""
        names = ["treatment_history", "prescribing", "health", "housing", "family", "orders", "motivation"]
        asked = [(self._meta.get_field(name).verbose_name.capitalize(), getattr(self, name)) for name in names]
        return [("Paid for by", ", ".join(self.Funding(value).label for value in self.funded_by)), *asked]

    @classmethod
    def record(cls, case, *, by, assessed_on, substances=(), **fields):
        """Record an assessment. `substances`: dicts of substance, daily_spend (pounds or None), route, frequency."""
        if not (by.has_perm("rehab.assess_case") and Case.objects.visible_to(by).filter(pk=case.pk).exists()):
            raise PermissionDenied("You may not assess this person.")
        at = day_of(assessed_on)
        with transaction.atomic():
            assessment = cls(case=case, by=by, agency=by.membership.agency, assessed_on=assessed_on, **fields)
            assessment.not_before_the_case()
            insert(assessment, sure_of=["by"])
            for substance in substances:
                insert(AssessedSubstance(assessment=assessment, **substance), sure_of=["assessment"])
            Event.objects.record(
                Event.Kind.COLLECTION, "assessment.record", by=by, subject=assessment, offenders=[case.offender_id]
            )
            Entry.write(
                case.offender_id,
                "Assessed",
                by=by,
                at=at,
                matters=[case.pk],
                url=assessment.get_absolute_url(),
            )
        return assessment


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
