import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from offenders.models import shown_to
from partners.roles import Category
from referrals.models import Drug, Referral

from .appointment import Appointment


class InterventionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals the user sees, to who reads health of the agency that wrote it."""
        if not user.has_perm("booking.view_intervention"):
            return self.none()
        seen = Referral.objects.visible_to(user).values("pk")
        rows = self.filter(appointment__referral__in=seen)
        return rows.filter(
            shown_to(user, category=Category.HEALTH, agency="appointment__agency", offender="appointment__offender")
        )

    def with_names(self):
        return self.select_related("appointment", "appointment__offender", "appointment__referral", "recorded_by")


class Intervention(models.Model):
    """What happened in a 1:1: the use that was talked about, the advice given, what was agreed, and where on to.

    Health, all of it: no sender reads it (board paper, paragraph 22, on what the 1:1 is).
    """

    class HowItWent(models.TextChoices):
        WELL = "well", "Took part well"
        SOME = "some", "Took some part"
        LITTLE = "little", "Took little part"

    class Advice(models.TextChoices):
        OVERDOSE = "overdose", "Overdose and what to do"
        SAFER_USE = "safer_use", "Safer use"
        MIXING = "mixing", "Mixing drugs and alcohol"
        CUTTING_DOWN = "cutting_down", "Cutting down or stopping"
        NALOXONE = "naloxone", "Naloxone given or offered"
        NEEDLES = "needles", "Needle exchange"
        DRIVING = "driving", "Driving and the law"
        MENTAL_HEALTH = "mental_health", "Mental health and drugs"

    class Onward(models.TextChoices):
        TREATMENT = "treatment", "Drug or alcohol treatment"
        MENTAL_HEALTH = "mental_health", "Mental health"
        GAMBLING = "gambling", "Gambling support"
        EMPLOYMENT = "employment", "Employment support"
        HOUSING = "housing", "Housing"
        SAFEGUARDING = "safeguarding", "Safeguarding"
        GP = "gp", "GP"
        OTHER = "other", "Somewhere else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appointment = models.OneToOneField(Appointment, models.PROTECT, editable=False, related_name="intervention")
    drugs = models.ManyToManyField(Drug, blank=True, related_name="interventions", verbose_name="what they use")
    main_drug = models.ForeignKey(Drug, models.PROTECT, null=True, blank=True, related_name="+")
    # AUDIT-C, three answers of 0 to 4 points
    audit_frequency = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(4)])
    audit_units = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(4)])
    audit_binge = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(4)])
    audit_c = models.GeneratedField(
        expression=F("audit_frequency") + F("audit_units") + F("audit_binge"),
        output_field=models.PositiveSmallIntegerField(null=True), db_persist=True, verbose_name="AUDIT-C",
    )  # fmt: skip
    advice = ArrayField(models.CharField(max_length=16, choices=Advice), default=list, blank=True)
    how_it_went = models.CharField(max_length=8, choices=HowItWent, blank=True)
    agreed = models.TextField("what was agreed", blank=True)
    onward = ArrayField(models.CharField(max_length=16, choices=Onward), default=list, blank=True)
    onward_detail = models.CharField("referred on to", max_length=200, blank=True)
    concern = models.TextField("concern for someone's safety", blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")

    objects = InterventionQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        default_permissions = ["view", "add"]
        constraints = [
            models.CheckConstraint(
                name="audit_answers_are_nought_to_four",
                condition=(
                    (Q(audit_frequency=None) | Q(audit_frequency__lte=4))
                    & (Q(audit_units=None) | Q(audit_units__lte=4))
                    & (Q(audit_binge=None) | Q(audit_binge__lte=4))
                ),
                violation_error_message="Each answer counts from 0 to 4.",
            ),
        ]

    def __str__(self):
        return f"Intervention of {self.appointment}"

    def get_absolute_url(self):
        return self.appointment.get_absolute_url()

    @property
    def offender(self):
        return self.appointment.offender

    @property
    def offender_id(self):
        return self.appointment.offender_id
