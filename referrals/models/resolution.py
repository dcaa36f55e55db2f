"""The out-of-court disposal behind a referral."""

import re
import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from offenders.workflow import Stepped, TooLate, insert
from partners.audit.models import Event
from partners.settings import setting

from ..workflow import OPEN, RESOLUTION_STEPS, Approval, Status
from .reference import Drug, DrugClass, Offence
from .referral import Referral

PATH = re.compile(r"M\d{1,3} \d{1,3}(?:[ML]\d{1,3} \d{1,3})*")  # nothing that a browser would run
TYPED = "Typed: "  # what a signature begins with that is a name, where it was not drawn
FORMAL = {"formal_outcome", "formal_on", "formal_reason"}


class Offer(models.TextChoices):
    """What Divert offers (board paper, paragraph 14): Class A in person alone, the young in a way of their own."""

    ONE_TO_ONE = "one_to_one", "A 1:1 appointment with a drug worker"
    COURSE = "course", "A 1:1 appointment with a drug worker, then the group course"
    YOUNG_ONE_TO_ONE = "young_one_to_one", "A 1:1 appointment with the young people's worker"
    YOUNG_PEOPLE = "young_people", "A 1:1 appointment with the young people's worker, then the young people's course"


class ResolutionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals the user sees."""
        if not user.has_perm("referrals.view_resolution"):
            return self.none()
        return self.filter(referral__in=Referral.objects.visible_to(user).values("pk"))

    def overseen_by(self, user):
        """Those on which the user decides: every one but their own."""
        if not user.has_perm("referrals.oversee_resolution"):
            return self.none()
        return self.exclude(recorded_by=user.pk)

    def amendable_by(self, user):
        """Those the user may correct: what they recorded, while the referral is open and nobody has decided; and as
        the lead, what another recorded."""
        rows = self.visible_to(user).exclude(referral__status=Status.DRAFT)
        undecided = Q(approval__in=[Approval.NOT_NEEDED, Approval.ASKED], referral__status__in=OPEN)
        mine = undecided & Q(recorded_by=user.pk, referral__by_agency=user.membership.agency_id)
        theirs = Q(pk__in=self.overseen_by(user).values("pk"))
        return rows.filter((mine if user.has_perm("referrals.add_resolution") else Q(pk__in=[])) | theirs)

    def with_leave(self, user):
        """Each with `may_read`: whether the user is of the side that recorded it, or oversees it. Who gives the help
        reads what that takes, and no more."""
        side = Referral.objects.filter(pk=OuterRef("referral"))
        return self.annotate(may_read=Exists(side.sent_by(user)) | Exists(side.overseen_by(user)))

    def waiting(self):
        """Those that wait for the lead's word, and whose referral did not come to nothing meanwhile."""
        to_nothing = {Status.DRAFT, Status.WITHDRAWN, Status.DECLINED, Status.REDIRECTED}
        return self.filter(approval=Approval.ASKED).exclude(referral__status__in=to_nothing)

    def refused(self):
        return self.filter(approval=Approval.REFUSED)

    def not_engaged(self):
        return self.filter(referral__status=Status.NOT_ENGAGED)

    def formal(self):
        """Those in whose place a formal outcome is recorded."""
        return self.exclude(formal_outcome="")

    def to_formalise(self):
        """Those that came to nothing, so that a formal outcome may follow: refused, or declined by the service. Not
        those whose person did not engage: their offence is resolved."""
        to_nothing = Q(approval=Approval.REFUSED) | Q(referral__status=Status.DECLINED)
        return self.filter(to_nothing, formal_outcome="")

    def marked(self):
        """Those brought in that today's rules would not have allowed."""
        return self.exclude(marks=[])

    def with_names(self):
        return self.select_related(
            "referral", "referral__offender", "referral__from_agency", "referral__from_unit", "referral__to_agency",
            "referral__to_unit", "referral__worker", "referral__referred_by", "offence", "drug", "recorded_by",
            "decided_by",
        )  # fmt: skip


