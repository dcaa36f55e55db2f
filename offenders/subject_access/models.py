"""A person asks what is held about them: the request, and what was brought together to answer it."""

import datetime as dt
import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from procrastinate.contrib.django import app

from offenders.models import Involvement, Offender
from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from partners.models import Agency
from partners.settings import setting

from .workflow import LINE_STEPS, LIVE, REQUEST_STEPS

ANSWER = "subject_access.answer_subjectrequest"
KEPT = dt.timedelta(days=90)  # for which what was brought together is kept after the answer, for questions about it
REGIMES = {
    Agency.Kind.POLICE: "Part 3 of the Data Protection Act 2018, on law enforcement",
}
GENERAL_REGIME = "the UK General Data Protection Regulation"


def regime_of(agency):
    """Under which law an agency holds what it writes."""
    return REGIMES.get(agency.kind, GENERAL_REGIME)


def due(day):
    """The last day to answer who asked, and was known, on that day."""
    (days,) = setting("subject_access_days", day)
    return day + dt.timedelta(days=int(days))


class SubjectRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those made to the agency of who answers them; about restricted people only where they are named. One asked
        of a record that was merged is about the person it is part of."""
        if not user.has_perm(ANSWER):
            return self.none()
        whose = Coalesce(OuterRef("offender__merged_into"), OuterRef("offender"))
        return self.of(user).filter(Exists(Offender.objects.open_to(user).filter(pk=whose)))

    def of(self, user):
        """Those made to the user's agency."""
        return self.filter(agency=user.membership.agency_id) if user.membership else self.none()

    def open(self):
        return self.filter(status__in=LIVE)

    def with_an_answer(self):
        """Those of which all is brought together."""
        return self.filter(status__in=["to_review", "sent"])

    def with_names(self):
        return self.select_related("offender", "agency", "identified_by", "recorded_by", "ended_by")


