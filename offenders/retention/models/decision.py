"""What was decided of a person's records, and that they are gone."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from offenders.models import Involvement, Offender
from offenders.retention.workflow import DECISION_STEPS
from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from partners.models import Membership

from .groups import OVERSEE, REVIEW, VIEW, Group, reviewable_by

# what is empty in a row that is new
AFTERWARDS = ("next_on", "confirmed_by", "confirmed_at", "erased_at", "rows", "files")


class DecisionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those on people whose records the user reviews; of the erased, those of their agency; an overseer's, all."""
        if not user.has_perm(VIEW):
            return self.none()
        erased = Q(offender=None)
        if not user.has_perm(OVERSEE):
            erased &= Q(agency=user.membership.agency_id)
        return self.filter(erased | Q(offender__in=reviewable_by(user).order_by().values("pk")))

    def open(self):
        """Disposals that are not decided, or not done."""
        return self.filter(status__in=["proposed", "confirmed"])

    def _of_reviewers(self, user):
        return self.filter(offender__in=Offender.objects.worked_by(user).order_by().values("pk"))

    def of_another(self, user):
        """Those that someone else proposed; where another agency that reviews records works with the person too, one
        of another agency: what two hold, both dispose of."""
        reviewers = Membership.objects.holding(REVIEW).values("agency")
        theirs = Involvement.objects.live().filter(offender=OuterRef("offender"), agency__in=reviewers)
        elsewhere = theirs.exclude(agency=OuterRef("agency"))
        rows = self._of_reviewers(user).exclude(by=user.pk)
        return rows.filter(~Q(agency=user.membership and user.membership.agency_id) | ~Exists(elsewhere))

    def of_oneself(self, user):
        """Those the user proposed."""
        return self._of_reviewers(user).filter(by=user.pk)

    def of_nobody(self, user):
        """Time alone takes these steps."""
        return self.none()

    def with_names(self):
        return self.select_related("offender", "by", "agency", "confirmed_by")


