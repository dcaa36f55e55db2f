"""One offender, put forward on one pathway, once, by one person."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from offenders.models import Involvement, Offender, shown_to, yes_if
from offenders.workflow import Stepped, TooLate, insert
from partners.audit.models import Event
from partners.models import Service
from partners.reference import next_reference
from partners.roles import Category

from .. import deadlines
from ..pathways import ABOUT, OVERSIGHT, Pathway, Source
from ..workflow import ENDED, OPEN, STEPS, Status
from .task import Task

# What follows in other apps from the end of a referral, in its transaction: functions of (referral, verb=, by=, on=).
# The referral is locked. An app adds its own when it is ready.
ENDINGS = []


def _sent_by(user):
    own = Q(pk__in=[])
    if user.permissions:
        own = Q(referred_by=user.pk, by_agency=user.membership.agency_id)
    return user.mine("from_") | own


def _received_by(user):
    return user.mine("to_") & ~Q(status=Status.DRAFT)


def _overseen_by(user):
    """A referral with a resolution is also for whoever oversees those: a draft is nobody's but its sender's."""
    if not user.has_perm("referrals.oversee_resolution"):
        return Q(pk__in=[])
    return Q(resolution__isnull=False) & ~Q(status=Status.DRAFT)


class ReferralQuerySet(models.QuerySet):
    def sent_by(self, user):
        """Those the user's team sent, and those they sent themselves from their agency."""
        return self.filter(_sent_by(user))

    def received_by(self, user):
        """Those sent to the user's team; a draft is nobody's but its sender's."""
        return self.filter(_received_by(user))

    def overseen_by(self, user):
        """Those with a resolution, to who oversees resolutions."""
        return self.filter(_overseen_by(user))

    def visible_to(self, user):
        """Those the user's team sent or received, or whose resolution they oversee, about people they see."""
        if not user.has_perm("referrals.view_referral"):
            return self.none()
        seen = Offender.objects.worked_by(user).filter(pk=OuterRef("offender"))
        return self.filter(_sent_by(user) | _received_by(user) | _overseen_by(user), Exists(seen))

    def with_leave(self, user):
        """Each with `may_read`: whether the agency that wrote the summary may show it to this user; and `reads_rules`:
        of a resolution the rules tell what only the side that recorded it reads, and who oversees it."""
        return self.annotate(
            may_read=yes_if(shown_to(user, category=Category.CASE, agency="by_agency")),
            reads_rules=yes_if(Q(resolution=None) | _sent_by(user) | _overseen_by(user)),
        )

    def amendable_by(self, user):
        """Those sent and still open whose answers the user may correct: as their sender. A draft is revised."""
        if not user.has_perm("referrals.revise_referral"):
            return self.none()
        return self.visible_to(user).sent_by(user).filter(status__in=OPEN - {Status.DRAFT})

    def open(self):
        return self.filter(status__in=OPEN)

    def on_pathway(self, pathway):
        return self.filter(pathway=pathway)

    def with_names(self):
        return self.select_related(
            "offender", "from_agency", "from_unit", "to_agency", "to_unit", "worker", "referred_by", "area"
        )


