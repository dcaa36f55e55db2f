"""What a facilitator asks of a supervisor where funders have not agreed to all that a stay costs."""

import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from partners.frame.templatetags.frame import pounds
from partners.roles import Category
from referrals.rehab.workflow import OVERSPEND_STEPS, PLACEMENT_STEPS, Wish

from .funder import MONEY
from .funding import Funding, hold_stay, tell_supervisors
from .placement import Placement


class OverspendQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those about stays on the user's team's cases."""
        return self.filter(placement__in=Placement.objects.held_by(user).values("pk"))

    def of_another(self, user):
        """Those of the user's team that someone else asked for."""
        return self.held_by(user).exclude(asked_by=user)

    def visible_to(self, user):
        """Those about stays whose money the user sees."""
        if not user.has_perm("rehab.view_funding"):
            return self.none()
        return self.filter(placement__in=Placement.objects.visible_to(user).held_by(user).values("pk"))

    def open(self):
        """Not decided, of stays that are still to be or under way."""
        return self.filter(status=Wish.ASKED, placement__status__in=PLACEMENT_STEPS["exceed"].sources)

    def with_names(self):
        return self.select_related(
            "placement__offender", "placement__unit", "placement__case", "asked_by", "decided_by"
        )


class Overspend(Stepped):
    """The wish that a stay may cost more than funders agreed to, up to a sum: a supervisor allows it or does not."""

    STEPS = OVERSPEND_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="overspends")
    status = models.CharField(max_length=10, choices=Wish, default=Wish.ASKED, editable=False)
    up_to = models.DecimalField("up to how much the stay may cost", **MONEY)
    why = models.CharField(max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="overspends_asked")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="overspends_decided"
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    end_reason = models.CharField("why not", max_length=200, blank=True, editable=False)

    objects = OverspendQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        default_permissions = []
        constraints = [
            models.CheckConstraint(
                name="overspend_is_of_something_and_says_why", condition=Q(up_to__gt=0) & ~Q(why=""),
                violation_error_message="Say up to how much, and why.",
            ),
            models.UniqueConstraint(
                name="overspend_is_asked_once_at_a_time", fields=["placement"], condition=Q(status="asked"),
                violation_error_message="This is asked already. A supervisor decides on that, or it is withdrawn.",
            ),
            models.CheckConstraint(
                name="overspend_is_decided_by_another",
                condition=Q(status__in=["asked", "withdrawn"], decided_by=None, decided_at=None)
                | Q(status__in=["allowed", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("asked_by")),
                violation_error_message="You asked for this. Another supervisor decides on it.",
            ),
            models.CheckConstraint(
                name="overspend_that_is_not_allowed_says_why",
                condition=Q(status__in=["asked", "allowed"]) | ~Q(end_reason=""),
                violation_error_message="Say why not.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Up to {pounds(self.up_to)}: {self.why}"

    def get_absolute_url(self):
        return f"{self.placement.get_absolute_url()}#money"

    @classmethod
    def permission(cls, verb):
        """Whoever asks for money may ask for this; whoever may let a stay exceed decides."""
        return "rehab.ask_funding" if verb == "withdraw" else "rehab.exceed_placement"

    @property
    def offender(self):
        return self.placement.offender

    @property
    def offender_id(self):
        return self.placement.offender_id

    @property
    def matters(self):
        return [self.placement.case_id]

    @classmethod
    def ask(cls, placement, *, by, up_to, why):
        """Ask a supervisor to let this stay cost up to this sum. Returns the Overspend."""
        if not Funding.may_ask(by, placement):
            raise PermissionDenied("You may not ask for money for this stay.")
        with transaction.atomic():
            stay = Placement.objects.select_for_update(no_key=True).get(pk=placement.pk)
            if stay.status not in PLACEMENT_STEPS["exceed"].sources:
                raise ValidationError("Ask once a place is offered, and before they have left.", code="too_late")
            row = cls(placement=placement, up_to=up_to, why=why, asked_by=by)
            insert(row, sure_of=["placement", "asked_by"])
            Event.objects.record(
                Event.Kind.COLLECTION, "overspend.ask", by=by, subject=row, offenders=[row.offender_id]
            )
            sentence = f"A supervisor is asked to let it cost {pounds(up_to)}"
            row._tell(sentence, by=by, at=row.asked_at, reason=why, category=Category.POLICE)
            tell_supervisors(placement, f"overspend {row.pk}", by=by)
        return row

    def allow(self, *, by):
        """The stay may cost up to that sum, in this supervisor's name."""
        with transaction.atomic():
            self._take("allow", by=by, decided_by=by, decided_at=timezone.now())
            self.placement.exceed(by=by, exceed_up_to=self.up_to, reason=self.why)

    @transaction.atomic
    def _take(self, verb, **said):
        hold_stay(self.placement)  # first, as who ends the stay does
        super()._take(verb, **said)

    def refuse(self, *, by, reason):
        said = {"decided_by": by, "decided_at": timezone.now()}
        self._take("refuse", by=by, reason=reason, end_reason=reason[:200], **said)

    def withdraw(self, *, by, reason):
        """It is not needed any more."""
        self._take("withdraw", by=by, reason=reason, end_reason=reason[:200])
