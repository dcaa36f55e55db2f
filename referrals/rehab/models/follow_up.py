import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.models import Entry, shown_to, yes_if
from offenders.workflow import day_of, the_databases_no
from partners.audit.models import Event
from partners.roles import Category
from partners.settings import setting
from referrals.models import Cover, Task

from .case import Case
from .plan import Plan


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.has_perm("rehab.view_followup"):
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user))

    def amendable_by(self, user):
        """Those done by the user's own agency."""
        rows = self.visible_to(user).done() if user.has_perm("rehab.record_followup") else self.none()
        return rows.filter(agency=user.membership.agency_id)

    def planned(self):
        """Not yet done, while the person lives and the case is open."""
        return self.filter(done_on=None, case__offender__deceased_on=None).exclude(case__phase="closed")

    def due(self, on=None):
        """Planned, and due by that day (today when left out)."""
        return self.planned().filter(due_on__lte=on or timezone.localdate())

    def of(self, user):
        """Those of cases that this user holds, or works on for a partner, or covers someone who does."""
        theirs = Cover.stood_in_for(user)
        return self.filter(Q(case__facilitator__in=theirs) | Q(case__co_worker__in=theirs))

    def with_day(self):
        """Each with `day`: when it was done, else when it is due."""
        return self.annotate(day=Coalesce("done_on", "due_on"))

    def with_leave(self, user):
        """Each with `may_read`: what was found is health, shown as far as the agency that found it may."""
        found = shown_to(user, category=Category.HEALTH, offender="case__offender")
        return self.annotate(may_read=yes_if(Q(done_on=None) | found))

    def with_attempts(self, *, by):
        """Each with `tries`, how often someone tried to reach the person for it, as far as `by` may read, and
        `last_try_at`."""
        from .follow_up_attempt import FollowUpAttempt

        attempts = FollowUpAttempt.objects.readable_by(by).filter(follow_up=OuterRef("pk"))
        tried, last = attempts.order_by().values("follow_up"), attempts.order_by("-occurred_at")
        return self.annotate(
            tries=Coalesce(Subquery(tried.annotate(n=Count("pk")).values("n")), 0),
            last_try_at=Subquery(last.values("occurred_at")[:1]),
        )

    def withheld_from(self, user):
        """Those done whose answers this user may not read."""
        seen = self.model.objects.visible_to(user).with_leave(user).filter(may_read=True)
        return self.done().exclude(pk__in=seen.values("pk"))

    def done(self):
        return self.filter(done_on__isnull=False)

    def with_names(self):
        return self.select_related(
            "case", "case__offender", "case__facilitator", "case__referral", "placement", "by", "agency"
        )