class Resolution(Stepped):
    """The out-of-court disposal behind a referral: what happened, and on what terms it was resolved.

    Recorded with the referral. Where policy asks for it, a lead approves or refuses it; a formal outcome that replaced
    it is recorded with its reason. Divert does not defer a prosecution: whatever becomes of the referral, this offence
    is not reopened. Who does not engage is not offered Divert again (board paper, paragraph 22).
    """

    STEPS = RESOLUTION_STEPS
    STATE = "approval"

    class Kind(models.TextChoices):
        COMMUNITY = "community", "Community resolution"  # Home Office outcome type 8
        CONDITIONAL = "conditional", "Conditional caution"  # 3; of a child 2

    class Victim(models.TextChoices):
        NONE = "none", "No victim"
        PARTNER = "partner", "A partner or former partner"
        PERSON = "person", "Another person"
        BUSINESS = "business", "A business or organisation"

    class Formal(models.TextChoices):
        CHARGED = "charged", "Charged"  # 1
        CAUTIONED = "cautioned", "Cautioned"  # 3; of a child 2

    class Route(models.TextChoices):
        """Where they were found with it (board paper, paragraph 16)."""

        STREET = "street", "On the street"
        CUSTODY = "custody", "In custody"
        OTHER = "other", "Elsewhere"

    class FormalReason(models.TextChoices):
        SUPPLY = "supply_suspected", "Supply suspected"
        EARLIER = "earlier_non_engagement", "Did not engage with an earlier referral"
        DECLINED = "declined", "Declined the offer"
        AGGRAVATING = "aggravating", "Drugs aggravated another offence"
        OTHER = "other", "Another reason"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.OneToOneField(Referral, models.PROTECT, related_name="resolution", editable=False)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.COMMUNITY)
    offence = models.ForeignKey(Offence, models.PROTECT, null=True, blank=True, related_name="resolutions")
    occurred_at = models.DateTimeField("when it happened", null=True, blank=True)
    place = models.CharField(max_length=120, blank=True)
    route = models.CharField("where they were found", max_length=8, choices=Route, blank=True)
    officer_collar = models.CharField(
        "officer's collar number", max_length=12, blank=True, editable=False,
        help_text="Of who referred, where history was brought in.",
    )  # fmt: skip
    crime_reference = models.CharField(max_length=30, blank=True)
    stop_search_reference = models.CharField("stop and search reference", max_length=30, blank=True)
    drug = models.ForeignKey(Drug, models.PROTECT, null=True, blank=True, related_name="resolutions")
    drug_class = models.CharField("class", max_length=1, choices=DrugClass, blank=True, help_text="As it was that day.")
    quantity = models.CharField("about how much", max_length=60, blank=True)
    exhibit = models.CharField("exhibit number", max_length=30, blank=True)
    is_own_use = models.BooleanField("for their own use", null=True, blank=True)
    is_supply_suspected = models.BooleanField("supply suspected", null=True, blank=True)
    is_aggravating = models.BooleanField("drugs made another offence worse", null=True, blank=True)
    accepts_responsibility = models.BooleanField(null=True, blank=True)
    agrees = models.BooleanField("agrees to take part", null=True, blank=True)
    acceptance = models.TextField("acceptance, in their words", blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    signature = models.TextField(blank=True, help_text="The line drawn on the screen, as an SVG path.")
    is_child = models.BooleanField("under 18 that day", null=True, blank=True)
    appropriate_adult = models.CharField(max_length=120, blank=True)
    adult_relation = models.CharField("who the appropriate adult is to them", max_length=60, blank=True)
    victim = models.CharField(max_length=10, choices=Victim, default=Victim.NONE)
    victim_view = models.TextField("what the victim thinks", blank=True)
    gravity_score = models.PositiveSmallIntegerField(null=True, blank=True)
    gravity_rationale = models.TextField("why this score", blank=True)
    approval = models.CharField(max_length=10, choices=Approval, default=Approval.NOT_NEEDED, editable=False)
    approval_why = models.CharField("why approval is asked", max_length=200, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False,
        related_name="resolutions_decided",
    )  # fmt: skip
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decision_reason = models.CharField("why it was refused", max_length=200, blank=True, editable=False)
    formal_outcome = models.CharField(max_length=10, choices=Formal, blank=True, editable=False)
    formal_on = models.DateField("formal outcome on", null=True, blank=True, editable=False)
    formal_reason = models.CharField(max_length=24, choices=FormalReason, blank=True, editable=False)
    marks = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, editable=False,
        help_text="What today's rules would not have allowed, where history was brought in.",
    )  # fmt: skip
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="resolutions_recorded"
    )

    objects = ResolutionQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        default_permissions = ["view", "add"]
        permissions = [
            ("oversee_resolution", "Oversees every resolution"),
            *((f"{verb}_resolution", f"Resolution: {step.label.lower()}") for verb, step in RESOLUTION_STEPS.items()),
        ]
        indexes = [
            models.Index(fields=["approval", "-recorded_at", "-id"], name="resolution_by_approval"),
            models.Index(fields=["formal_outcome", "formal_on"], name="resolution_by_formal_outcome"),
        ]
        constraints = [
            models.CheckConstraint(
                name="child_accepts_with_an_appropriate_adult",
                condition=Q(is_child=None) | Q(is_child=False) | ~Q(appropriate_adult="") | ~Q(marks=[]),
                violation_error_message="Someone under 18 needs an appropriate adult. Say who is with them.",
            ),
            models.CheckConstraint(
                name="resolution_is_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=F("recorded_by")),
                violation_error_message="Nobody approves what they recorded themselves. Ask another lead.",
            ),
            models.CheckConstraint(
                name="decided_resolution_says_by_whom_and_when",
                condition=(
                    Q(approval__in=["not_needed", "asked"], decided_by=None, decided_at=None)
                    | Q(approval__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="refused_resolution_says_why",
                condition=~Q(approval="refused") | ~Q(decision_reason=""),
                violation_error_message="Say why it is refused.",
            ),
            models.CheckConstraint(
                name="formal_outcome_says_when_and_why",
                condition=(
                    Q(formal_outcome="", formal_on=None, formal_reason="")
                    | (~Q(formal_outcome="") & (~Q(formal_reason="") | ~Q(marks=[])) & Q(formal_on__isnull=False))
                ),
                violation_error_message="Say when the formal outcome was given, and why.",
            ),
            models.CheckConstraint(
                name="gravity_score_is_one_to_five",
                condition=Q(gravity_score=None) | Q(gravity_score__gte=1, gravity_score__lte=5),
                violation_error_message="The gravity score is a number from 1 to 5.",
            ),
            models.CheckConstraint(
                name="resolution_of_a_drug_says_its_class",
                condition=Q(drug=None) | ~Q(drug_class=""),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.referral}"

    def get_absolute_url(self):
        return reverse("referrals:resolution", args=[self.pk])

    @property
    def offender(self):
        return self.referral.offender

    @property
    def offender_id(self):
        return self.referral.offender_id

    @property
    def matters(self):
        return [self.referral_id]

    @property
    def day(self):
        """The day it happened; where that was not said, the day of the referral."""
        return timezone.localdate(self.occurred_at) if self.occurred_at else self.referral.referred_on

    @property
    def offer(self):
        """What the person is offered; `.label` says it in words."""
        if self.is_child:
            return Offer.YOUNG_ONE_TO_ONE if self.drug_class == DrugClass.A else Offer.YOUNG_PEOPLE
        return Offer.ONE_TO_ONE if self.drug_class == DrugClass.A else Offer.COURSE

    @property
    def outcome_type(self):
        """The Home Office's number for it, or for the formal outcome that was recorded; None of what was refused."""
        caution = 2 if self.is_child else 3
        if self.formal_outcome:
            return 1 if self.formal_outcome == self.Formal.CHARGED else caution
        if self.approval == Approval.REFUSED:
            return None
        return 8 if self.kind == self.Kind.COMMUNITY else caution

    @classmethod
    def record(cls, referral, *, by, **fields):
        """Put it behind a draft. What follows from the rest is worked out, where it is not said: whether they were
        under 18, the class the drug had, and whether policy asks for approval. Raises ValidationError."""
        resolution = cls(referral=referral, recorded_by=by, **fields)
        for name, value in resolution.worked_out().items():
            if name not in fields or name == "drug":
                setattr(resolution, name, value)
        with transaction.atomic():
            insert(resolution, sure_of=["referral", "recorded_by"])
            Event.objects.record(
                Event.Kind.COLLECTION, "resolution.record", by=by, subject=resolution,
                offenders=[referral.offender_id], approval=resolution.approval,
            )  # fmt: skip
        return resolution

    @property
    def drawn(self):
        """The signature as the path of a drawing in a box of 600 by 240; empty where it was typed, or is none."""
        return self.signature if PATH.fullmatch(self.signature) else ""

    @property
    def signed_as(self):
        """The name that they typed in place of a signature."""
        return self.signature.removeprefix(TYPED) if self.signature.startswith(TYPED) else ""

    def amendable_fields(self, user):
        """What this user may correct: a formal outcome is the lead's, once there is one."""
        names = {field.name for field in self._meta.concrete_fields}
        overseen = Resolution.objects.overseen_by(user).filter(pk=self.pk).exists()
        return names if self.formal_outcome and overseen else names - FORMAL

    def amended(self, was, *, by):
        """What is corrected may be what policy sends to the lead, while there is something to decide."""
        is_open = self.approval == Approval.NOT_NEEDED and self.referral.status in OPEN
        if is_open and (why := self.why_approval()):
            self._take("ask", by=by, follows=True, approval_why="; ".join(why)[:200])

    def steps_for(self, user):
        """Those that can come to anything: a formal outcome is recorded once, and who engaged is not refused."""
        steps = super().steps_for(user)
        too_late = [
            *(["formalise"] if self.formal_outcome else []),
            *(["refuse"] if self.referral.engaged_on else []),
        ]
        return {verb: step for verb, step in steps.items() if verb not in too_late}

    def worked_out(self):
        """What follows from what is said of it, as fields. Raises ValidationError where the drug was none that day."""
        age = self.referral.offender.age(self.day)
        drug = self.drug and self.drug.as_of(self.day)
        if self.drug and not (drug or self.drug_class):
            raise ValidationError({"drug": f"{self.drug} was no controlled drug on {self.day:%-d %B %Y}."})
        why = self.why_approval()
        return {
            "is_child": None if age is None else age < 18,
            "drug": drug or self.drug,
            "drug_class": drug.drug_class if drug else "",
            "approval": Approval.ASKED if why else Approval.NOT_NEEDED,
            "approval_why": "; ".join(why)[:200],
        }

    def why_approval(self):
        """What policy sends to the lead, in words; empty where it needs nobody's word."""
        (gravity,) = setting("approval_from_gravity", self.day)
        earlier = self._earlier().first()
        return [
            *(["Conditional caution"] if self.kind == self.Kind.CONDITIONAL else []),
            *([f"Gravity score {self.gravity_score}"] if (self.gravity_score or 0) >= gravity else []),
            *(["The victim is a partner or former partner"] if self.victim == self.Victim.PARTNER else []),
            *([f"Community resolution of {earlier.day:%-d %B %Y}"] if earlier else []),
        ]

    def _earlier(self):
        """The community resolutions the person had before, the latest first."""
        rows = Resolution.objects.filter(
            referral__offender=self.referral.offender_id, kind=self.Kind.COMMUNITY,
            referral__referred_on__lte=self.referral.referred_on,
        )  # fmt: skip
        rows = rows.exclude(referral=self.referral_id).exclude(referral__status=Status.DRAFT)
        return rows.exclude(approval=Approval.REFUSED).select_related("referral").order_by("-referral__referred_on")

    def approve(self, *, by, on=None):
        self._take("approve", by=by, on=on, decided_by=by, decided_at=timezone.now())

    def refuse(self, *, by, reason, on=None):
        """It cannot be resolved like this: the referral is withdrawn. Raises TooLate once the person has engaged."""
        with transaction.atomic():
            referral = Referral.objects.select_for_update(of=("self",)).get(pk=self.referral_id)
            if referral.engaged_on:
                raise TooLate("They have engaged already, so it stands. A formal outcome can be recorded.")
            self._take(
                "refuse", by=by, on=on, reason=reason, decided_by=by, decided_at=timezone.now(),
                decision_reason=reason,
            )  # fmt: skip
            if referral.status in OPEN:
                referral.withdraw(by=by, on=on, reason="The resolution was refused", follows=True)

    def formalise(self, *, by, formal_outcome, formal_on, formal_reason, reason=""):
        """Record the charge or caution that was given in place of it, and why. Once: then it is amended."""
        with transaction.atomic():
            if Resolution.objects.select_for_update().get(pk=self.pk).formal_outcome:
                raise TooLate("A formal outcome is recorded already. Where it is wrong, amend it.")
            self._take(
                "formalise", by=by, on=formal_on, reason=reason, formal_outcome=formal_outcome, formal_on=formal_on,
                formal_reason=formal_reason,
            )  # fmt: skip
