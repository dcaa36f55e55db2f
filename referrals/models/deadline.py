"""By when something has to be done for a referral, kept as a day so that it can be listed, paused and measured."""

import datetime as dt
import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from partners.models import Membership
from partners.roles import Category
from partners.settings import setting
from partners.working_days import add_working_days, working_days_between
from referrals.workflow import DEADLINE_STEPS, STANDING, Due

from .cover import Cover
from .referral import Referral

# the setting that says how many working days each kind has
DAYS = {
    "answer": "answer_days",
    "first_contact": "contact_days",
    "assessment": "assess_days",
    "place_answer": "place_answer_days",
}
# Who has to do what a kind asks where that is not its worker: {kind: function of the deadline, that gives the users and
# the address where they do it}. An app adds its own when it is ready.
DOERS = {}
NOT_PAUSED = {"paused_on": None, "pause_reason": "", "paused_by": None}


class DeadlineQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals to the user's team, about people they see. Who sent someone reads how it stands, not
        why it is paused."""
        if not user.has_perm("referrals.view_deadline"):
            return self.none()
        return self.filter(referral__in=Referral.objects.visible_to(user).received_by(user).values("pk"))

    def of_team(self, user):
        """Those of referrals to the user's team."""
        return self.filter(referral__in=Referral.objects.received_by(user).values("pk"))

    def of(self, user):
        """Those whose person the user looks after, or someone whom they cover today."""
        return self.filter(worker__in=Cover.stood_in_for(user))

    def with_names(self):
        return self.select_related("referral", "referral__offender", "worker", "paused_by", "recorded_by")

    def open(self):
        """Those neither met nor dropped."""
        return self.filter(status__in=STANDING)

    def running(self):
        """Those neither met, nor dropped, nor paused."""
        return self.filter(status=Due.RUNNING)

    def overdue(self, on=None):
        """Those running whose last day was over on that day (today when left out)."""
        return self.running().filter(due_on__lt=on or timezone.localdate())

    def due_soon(self, on=None):
        """Those running whose last day comes within the set number of working days of that day, or is that day."""
        day = on or timezone.localdate()
        (number,) = setting("due_soon_days", day)
        return self.running().filter(due_on__range=(day, add_working_days(day, int(number))))

    def counted_by(self, key):
        """Those open whose days that setting said."""
        return self.open().filter(kind__in=[kind for kind, name in DAYS.items() if name == key])


