"""The record: who did, saw and disclosed what. Written once, in the transaction of what it records."""

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Cast
from django.utils import timezone

from partners.roles import ROLES, label_of

from . import words

# the kinds of event after which there is something else to see; given literally, as the index of them has them
CHANGING = ("collection", "alteration", "combination", "disclosure")


class Unwritten(list):
    """Rows of the record and the timeline that are kept back, to be written together.

    For an actor (`by.unwritten`) who takes thousands of steps in one transaction, and writes before it ends.
    """

    def write(self):
        for model in dict.fromkeys(map(type, self)):
            model.objects.bulk_create(row for row in self if type(row) is model)
        self.clear()


def write(row, by):
    """Save this row of the record or the timeline, now or with the others that its actor keeps back. Returns it."""
    if by is not None and by.unwritten is not None:
        by.unwritten.append(row)
    else:
        row.save(force_insert=True)
    return row


class EventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All, to who audits; but nothing of what is looked into of their own reading."""
        if not user.has_perm("audit.view_event"):
            return self.none()
        own = apps.get_model("alerts.Alert").objects.filter(user=user).values(text=Cast("pk", models.TextField()))
        return self.exclude(subject_type="alerts.alert", subject_id__in=own)

    def about(self, subject):
        """Events whose subject is this row."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))

    def naming(self, offender):
        """Events in which this person's rows were shown or changed, under whichever of their merged records."""
        return self.filter(offenders__overlap=offender.all_ids)

    def with_names(self):
        return self.select_related("by", "agency", "unit", "recipient", "agreement")

    def record(
        self, kind, verb, *, by, subject=None, offenders=(), before=None, after=None, reason="", recipient=None,
        agreement=None, **detail,
    ):  # fmt: skip
        """Write one event, in the caller's transaction: no record, no data.

        `by` is the user, wearing a hat (`User.act_as`), or None for a sign-in that failed.
        `offenders` are the ids of the people whose rows were shown or changed; `detail` is what
        else the verb needs, and holds no content of the record itself.
        """
        hat = by.membership if by else None
        event = self.model(
            kind=kind,
            verb=verb,
            by=by,
            role=hat.role if hat else "",
            agency=hat.agency if hat else None,
            unit=hat.unit if hat else None,
            purpose=ROLES[hat.role].purpose if hat else "",
            subject_type=subject._meta.label_lower if subject is not None else "",
            subject_id=str(subject.pk) if subject is not None else "",
            offenders=list(dict.fromkeys(offenders)),
            before=before,
            after=after,
            reason=reason,
            recipient=recipient,
            agreement=agreement,
            request_id=by.request_id if by else None,
            ip_address=by.ip_address if by else None,
            detail=detail,
        )
        return write(event, by)

    def shown(self, verb, rows, *, by, subject=None, **detail):
        """Record that these rows were shown to this user: a page of a list, a search, an export, one record.

        Rows say whom they concern by `offender_id`, or `offender_ids`; those without (houses, events) concern nobody.
        """
        rows = list(rows)
        ids = [row.offender_id for row in rows if hasattr(row, "offender_id")]
        ids += [pk for row in rows for pk in getattr(row, "offender_ids", ())]
        return self.record(
            Event.Kind.CONSULTATION, verb, by=by, subject=subject, offenders=ids, rows=len(rows), **detail
        )


class Event(models.Model):
    """One thing that was done, seen, disclosed or refused: by whom, as whom, when, about whom.

    Kinds are those of the Data Protection Act 2018, section 62, and three of our own.
    """

    class Kind(models.TextChoices):
        COLLECTION = "collection", "Collection"
        ALTERATION = "alteration", "Alteration"
        CONSULTATION = "consultation", "Consultation"
        DISCLOSURE = "disclosure", "Disclosure"
        COMBINATION = "combination", "Combination"
        ERASURE = "erasure", "Erasure"
        SIGN_IN = "sign_in", "Sign-in"
        REFUSED = "refused", "Refused access"
        ADMINISTRATION = "administration", "Administration"

    at = models.DateTimeField(default=timezone.now, editable=False)
    kind = models.CharField(max_length=14, choices=Kind)
    verb = models.CharField(max_length=60)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="events")
    role = models.CharField(max_length=30, blank=True)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, null=True, related_name="events")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, related_name="events")
    purpose = models.CharField(max_length=40, blank=True)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    offenders = ArrayField(models.UUIDField(), default=list)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    reason = models.TextField(blank=True)
    recipient = models.ForeignKey("partners.Agency", models.PROTECT, null=True, related_name="disclosures")
    agreement = models.ForeignKey("partners.Agreement", models.PROTECT, null=True, related_name="disclosures")
    request_id = models.UUIDField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    # the number of the transaction that wrote it: what is read by change since is in the order of these, because ids
    # are drawn before they are committed, so that a lower one may come after a higher
    transaction = models.BigIntegerField(
        db_default=Cast(
            Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()  # from its own type
        ),
        editable=False,
    )  # fmt: skip
    detail = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["at", "id"], name="event_by_time"),
            models.Index(fields=["by", "at"], name="event_by_user"),
            models.Index(fields=["kind", "at"], name="event_by_kind"),
            models.Index(fields=["subject_type", "subject_id"], name="event_by_subject"),
            GinIndex("offenders", name="event_by_offender"),
            models.Index(fields=["transaction", "id"], name="event_of_change", condition=Q(kind__in=CHANGING)),
        ]

    def __str__(self):
        return f"{self.verb} by {self.by} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def did(self):
        """What was done, in words."""
        return words.did(self.verb, self.subject_type)

    def get_role_display(self):
        return label_of(self.role)
