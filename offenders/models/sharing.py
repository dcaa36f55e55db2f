"""Why an agency may see a person: involvements, consents, and the names a restriction lets through."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from partners import dated
from partners.audit.models import Event
from partners.dated import Dated, DatedQuerySet
from partners.settings import setting


class InvolvementQuerySet(DatedQuerySet):
    def live(self, day=None):
        """Those that open a door that day: begun, not ended, under no agreement that has ended."""
        return self.on(day).filter(Q(agreement=None) | dated.on(day, prefix="agreement__"))

    def of(self, user):
        """Those of the user's agency and unit, and of referrals they sent from that agency themselves."""
        sent = Q(pk__in=[])
        if user.permissions:
            # of a unit they are or were in: the receiving team's own involvement, which never ends, is not theirs
            theirs = Q(unit=None) | Q(unit__in=user.memberships.values("unit"))
            sent = theirs & Q(agency=user.membership.agency_id, basis=Involvement.Basis.REFERRAL, recorded_by=user.pk)
        return self.filter(user.mine() | sent)

    def matters_of(self, user, offender_id):
        """The matters on which the user's team works with this person now."""
        rows = self.live().of(user).filter(offender=offender_id)
        return list(rows.order_by().values_list("matter", flat=True).distinct())

    def resume(self, matter, *, by):
        """The work on this matter goes on: what had been set to end no longer does. Each is a disclosure again."""
        for involvement in self.filter(matter=matter, valid_to__isnull=False).select_related("offender"):
            Involvement.open(
                involvement.offender, agency=involvement.agency, unit=involvement.unit, basis=involvement.basis,
                matter=matter, by=by, agreement=involvement.agreement,
            )  # fmt: skip

    def end(self, matter, *, on, kept_by=None):
        """The work on this matter ended that day: its involvements close after the set number of days.

        The team whose own record it is (`kept_by`, an agency and a unit) keeps sight of it.
        """
        (days,) = setting("involvement_days", on)
        last = on + timedelta(days=int(days))
        others = self.filter(matter=matter)
        if kept_by:
            agency, unit = kept_by
            others = others.exclude(agency=agency, unit=unit)
        open_longer = others.filter(Q(valid_to=None) | Q(valid_to__gt=last))
        return open_longer.update(valid_to=Greatest("valid_from", Value(last)))  # said late, it may have begun since

    def end_moved(self, matter, *, was, on):
        """The work ended on this day, not the one that was said: what was to close with it closes by this one."""
        then, now = (day + timedelta(days=int(setting("involvement_days", day)[0])) for day in (was, on))
        closing = self.filter(matter=matter, valid_to=Greatest("valid_from", Value(then)))
        return closing.update(valid_to=Greatest("valid_from", Value(now)))


class Involvement(Dated):
    """An agency's (or one unit's) reason to see a person, between two days: the only thing that opens them to it."""

    class Basis(models.TextChoices):
        REFERRAL = "referral", "a referral"
        CASE = "case", "an open case"
        PLACEMENT = "placement", "a rehab placement"
        AGREEMENT = "agreement", "an agreement"
        CONSENT = "consent", "consent"
        CUSTODY = "custody", "custody"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey("offenders.Offender", models.PROTECT, related_name="involvements")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="involvements")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, blank=True, related_name="involvements")
    basis = models.CharField(max_length=10, choices=Basis)
    matter = models.UUIDField(help_text="The referral, case or placement that it comes from.")
    agreement = models.ForeignKey(
        "partners.Agreement", models.PROTECT, null=True, blank=True, related_name="involvements"
    )
    merge = models.ForeignKey(  # what brought it here from another record of the same person
        "offenders.Merge", models.PROTECT, null=True, blank=True, editable=False, related_name="involvements"
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="involvements_recorded")

    objects = InvolvementQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["-valid_from", "-id"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                "matter", "agency", "unit", name="involvement_is_opened_once_for_a_matter", nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(fields=["offender", "agency", "unit", "matter"], name="involvement_of_agency"),
            models.Index(fields=["recorded_by", "offender"], name="involvement_by_sender"),
        ]

    def __str__(self):
        return self.sentence

    @property
    def sentence(self):
        """Why this agency sees the person, for the page that says so."""
        holder = f"{self.agency} ({self.unit})" if self.unit else str(self.agency)
        since = date_format(self.valid_from, "j F Y")
        under = f" under {self.agreement}" if self.agreement else ""
        until = f", ending {date_format(self.valid_to, 'j F Y')}" if self.valid_to else ""
        return f"{holder} has had {self.get_basis_display()} since {since}{under}{until}"

    @classmethod
    def open(cls, offender, *, agency, unit=None, basis, matter, by, on=None, agreement=None):
        """Open the person to the agency, once for each matter; opened again, it no longer ends.

        Recorded as a disclosure.
        """
        involvement, is_new = cls.objects.get_or_create(
            matter=matter,
            agency=agency,
            unit=unit,
            defaults={
                "offender": offender,
                "basis": basis,
                "agreement": agreement,
                "valid_from": on or timezone.localdate(),
                "recorded_by": by,
            },
        )
        if not is_new and involvement.valid_to is not None:
            involvement.valid_to = None
            involvement.save(update_fields=["valid_to"])
            is_new = True
        if is_new:
            Event.objects.record(
                Event.Kind.DISCLOSURE, "involvement.open", by=by, subject=involvement, offenders=[offender.pk],
                recipient=agency, agreement=agreement, basis=basis,
            )  # fmt: skip
        return involvement


class ConsentQuerySet(DatedQuerySet):
    def visible_to(self, user):
        """Those of people the user sees: their own agency's, or all where they may read who shares what."""
        from .offender import Offender

        rows = self.filter(offender__in=Offender.objects.visible_to(user))
        return rows if user.has_perm("offenders.view_sharing") else rows.filter(agency=user.membership.agency_id)

    def amendable_by(self, user):
        """Those whose words and day the user may correct: whoever may record them."""
        return self.visible_to(user) if user.has_perm("offenders.add_consent") else self.none()

    def live(self):
        """Those that hold now: one withdrawn today is gone at once, not tomorrow."""
        return self.on().exclude(valid_to=timezone.localdate())

    def to_share_with(self, agency):
        """Live consents to share what other agencies hold with this one."""
        return self.live().filter(purpose=Consent.Purpose.SHARING, agency=agency)


class Consent(Dated):
    """The person's yes, for one purpose, to one agency, until they withdraw it."""

    class Purpose(models.TextChoices):
        TREATMENT = "treatment", "Treatment"
        SHARING = "sharing", "Sharing with this agency"
        RESEARCH = "research", "Research"

    offender = models.ForeignKey("offenders.Offender", models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=10, choices=Purpose)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="consents")
    given_how = models.CharField(
        "how it was given", max_length=200, help_text="In words, on a form, by phone; to whom."
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="consents_recorded")

    objects = ConsentQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["-valid_from", "-id"]

    def __str__(self):
        return f"{self.get_purpose_display()}: {self.agency}"

    def get_absolute_url(self):
        return reverse("offenders:sharing", args=[self.offender_id])


class NamedUser(Dated):
    """Someone whom the restriction of a person lets through."""

    offender = models.ForeignKey("offenders.Offender", models.PROTECT, related_name="named_users")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="restrictions")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["offender", "user", "id"]
        indexes = [models.Index(fields=["offender", "user"], name="named_user_of_offender")]

    def __str__(self):
        return str(self.user)