class Deadline(Stepped):
    """The last day for one thing on one referral, counted in working days of England; it is over when that day ends.

    Steps of other records set, meet and drop it. Whoever has to meet it may pause it for a reason: a day at whose end
    it stands still does not count.
    """

    STEPS = DEADLINE_STEPS

    class Kind(models.TextChoices):
        ANSWER = "answer", "Answer to the referral"
        FIRST_CONTACT = "first_contact", "First contact"
        ASSESSMENT = "assessment", "Assessment"
        PLACE_ANSWER = "place_answer", "Answer of a rehab"

    class PauseReason(models.TextChoices):
        CUSTODY = "custody", "In custody"
        HOSPITAL = "hospital", "In hospital"
        AWAY = "away", "Away"
        SENDER = "sender", "Waiting for the sender"
        OTHER = "other", "Another reason"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="deadlines", editable=False)
    matter = models.UUIDField(
        editable=False, help_text="What it is set for: the referral, or a placement that came of it."
    )
    kind = models.CharField(max_length=20, choices=Kind, editable=False)
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="deadlines",
        help_text="Who looks after the person; empty while nobody does.",
    )  # fmt: skip
    status = models.CharField(max_length=8, choices=Due, default=Due.RUNNING, editable=False)
    set_on = models.DateField("counted from", editable=False)
    days = models.PositiveSmallIntegerField(
        "working days", editable=False, help_text="As the setting said on that day."
    )
    due_on = models.DateField("last day", editable=False)
    met_on = models.DateField(null=True, blank=True, editable=False)
    days_taken = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="Working days until it was met, without those paused."
    )
    dropped_on = models.DateField(
        null=True, blank=True, editable=False, help_text="What it is set for ended before it was met."
    )
    paused_on = models.DateField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=12, choices=PauseReason, blank=True, editable=False)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    paused_days = models.PositiveIntegerField(
        default=0, editable=False, help_text="Working days on which it was paused, before the last pause."
    )
    warned_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Who works on it was told.")
    escalated_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Supervisors were told.")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        default_permissions = ["view"]
        permissions = [
            ("pause_deadline", "Can pause a deadline, with a reason"),
            ("resume_deadline", "Can let a deadline run again"),
            ("oversee_deadline", "Is told which deadlines of their team are overdue"),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="deadline_running", condition=Q(status="running")),
            models.Index(
                fields=["worker", "due_on", "id"], name="deadline_of_worker",
                condition=Q(status__in=["running", "paused"]),
            ),
            models.Index(fields=["set_on", "kind"], name="deadline_by_day"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "kind"], condition=Q(met_on=None), name="deadline_is_set_again_once_it_is_met",
                violation_error_message="This deadline is set already.",
            ),
            models.CheckConstraint(name="deadline_is_due_after_it_is_set", condition=Q(due_on__gte=F("set_on"))),
            models.CheckConstraint(
                name="nothing_befalls_a_deadline_before_it_is_set",
                condition=(Q(met_on=None) | Q(met_on__gte=F("set_on")))
                & (Q(dropped_on=None) | Q(dropped_on__gte=F("set_on")))
                & (Q(paused_on=None) | Q(paused_on__gte=F("set_on"))),
                violation_error_message="That is before the day from which the deadline is counted.",
            ),
            models.CheckConstraint(
                name="deadline_is_met_with_its_day",
                condition=Q(status="met", met_on__isnull=False, days_taken__isnull=False)
                | ~Q(status="met") & Q(met_on=None, days_taken=None),
            ),
            models.CheckConstraint(
                name="deadline_is_dropped_with_its_day",
                condition=Q(status="dropped", dropped_on__isnull=False) | ~Q(status="dropped") & Q(dropped_on=None),
            ),
            models.CheckConstraint(
                name="paused_deadline_says_since_when_who_and_why",
                condition=Q(status="paused", paused_on__isnull=False, paused_by__isnull=False) & ~Q(pause_reason="")
                | ~Q(status="paused") & Q(paused_on=None, paused_by=None, pause_reason=""),
                violation_error_message="Say why the deadline is paused.",
            ),
            models.CheckConstraint(
                name="deadline_is_set_for_its_referral_or_a_placement",
                condition=Q(matter=F("referral")) ^ Q(kind="place_answer"),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_kind_display()} by {self.due_on:%-d %B %Y}"

    def get_absolute_url(self):
        return self.referral.get_absolute_url()

    @property
    def offender(self):
        return self.referral.offender

    @property
    def offender_id(self):
        return self.referral.offender_id

    @property
    def matters(self):
        return list(dict.fromkeys([self.referral_id, self.matter]))

    @property
    def is_over(self):
        """Whether nothing is asked any more: met, or dropped."""
        return self.status not in STANDING

    @property
    def is_overdue(self):
        return self.status == Due.RUNNING and self.due_on < timezone.localdate()

    @property
    def stands(self):
        """In words: "3 working days left", "Due today", "Paused: away", "Met in time"."""
        today = timezone.localdate()
        if self.status == Due.MET:
            if self.met_on <= self.due_on:
                return "Met in time"
            late = working_days_between(self.due_on, self.met_on)
            return f"Met, {_in_words(late)} late" if late else "Met late, on a day off"
        if self.status != Due.RUNNING:
            reason = f": {self.get_pause_reason_display().lower()}" if self.paused_on else ""
            return f"{self.get_status_display()}{reason}"
        if self.due_on == today:
            return "Due today"
        if self.due_on < today:
            return f"{_in_words(working_days_between(self.due_on, today))} over"
        return f"{_in_words(working_days_between(today, self.due_on))} left"

    # who it concerns

    @property
    def doers(self):
        """Who has to do what it asks, and the address where: whoever looks after the person, and who stands in for
        them today; where nobody does, who oversees the team's deadlines."""
        if self.kind in DOERS:
            return DOERS[self.kind](self)
        covers = Cover.objects.holding().filter(absent=self.worker).select_related("covered_by")
        users = [self.worker, *(cover.covered_by for cover in covers)] if self.worker else []
        return self._seeing(users) or self.supervisors, f"{reverse('deadlines:list')}?due=soon"

    @property
    def supervisors(self):
        """Those of the team that has to meet it who oversee its deadlines, and see this one."""
        hats = Membership.objects.holding("referrals.oversee_deadline").filter(agency=self.referral.to_agency_id)
        return self._seeing(hats.users())

    def _seeing(self, users):
        row = Deadline.objects.filter(pk=self.pk)
        return [user for user in users if user.sees_any(row)]

    # its life

    @classmethod
    def set(cls, referral, kind, *, by, on, matter=None, worker=None):
        """Have this done within so many working days of that day, as the setting then says.

        What a spreadsheet tells of, and should have been done before today, is history: nothing is set, and None
        returned.
        """
        (number,) = setting(DAYS[kind], on)
        due_on = add_working_days(on, int(number))
        if referral.external_reference and due_on < timezone.localdate():
            return None
        deadline = cls(
            referral=referral, matter=matter or referral.pk, kind=kind, worker=worker or referral.worker, set_on=on,
            days=int(number), due_on=due_on, recorded_by=by,
        )  # fmt: skip
        with transaction.atomic():
            insert(deadline, sure_of=["referral", "worker", "recorded_by"])
            Event.objects.record(
                Event.Kind.COLLECTION, "deadline.set", by=by, subject=deadline, offenders=[deadline.offender_id],
                due_on=str(due_on),
            )  # fmt: skip
        return deadline

    def pause(self, *, by, reason, on=None, follows=False):
        """Let it stand still from that day. Raises PermissionDenied, TooLate or ValidationError."""
        if reason not in self.PauseReason.values:
            raise ValidationError({"reason": "Say why the deadline is paused."})
        day = max(on or timezone.localdate(), self.set_on)
        with transaction.atomic():
            self._take(
                "pause", by=by, on=on, reason=reason, follows=follows, paused_on=day, pause_reason=reason, paused_by=by
            )
            if self.pauses.filter(until__gt=day).exists():
                raise ValidationError({"on": "It was paused on that day already. Give a later day."})

    def resume(self, *, by, on=None, follows=False):
        """Let it run again: the working days at whose end it stood still are put on at its own end."""
        day = on or timezone.localdate()
        with transaction.atomic():
            if self.paused_on and day < self.paused_on:
                raise ValidationError({"on": f"It is paused since {self.paused_on:%-d %B %Y}. Give a later day."})
            self._take("resume", by=by, on=on, follows=follows, **self._run_on(day, by=by))

    def settle(self, day, *, by):
        """What it asks was done on that day; None: it was not, after all. One that is dropped stays so."""
        day = day and max(day, self.set_on)
        if self.status == Due.DROPPED or day == self.met_on:
            return
        with transaction.atomic():
            counted = self._run_on(day or timezone.localdate(), by=by)
            taken = working_days_between(self.set_on, day, self._stood_still()) if day else None
            verb = "meet" if day else "reopen"
            self._take(verb, by=by, on=day, follows=True, **counted, met_on=day, days_taken=taken)

    def drop(self, *, by, on):
        """What it is set for ended that day. Follows from that."""
        with transaction.atomic():
            counted = self._run_on(on, by=by)
            self._take("drop", by=by, on=on, follows=True, **counted, dropped_on=max(on, self.set_on))

    def reopen(self, *, by):
        """What had met or dropped it is taken back. Follows from that."""
        self._take("reopen", by=by, follows=True, met_on=None, days_taken=None, dropped_on=None)

    def move(self, on, *, by):
        """It is counted from another day: what it was counted from is amended."""
        if self.status == Due.DROPPED or on == self.set_on:
            return
        with transaction.atomic():
            self._hold()
            (number,) = setting(DAYS[self.kind], on)
            self.set_on, self.days, changes = on, int(number), {"set_on": on, "days": int(number)}
            if self.paused_on:
                changes["paused_on"] = max(self.paused_on, on)
            if self.met_on:
                changes["met_on"] = max(self.met_on, on)
                changes["days_taken"] = working_days_between(on, changes["met_on"], self._stood_still())
            self._take("move", by=by, follows=True, **changes, **self._counted())

    def _hold(self):
        self.refresh_from_db(from_queryset=Deadline.objects.select_for_update())

    def _run_on(self, day, *, by):
        """Lock it, and keep the pause it stands in as one that ended that day. Returns what changes by that."""
        self._hold()
        if not self.paused_on:
            return {}
        until = max(day, self.paused_on)
        self.pauses.create(since=self.paused_on, until=until, reason=self.pause_reason, by=self.paused_by, ended_by=by)
        return NOT_PAUSED | self._counted()

    def _stood_still(self):
        """The stretches of days that do not count, as (first, the day on which it ran again)."""
        return list(self.pauses.values_list("since", "until"))

    def _counted(self):
        """Its last day, counted anew; whoever was told of an earlier one is told again."""
        still = self._stood_still()
        due_on = add_working_days(self.set_on, self.days, still)
        stood = sum(
            working_days_between(max(since - dt.timedelta(days=1), self.set_on), until - dt.timedelta(days=1))
            for since, until in still
        )
        told = {"warned_at": None, "escalated_at": None} if due_on > self.due_on else {}
        return {"due_on": due_on, "paused_days": stood, **told}

    def _tell(self, sentence, *, by, at, reason="", category=Category.CASE):
        """Without the reason, which may be of health: senders read this too."""
        super()._tell(f"{sentence}: {self.get_kind_display().lower()}", by=by, at=at, category=category)


def _in_words(number):
    return f"{number} working day{'' if number == 1 else 's'}"
