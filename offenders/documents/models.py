"""Letters and documents: who may read each is as with a note; the file itself lies in the store."""

import datetime as dt
import hashlib
import re
import unicodedata
from functools import partial

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from offenders.models import Entry, Offender, Written, WrittenQuerySet
from offenders.workflow import Stepped, TooLate, insert
from partners.audit.models import Event
from partners.notices.models import Notice
from partners.notices.occasions import Occasion

from . import store
from .examine import DOCX, JPEG, PDF, PNG, TEXT
from .workflow import OPEN, STEPS, File

ENDINGS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", DOCX: ".docx", TEXT: ".txt"}
SERVED_AS = {TEXT: "text/plain; charset=utf-8"}
TITLE = 100  # characters
SOON = dt.timedelta(hours=1)
COLOURS = {
    File.HELD: "govuk-tag--yellow", File.UNSCANNED: "govuk-tag--grey", File.CLEAN: "govuk-tag--green",
    File.REFUSED: "govuk-tag--red", File.REMOVED: "govuk-tag--grey",
}  # fmt: skip


def plain_name(text):
    """A name that is what it looks like: no control or direction signs, no path, nothing a file system minds."""
    signs = (" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in unicodedata.normalize("NFKC", text))
    return " ".join(re.sub(r'[\\/:*?"<>|]', " ", "".join(signs)).split()).strip(". ")[:TITLE].strip()


class DocumentQuerySet(WrittenQuerySet):
    def removable_by(self, user):
        """Those that the user added, or of their agency where they supervise."""
        rows = self.amendable_by(user)
        return rows if user.has_perm("documents.widen_document") else rows.filter(by=user.pk)


class Document(Written, Stepped):
    """A letter or other document about a person, and the file it came as.

    Its file is held until it was checked for viruses, where that is set so; cleared, or refused and taken from the
    disk at once; and removed by whoever added it, or a supervisor, with a reason. The row stays, to say so.
    """

    STEPS = STEPS

    class Kind(models.TextChoices):
        LETTER = "letter", "Letter"
        CONSENT = "consent", "Consent form"
        REPORT = "report", "Assessment report"
        COURT = "court", "Court document"
        PLAN = "plan", "Plan or agreement"
        PHOTO = "photo", "Photo"
        OTHER = "other", "Something else"

    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=TITLE)
    content_type = models.CharField(max_length=80, choices={kind: end[1:].upper() for kind, end in ENDINGS.items()})
    size = models.PositiveIntegerField(help_text="In bytes, as it is kept.")
    sha256 = models.CharField(max_length=64, help_text="Of the file as it is kept.")
    stored = models.CharField(max_length=64, unique=True, editable=False, help_text="The file's name in the store.")
    status = models.CharField(max_length=9, choices=File)
    found = models.CharField(max_length=200, blank=True, help_text="What the scanner found in it.")
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="documents_removed"
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_why = models.CharField(max_length=200, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta(Written.Meta):
        default_permissions = ["view", "add"]
        permissions = [
            ("amend_document", "Can amend what a document is called, and who may read it"),
            ("remove_document", "Can remove a document, with a reason"),
            ("widen_document", "Can open someone else's document to more readers, or remove it"),
        ]
        constraints = [
            models.CheckConstraint(
                name="document_has_a_title", condition=~Q(title=""), violation_error_message="Say what it is."
            ),
            models.CheckConstraint(
                name="document_is_not_empty", condition=Q(size__gt=0), violation_error_message="This file is empty."
            ),
            models.CheckConstraint(
                name="document_removed_says_by_whom_and_why",
                condition=Q(removed_by=None, removed_at=None, removed_why="") & ~Q(status="removed")
                | Q(status="removed", removed_by__isnull=False, removed_at__isnull=False) & ~Q(removed_why=""),
                violation_error_message="Say why it is removed.",
            ),
            models.CheckConstraint(
                name="document_refused_says_what_was_found",
                condition=Q(status="refused") & ~Q(found="") | ~Q(status="refused") & Q(found=""),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("documents:document", args=[self.pk])

    @property
    def colour(self):
        """The class of its status's tag."""
        return COLOURS[self.status]

    @property
    def is_open(self):
        """Whether its file may be downloaded."""
        return self.status in OPEN

    @property
    def is_overdue(self):
        """Whether it is held for longer than a scanner takes."""
        return self.status == File.HELD and timezone.now() - self.recorded_at > SOON

    @property
    def standing(self):
        """Its status in words."""
        return "Not checked for viruses yet: overdue" if self.is_overdue else self.get_status_display()

    @property
    def file_name(self):
        """What the file is called where it is taken to."""
        return f"{plain_name(self.title) or 'document'}{ENDINGS[self.content_type]}"

    @property
    def served_as(self):
        return SERVED_AS.get(self.content_type, self.content_type)

    @property
    def told(self):
        """What the timeline says of it, and when it happened."""
        return [(f"{self.get_kind_display()} added: {self.title}", self.happened_at)]

    @classmethod
    def add(cls, offender, *, by, kind, title, category, content, content_type, happened_at=None, matters=()):
        """Keep a file that was inspected, with its line on the timeline. Without matters only its team reads it.

        Where it cannot be recorded, nothing of it is left on the disk.
        """
        document = cls(
            offender=offender, kind=kind, title=title, category=category, matters=list(matters), by=by,
            agency=by.membership.agency, unit=by.membership.unit, happened_at=happened_at or timezone.now(),
            content_type=content_type, size=len(content), sha256=hashlib.sha256(content).hexdigest(),
            status=File.HELD if settings.CLAMAV and settings.HOLD_UNSCANNED else File.UNSCANNED,
        )  # fmt: skip
        document.stored = store.keep(content)
        try:
            with transaction.atomic():
                document._record()
        except BaseException:
            store.remove(document.stored)
            raise
        return document

    def _record(self):
        insert(self, sure_of=["offender", "by", "agency", "unit"])
        (sentence, at), by = self.told[0], self.by
        Entry.write(
            self.offender_id, sentence, by=by, at=at, category=self.category, matters=self.matters,
            url=self.get_absolute_url(),
        )  # fmt: skip
        Event.objects.record(
            Event.Kind.COLLECTION, "document.add", by=by, subject=self, offenders=[self.offender_id],
            category=self.category, size=self.size, sha256=self.sha256,
        )  # fmt: skip
        if settings.CLAMAV:
            self.schedule()

    def schedule(self):
        """Have the worker scan it."""
        app.configure_task("documents.scan").defer(document=str(self.pk))

    def opened(self):
        """Its file, to read. Raises TooLate where there is none to be had."""
        if not self.is_open:
            raise TooLate(f"This file cannot be opened. {self.standing}.")
        try:
            return store.opened(self.stored)
        except FileNotFoundError:
            raise TooLate("This file is missing from where files are kept. Tell an administrator.") from None

    # steps

    def clear(self):
        """The scanner found nothing in it."""
        self._take("clear", by=None, follows=True)

    @transaction.atomic
    def refuse(self, *, found):
        """The scanner found something in it: it is gone from the disk, and who added it is told."""
        self._take("refuse", by=None, follows=True, found=found[:200])
        self._take_away()
        Notice.send(
            key=f"document {self.pk}", occasion=Occasion.DOCUMENT, channel=Notice.Channel.EMAIL, to=self.by.email,
            for_user=self.by, about=[self.offender_id], tells_of=self.pk, by=None, subject="A file was refused",
            text=f"A virus was found in a file that you added, and it was not kept. Sign in to see which: "
            f"{settings.SITE_URL}{self.get_absolute_url()}",
        )  # fmt: skip

    @transaction.atomic
    def remove(self, *, by, reason):
        """It was not to be here, of the wrong person perhaps: its file is gone, what it was called stays."""
        Offender.objects.select_for_update(no_key=True).get(pk=self.offender_id)  # waits for a legal hold being placed
        self._take(
            "remove", by=by, reason=reason, removed_by=by, removed_at=timezone.now(), removed_why=reason,
            sentence=f"{self.get_kind_display()} removed: {self.title}",
        )  # fmt: skip
        self._take_away()

    def _take_away(self):
        transaction.on_commit(partial(store.remove, self.stored))

    def _tell(self, sentence, *, by, at, reason="", category=None):
        super()._tell(sentence, by=by, at=at, reason=reason, category=self.category)
