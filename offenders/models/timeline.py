"""What happened, and what people wrote: scoped by category, agency and matter like everything else."""

import uuid

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from partners.audit.models import Event, write
from partners.models import Agreement
from partners.roles import Category, readers_gained

from .consent import shown_to
from .emergency import EmergencyAccess
from .offender import Offender
from .sharing import Involvement

NEWEST_FIRST = ("-happened_at", "-recorded_at", "-id")


class SharedQuerySet(models.QuerySet):
    """Rows with an offender, a category, the agency and unit that wrote them, and the matters they belong to."""

    person = "offender"  # the field that says whom they are of

    def visible_to(self, user):
        """Rows about people the user sees, which the agency that wrote them may show this hat, written by their
        own team or belonging to a matter that their team is involved in."""
        if not user.has_perm(self._permission("view")):
            return self.none()
        mine = user.mine()
        opened = EmergencyAccess.objects.live().of(user)
        of_those = f"{self.person}__in"
        in_emergency = ~Q(matters=[]) & Q(**{of_those: opened.values("offender")})  # the matters of all teams
        theirs = Involvement.objects.open_to(user).filter(offender=OuterRef(self.person))
        return self.filter(
            shown_to(user, own=mine, offender=self.person),
            mine | Q(matters__overlap=ArraySubquery(theirs.values("matter"))) | in_emergency,
            Q(**{of_those: Offender.objects.visible_to(user).values("pk")}),
        )

    def _permission(self, verb):
        return f"{self.model._meta.app_label}.{verb}_{self.model._meta.model_name}"

    def newest_first(self):
        """What happened last first; of what happened on one day at no known time, what was recorded last."""
        return self.order_by(*NEWEST_FIRST)

    def with_names(self):
        return self.select_related("by", "agency", "unit")


class Shared(models.Model):
    """Something about a person that a team wrote: who may read it follows from category and matters."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="%(class)s_set")
    category = models.CharField(max_length=20, choices=Category)
    matters = ArrayField(
        models.UUIDField(), verbose_name="who may read it", default=list, blank=True,
        help_text="Whoever is involved in one of these may read it.",
    )  # fmt: skip
    happened_at = models.DateTimeField(
        "when it happened", help_text="When it happened; midnight when only the day is known."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="%(class)s_written")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="%(class)s_written")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, related_name="%(class)s_written")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SharedQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = list(NEWEST_FIRST)
        indexes = [models.Index(fields=["offender", *NEWEST_FIRST], name="%(class)s_of_offender")]


class Entry(Shared):
    """One line of a person's timeline: what happened, in a sentence. Written once, where it happened."""

    class Kind(models.TextChoices):
        STEP = "step", "Steps"
        NOTE = "note", "Notes and contacts"
        RECORD = "record", "Records"
        AMENDMENT = "amendment", "Amendments"

    kind = models.CharField(max_length=10, choices=Kind)
    sentence = models.TextField()
    url = models.CharField(max_length=200, blank=True)

    class Meta(Shared.Meta):
        verbose_name_plural = "entries"
        default_permissions = ["view"]

    def __str__(self):
        return self.sentence

    @classmethod
    def write(cls, offender_id, sentence, *, by, at=None, kind=Kind.RECORD, category=Category.CASE, matters=(), url=""):
        """Add a line to the timeline, in the transaction of what happened."""
        entry = cls(
            offender_id=offender_id,
            sentence=sentence,
            kind=kind,
            category=category,
            matters=list(matters),
            happened_at=at or timezone.now(),
            by=by,
            agency=by.membership.agency,
            unit=by.membership.unit,
            url=url,
        )
        return write(entry, by)


class WrittenQuerySet(SharedQuerySet):
    def amendable_by(self, user):
        """Those of the user's own agency that they may read and correct; of whom they only see, those of their team."""
        if not user.has_perm(self._permission("amend")):
            return self.none()
        theirs = user.mine() | Q(offender__in=Offender.objects.worked_by(user))
        return self.visible_to(user).filter(theirs, agency=user.membership.agency_id)


class Written(Shared):
    """What someone wrote or added by hand; corrected only by amendment."""

    objects = WrittenQuerySet.as_manager()

    class Meta(Shared.Meta):
        abstract = True

    def in_words(self, name):
        """A value as a person says it, where the field does not know how."""
        if name == "matters":
            return "Everyone who works on this and may read it" if self.matters else "Our own team only"
        return None

    def amended(self, was, *, by):
        """Narrowing takes effect at once, in every line of the timeline about it. Widening is its author's or a
        supervisor's; what was amended while fewer read it stays theirs."""
        if self.category == was.category and self.matters == was.matters:
            return
        wider = _widens(was, self)
        if wider and not (by == self.by or by.has_perm(f"{self._meta.app_label}.widen_{self._meta.model_name}")):
            raise ValidationError(
                {wider: "More people could read it then. Its author or a supervisor may do that; ask one of them."}
            )
        lines = Entry.objects.filter(offender=self.offender_id, url=self.get_absolute_url())
        lines = lines.exclude(kind=Entry.Kind.AMENDMENT) if wider else lines
        lines.update(category=self.category, matters=self.matters)