class Decision(Stepped):
    """What a review of a person's records decided: to keep them until a day, or to dispose of them.

    A disposal is proposed by one and confirmed by another; then a job erases every row about the person, and their
    files (disposal.py). Then this row alone is left of them, without content: under which ids, when, by whom, how many
    rows. While it is confirmed, and no longer, the database lets their record be emptied (see the migrations).
    """

    class What(models.TextChoices):
        KEEP = "keep", "Keep"
        DISPOSE = "dispose", "Dispose"

    class Status(models.TextChoices):
        KEPT = "kept", "Kept"
        PROPOSED = "proposed", "Waiting for another person"
        REFUSED = "refused", "Not disposed of"
        CONFIRMED = "confirmed", "To be erased"
        CLEARED = "cleared", "Being erased"
        ERASED = "erased", "Erased"

    STEPS = DECISION_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, null=True, related_name="retention_decisions")
    people = ArrayField(models.UUIDField(), help_text="The ids of the person, under each record merged into theirs.")
    what = models.CharField(max_length=10, choices=What)
    status = models.CharField(max_length=10, choices=Status)
    group = models.CharField(max_length=10, choices=Group)
    due_on = models.DateField()
    next_on = models.DateField(null=True, help_text="Of what is kept: the day of the next review.")
    why = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="retention_decisions")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="retention_decisions")
    at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="disposals_confirmed"
    )
    confirmed_at = models.DateTimeField(null=True)
    why_not = models.CharField(max_length=500, blank=True, help_text="Of one refused, taken back or stopped.")
    erased_at = models.DateTimeField(null=True)
    rows = models.JSONField(default=dict, help_text="Table: how many rows of it were erased.")
    files = models.JSONField(default=list, help_text="Names of files that are still to be erased.")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "retention decision"
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["at", "id"], name="decision_by_time"),
            models.Index(fields=["status"], name="disposal_confirmed", condition=Q(status="confirmed")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["offender"], condition=Q(status__in=["proposed", "confirmed"]),
                name="person_has_one_disposal_open",
                violation_error_message="It is proposed already to dispose of these records.",
            ),
            models.CheckConstraint(
                name="disposal_is_confirmed_by_another",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("by")),
                violation_error_message="Whoever proposed it cannot confirm it. Ask another supervisor.",
            ),
            models.CheckConstraint(
                name="disposal_goes_on_once_confirmed",
                condition=~Q(status__in=["confirmed", "cleared", "erased"])
                | Q(what="dispose", confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="what_is_kept_has_a_next_review",
                condition=Q(what="keep", status="kept", next_on__isnull=False) | Q(what="dispose", next_on=None),
            ),
            models.CheckConstraint(
                name="decision_says_why_until_all_is_erased",
                condition=Q(status__in=["cleared", "erased"], offender=None, why="")
                | ~Q(status__in=["cleared", "erased"]) & Q(offender__isnull=False) & ~Q(why=""),
                violation_error_message="Say why.",
            ),
            models.CheckConstraint(name="disposal_not_done_says_why", condition=~Q(status="refused") | ~Q(why_not="")),
            models.CheckConstraint(
                name="erased_disposal_says_when_and_leaves_no_file",
                condition=~Q(status="erased") | Q(erased_at__isnull=False, files=[]),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_what_display()}, {timezone.localtime(self.at):%-d %B %Y}"

    def get_absolute_url(self):
        return reverse("retention:decision", args=[self.pk])

    @property
    def caption(self):
        return self.offender.reference if self.offender_id else "Erased"

    @property
    def about(self):
        return self.people

    @property
    def offender_ids(self):
        """Whom it concerns, for the record of who was shown it."""
        return self.people

    @property
    def row_count(self) -> int:
        return sum(self.rows.values())

    @classmethod
    def permission(cls, verb):
        return REVIEW

    @classmethod
    def make(cls, schedule, *, what, status, by, reason, next_on=None):
        """A new one about this person, recorded."""
        offender = schedule.offender
        row = cls(
            offender=offender, people=offender.all_ids, what=what, status=status, group=schedule.group,
            due_on=schedule.due_on, next_on=next_on, why=reason, by=by, agency=by.membership.agency,
        )  # fmt: skip
        insert(row, sure_of=[*AFTERWARDS, "offender", "by", "agency"])
        verb = "decision.kept" if next_on else "decision.propose"
        Event.objects.record(Event.Kind.ALTERATION, verb, by=by, subject=row, offenders=row.people, reason=reason)
        return row

    @transaction.atomic
    def confirm(self, *, by):
        """Another agrees: from now on it is erased, by a job, unless something stands in its way by then."""
        from offenders.retention.rules import why_not

        offender = Offender.objects.select_for_update(no_key=True).get(pk=self.offender_id)
        self._take("confirm", by=by, people=offender.all_ids, confirmed_by=by, confirmed_at=timezone.now())
        if sentences := list(why_not(offender)):
            raise ValidationError(sentences)
        app.configure_task("retention.erase").defer(decision=str(self.pk))

    def refuse(self, *, by, reason):
        """The records stay; the review comes back."""
        self._take("refuse", by=by, reason=reason, why_not=reason)

    def take_back(self, *, by, reason):
        """Whoever proposed it thought better of it."""
        self._take("take_back", by=by, reason=reason, why_not=reason)

    def stop(self, sentence):
        """Something stands in the way after all: nothing was erased."""
        self._take("stop", by=self.confirmed_by, follows=True, reason=sentence[:500], why_not=sentence[:500])

    def clear(self, *, rows, files):
        """Every row about them is gone; what is left of this one says nothing of them. This is the event of the
        erasure, which holds no content."""
        self.KIND = Event.Kind.ERASURE
        self._take("clear", by=self.confirmed_by, follows=True, offender=None, why="", rows=rows, files=files)

    def erase(self):
        """The files are gone too."""
        self.KIND = Event.Kind.ERASURE
        self._take("erase", by=self.confirmed_by, follows=True, files=[], erased_at=timezone.now())

    def _tell(self, *args, **told):
        """The timeline is of the person, not of how long it is kept."""
