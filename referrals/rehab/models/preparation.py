import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from referrals.models import Cover
from referrals.rehab.workflow import PREPARATION_STEPS, Phase, Stage

from .case import Case, hold_person


class PreparationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of cases that the user sees."""
        if not user.has_perm("rehab.view_preparation"):
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user).values("pk"))

    def held_by(self, user):
        """Those of the user's team's cases."""
        return self.filter(case__in=Case.objects.held_by(user).values("pk"))

    def shared_with(self, user):
        """Those of cases another team shares with the user's agency."""
        return self.filter(case__in=Case.objects.shared_with(user).values("pk"))

    def amendable_by(self, user):
        """Those whose days and place the user may correct: of cases they work on."""
        return self.visible_to(user) if user.has_perm("rehab.arrange_preparation") else self.none()

    def open(self):
        """Planned, or under way."""
        return self.filter(status__in=[Stage.PLANNED, Stage.BEGUN])

    def overdue(self):
        """Planned for a day that has passed, and neither begun nor cancelled."""
        return self.filter(status=Stage.PLANNED, starts_on__lt=timezone.localdate())

    def of(self, user):
        """Those of cases that this user holds, or works on for a partner, or covers someone who does."""
        theirs = Cover.stood_in_for(user)
        return self.filter(Q(case__facilitator__in=theirs) | Q(case__co_worker__in=theirs))

    def with_names(self):
        return self.select_related(
            "case", "case__offender", "case__facilitator", "case__referral", "case__agency", "agency"
        )


