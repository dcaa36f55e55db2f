"""The outbox: text messages and e-mails, written in the transaction of what they tell of, sent by the worker."""

import base64
import binascii
import datetime as dt
import uuid

import phonenumbers
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from procrastinate.contrib.django import app

from partners.audit.models import Event
from partners.models import OF_A_SYSTEM

from .hearing import Preference as Preference
from .hearing import Quiet as Quiet
from .hearing import after_quiet, how_to_tell, keeps_quiet
from .occasions import AT_ONCE, How, Occasion

LASTS = dt.timedelta(days=2)  # a message that could not be sent so long after its time is no news any more
# What the app above knows of people: an object with matters_of(user), the ids of the matters whose messages the user
# may see; why_not(ids), why these people are sent nothing, or ""; and stop(ids), they asked for no more messages.
# That app adds its own when it is ready.
PEOPLE = []
# what an app above asks people outside to open: functions of the id of the record that a message tells of
ADDRESSES = []
# {occasion: function of the member of staff that gives the address they asked for}
LINKS = {}
# numbers that Ofcom keeps for people who do not exist, and that no directory of numbers has
INVENTED = "7700900"
SALT = "notices.stop"
PAST = "Its time had passed."
COLOURS = {
    "queued": "govuk-tag--blue", "sending": "govuk-tag--blue", "sent": "govuk-tag--turquoise",
    "delivered": "govuk-tag--green", "failed": "govuk-tag--red", "withheld": "govuk-tag--red",
}  # fmt: skip
UNDELIVERED = ("failed", "withheld")


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those to the user themselves, and those about matters that their team is involved in; of those to other
        staff what their own agency sent, or time alone: another's reviews, money and tasks are its own affair."""
        seen, agency = Q(for_user=user.pk), user.membership and user.membership.agency_id
        for people in PEOPLE:
            ours = Q(for_user=None) | Q(agency=None) | Q(agency=agency)
            seen |= ours & Q(matter__in=people.matters_of(user))
        return self.filter(seen)

    def to(self, user):
        """What this member of staff was told, or asked not to be."""
        return self.filter(for_user=user.pk)

    def undelivered(self):
        """Those that did not reach whom they were to, against anyone's wish, and that nobody has seen to."""
        return self.filter(status__in=UNDELIVERED, seen_to_at=None)

    def about(self, row):
        """Those about this matter, or that tell of this record (an appointment); the row itself, or its id."""
        pk = getattr(row, "pk", row)
        return self.filter(Q(matter=pk) | Q(tells_of=pk))

    @transaction.atomic
    def cancel(self, *, by):
        """Do not send those of them that are still waiting. Returns how many these were."""
        status = Notice.Status
        waiting = list(self.filter(status__in=[status.QUEUED, status.DIGEST], digest=None).select_for_update())
        for notice in waiting:
            notice.settle(Notice.Status.CANCELLED)
            Event.objects.record(
                Event.Kind.ALTERATION, "notice.cancel", by=by, subject=notice, offenders=notice.about
            )  # fmt: skip
        return len(waiting)