class SubjectRequest(Stepped):
    """One person's request to one agency for what it holds about them, from the day it came to the answer.

    Only what that agency holds is brought together; of others it is told that they hold something. What was brought
    together is cleared some time after the answer; that there was one stays.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", "Identity to be confirmed"
        IDENTIFIED = "identified", "To be brought together"
        COMPILING = "compiling", "Being brought together"
        TO_REVIEW = "to_review", "To be reviewed"
        SENT = "sent", "Sent"
        REFUSED = "refused", "Refused"

    class How(models.TextChoices):
        POST = "post", "By post"
        EMAIL = "email", "By e-mail"
        IN_PERSON = "in_person", "In person"
        PHONE = "phone", "By phone"
        SOLICITOR = "solicitor", "Through a solicitor or someone else"

    STEPS = REQUEST_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="subject_requests")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="subject_requests")
    asked_on = models.DateField("asked on", help_text="The day it came.")
    how = models.CharField("how they asked", max_length=10, choices=How)
    asked_for = models.TextField("what they asked for", blank=True, help_text="Leave empty where it is everything.")
    answer_to = models.TextField("where the answer goes", help_text="The address that they gave for it.")
    due_on = models.DateField(editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.RECEIVED, editable=False)
    identity = models.CharField("how it was confirmed", max_length=200, blank=True, editable=False)
    identified_on = models.DateField(null=True, editable=False)
    identified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="subjects_identified"
    )
    parts_done = models.PositiveSmallIntegerField(default=0, editable=False)
    parts = models.PositiveSmallIntegerField(default=0, editable=False)
    ended_on = models.DateField(null=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="subject_requests_ended"
    )
    sent_how = models.CharField(max_length=10, choices=How, blank=True, editable=False)
    refusal = models.TextField(blank=True, editable=False, help_text="Why it was refused.")
    cleared_at = models.DateTimeField(null=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="subject_requests_recorded"
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SubjectRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = "request for one's own data"
        verbose_name_plural = "requests for one's own data"
        default_permissions = []
        permissions = [("answer_subjectrequest", "Can answer people who ask what is held about them")]
        indexes = [models.Index(fields=["agency", "due_on", "id"], name="subject_request_of_agency")]
        constraints = [
            models.UniqueConstraint(
                fields=["offender", "agency"], condition=Q(status__in=sorted(LIVE)), name="subject_asks_once_at_a_time",
                violation_error_message="This person has asked already, and is not answered yet.",
            ),
            models.CheckConstraint(
                name="subject_request_is_due_after_it_came", condition=Q(due_on__gte=F("asked_on")),
            ),
            models.CheckConstraint(
                name="nothing_is_told_before_it_is_known_to_whom",
                condition=~Q(identity="") & Q(identified_on__isnull=False, identified_by__isnull=False)
                | Q(identity="", identified_on=None, identified_by=None, status__in=["received", "refused"]),
                violation_error_message="Confirm first who they are.",
            ),
            models.CheckConstraint(
                name="ended_subject_request_says_how_it_ended",
                condition=Q(status="sent", ended_on__isnull=False, ended_by__isnull=False, refusal="") & ~Q(sent_how="")
                | Q(status="refused", ended_on__isnull=False, ended_by__isnull=False, sent_how="") & ~Q(refusal="")
                | Q(status__in=sorted(LIVE), ended_on=None, ended_by=None, sent_how="", refusal=""),
                violation_error_message="Say how it was sent, or why it is refused.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"asked on {date_format(self.asked_on, 'j F Y')}"

    def get_absolute_url(self):
        return reverse("subject_access:request", args=[self.pk])

    @classmethod
    def permission(cls, verb):
        return ANSWER

    @property
    def is_open(self):
        return self.status in LIVE

    @property
    def is_overdue(self):
        return self.is_open and self.due_on < timezone.localdate()

    @property
    def person(self):
        """Whom it is about, as they are known today."""
        return self.offender.merged_into or self.offender

    @classmethod
    @transaction.atomic
    def receive(cls, offender, *, by, asked_on, how, answer_to, asked_for=""):
        """Someone asked the user's agency what it holds about them."""
        if not (by.has_perm(ANSWER) and Offender.objects.open_to(by).filter(pk=offender.pk).exists()):
            raise PermissionDenied("You may not answer this person.")
        agency = by.membership.agency
        if not Involvement.objects.filter(offender__in=offender.all_ids, agency=agency).exists():
            raise ValidationError({"person": f"{agency} never worked with this person, and holds nothing about them."})
        request = cls(
            offender=offender, agency=agency, asked_on=asked_on, how=how, asked_for=asked_for,
            answer_to=answer_to, due_on=due(asked_on), recorded_by=by,
        )  # fmt: skip
        insert(request, sure_of=["offender", "agency", "recorded_by", "due_on"])
        Event.objects.record(
            Event.Kind.COLLECTION, "subjectrequest.receive", by=by, subject=request, offenders=[offender.pk]
        )
        return request

    def identify(self, *, by, identity, on=None):
        """It is known who asks: the time to answer runs from that day (UK GDPR, article 12; DPA 2018, section 54)."""
        on = on or timezone.localdate()
        if on < self.asked_on:
            raise ValidationError({"on": "This cannot be before they asked."}, code="before")
        self._take("identify", by=by, on=on, identity=identity, identified_on=on, identified_by=by, due_on=due(on))

    @transaction.atomic
    def compile(self, *, by):
        """Have what is held brought together, in the background."""
        from .sources import SOURCES

        self._take("compile", by=by, parts_done=0, parts=len(SOURCES) + 1)
        app.configure_task("subject_access.compile").defer(request=str(self.pk))

    def compiled(self):
        """All is brought together, and waits for who reviews it."""
        self._take("compiled", by=None, follows=True)

    @transaction.atomic
    def send(self, *, by, sent_how, on=None):
        """The answer went to the person: a disclosure. Raises ValidationError while a text is not decided on."""
        self.refresh_from_db(from_queryset=SubjectRequest.objects.select_for_update())
        if left := self.lines.held().count():
            texts = "text is" if left == 1 else "texts are"
            raise ValidationError(f"{left} {texts} still to be decided on. Look at each first.", code="held")
        self._take("send", by=by, on=on, sent_how=sent_how, ended_on=on or timezone.localdate(), ended_by=by)
        told = self.lines.exclude(status=SubjectLine.Status.WITHHELD).count()
        Event.objects.record(
            Event.Kind.DISCLOSURE, "subjectrequest.answer", by=by, subject=self, offenders=[self.offender_id],
            to="the person", rows=told, withheld=self.lines.count() - told,
        )  # fmt: skip

    def refuse(self, *, by, reason, on=None):
        """It is not answered, and why: what the person is told with their rights to complain."""
        day = on or timezone.localdate()
        self._take("refuse", by=by, on=on, reason=reason, refusal=reason, ended_on=day, ended_by=by)

    def _tell(self, sentence, **told):
        """Whoever works with the person need not know that they asked."""


class SubjectLineQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of requests that the user answers."""
        return self.filter(request__in=SubjectRequest.objects.visible_to(user))

    def of_open(self, user):
        """Those of requests to the user's agency that are being reviewed."""
        return self.filter(request__in=SubjectRequest.objects.of(user).filter(status="to_review"))

    def held(self):
        return self.filter(status=SubjectLine.Status.HELD)

    def with_names(self):
        return self.select_related("request__offender", "agency", "decided_by")


class SubjectLine(Stepped):
    """What one record holds about the person who asks: facts that are told, and words that may speak of others too.

    Words are held back until someone read them: who else is in them, and whether telling them could harm anyone.
    """

    class Status(models.TextChoices):
        HELD = "held", "To be decided"
        RELEASED = "released", "Told"
        REDACTED = "redacted", "Told in part"
        WITHHELD = "withheld", "Left out"

    STEPS = LINE_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(SubjectRequest, models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    section = models.CharField(max_length=80)
    what = models.CharField(max_length=80)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, null=True, related_name="subject_lines")
    happened_on = models.DateField(null=True)
    facts = models.JSONField(default=list, help_text="What it says that speaks of nobody else: [label, words].")
    words = models.TextField(blank=True, help_text="What it says that may speak of others.")
    told = models.TextField(blank=True, help_text="The part of the words that is told.")
    status = models.CharField(max_length=10, choices=Status)
    why = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="subject_lines_decided"
    )
    decided_at = models.DateTimeField(null=True)

    objects = SubjectLineQuerySet.as_manager()

    class Meta:
        ordering = ["number", "id"]
        verbose_name = "text to be reviewed"
        verbose_name_plural = "texts to be reviewed"
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="subject_line_has_a_number_of_its_own"),
            models.CheckConstraint(
                name="subject_line_decided_says_by_whom",
                condition=Q(status="held", decided_by=None, decided_at=None)
                | Q(words="", status="released", decided_by=None, decided_at=None)
                | ~Q(status="held") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="words_left_out_say_why",
                condition=Q(status__in=["redacted", "withheld"]) & ~Q(why="")
                | Q(status__in=["held", "released"], why=""),
                violation_error_message="Say why it is not told.",
            ),
            models.CheckConstraint(
                name="words_told_in_part_say_which",
                condition=Q(status="redacted") & ~Q(told="") | ~Q(status="redacted") & Q(told=""),
                violation_error_message="Write the part that is told, or leave it out.",
            ),
        ]

    def __str__(self):
        day = f", {date_format(self.happened_on, 'j F Y')}" if self.happened_on else ""
        return f"{self.what}{day}"

    def get_absolute_url(self):
        return reverse("subject_access:line", args=[self.pk])

    @classmethod
    def permission(cls, verb):
        return ANSWER

    @property
    def offender(self):
        return self.request.offender

    @property
    def offender_id(self):
        return self.request.offender_id

    @property
    def said(self):
        """The words as they are told."""
        return {"released": self.words, "redacted": self.told}.get(self.status, "")

    def release(self, *, by):
        """The words are told as they are."""
        self._decide("release", by=by)

    def redact(self, *, by, told, why):
        """Only this much of the words is told."""
        self._decide("redact", by=by, told=told, why=why)

    def withhold(self, *, by, why):
        """The words are not told; nor are the facts that stand with them."""
        self._decide("withhold", by=by, why=why)

    def _decide(self, verb, *, by, told="", why=""):
        """Why stands in the row alone: the record holds no content."""
        self._take(verb, by=by, told=told, why=why, decided_by=by, decided_at=timezone.now())

    def _tell(self, sentence, **told):
        """It is on nobody's timeline."""