class Preparation(Stepped):
    """What comes before the stay: a pre-admission course, or a detox, from its planning to its end."""

    STEPS = PREPARATION_STEPS

    class Kind(models.TextChoices):
        COURSE = "course", "Pre-admission course"
        DETOX = "detox", "Detox"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="preparations")
    kind = models.CharField(max_length=8, choices=Kind)
    agency = models.ForeignKey(
        "partners.Agency", models.PROTECT, null=True, blank=True, related_name="preparations",
        help_text="Who gives it, if they take part here.",
    )  # fmt: skip
    place = models.CharField(max_length=120, blank=True, help_text="The ward, the house or the room.")
    status = models.CharField(max_length=10, choices=Stage, default=Stage.PLANNED, editable=False)
    starts_on = models.DateField("planned from")
    ends_on = models.DateField("planned until", null=True, blank=True)
    begun_on = models.DateField(null=True, blank=True, editable=False)
    ended_on = models.DateField(null=True, blank=True, editable=False)
    end_reason = models.CharField("why it ended early", max_length=200, blank=True, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PreparationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-id"]
        default_permissions = ["view"]
        permissions = [
            ("arrange_preparation", "Preparation: arrange"),
            *(
                (f"{verb}_preparation", f"Preparation: {step.label.lower()}")
                for verb, step in PREPARATION_STEPS.items()
            ),
        ]
        indexes = [
            models.Index(fields=["starts_on", "id"], name="preparation_by_day"),
            models.Index(fields=["case", "-starts_on"], name="preparation_of_case"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(status__in=["planned", "begun"]),
                name="preparation_of_a_kind_is_arranged_once_at_a_time",
                violation_error_message="One is planned or under way already. End or cancel that one first.",
            ),
            models.CheckConstraint(
                name="preparation_says_with_whom_or_where",
                condition=~Q(agency=None, place=""),
                violation_error_message="Say which agency gives it, or where it is.",
            ),
            models.CheckConstraint(
                name="preparation_is_not_planned_to_end_before_it_begins",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="It cannot be planned to end before it begins.",
            ),
            models.CheckConstraint(
                name="preparation_begun_says_when",
                condition=Q(status__in=["begun", "completed", "left"], begun_on__isnull=False)
                | Q(status__in=["planned", "cancelled"], begun_on=None),
            ),
            models.CheckConstraint(
                name="preparation_ended_says_when",
                condition=Q(status__in=["completed", "left", "cancelled"], ended_on__isnull=False)
                | Q(status__in=["planned", "begun"], ended_on=None),
            ),
            models.CheckConstraint(
                name="preparation_does_not_end_before_it_began",
                condition=Q(begun_on=None) | Q(ended_on=None) | Q(ended_on__gte=F("begun_on")),
                violation_error_message="It cannot have ended before it began.",
            ),
            models.CheckConstraint(
                name="preparation_that_ended_early_says_why",
                condition=~Q(status__in=["left", "cancelled"]) | ~Q(end_reason=""),
                violation_error_message="Say why.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.get_kind_display()

    def get_absolute_url(self):
        return f"{reverse('rehab:case_rehab', args=[self.case_id])}#preparations"

    @property
    def offender(self):
        return self.case.offender

    @property
    def offender_id(self):
        return self.case.offender_id

    @property
    def matters(self):
        return [self.case_id]

    @property
    def where(self):
        """With whom and where, in words."""
        return ", ".join(str(part) for part in (self.agency, self.place) if part)

    @property
    def is_late(self):
        return self.status == Stage.PLANNED and self.starts_on < timezone.localdate()

    def amendable_fields(self, user):
        """What was planned, and the days that have come."""
        days = {name for name in ("begun_on", "ended_on") if getattr(self, name)}
        return {"agency", "place", "starts_on", "ends_on"} | days

    @property
    def told(self):
        """What the timeline says of its days."""
        ended = {step.target: step.sentence for step in PREPARATION_STEPS.values()}.get(self.status, "")
        return [(self.sentence("began"), self.begun_on), (self.sentence(ended), self.ended_on)]

    def sentence(self, verb):
        return f"{self} {verb}"

    @staticmethod
    def may_arrange(user, case):
        """Whether this user may arrange preparations: someone who works on the case."""
        seen = Case.objects.visible_to(user).filter(pk=case.pk)
        return user.has_perm("rehab.arrange_preparation") and seen.exists()

    @classmethod
    def arrange(cls, case, *, by, kind, starts_on, **fields):
        """Plan it. Returns the Preparation."""
        if not cls.may_arrange(by, case):
            raise PermissionDenied("You may not arrange a preparation for this person.")
        with transaction.atomic():
            case.refresh_from_db(from_queryset=Case.objects.select_for_update(no_key=True))
            if case.phase in (Phase.CLOSED, Phase.IN_REHAB):
                raise ValidationError(
                    "This case is closed. Reopen it first." if case.phase == Phase.CLOSED
                    else "This person is in rehab: what comes before it is over.", code="phase",
                )  # fmt: skip
            row = cls(case=case, kind=kind, starts_on=starts_on, **fields)
            insert(row)
            Event.objects.record(
                Event.Kind.COLLECTION, "preparation.arrange", by=by, subject=row, offenders=[case.offender_id]
            )
            row._tell(f"{row} planned from {starts_on:%-d %B %Y}: {row.where}", by=by, at=row.recorded_at)
        return row

    def begin(self, *, by, on=None):
        """It began. A detox moves the case into it."""
        day = on or timezone.localdate()
        with transaction.atomic():
            hold_person(self.offender_id)
            self._take("begin", by=by, on=on, sentence=self.sentence("began"), begun_on=day)
            if self.kind == self.Kind.DETOX and self.case.phase != Phase.DETOX:
                self.case._take("start_detox", by=by, on=on, follows=True)

    def complete(self, *, by, on=None):
        self._end("complete", by=by, on=on)

    def leave(self, *, by, reason, on=None):
        """They left before its end. After a detox that was left the case prepares again."""
        with transaction.atomic():
            hold_person(self.offender_id)
            self._end("leave", by=by, on=on, reason=reason)
            if self.kind == self.Kind.DETOX and self.case.phase == Phase.DETOX:
                self.case._take("leave_detox", by=by, on=on, follows=True)

    def cancel(self, *, by, reason, on=None):
        """It does not come about."""
        self._end("cancel", by=by, on=on, reason=reason)

    def end_with_case(self, *, by, on):
        """What was planned is cancelled, what was under way was left: the case ended."""
        verb = "cancel" if self.status == Stage.PLANNED else "leave"
        self._end(verb, by=by, on=on, reason="The case ended", follows=True)

    def _end(self, verb, *, by, on, reason="", follows=False):
        sentence = self.sentence(PREPARATION_STEPS[verb].sentence)
        day = on or timezone.localdate()
        self._take(
            verb, by=by, on=on, reason=reason, sentence=sentence, ended_on=day, end_reason=reason[:200], follows=follows
        )
