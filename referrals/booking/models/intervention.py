"""What happened in a 1:1, for those who treat the person and nobody else."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from offenders.models import Entry, shown_to, yes_if
from offenders.workflow import TooLate, insert
from partners.audit.models import Event
from partners.roles import Category
from referrals.models import Drug, Referral

from ..workflow import Status
from .appointment import Appointment

AUDIT_C_ASKS_MORE = 5  # of 12


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

    def amendable_by(self, user):
        """Those of the user's own team."""
        if not user.has_perm("booking.add_intervention"):
            return self.none()
        return self.visible_to(user).filter(user.mine("appointment__"))

    def with_leave(self, user):
        """Each with `may_read_concern`: a concern is safeguarding, the rest health."""
        agency, offender = "appointment__agency", "appointment__offender"
        shown = shown_to(user, category=Category.SAFEGUARDING, agency=agency, offender=offender)
        return self.annotate(may_read_concern=yes_if(shown))

    def concerns(self):
        """Those that say someone may not be safe, which nobody has acknowledged."""
        return self.exclude(concern="").filter(acknowledged_at=None)

    def of_another(self, user):
        """Those of the user's team that someone else wrote."""
        return self.filter(user.mine("appointment__")).exclude(recorded_by=user)

    def with_names(self):
        return self.select_related(
            "appointment", "appointment__offender", "appointment__referral", "appointment__worker", "main_drug",
            "recorded_by", "acknowledged_by",
        )  # fmt: skip


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
    acknowledged_at = models.DateTimeField("concern acknowledged", null=True, editable=False)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")

    objects = InterventionQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        default_permissions = ["view", "add"]
        permissions = [("acknowledge_intervention", "Can acknowledge a concern for someone's safety")]
        indexes = [
            models.Index(
                fields=["recorded_at", "id"], name="concern_to_acknowledge",
                condition=~Q(concern="") & Q(acknowledged_at=None),
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                name="concern_is_acknowledged_by_another",
                condition=Q(acknowledged_by=None) | ~Q(acknowledged_by=F("recorded_by")),
                violation_error_message="You wrote this. Another manager acknowledges it.",
            ),
            models.CheckConstraint(
                name="acknowledged_concern_says_by_whom",
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="audit_c_is_answered_whole",
                condition=Q(audit_frequency=None, audit_units=None, audit_binge=None)
                | Q(audit_frequency__isnull=False, audit_units__isnull=False, audit_binge__isnull=False),
                violation_error_message="Answer all three questions about alcohol, or none.",
            ),
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

    @property
    def matters(self):
        return self.appointment.matters

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(self.sentence, self.appointment.starts_at)]

    @property
    def sentence(self):
        return f"What happened in the 1:1 was written up{f'. Agreed: {self.agreed}' if self.agreed else ''}"

    @property
    def answers(self):
        """(what was asked, what was said), of all but a concern."""
        many = {name: ", ".join(str(kind(one).label) for one in getattr(self, name))
                for name, kind in (("advice", self.Advice), ("onward", self.Onward))}  # fmt: skip
        return [
            ("How it went", self.get_how_it_went_display()),
            ("What they use", ", ".join(str(drug) for drug in self.drugs.all())),
            ("Mainly", self.main_drug and str(self.main_drug)),
            ("AUDIT-C", None if self.audit_c is None else f"{self.audit_c} of 12"),
            ("Advice given", many["advice"] or "None"),
            ("What was agreed", self.agreed or "Nothing"),
            ("Referred on to", ": ".join(filter(None, [many["onward"], self.onward_detail])) or "Nowhere"),
        ]

    @property
    def asks_the_other_seven(self):
        """AUDIT-C of 5 or more: the other seven questions of AUDIT are asked."""
        return self.audit_c is not None and self.audit_c >= AUDIT_C_ASKS_MORE

    @classmethod
    def may_record(cls, user, appointment):
        """Whether this user's team gave this appointment, and may write up what happened in it."""
        given = Appointment.objects.visible_to(user).given_by(user)
        return user.has_perm("booking.add_intervention") and given.filter(pk=appointment.pk).exists()

    @classmethod
    def record(cls, appointment, *, by, drugs=(), **fields):
        """Write up an appointment that was attended, once. `drugs` are those they use."""
        if not cls.may_record(by, appointment):
            raise PermissionDenied("You may not write up this appointment.")
        with transaction.atomic():
            appointment.refresh_from_db(from_queryset=Appointment.objects.select_for_update())
            if appointment.status != Status.ATTENDED:
                raise TooLate("Only an appointment that was attended is written up. Record first what happened.")
            if cls.objects.filter(appointment=appointment).exists():
                raise TooLate("This appointment is written up already. Amend what is recorded instead.")
            row = cls(appointment=appointment, recorded_by=by, **fields)
            insert(row, sure_of=["appointment", "recorded_by"])
            row.refresh_from_db()  # the database adds up AUDIT-C
            row.drugs.set(drugs)
            row.main_among_the_drugs()
            Event.objects.record(
                Event.Kind.COLLECTION, "intervention.record", by=by, subject=row, offenders=[row.offender_id]
            )
            Entry.write(
                row.offender_id, row.sentence, by=by, at=appointment.starts_at, category=Category.HEALTH,
                matters=row.matters, url=row.get_absolute_url(),
            )  # fmt: skip
        return row

    def amended(self, was, *, by):
        self.main_among_the_drugs()
        if self.concern != was.concern and self.acknowledged_at:  # other words are to be read anew
            self.acknowledged_at = self.acknowledged_by = None
            self.save(update_fields=["acknowledged_at", "acknowledged_by"])

    def main_among_the_drugs(self):
        """Raise where the main drug is none of those they use."""
        if self.main_drug_id and not self.drugs.filter(pk=self.main_drug_id).exists():
            raise ValidationError({"main_drug": "The main one is to be among those they use."}, code="not_among")

    def acknowledge(self, *, by):
        """A manager of the team that has it, who did not write it, has read the concern for someone's safety, and
        sees to it."""
        theirs = Intervention.objects.visible_to(by).of_another(by).filter(pk=self.pk)
        if not (by.has_perm("booking.acknowledge_intervention") and theirs.exists()):
            raise PermissionDenied("You may not acknowledge this concern.")
        with transaction.atomic():
            locked = Intervention.objects.concerns().filter(pk=self.pk)
            self.refresh_from_db(from_queryset=Intervention.objects.select_for_update(of=("self",)))
            if not locked.exists():
                raise TooLate("This concern is acknowledged already.")
            self.acknowledged_at, self.acknowledged_by = timezone.now(), by
            self.save(update_fields=["acknowledged_at", "acknowledged_by"])
            Event.objects.record(
                Event.Kind.ALTERATION, "intervention.acknowledge", by=by, subject=self, offenders=[self.offender_id]
            )
            Entry.write(
                self.offender_id, "Concern for safety acknowledged", by=by, category=Category.SAFEGUARDING,
                matters=self.matters, url=self.get_absolute_url(),
            )  # fmt: skip
