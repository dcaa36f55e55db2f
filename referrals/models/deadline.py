"""By when something has to be done for a referral, kept as a day so that it can be listed, paused and measured."""

import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import TooLate, insert, the_databases_no
from partners.audit.models import Event
from partners.roles import Category
from partners.settings import setting
from partners.working_days import add_working_days, working_days_between

from .referral import Referral

DAYS = {"first_contact": "contact_days"}  # the setting that says how many working days each kind has


class DeadlineQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals the user sees."""
        if not user.has_perm("referrals.view_deadline"):
            return self.none()
        return self.filter(referral__in=Referral.objects.visible_to(user).values("pk"))

    def with_names(self):
        return self.select_related("referral", "referral__offender", "recorded_by")

    def open(self):
        """Those neither met nor dropped."""
        return self.filter(met_on=None, dropped_on=None)

    def running(self):
        """Those neither met, nor dropped, nor paused."""
        return self.open().filter(paused_on=None)

    def overdue(self, on=None):
        """Those running whose last day is over."""
        return self.running().filter(due_on__lt=on or timezone.localdate())


class Deadline(models.Model):
    """The last day for one thing on one referral, counted in working days of England. It can be paused for a reason."""

    class Kind(models.TextChoices):
        FIRST_CONTACT = "first_contact", "First contact"

    class PauseReason(models.TextChoices):
        CUSTODY = "custody", "In custody"
        HOSPITAL = "hospital", "In hospital"
        AWAY = "away", "Away"
        SENDER = "sender", "Waiting for the sender"
        OTHER = "other", "Another reason"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="deadlines")
    kind = models.CharField(max_length=20, choices=Kind)
    set_on = models.DateField()
    due_on = models.DateField()
    met_on = models.DateField(null=True, blank=True, editable=False)
    dropped_on = models.DateField(
        null=True, blank=True, editable=False, help_text="The referral ended before it was met."
    )
    paused_on = models.DateField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=12, choices=PauseReason, blank=True)
    paused_days = models.PositiveIntegerField(default=0, editable=False, help_text="Working days it stood still.")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        default_permissions = ["view"]
        permissions = [("pause_deadline", "Can pause a deadline, with a reason, and let it run again")]
        indexes = [
            models.Index(
                fields=["due_on", "id"], name="deadline_running",
                condition=Q(met_on=None, dropped_on=None, paused_on=None),
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(fields=["referral", "kind"], name="deadline_is_set_once_for_a_referral"),
            models.CheckConstraint(name="deadline_is_due_after_it_is_set", condition=Q(due_on__gte=F("set_on"))),
            models.CheckConstraint(
                name="deadline_that_is_over_is_met_or_dropped",
                condition=Q(met_on=None) | Q(dropped_on=None),
            ),
            models.CheckConstraint(
                name="deadline_that_is_over_stands_still_no_more",
                condition=Q(paused_on=None) | Q(met_on=None, dropped_on=None),
            ),
            models.CheckConstraint(
                name="paused_deadline_says_why",
                condition=Q(paused_on=None, pause_reason="") | (Q(paused_on__isnull=False) & ~Q(pause_reason="")),
                violation_error_message="Say why the deadline is paused.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} by {self.due_on:%-d %B %Y}"

    @property
    def offender_id(self):
        return self.referral.offender_id

    @property
    def is_over(self):
        """Whether nothing is asked any more: met, or dropped."""
        return bool(self.met_on or self.dropped_on)

    @property
    def is_overdue(self):
        return not (self.is_over or self.paused_on) and self.due_on < timezone.localdate()

    @classmethod
    def set(cls, referral, kind, *, by, on):
        """Have this done within so many working days of that day, as the setting then says."""
        (number,) = setting(DAYS[kind], on)
        due_on = add_working_days(on, int(number))
        with transaction.atomic():
            deadline = cls(referral=referral, kind=kind, set_on=on, due_on=due_on, recorded_by=by)
            insert(deadline, sure_of=["referral", "recorded_by"])
            deadline._record("set", by=by, kind=Event.Kind.COLLECTION)
        return deadline

    def meet(self, *, on=None):
        """What was asked is done. Follows from a step that is in the record: nothing happens where it is over."""
        row = type(self).objects.open().filter(pk=self.pk)
        row.update(met_on=on or timezone.localdate(), paused_on=None, pause_reason="")
        self.refresh_from_db()

    def pause(self, *, by, reason, on=None):
        """Let it stand still. Raises PermissionDenied, TooLate or ValidationError."""
        day = _not_in_future(on)
        with transaction.atomic():
            self._lock(by)
            if self.paused_on or self.is_over:
                raise TooLate("You cannot pause this deadline: it is not running.")
            self.paused_on, self.pause_reason = max(day, self.set_on), reason
            self._write("pause", "Deadline paused", by=by, reason=reason)

    def resume(self, *, by, on=None):
        """Let it run again: the working days for which it stood still are put on at its end."""
        day = _not_in_future(on)
        with transaction.atomic():
            self._lock(by)
            if not self.paused_on or self.is_over:
                raise TooLate("You cannot let this deadline run again: it is not paused.")
            number = working_days_between(self.paused_on, day)
            self.due_on = add_working_days(self.due_on, number)
            self.paused_days, self.paused_on, self.pause_reason = self.paused_days + number, None, ""
            self._write("resume", "Deadline runs again", by=by, days=number)

    def _lock(self, by):
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        theirs = type(self).objects.visible_to(by).filter(pk=self.pk)
        theirs = theirs.filter(referral__in=Referral.objects.received_by(by).values("pk"))
        if not (by.has_perm("referrals.pause_deadline") and theirs.exists()):
            raise PermissionDenied("You may not pause this deadline.")

    def _write(self, verb, sentence, *, by, reason="", **detail):
        self.clean_fields()
        with the_databases_no(self), transaction.atomic():
            self.save()
        self._record(verb, by=by, reason=reason, **detail)
        # without the reason, which may be of health: senders read this too
        text = f"{sentence}: {self.get_kind_display().lower()}"
        url, matters = self.referral.get_absolute_url(), [self.referral_id]
        Entry.write(
            self.offender_id, text, by=by, kind=Entry.Kind.STEP, category=Category.CASE, matters=matters, url=url
        )

    def _record(self, verb, *, by, kind=Event.Kind.ALTERATION, **detail):
        ids, due_on = [self.offender_id], str(self.due_on)
        Event.objects.record(kind, f"deadline.{verb}", by=by, subject=self, offenders=ids, due_on=due_on, **detail)


def _not_in_future(on):
    day = on or timezone.localdate()
    if day > timezone.localdate():
        raise ValidationError({"on": "This cannot have happened in the future."})
    return day