class Note(Written):
    """What someone wrote of a contact with the person, or about them."""

    class Kind(models.TextChoices):
        VISIT = "visit", "Visit"
        PHONE = "phone", "Phone call"
        TEXT = "text", "Text message"
        VIDEO = "video", "Video call"
        MEETING = "meeting", "Meeting"
        THIRD_PARTY = "third_party", "From someone else"
        NOTE = "note", "Note, no contact"

    # kinds in which the person was met or reached
    CONTACT = frozenset({Kind.VISIT, Kind.PHONE, Kind.TEXT, Kind.VIDEO, Kind.MEETING})

    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField()
    is_opinion = models.BooleanField(default=False, help_text="An opinion, not a fact (DPA 2018, section 38).")

    class Meta(Written.Meta):
        default_permissions = ["view", "add"]
        permissions = [
            ("amend_note", "Can amend a note, with a reason"),
            ("widen_note", "Can open someone else's note to more readers"),
        ]
        constraints = [models.CheckConstraint(name="note_says_something", condition=~Q(text=""))]

    def __str__(self):
        return f"{self.get_kind_display()}, {timezone.localtime(self.happened_at):%-d %B %Y}"

    def get_absolute_url(self):
        return reverse("offenders:note", args=[self.pk])

    @property
    def sentence(self):
        """Its line on the timeline."""
        return f"{self.get_kind_display()}{', an opinion' if self.is_opinion else ''}: {self.text}"

    @property
    def told(self):
        """What the timeline says of it, and when it happened."""
        return [(self.sentence, self.happened_at)]

    @classmethod
    def write(cls, offender, *, by, kind, text, happened_at, category, is_opinion=False, matters=()):
        """Add a note, with its line on the timeline. Without matters only the writer's own team reads it."""
        note = cls.objects.create(
            offender=offender,
            kind=kind,
            text=text,
            is_opinion=is_opinion,
            category=category,
            matters=list(matters),
            happened_at=happened_at,
            by=by,
            agency=by.membership.agency,
            unit=by.membership.unit,
        )
        Entry.write(
            offender.pk,
            note.sentence,
            by=by,
            at=happened_at,
            kind=Entry.Kind.NOTE,
            category=category,
            matters=matters,
            url=note.get_absolute_url(),
        )
        Event.objects.record(
            Event.Kind.COLLECTION, "note.add", by=by, subject=note, offenders=[offender.pk], category=category
        )
        return note


def _widens(was, now):
    """What would let someone read the row as it is now who could not as it was: "category" or "matters"; or "".

    Narrower is exactly this: the new readers are all among the old. No role, and no agreement, gives sight of the new
    category without that of the old; no matter is among the new that was not among the old.
    """
    if not set(now.matters) <= set(was.matters):
        return "matters"
    sharing = Agreement.objects.exclude(valid_to__lt=timezone.localdate()).filter(categories__contains=[now.category])
    agreed = sharing.exclude(categories__contains=[was.category]).exists()
    return "category" if now.category != was.category and (agreed or readers_gained(was.category, now.category)) else ""


class AmendmentQuerySet(SharedQuerySet):
    person = "whose"

    def visible_to(self, user):
        """As ever; one of a record that was merged into another is of the person it is part of. What a merge or its
        undoing amended says something of both: once it is undone, to who sees both."""
        whose = Coalesce("offender__merged_into", "offender")
        people = Offender.objects.visible_to(user).values("pk")
        of_one = Q(merge=None) | Q(merge__undone_at=None) | Q(merge__gone__in=people)
        return super(AmendmentQuerySet, self.annotate(whose=whose)).visible_to(user).filter(of_one)


class Amendment(models.Model):
    """A correction of a record: the fields as they were and as they are, and why. Never itself changed.

    Its category and matters are those of the record as it was: they say who may read the old values.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="amendments")
    record_type = models.CharField(max_length=60)
    record_id = models.CharField(max_length=40)
    changes = models.JSONField(help_text="Field: [as it was, as it is].")
    reason = models.TextField()
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="amendments_made")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="amendments_made")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, related_name="amendments_made")
    category = models.CharField(max_length=20, choices=Category)
    matters = ArrayField(models.UUIDField(), default=list)
    merge = models.ForeignKey("offenders.Merge", models.PROTECT, null=True, related_name="amendments")

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        default_permissions = ["view"]
        indexes = [models.Index(fields=["record_type", "record_id", "-recorded_at"], name="amendment_of_record")]
        constraints = [models.CheckConstraint(name="amendment_says_why", condition=~Q(reason=""))]

    def __str__(self):
        return f"{self.record_type} amended {timezone.localtime(self.recorded_at):%-d %B %Y}"
