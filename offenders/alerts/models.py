"""Reading that is out of the ordinary, for someone to look into. What is out of the ordinary says rules.py."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.workflow import Stepped
from partners.audit.models import Event
from partners.models import Membership
from partners.notices.models import Notice
from partners.notices.occasions import Occasion

from .workflow import ALERT_STEPS

REVIEW = "alerts.review_alert"


def _reviewers():
    """Of an alert, the outer row: those of its agency who may look into it, whose own reading it is not."""
    return Membership.objects.holding(REVIEW).filter(agency=OuterRef("agency")).exclude(user=OuterRef("user"))


class AlertQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the reviewer's agency, and of agencies with nobody who could look; of one's own reading none."""
        if not user.has_perm(REVIEW):
            return self.none()
        theirs = Q(agency=user.membership.agency_id) | ~Exists(_reviewers())
        return self.filter(theirs).exclude(user=user.pk)

    def of_another(self, user):
        """Those of someone else's reading."""
        return self.exclude(user=user.pk)

    def open(self):
        return self.filter(status=Alert.Status.OPEN)

    def with_names(self):
        return self.select_related("user", "agency", "reviewed_by")


class Alert(Stepped):
    """What one user read for one agency on one day that a rule finds odd, with the events of the record it rests on.

    It holds nobody's name but the reader's. What was looked into counts no more: what is read after that is looked at
    by itself.
    """

    class Rule(models.TextChoices):
        MANY = "many", "Very many people"
        NIGHT = "night", "Reading at night"
        NAMESAKE = "namesake", "Someone of the reader's own name or e-mail address"
        COLLEAGUE = "colleague", "Someone with the name of a member of staff"
        NO_PART = "no_part", "People whom their agency has no part in"
        RESTRICTED = "restricted", "Someone who is restricted"
        REFUSED = "refused", "Again and again what is not theirs"
        TAKEN = "taken", "People taken away in files"
        ROLES = "roles", "Someone let in, or these rules changed"

    class Status(models.TextChoices):
        OPEN = "open", "To be looked into"
        CLEARED = "cleared", "There is a reason"
        PASSED_ON = "passed_on", "Passed on"

    STEPS = ALERT_STEPS
    KIND = Event.Kind.ADMINISTRATION

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.CharField("what is odd", max_length=10, choices=Rule)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="alerts")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="alerts")
    day = models.DateField()
    events = ArrayField(models.BigIntegerField(), default=list, help_text="The events of the record it rests on.")
    people = models.PositiveIntegerField(default=0, help_text="How many people these events name.")
    raised_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="alerts_reviewed"
    )
    reviewed_at = models.DateTimeField(null=True, editable=False)
    passed_to = models.CharField(max_length=120, blank=True, editable=False)
    note = models.TextField(blank=True, editable=False, help_text="What was looked into, and what follows.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]
        default_permissions = []
        permissions = [("review_alert", "Can look into odd reading by others")]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="alert_by_time"),
            models.Index(fields=["user", "rule"], name="alert_of_user"),
            models.Index(fields=["day"], name="alert_of_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "user", "agency", "day"], condition=Q(status="open"), name="alert_is_open_once_a_day"
            ),
            models.CheckConstraint(
                name="alert_is_looked_into_by_another",
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("user")),
                violation_error_message="Nobody looks into their own reading. Ask another reviewer.",
            ),
            models.CheckConstraint(
                name="alert_that_was_looked_into_says_by_whom_and_why",
                condition=Q(status="open", reviewed_by=None, reviewed_at=None, note="")
                | ~Q(status="open") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(note=""),
                violation_error_message="Say what you looked into, and what follows.",
            ),
            models.CheckConstraint(
                name="alert_passed_on_says_to_whom",
                condition=Q(status="passed_on") & ~Q(passed_to="") | ~Q(status="passed_on") & Q(passed_to=""),
                violation_error_message="Say to whom you passed it on.",
            ),
        ]

    def __str__(self):
        return f"{self.get_rule_display()}, {date_format(self.day, 'j F Y')}"

    def get_absolute_url(self):
        return reverse("alerts:alert", args=[self.pk])

    @classmethod
    def permission(cls, verb):
        return REVIEW

    @property
    def about(self):
        """It concerns a member of staff; whom they read of stands in the events."""
        return []

    @property
    def caption(self):
        return f"{self.user}: {self}"

    @property
    def read(self):
        """The events it rests on."""
        return Event.objects.filter(pk__in=self.events)

    @classmethod
    @transaction.atomic
    def found(cls, rule, *, user, agency_id, day, events):
        """What the rule found that day: one alert while nobody looked into it, whose events are all so far."""
        ids, people = [event.pk for event in events], {pk for event in events for pk in event.offenders}
        now = {"events": ids, "people": len(people)}
        key = {"rule": rule, "user": user, "agency_id": agency_id, "day": day, "status": cls.Status.OPEN}
        alert, is_new = cls.objects.select_for_update().get_or_create(**key, defaults=now)
        if is_new:
            Event.objects.record(cls.KIND, "alert.raise", by=None, subject=alert, rule=rule, events=len(ids))
            alert._tell_reviewers()
        elif alert.events != ids:
            alert.events, alert.people = ids, len(people)
            alert.save(update_fields=list(now))
        return alert

    def clear(self, *, by, note):
        """Someone else looked into it: there was a reason to read. The note is no part of the record, which the reader
        may be an auditor of."""
        self._take("clear", by=by, note=note, reviewed_by=by, reviewed_at=timezone.now())

    def pass_on(self, *, by, to, note):
        """Someone else looked into it, and told whoever decides what follows."""
        now = timezone.now()
        self._take("pass_on", by=by, note=note, passed_to=to, reviewed_by=by, reviewed_at=now)

    @property
    def reviewers(self):
        """Who may look into it: of its agency, else of any."""
        hats = Membership.objects.holding(REVIEW).exclude(user=self.user_id)
        theirs = hats.filter(agency=self.agency_id)
        return (theirs if theirs.exists() else hats).users()

    def _tell_reviewers(self):
        where = f"{settings.SITE_URL}{reverse('alerts:list')}"
        for user in self.reviewers:
            Notice.send(
                key=f"alert {self.pk} {user.pk}", occasion=Occasion.APPROVAL, channel=Notice.Channel.EMAIL,
                to=user.email, for_user=user, tells_of=self.pk, by=None, subject="Some reading is to be looked into",
                text=f"The record shows reading that is out of the ordinary. Sign in to look into it: {where}",
            )  # fmt: skip

    def _tell(self, sentence, **told):
        """It is on nobody's timeline."""