class Notice(models.Model):
    """One message to one person or member of staff, and what became of it.

    It is queued; the worker marks it as being sent, and then sends it. Of one that it finds so marked after a crash
    it asks the provider before it sends it again: docs/decisions/0014-notices.md.
    """

    class Channel(models.TextChoices):
        SMS = "sms", "Text message"
        EMAIL = "email", "E-mail"

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Not delivered"
        CANCELLED = "cancelled", "Cancelled"
        WITHHELD = "withheld", "Not sent"
        UNWANTED = "unwanted", "Not to be sent"
        DIGEST = "digest", "For the daily digest"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(
        max_length=120, unique=True, help_text="What it is sent for: one message is sent for the same."
    )
    occasion = models.CharField(
        max_length=10, choices=Occasion, blank=True, help_text="What it tells a member of staff of."
    )
    channel = models.CharField(max_length=5, choices=Channel)
    to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=120, blank=True, help_text="Of an e-mail.")
    text = models.TextField()
    about = ArrayField(models.UUIDField(), default=list, help_text="The people whom it concerns.")
    matter = models.UUIDField(null=True, help_text="The referral, case or placement that it belongs to.")
    tells_of = models.UUIDField(null=True, help_text="The record that it tells of: an appointment.")
    for_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="notices",
        help_text="The member of staff that it is to; else it is to the person whom it concerns.",
    )  # fmt: skip
    is_to_outsider = models.BooleanField(
        default=False, help_text="It is to someone outside who is asked one thing about the person whom it concerns."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="notices_written")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, null=True, related_name="notices")
    send_at = models.DateTimeField(help_text="Not before this.")
    until = models.DateTimeField(help_text="Nor after this: it would be no news any more.")
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it was not sent or delivered, or not yet.")
    digest = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="told", help_text="The daily digest that counted it."
    )
    seen_to_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="notices_seen_to")
    seen_to_at = models.DateTimeField(null=True)
    seen_to_why = models.CharField(max_length=300, blank=True, help_text="What was done instead.")
    attempts = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-send_at", "-id"]
        verbose_name = "message"
        default_permissions = []
        permissions = [("see_to_notice", "Can see to messages that were not delivered")]
        indexes = [
            GinIndex("about", name="notice_about_person"),
            models.Index(fields=["matter"], name="notice_of_matter"),
            models.Index(fields=["tells_of"], name="notice_of_record"),
            models.Index(fields=["for_user", "-send_at", "-id"], name="notice_for_user"),
            models.Index(fields=["send_at"], name="notice_due", condition=Q(status__in=["queued", "sending"])),
            models.Index(fields=["sent_at"], name="notice_underway", condition=Q(status="sent")),
            models.Index(
                fields=["-send_at", "-id"],
                name="notice_undelivered",
                condition=Q(status__in=UNDELIVERED, seen_to_at=None),
            ),
            models.Index(fields=["for_user"], name="notice_for_digest", condition=Q(status="digest", digest=None)),
            models.Index(fields=["recorded_at"], name="notice_digest", condition=Q(occasion="digest")),
        ]
        constraints = [
            models.CheckConstraint(
                name="notice_to_a_person_concerns_that_one",
                condition=Q(for_user__isnull=False) | Q(about__len=1),
                violation_error_message="A message to a person is about that one person.",
            ),
            models.CheckConstraint(
                name="notice_to_staff_says_its_occasion",
                condition=Q(for_user=None, occasion="") | Q(for_user__isnull=False) & ~Q(occasion=""),
                violation_error_message="A message to a member of staff says what it is about; one to others does not.",
            ),
            models.CheckConstraint(name="notice_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="email_has_a_subject_and_text_message_none",
                condition=Q(channel="sms", subject="") | Q(channel="email") & ~Q(subject=""),
                violation_error_message="An e-mail has a subject; a text message has none.",
            ),
            models.CheckConstraint(
                name="notice_not_sent_says_why",
                condition=~Q(status__in=["failed", "withheld", "unwanted"]) | ~Q(problem=""),
            ),
            models.CheckConstraint(
                name="notice_told_in_a_digest_was_for_one",
                condition=Q(digest=None) | Q(status="digest"),
            ),
            models.CheckConstraint(
                name="undelivered_notice_seen_to_says_by_whom_and_why",
                condition=Q(seen_to_by=None, seen_to_at=None, seen_to_why="")
                | Q(seen_to_by__isnull=False, seen_to_at__isnull=False, status__in=UNDELIVERED) & ~Q(seen_to_why=""),
                violation_error_message="Say what was done instead.",
            ),
            models.CheckConstraint(
                name="sent_notice_says_when", condition=~Q(status__in=["sent", "delivered"]) | Q(sent_at__isnull=False)
            ),
            models.CheckConstraint(
                name="delivered_notice_says_when", condition=Q(delivered_at=None) ^ Q(status="delivered")
            ),
        ]

    caption = "A message that was not delivered"  # on the page that says what was done instead

    def __str__(self):
        return f"{self.get_channel_display()}, {timezone.localtime(self.send_at):%-d %B %Y}"

    @classmethod
    @transaction.atomic
    def send(
        cls, *, key, channel, to, text, by, subject="", about=(), matter=None, tells_of=None, for_user=None,
        occasion="", is_to_outsider=False, at=None, until=None,
    ):  # fmt: skip
        """Queue a message, once for its key: called again with the same key, it returns the one there is.

        It is sent from `at` (now when left out) to `until` (two days later); what can wait, after the quiet hours; to a
        user, as they chose to hear of its occasion. One that cannot be sent, because of where to, or that nobody
        wants, is kept with why. `by` is whoever did what it tells of,
        None where time alone did. A message to a person is `about` them alone and names nobody; one to a user
        (`for_user`, with its `occasion`) names nobody either, nor does one to someone outside, which ends with the
        address it asks them to open.
        """
        now, at = timezone.now(), at or timezone.now()
        notice = cls(
            key=key, channel=channel, to=to or "", subject=subject, text=text, about=list(about), matter=matter,
            tells_of=tells_of, for_user=for_user, occasion=occasion, is_to_outsider=is_to_outsider, by=by,
            agency=by.membership.agency if by and by.membership else None, send_at=at, until=until or at + LASTS,
        )  # fmt: skip
        wrong_address, how = notice._address(), how_to_tell(for_user, occasion) if for_user else How.NOW
        if notice.until <= now:
            notice.status, notice.problem = cls.Status.UNWANTED, PAST
        elif how == How.NEVER:
            notice.status, notice.problem = cls.Status.UNWANTED, "They chose not to be told of this."
        elif unwanted := notice.unwanted():
            notice.status, notice.problem = cls.Status.UNWANTED, unwanted
        elif why_not := wrong_address or notice.why_not():
            notice.status, notice.problem = cls.Status.FAILED if wrong_address else cls.Status.WITHHELD, why_not
        elif how == How.DAILY:
            notice.status = cls.Status.DIGEST
        else:
            notice.send_at = notice.earliest(at)
        cls.objects.bulk_create([notice], ignore_conflicts=True)
        kept = cls.objects.get(key=key)
        if kept.pk == notice.pk:
            Event.objects.record(Event.Kind.COLLECTION, "notice.queue", by=by, subject=kept, offenders=kept.about)
            if kept.status == cls.Status.QUEUED:
                kept.schedule()
        return kept

    @classmethod
    def cancel(cls, key, *, by):
        """Do not send the message with this key, if it is still waiting. Returns whether it was."""
        return bool(cls.objects.filter(key=key).cancel(by=by))

    def _address(self):
        """Bring the number or e-mail address into its canonical form. Returns why nothing can be sent to it, or ""."""
        if self.channel == self.Channel.SMS:
            number = mobile(self.to)
            self.to = number or self.to[:254]
            return "" if number else "This is not a number that can be texted." if self.to else "There is no number."
        try:
            validate_email(self.to)
        except ValidationError:
            return "This is not an e-mail address." if self.to else "There is no e-mail address."
        return ""

    def schedule(self):
        """Have the worker send it when it is due."""
        app.configure_task("notices.deliver", schedule_at=self.send_at).defer(notice=str(self.pk))

    def earliest(self, moment):
        """When it may be sent, from this moment on: what can wait is not sent in the quiet hours."""
        if self.occasion in AT_ONCE or (self.for_user and not keeps_quiet(self.for_user)):
            return moment
        later = after_quiet(moment)
        return later if later < self.until else moment

    def unwanted(self):
        """Why the person whom it is to is sent nothing, in a sentence; "" where they are."""
        if self.to.endswith(OF_A_SYSTEM):
            return "It is to a system, which asks for its tasks itself."
        if self.for_user_id or self.is_to_outsider:
            return ""
        return next((why for people in PEOPLE if (why := people.why_not(self.about))), "")

    def why_not(self):
        """Why it cannot be sent now, in a sentence; "" where it can."""
        if self.until <= timezone.now():
            return PAST
        return "They work here no more." if self.for_user and not self.for_user.is_active else ""

    def stop(self):
        """The person it was to wants no more of them. Said again, it is as it was."""
        for people in PEOPLE:
            people.stop(self.about)

    def settle(self, status, problem="", **fields):
        """Save what became of it, or came of one attempt."""
        for name, value in {"status": status, "problem": problem[:300], **fields}.items():
            setattr(self, name, value)
        self.save(update_fields=["status", "problem", *fields])

    @property
    def offender_ids(self):
        """Whom it concerns, for the record of who was shown it."""
        return self.about

    @property
    def moment(self):
        """When what its status says came to be, or is to be."""
        return self.delivered_at or self.sent_at or self.send_at

    @property
    def standing(self):
        """Its status in words; of one told in a digest, in which."""
        day = f"In the daily digest of {timezone.localtime(self.digest.send_at):%-d %B}" if self.digest_id else ""
        return day or self.get_status_display()

    @property
    def colour(self):
        """The class of its status's tag."""
        return COLOURS.get(self.status, "govuk-tag--grey")

    @property
    def body(self):
        """All that is sent: to a person, with the address where they can say that they want no more; to someone
        outside, and to staff who asked for one, with the one they are to open, which is kept nowhere."""
        if self.for_user_id:
            link = LINKS.get(self.occasion)
            return f"{self.text}\n\n{link(self.for_user)}" if link else self.text
        if self.is_to_outsider:
            return "\n\n".join([self.text, *(address(self.tells_of) for address in ADDRESSES)])
        return f"{self.text}\n\nNo more messages: {settings.SITE_URL}{reverse('stop_messages', args=[self.stop_token])}"

    @property
    def stop_token(self):
        """What proves that whoever holds it was sent this message: its id and our mark on it."""
        return f"{_short(self.pk.bytes)}{_mark(self.pk)}"

    @classmethod
    def of_stop_token(cls, token):
        """The message to a person that this token came with, or None."""
        try:
            pk = uuid.UUID(bytes=base64.urlsafe_b64decode(f"{token[:22]}=="))
        except (ValueError, binascii.Error):
            return None
        if not constant_time_compare(token[22:], _mark(pk)):
            return None
        return cls.objects.filter(pk=pk, for_user=None, is_to_outsider=False).first()


def _short(octets):
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _mark(pk):
    """96 bits that only we can make, short enough for a text message."""
    return _short(salted_hmac(SALT, str(pk), algorithm="sha256").digest()[:12])


def mobile(text):
    """The number as +447700900123, or None where it is none that can be texted. Without a country it is British."""
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return None
    texted = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    invented = number.country_code == 44 and f"{number.national_number}".startswith(INVENTED)
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if phonenumbers.number_type(number) in texted or (invented and possible):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None