class FollowUp(models.Model):
    """A dated check after rehab: abstinent? offending? housed? Planned when the person departs, recorded when done."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "Not known"

    class How(models.TextChoices):
        SAID = "said", "They said so"
        TESTED = "tested", "Tested"
        OBSERVED = "observed", "Someone saw"
        UNKNOWN = "unknown", "Not known"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="follow_ups")
    placement = models.ForeignKey("rehab.Placement", models.PROTECT, null=True, blank=True, related_name="follow_ups")
    weeks = models.PositiveIntegerField(null=True, help_text="Weeks after departure; empty: not one of the set points.")
    due_on = models.DateField(null=True)
    done_on = models.DateField(null=True, blank=True)
    abstinent = models.CharField(max_length=8, choices=Answer, default=Answer.UNKNOWN)
    how_known = models.CharField(max_length=8, choices=How, default=How.UNKNOWN)
    offending = models.CharField(max_length=8, choices=Answer, default=Answer.UNKNOWN)
    housed = models.CharField(max_length=8, choices=Answer, default=Answer.UNKNOWN)
    working = models.CharField(max_length=8, choices=Answer, default=Answer.UNKNOWN)
    wellbeing = models.PositiveSmallIntegerField("wellbeing, 0 to 20", null=True, blank=True)
    reached = models.BooleanField(default=True, help_text="Whether the person could be reached.")
    text = models.TextField("what was said", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="follow_ups")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, null=True, related_name="follow_ups")
    recorded_at = models.DateTimeField(null=True, editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "done_on", "id"]
        verbose_name = "follow-up"
        default_permissions = ["view"]
        permissions = [("record_followup", "Follow-up: record")]
        indexes = [
            models.Index(fields=["due_on", "id"], name="follow_up_due", condition=Q(done_on=None)),
            models.Index(fields=["case", "-done_on"], name="follow_up_of_case"),
        ]
        constraints = [
            models.CheckConstraint(
                name="follow_up_done_says_by_whom",
                condition=Q(done_on=None, by=None, recorded_at=None)
                | Q(done_on__isnull=False, by__isnull=False, recorded_at__isnull=False),
            ),
            models.CheckConstraint(name="follow_up_is_planned_or_done", condition=~Q(due_on=None, done_on=None)),
            models.CheckConstraint(
                name="wellbeing_is_from_0_to_20",
                condition=Q(wellbeing=None) | Q(wellbeing__lte=20),
                violation_error_message="Wellbeing is a number from 0 to 20.",
            ),
        ]

    def __str__(self):
        return f"{self.weeks}-week follow-up" if self.weeks else "Follow-up"

    def get_absolute_url(self):
        return reverse("rehab:follow_up", args=[self.pk])

    @property
    def matters(self):
        return [self.case_id]

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(self.sentence, self.done_on)]

    @property
    def sentence(self):
        if not self.reached:
            return f"{self}: could not be reached"
        abstinent, offending = self.get_abstinent_display().lower(), self.get_offending_display().lower()
        return f"{self}: abstinent: {abstinent}, offending: {offending}"

    @property
    def days_to_go(self):
        """Days until it is due; less than nothing when it is overdue."""
        return (self.due_on - timezone.localdate()).days

    @property
    def days_overdue(self):
        return -self.days_to_go

    @property
    def is_lapse(self):
        """Whether it found that the person has used again."""
        return self.reached and self.abstinent == self.Answer.NO

    @property
    def tried(self):
        """How often someone tried to reach them, in a sentence; of one `with_attempts`."""
        if not self.tries:
            return "Nobody has tried to reach them yet."
        times = "once" if self.tries == 1 else f"{self.tries} times"
        return f"Tried {times}, last on {date_format(timezone.localtime(self.last_try_at), 'j F Y')}."

    @property
    def offender_id(self):
        return self.case.offender_id

    @property
    def offender(self):
        return self.case.offender

    @classmethod
    def add(cls, case, *, by, on, weeks=None, placement=None, **answers):
        """Record a check that was not planned. Returns it."""
        follow_up = cls(case=case, placement=placement, weeks=weeks, due_on=None)
        follow_up.record(by=by, on=on, **answers)
        return follow_up

    def record(self, *, by, on, **answers):
        """Write down what was found. `answers`: abstinent, how_known, offending, housed, working, reached, text."""
        if not (by.has_perm("rehab.record_followup") and Case.objects.visible_to(by).filter(pk=self.case_id).exists()):
            raise PermissionDenied("You may not record this follow-up.")
        at = day_of(on)
        with transaction.atomic():
            if not self._state.adding:
                self.refresh_from_db(from_queryset=FollowUp.objects.select_for_update())
                if self.done_on:
                    raise ValidationError("This follow-up is already recorded. Amend it instead.", code="done")
            if not answers.get("reached", True):
                self._was_tried()
            for field, value in {**answers, "done_on": on, "by": by, "agency": by.membership.agency}.items():
                setattr(self, field, value)
            self.recorded_at = timezone.now()
            self.full_clean(exclude=["by", "weeks", "due_on"])
            with the_databases_no(self), transaction.atomic():
                self.save()
            Event.objects.record(
                Event.Kind.COLLECTION, "follow_up.record", by=by, subject=self, offenders=[self.offender_id],
                happened_on=on,
            )  # fmt: skip
            Entry.write(
                self.offender_id, self.sentence, by=by, at=at, category=Category.HEALTH, matters=self.matters,
                url=self.get_absolute_url(),
            )  # fmt: skip
            if self.is_lapse:
                self._lapsed(by)

    def _was_tried(self):
        """Raise unless enough attempts are logged for it to be said that they could not be reached."""
        if self._state.adding:
            sentence = "A check that was not planned is recorded when they were reached."
            raise ValidationError({"reached": sentence}, code="untried")
        (enough,) = setting("follow_up_attempts")
        tries = self.attempts.count()
        if tries < enough:
            logged = {0: "No attempt is logged", 1: "1 attempt is logged"}.get(tries, f"{tries} attempts are logged")
            sentence = (
                f"{logged}; after {enough:.0f} it can be said that they were not reached. Log an attempt instead."
            )
            raise ValidationError({"reached": sentence}, code="untried")

    def _lapsed(self, by):
        """A lapse is not failure: the plan opens again, and the facilitator goes through it with the person.

        More people read both than the check, so they say nothing of health.
        """
        from referrals.rehab.what_follows import answers_for, is_lately

        case = self.case
        if not is_lately(self.done_on) or case.closed_on or case.offender.deceased_on:
            return
        Plan.reopen_for(case, by=by, why="A check after rehab asks for more")
        if not Task.objects.open().filter(matter=case.pk, kind=Task.Kind.FOLLOW_UP).exists():
            (days,) = setting("lapse_days")
            Task.add(
                case.offender, by=by, owner=answers_for(case), text="Go through the throughcare plan with them again",
                due_on=timezone.localdate() + timedelta(days=int(days)), matter=case.pk, kind=Task.Kind.FOLLOW_UP,
                url=reverse("rehab:case_throughcare", args=[case.pk]), team=(case.agency, case.unit), follows=True,
            )  # fmt: skip
