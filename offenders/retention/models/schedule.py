"""Until when a person's records are kept."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from offenders.models import Offender
from offenders.workflow import TooLate
from partners.audit.models import Event
from partners.settings import setting

from .decision import Decision
from .groups import Group, check_reviews, reviewable_by, reviews
from .hold import Hold

NO_LONGER_THAN = 10  # years for which one decision keeps records


class ScheduleQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(offender__in=reviewable_by(user).order_by().values("pk"))

    def with_names(self):
        """Each with `is_held`, and `decided`: where the disposal under way stands."""
        held = Hold.objects.live().filter(offender=OuterRef("pk"))
        open_one = Decision.objects.open().filter(offender=OuterRef("pk")).values("status")[:1]
        rows = self.select_related("offender", "chosen_by")
        return rows.annotate(is_held=Exists(held), decided=Subquery(open_one))

    def listed(self, day=None):
        """Those due by that day (today when left out) or within the days of the setting after it."""
        (days,) = setting("review_ahead_days")
        return self.filter(due_on__lte=(day or timezone.localdate()) + dt.timedelta(days=int(days)))

    def overdue(self):
        """Those due, of which nobody has proposed to dispose, and which no hold keeps."""
        rows = self.filter(due_on__lte=timezone.localdate())
        return rows.exclude(Exists(Decision.objects.open().filter(offender=OuterRef("pk")))).exclude(
            Exists(Hold.objects.live().filter(offender=OuterRef("pk")))
        )


class Schedule(models.Model):
    """Until when a person's records are kept: their review group, and since when its period runs.

    Worked out every night from what is recorded (rules.py); a person may choose another group, with a reason, and a
    review may keep them longer.
    """

    offender = models.OneToOneField(Offender, models.PROTECT, primary_key=True, related_name="schedule")
    found = models.CharField("group by what is recorded", max_length=10, choices=Group)
    found_why = models.CharField(max_length=200, blank=True)
    chosen = models.CharField("group chosen", max_length=10, choices=Group, blank=True)
    chosen_why = models.CharField(max_length=200, blank=True)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="schedules_chosen")
    group = models.CharField(max_length=10, choices=Group, help_text="The group that counts.")
    since = models.DateField(help_text="The day they last came to notice.")
    kept_until = models.DateField(null=True, help_text="By a review.")
    due_on = models.DateField(help_text="The day on which someone decides whether to keep or dispose of them.")

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "offender"]
        verbose_name = "review of records"
        verbose_name_plural = "reviews of records"
        default_permissions = ["view"]
        permissions = [
            ("review_schedule", "Can decide how long a person's records are kept, hold them, and dispose of them"),
            ("oversee_schedule", "Can see, by reference, how long everyone's records are kept"),
        ]
        indexes = [models.Index(fields=["due_on", "offender"], name="schedule_by_due_day")]
        constraints = [
            models.CheckConstraint(
                name="chosen_group_says_by_whom_and_why",
                condition=Q(chosen="", chosen_by=None, chosen_why="")
                | Q(chosen_by__isnull=False) & ~Q(chosen="") & ~Q(chosen_why=""),
                violation_error_message="Say why this group.",
            )
        ]

    def __str__(self):
        return f"Records of {self.offender.reference}"

    def get_absolute_url(self):
        return reverse("retention:schedule", args=[self.pk])

    @property
    def caption(self):
        """Whom it is about, for who may not know them: no name."""
        return self.offender.reference

    @property
    def is_overdue(self):
        return self.due_on < timezone.localdate()

    def may(self, user, verb):
        """Whether it is this user's to decide; the same for each verb."""
        return reviews(user, self.pk)

    def settle(self, periods):
        """Work out the group that counts and the day, by these periods: {group: years}."""
        from offenders.retention.rules import years_after

        self.group = self.chosen or self.found
        self.due_on = max(years_after(self.since, periods[self.group]), self.kept_until or dt.date.min)

    @classmethod
    def of(cls, offender):
        """That of this person, worked out now where they have none yet."""
        from offenders.retention.rules import count

        row = cls.objects.filter(pk=offender.pk).first()
        if row is None:
            count([offender.pk])
            row = cls.objects.get(pk=offender.pk)
        return row

    @transaction.atomic
    def choose(self, *, by, group, reason):
        """Put them into this group, whatever the rules say; into the one that the rules find, again by the rules."""
        check_reviews(by, self.offender)
        self._choose(group, by, reason)
        Event.objects.record(
            Event.Kind.ALTERATION, "schedule.choose", by=by, subject=self, offenders=[self.pk], reason=reason,
            after={"group": self.group},
        )  # fmt: skip

    def _choose(self, group, by, reason):
        from offenders.retention.rules import periods

        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        own = group != self.found
        self.chosen, self.chosen_why, self.chosen_by = (group, reason, by) if own else ("", "", None)
        self.settle(periods())
        self.save(update_fields=["chosen", "chosen_why", "chosen_by", "group", "due_on"])

    @transaction.atomic
    def keep(self, *, by, until, reason):
        """The review keeps the records, to be reviewed again that day. Returns the Decision."""
        from offenders.retention.rules import periods, years_after

        check_reviews(by, self.offender)
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        if Decision.objects.open().filter(offender=self.pk).exists():
            raise TooLate("It is proposed to dispose of these records. That is to be decided first.")
        today = timezone.localdate()
        if not today < until <= years_after(today, NO_LONGER_THAN):
            raise ValidationError(
                {"until": f"Choose a day after today, and within {NO_LONGER_THAN} years. Then it is reviewed again."}
            )
        others = Decision.objects.filter(offender=self.pk, what=Decision.What.KEEP, next_on=self.kept_until)
        if self.kept_until and until < self.kept_until and others.exclude(agency=by.membership.agency).exists():
            day = f"{self.kept_until:%-d %B %Y}"
            raise ValidationError({"until": f"Another agency keeps them until {day}. Choose no earlier day."})
        decision = Decision.make(self, what=Decision.What.KEEP, status="kept", by=by, reason=reason, next_on=until)
        self.kept_until = until
        self.settle(periods())
        self.save(update_fields=["kept_until", "due_on"])
        return decision

    @transaction.atomic
    def dispose(self, *, by, reason):
        """Propose to dispose of all that is held of the person; nothing is erased until another confirms it."""
        from offenders.retention.rules import why_not

        offender = Offender.objects.select_for_update(no_key=True).get(pk=self.pk)  # and then look
        check_reviews(by, offender)
        if sentences := list(why_not(offender)):
            raise ValidationError(sentences)
        self.refresh_from_db()
        return Decision.make(self, what=Decision.What.DISPOSE, status="proposed", by=by, reason=reason)
