"""A restriction opens a person to named users alone. It takes two people to begin, change or end one."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from offenders.workflow import RESTRICTION_STEPS, Stepped, insert
from partners.audit.models import Event
from partners.models import User

from .offender import Offender

PERMISSION = "offenders.restrict_offender"
AT_LEAST = 2  # of those named, who can end it: one proposes, another agrees


def deciders(offender, users):
    """The hats in which these users may decide on a restriction of this person, were they named in it."""
    hats = []
    for user in User.objects.filter(pk__in=users, is_active=True):
        for hat in user.live_memberships:
            user.act_as(hat)
            if user.has_perm(PERMISSION) and offender.involvements.live().of(user).exists():
                hats.append(hat)
    return hats


class RestrictionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those about people whom the user may restrict."""
        people = Offender.objects.restrictable_by(user).filter(pk=OuterRef("offender"))
        return self.filter(Exists(people))

    def open(self):
        return self.filter(status=Restriction.Status.PROPOSED)

    def of_another(self, user):
        """Those that someone else proposed."""
        return self.exclude(proposed_by=user.pk)

    def with_names(self):
        return self.select_related("offender", "proposed_by", "decided_by")


class Restriction(Stepped):
    """That a person be restricted, or it be changed who is named, or it end: proposed by one, decided by another."""

    class What(models.TextChoices):
        RESTRICT = "restrict", "Restrict to named people"
        CHANGE = "change", "Change who is named"
        END = "end", "End the restriction"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waiting for another person"
        AGREED = "agreed", "Agreed"
        REFUSED = "refused", "Refused"

    STEPS = RESTRICTION_STEPS
    TOLD = {
        What.RESTRICT: "Restricted to named people",
        What.CHANGE: "Who is named was changed",
        What.END: "No longer restricted",
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="restrictions")
    what = models.CharField(max_length=10, choices=What)
    users = models.ManyToManyField(
        User, related_name="+", blank=True, help_text="Who is to be named, with whoever proposes and whoever agrees."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED, editable=False)
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="restrictions_proposed")
    proposed_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="restrictions_decided"
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    decision_reason = models.TextField("why it was decided so", blank=True, editable=False)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-id"]
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["offender"], condition=Q(status="proposed"), name="person_has_one_restriction_proposed",
                violation_error_message="Something is proposed for this person already. That is to be decided first.",
            ),
            models.CheckConstraint(
                name="restriction_is_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                violation_error_message="Whoever proposed it cannot decide it. Ask another supervisor.",
            ),
            models.CheckConstraint(
                name="decided_restriction_says_by_whom_and_when",
                condition=Q(status="proposed", decided_by=None, decided_at=None)
                | Q(status__in=["agreed", "refused"], decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(name="restriction_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="refused_restriction_says_why",
                condition=~Q(status="refused") | ~Q(decision_reason=""),
                violation_error_message="Say why not.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_what_display()}, proposed by {self.proposed_by}"

    def get_absolute_url(self):
        return reverse("offenders:sharing", args=[self.offender_id])

    @classmethod
    def permission(cls, verb):
        return PERMISSION

    @property
    def matters(self):
        return self.offender.matters

    @classmethod
    @transaction.atomic
    def propose(cls, offender, *, by, what, users=(), reason):
        """Ask another person to restrict this one, to change who is named, or to end it; nothing changes until then."""
        offender = Offender.objects.select_for_update().get(pk=offender.pk)  # and then look
        if not Offender.objects.restrictable_by(by).filter(pk=offender.pk).exists():
            raise PermissionDenied("You may not restrict this person.")
        if offender.is_restricted == (what == cls.What.RESTRICT):
            raise ValidationError(
                "This person is restricted already." if offender.is_restricted else "This person is not restricted."
            )
        proposal = cls(offender=offender, what=what, reason=reason, proposed_by=by)
        insert(proposal, sure_of=["offender", "proposed_by"])
        named = [] if what == cls.What.END else sorted({user.pk for user in users} | {by.pk}, key=str)
        proposal.users.set(named)
        Event.objects.record(
            Event.Kind.COLLECTION, "restriction.propose", by=by, subject=proposal, offenders=[offender.pk],
            reason=reason, what=what, named=list(map(str, named)),
        )  # fmt: skip
        return proposal

    @transaction.atomic
    def agree(self, *, by, reason=""):
        """It is so from now on. Of those named, two at least must be able to end it."""
        offender = Offender.objects.select_for_update().get(pk=self.offender_id)
        self._decide("agree", by=by, reason=reason)
        named = set()
        if self.what != self.What.END:
            named = {*self.users.values_list("pk", flat=True), self.proposed_by_id, by.pk}
            able = {hat.user for hat in deciders(offender, named)}
            if len(able) < AT_LEAST:
                raise ValidationError(
                    f"At least {AT_LEAST} of those named must be able to end the restriction: people who may restrict, "
                    "and whose team is involved with this person. "
                    f"Of those named only {', '.join(map(str, able)) or 'nobody'} is. Refuse this, and propose others."
                )
        self.let_through(offender, named, by=by)

    def refuse(self, *, by, reason):
        """It stays as it was."""
        self._decide("refuse", by=by, reason=reason)

    def _decide(self, verb, *, by, reason):
        self._take(verb, by=by, reason=reason, decided_by=by, decided_at=timezone.now(), decision_reason=reason)

    @staticmethod
    def let_through(offender, named, *, by):
        """From now on the person is there for these users (their keys) alone; for all again where there are none."""
        today = timezone.localdate()
        gone = offender.named_users.on().exclude(user__in=named)
        # the last day counts as open, and it is to be closed from now on; the record keeps who was named
        gone.filter(valid_from=today).delete()
        gone.update(valid_to=today - timedelta(days=1))
        for pk in named - set(offender.named_users.on().values_list("user", flat=True)):
            offender.named_users.create(user_id=pk, valid_from=today, recorded_by=by)
        offender.is_restricted = bool(named)
        offender.save(update_fields=["is_restricted"])

    def _tell(self, sentence, *, by, at, **told):
        """The timeline says what came of it, to those who see the person then; the reason is for who decides."""
        if self.status == self.Status.AGREED:
            super()._tell(self.TOLD[self.What(self.what)], by=by, at=at)