class Referral(Stepped):
    """One person, put forward on one pathway, once, by one person.

    Drafted and submitted by the sender; accepted, declined or redirected by the receiver; then engaged,
    completed, not engaged or closed. The sender may withdraw it until the person engages.
    """

    STEPS = STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=8, unique=True, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="referrals")
    pathway = models.CharField(max_length=12, choices=Pathway)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT, editable=False)
    source = models.CharField("who put them forward", max_length=10, choices=Source, default=Source.UNKNOWN)
    from_agency = models.ForeignKey(
        "partners.Agency", models.PROTECT, null=True, blank=True, related_name="referrals_sent"
    )
    from_unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, blank=True, related_name="referrals_sent")
    referred_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="referrals_sent")
    by_agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="+", editable=False)
    referred_on = models.DateField(default=timezone.localdate)
    to_agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="referrals_received")
    to_unit = models.ForeignKey(
        "partners.Unit", models.PROTECT, null=True, blank=True, related_name="referrals_received"
    )
    area = models.ForeignKey(
        "partners.Area", models.PROTECT, null=True, blank=True, related_name="referrals",
        help_text="Where they lived at the time of referral.",
    )  # fmt: skip
    offending_area = models.ForeignKey(
        "partners.Area", models.PROTECT, null=True, blank=True, related_name="referrals_of_offending",
        help_text="Where they mostly offend.",
    )  # fmt: skip
    funds_addiction = models.BooleanField(
        null=True, blank=True, help_text="Whether they offend to fund an addiction; empty: not known."
    )
    summary = models.TextField(blank=True, help_text="Why this person, why now. No intelligence.")
    eligibility = models.JSONField(
        default=list, editable=False, help_text="Each rule and its answer, as given when sent."
    )
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="referrals_worked"
    )
    engaged_on = models.DateField(
        null=True, editable=False, help_text="When they attended the first appointment; kept whatever follows."
    )
    ended_on = models.DateField(null=True, editable=False)
    end_reason = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=60, blank=True)
    external_reference = models.CharField(
        max_length=60, null=True, blank=True, unique=True, editable=False,
        help_text="What the programme's own spreadsheet called it.",
    )  # fmt: skip
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-referred_on", "-id"]
        permissions = [(f"{verb}_referral", f"Referral: {step.label.lower()}") for verb, step in STEPS.items()]
        default_permissions = ["view", "add"]
        indexes = [
            models.Index(fields=["-referred_on", "-id"], name="referral_by_day"),
            models.Index(fields=["to_agency", "to_unit", "status", "-referred_on", "-id"], name="referral_received"),
            models.Index(fields=["from_agency", "from_unit", "-referred_on", "-id"], name="referral_sent"),
            models.Index(fields=["referred_by", "-referred_on"], name="referral_by_sender"),
            models.Index(fields=["pathway", "referred_on"], name="referral_by_pathway"),
        ]
        constraints = [
            models.CheckConstraint(
                name="ended_referral_says_when",
                condition=Q(status__in=OPEN, ended_on=None) | Q(status__in=ENDED, ended_on__isnull=False),
            ),
            models.CheckConstraint(
                name="referral_ended_for_a_reason_says_which",
                condition=~Q(status__in=["declined", "withdrawn", "closed", "not_engaged", "redirected"])
                | ~Q(end_reason=""),
                violation_error_message="Say why.",
            ),
            models.CheckConstraint(
                name="accepted_referral_names_its_worker",
                condition=~Q(status__in=["accepted", "engaged"]) | Q(worker__isnull=False),
                violation_error_message="Say who will see the person.",
            ),
            models.CheckConstraint(
                name="engaged_referral_says_since_when",
                condition=~Q(status="engaged") | Q(engaged_on__isnull=False),
            ),
            models.CheckConstraint(
                name="completed_referral_has_an_outcome", condition=~Q(status="completed") | ~Q(outcome="")
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("referrals:detail", args=[self.pk])

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [("Referral sent", self.referred_on)]

    @property
    def became(self):
        """What became of it, in words for whoever sent it: status and dates, nothing of what was said."""
        days = (timezone.localdate() - self.referred_on).days
        waited = "since today" if days < 1 else "1 day" if days == 1 else f"{days} days"
        return {
            Status.DRAFT: "Not sent yet",
            Status.SUBMITTED: f"Waiting {waited}: not yet contacted",
            Status.ACCEPTED: f"Waiting {waited}: accepted, not yet seen",
            Status.COMPLETED: f"Completed: {self.outcome[:1].lower()}{self.outcome[1:]}",
            Status.NOT_ENGAGED: "Did not engage",
        }.get(self.status, self.get_status_display())

    @classmethod
    def draft(cls, *, by, offender, pathway, from_agency=..., from_unit=..., **fields):
        """Begin a referral. It goes to the service that takes this pathway; the sender's team sees the person.

        The sender is the team of `by` unless another is named: what a probation officer or a shop
        says by phone is written up by the police, and is theirs all the same.
        """
        on = fields.get("referred_on") or timezone.localdate()
        service = Service.objects.on(on).filter(pathway=pathway).select_related("agency", "unit").first()
        service = service or Service.objects.on().filter(pathway=pathway).select_related("agency", "unit").first()
        if service is None:
            raise LookupError(f"No service takes referrals on the pathway “{pathway}”.")
        hat = by.membership
        with transaction.atomic():
            referral = cls(
                reference=next_reference(ABOUT[pathway].pair),
                offender=offender,
                pathway=pathway,
                from_agency=hat.agency if from_agency is ... else from_agency,
                from_unit=hat.unit if from_unit is ... else from_unit,
                to_agency=service.agency,
                to_unit=service.unit,
                referred_by=by,
                by_agency=hat.agency,
                **fields,
            )
            insert(referral, sure_of=["referred_by", "by_agency", "to_agency", "to_unit"])
            Event.objects.record(
                Event.Kind.COLLECTION,
                "referral.draft",
                by=by,
                subject=referral,
                offenders=[offender.pk],
                pathway=pathway,
            )
            referral._open_to(hat.agency, hat.unit, by=by)
        return referral

    def submit(self, *, by, on=None):
        """Send it. The receiver sees the person from now on; so do the sending unit and, where there is a resolution,
        the unit that oversees those, unless they are another agency's that has no agreement with the one that wrote
        this up. It is to be answered in time, and on a pathway with appointments they are to be reached. Raises
        ValidationError where the receiver has no agreement."""
        from ..eligibility import answers

        with transaction.atomic():
            self._take("submit", by=by, on=on or self.referred_on, eligibility=answers(self))
            self._open_to(self.to_agency, self.to_unit, by=by)
            teams = [(self.from_agency, self.from_unit)] if self.from_agency and self.from_unit else []
            for agency, unit in [*teams, *self._overseers(on)]:
                if Involvement.may_open(agency, self.by_agency):
                    self._open_to(agency, unit, by=by)
            deadlines.sent(self, by=by, on=on)

    def revise(self, *, by, **answers):
        """Change what a draft says, before it is sent or sent again."""
        self._take("revise", by=by, **answers)

    def return_(self, *, by, reason, on=None):
        """Send it back to be completed, saying what is missing. What else has a last day waits for the sender."""
        with transaction.atomic():
            self._take("return", by=by, on=on, reason=reason)
            deadlines.returned(self, by=by)

    def accept(self, *, by, worker, on=None):
        """The receiver takes the person on, and says who will see them; without an appointment, to be assessed."""
        with transaction.atomic():
            self._take("accept", by=by, on=on, worker=worker)
            deadlines.accepted(self, by=by, on=on)

    def accept_booked(self, *, by, worker, on=None):
        """Accepted as it was sent, because a slot of this worker is booked. Follows from the booking."""
        self._take("accept_booked", by=by, on=on, worker=worker, follows=True)

    def decline(self, *, by, reason, on=None):
        self._end("decline", by=by, on=on, reason=reason)

    def redirect(self, *, by, pathway, reason, on=None):
        """Close this one and draft another on the pathway that fits. Returns the new referral."""
        with transaction.atomic():
            self._end("redirect", by=by, on=on, reason=reason)
            return Referral.draft(
                by=by, offender=self.offender, pathway=pathway, source=self.source, summary=self.summary,
                area=self.area, offending_area=self.offending_area, funds_addiction=self.funds_addiction,
            )  # fmt: skip

    def reassign(self, *, by, worker, reason, on=None):
        """Someone else of the team sees them from now on, and does what was still to do. What is booked stays booked.

        Raises TooLate once there is a case, which says itself who works with them.
        """
        with transaction.atomic():
            was = Referral.objects.select_for_update().get(pk=self.pk).worker_id
            self._take("reassign", by=by, on=on, reason=reason, worker=worker)
            if self.has_case:
                raise TooLate("Their case says who works with them. Change the facilitator there.")
            if worker.pk == was:
                raise ValidationError({"worker": f"{worker} works with them already."}, code="same")
            if not Offender.objects.open_to(worker).filter(pk=self.offender_id).exists():
                raise ValidationError({"worker": f"{worker} is not named for this restricted person."}, code="unseen")
            for task in Task.objects.open().about(self.pk).filter(owner=was):
                task.hand_over(by=by, owner=worker, follows=True)

    @property
    def has_case(self):
        """Whether O2R's own work has begun: then the case says who works with them."""
        return self.status == Status.ENGAGED and not ABOUT[self.pathway].is_booked

    def steps_for(self, user):
        steps = super().steps_for(user)
        if self.has_case:
            steps.pop("reassign", None)
        return steps

    def engage(self, *, by, on=None):
        """The person attended the first appointment: the paper's measure of engagement (paragraph 22)."""
        self._take("engage", by=by, on=on, engaged_on=on or timezone.localdate())

    def take_back(self, *, by, reason, on=None):
        """They had not attended after all: what was recorded of the appointment is corrected."""
        self._take("take_back", by=by, on=on, reason=reason, follows=True, engaged_on=None)

    def complete(self, *, by, outcome, on=None):
        self._end("complete", by=by, on=on, outcome=outcome, sentence=f"Referral completed: {outcome.lower()}")

    def disengage(self, *, by, reason, on=None):
        """The person did not engage; `reason` says what was tried."""
        self._end("disengage", by=by, on=on, reason=reason)

    def withdraw(self, *, by, reason, on=None, follows=False):
        """Its sender takes it back; `follows` where its resolution is refused."""
        self._end("withdraw", by=by, on=on, reason=reason, follows=follows)

    def close(self, *, by, reason, on=None):
        """End it early: moved, died, in custody, unwell."""
        self._end("close", by=by, on=on, reason=reason)

    def reopen(self, *, by, reason, on=None):
        """Give it back the state it had before it ended."""
        with transaction.atomic():
            before = self._state_before_end()
            self._take("reopen", by=by, on=on, reason=reason, status=before, ended_on=None, end_reason="", outcome="")
            deadlines.reopened(self, by=by)
            Involvement.objects.resume(self.pk, by=by)

    def _end(self, verb, *, by, on, reason="", **changes):
        day = on or timezone.localdate()
        with transaction.atomic():
            self._take(verb, by=by, on=on, reason=reason, ended_on=day, end_reason=reason[:200], **changes)
            deadlines.ended(self, by=by, on=day)
            for follow in ENDINGS:
                follow(self, verb=verb, by=by, on=day)
            self.end_sight(on=day)

    def _take(self, verb, *, by, on=None, **changes):
        with transaction.atomic():
            super()._take(verb, by=by, on=on, **changes)
            deadlines.stepped(self, verb, by=by, on=on, changes=changes)

    def amended(self, was, *, by):
        deadlines.moved(self, was, by=by)

    def end_sight(self, *, on):
        """It ended that day: who is not its receiver, and oversees no resolutions, keeps sight for the set days."""
        others = Involvement.objects.exclude(unit__in=[unit.pk for _, unit in self._overseers(on) if unit])
        others.end(self.pk, on=on, kept_by=(self.to_agency, self.to_unit))

    def _overseers(self, on):
        """The teams that oversee its resolution that day, as (agency, unit): none where it has no resolution."""
        if not hasattr(self, "resolution"):
            return []
        services = Service.objects.on(on).filter(pathway=OVERSIGHT).select_related("agency", "unit")
        return [(service.agency, service.unit) for service in services]

    def _state_before_end(self):
        last = (
            Event.objects.about(self)
            .filter(before__has_key="status", after__status=self.status)
            .exclude(before__status=self.status)
            .order_by("-id")
            .first()
        )
        return last.before["status"] if last else Status.SUBMITTED

    def _open_to(self, agency, unit, *, by):
        Involvement.open(
            self.offender, agency=agency, unit=unit, basis=Involvement.Basis.REFERRAL, matter=self.pk, by=by,
            on=self.referred_on, opened_by=self.by_agency,
        )  # fmt: skip
