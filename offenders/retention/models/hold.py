"""What stands in the way of disposal."""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from offenders.models import Involvement, Offender
from offenders.retention.workflow import HOLD_STEPS
from offenders.workflow import Stepped, insert
from partners.audit.models import Event

from .groups import REVIEW, check_reviews, reviewable_by


class HoldQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(offender__in=reviewable_by(user).order_by().values("pk"))

    def live(self):
        return self.filter(status=Hold.Status.LIVE)

    def of_reviewers(self, user):
        """Those that the user's agency placed, on people whom their team works with; and another's, where that one
        works with them no more."""
        still = Involvement.objects.live().filter(offender=OuterRef("offender"), agency=OuterRef("agency"))
        theirs = Q(agency=user.membership and user.membership.agency_id) | ~Exists(still)
        return self.filter(theirs, offender__in=Offender.objects.worked_by(user).order_by().values("pk"))

    def with_names(self):
        return self.select_related("offender", "by", "agency", "lifted_by")


class Hold(Stepped):
    """A legal hold: nothing of a person is disposed of until it is lifted, whatever is due. The database sees to it."""

    class Status(models.TextChoices):
        LIVE = "live", "Held"
        LIFTED = "lifted", "Lifted"

    STEPS = HOLD_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="holds")
    status = models.CharField(max_length=10, choices=Status, default=Status.LIVE, editable=False)
    reason = models.CharField(max_length=500)
    reference = models.CharField(max_length=60, help_text="Of the court case, inquiry or complaint that it is for.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="holds_placed")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="holds")
    at = models.DateTimeField(default=timezone.now, editable=False)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="holds_lifted")
    lifted_at = models.DateTimeField(null=True)
    lifted_why = models.CharField(max_length=500, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "legal hold"
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["at", "id"], name="hold_by_time"),
            models.Index(fields=["offender"], name="hold_live", condition=Q(status="live")),
        ]
        constraints = [
            models.CheckConstraint(name="hold_says_why_and_for_what", condition=~Q(reason="") & ~Q(reference="")),
            models.CheckConstraint(
                name="lifted_hold_says_by_whom_and_why",
                condition=Q(status="live", lifted_by=None, lifted_at=None, lifted_why="")
                | Q(status="lifted", lifted_by__isnull=False, lifted_at__isnull=False) & ~Q(lifted_why=""),
                violation_error_message="Say why it is lifted.",
            ),
        ]

    def __str__(self):
        return f"Legal hold {self.reference}"

    def get_absolute_url(self):
        return reverse("retention:schedule", args=[self.offender_id])

    @property
    def caption(self):
        return self.offender.reference

    @classmethod
    def permission(cls, verb):
        return REVIEW

    @classmethod
    @transaction.atomic
    def place(cls, offender, *, by, reason, reference):
        """Hold all that is recorded of the person, from now on."""
        offender = Offender.objects.select_for_update(no_key=True).get(pk=offender.pk)  # waits for an erasure
        check_reviews(by, offender)
        hold = cls(offender=offender, reason=reason, reference=reference, by=by, agency=by.membership.agency)
        insert(hold, sure_of=["lifted_by", "lifted_at", "offender", "by", "agency"])
        Event.objects.record(
            Event.Kind.COLLECTION, "hold.place", by=by, subject=hold, offenders=[offender.pk], reason=reason
        )
        return hold

    @classmethod
    def hold_both(cls, *people, by):
        """What holds one of two records that were one person so far holds the other too: it was placed on both."""
        holds = list(cls.objects.live().filter(offender__in=people))
        held = {(hold.offender_id, hold.agency_id, hold.reference) for hold in holds}
        for hold in holds:
            for person in people:
                if (person.pk, hold.agency_id, hold.reference) not in held:
                    told = {"reason": hold.reason, "reference": hold.reference, "by": hold.by, "agency": hold.agency}
                    twin = cls.objects.create(offender=person, at=hold.at, **told)
                    Event.objects.record(
                        Event.Kind.COLLECTION, "hold.place", by=by, subject=twin, offenders=[person.pk],
                        reason=hold.reason, held=str(hold.pk),
                    )  # fmt: skip

    def lift(self, *, by, reason):
        """What it was for is over."""
        self._take("lift", by=by, reason=reason, lifted_by=by, lifted_at=timezone.now(), lifted_why=reason)

    def _tell(self, *args, **told):
        """Who reviews records knows; the timeline need not say so."""
