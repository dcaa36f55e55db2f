"""Why an agency may see a person: involvements, and the names a restriction lets through."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list

from partners.audit.models import Event
from partners.dated import Dated, DatedQuerySet
from partners.models import Agreement
from partners.settings import setting


def _agreements(day=None):
    """The agreements of that day that an involvement, the outer row, may rest on."""
    return Agreement.objects.between(OuterRef("agency"), OuterRef("opened_by"), day)


def _sent_by(user):
    if not user.permissions:
        return Q(pk__in=[])
    # of a unit they are or were in: the receiving team's own involvement, which never ends, is not theirs
    theirs = Q(unit=None) | Q(unit__in=user.units)
    return theirs & Q(agency=user.membership.agency_id, basis=Involvement.Basis.REFERRAL, recorded_by=user.pk)


class InvolvementQuerySet(DatedQuerySet):
    def live(self, day=None):
        """Those that open a door that day: begun, not ended, and agreed."""
        return self.on(day).agreed(day)

    def agreed(self, day=None):
        """Those of the agency that opened the door itself, or under an agreement with it that holds that day."""
        return self.filter(Q(agency=F("opened_by")) | Exists(_agreements(day)))

    def open_to(self, user):
        """Those that open a door to this user today: live, and of their team."""
        return self.on().filter(opened_by__in=user.shown_by).of(user)

    def parts_open_to(self, user):
        """The same in two parts, which may overlap: those of their team, and of referrals they sent themselves."""
        live = self.on().filter(opened_by__in=user.shown_by)
        return live.filter(user.mine()), live.filter(_sent_by(user))

    def with_reason(self):
        """Each with what its sentence says: its agency and unit, and `agreements`, those it rests on today by name."""
        under = _agreements().order_by("name").values("name")
        return self.select_related("agency", "unit").annotate(agreements=ArraySubquery(under))

    def resting_on(self, agreement):
        """Those that no other agreement would carry if this one ended today."""
        agencies = agreement.agencies.values("pk")
        others = _agreements().exclude(pk=agreement.pk)
        shared = self.filter(agency__in=agencies, opened_by__in=agencies).exclude(agency=F("opened_by"))
        return shared.filter(~Exists(others))

    def people_and_agencies(self):
        """How many people these open, and to how many agencies."""
        counts = self.order_by().aggregate(people=Count("offender", distinct=True), to=Count("agency", distinct=True))
        return counts["people"], counts["to"]

    def of(self, user):
        """Those of the user's agency and unit, and of referrals they sent from that agency themselves."""
        return self.filter(user.mine() | _sent_by(user))

    def matters(self):
        """The matters that these are of, each once."""
        return list(self.order_by().values_list("matter", flat=True).distinct())

    def resume(self, matter, *, by):
        """The work on this matter goes on: what had been set to end no longer does. Each is a disclosure again.

        An agency with which there is no agreement any more stays out.
        """
        for involvement in self.agreed().filter(matter=matter, valid_to__isnull=False).select_related("offender"):
            Involvement.open(
                involvement.offender, agency=involvement.agency, unit=involvement.unit, basis=involvement.basis,
                matter=matter, by=by, opened_by=involvement.opened_by,
            )  # fmt: skip

    def end(self, matter, *, on, kept_by=None, at_once=False):
        """The work on this matter ended that day: its involvements close after the set number of days.

        The team whose own record it is (`kept_by`, an agency and a unit) keeps sight of it. `at_once`: after that day.
        """
        (days,) = [0] if at_once else setting("involvement_days", on)
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
    """An agency's (or one unit's) reason to see a person, between two days: the only thing that opens them to it.

    Where another agency opened the door, it is open while an agreement of the two holds: looked up, not kept here, so
    that one renewed carries on and one ended closes all that rests on it.
    """

    class Basis(models.TextChoices):
        REFERRAL = "referral", "a referral"
        CASE = "case", "an open case"
        PLACEMENT = "placement", "a rehab placement"
        PLAN = "plan", "a part in a throughcare plan"
        AGREEMENT = "agreement", "an agreement"
        CONSENT = "consent", "consent"
        CUSTODY = "custody", "custody"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey("offenders.Offender", models.PROTECT, related_name="involvements")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="involvements")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, blank=True, related_name="involvements")
    basis = models.CharField(max_length=10, choices=Basis)
    matter = models.UUIDField(help_text="The referral, case, placement or action that it comes from.")
    opened_by = models.ForeignKey(
        "partners.Agency", models.PROTECT, related_name="involvements_opened",
        help_text="The agency whose work the person was shown from; their own, or one they have an agreement with.",
    )  # fmt: skip
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
            models.Index(
                fields=["agency", "unit", "offender"], include=["opened_by", "valid_from", "valid_to"],
                name="involvement_of_team",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.agency}: {self.get_basis_display()}"

    @property
    def sentence(self):
        """Why this agency sees the person; of a row `with_reason`."""
        holder = f"{self.agency} ({self.unit})" if self.unit else str(self.agency)
        since = date_format(self.valid_from, "j F Y")
        under = f" under {get_text_list(self.under, 'and')}" if self.under else ""
        until = f", ending {date_format(self.valid_to, 'j F Y')}" if self.valid_to else ""
        return f"{holder} has had {self.get_basis_display()} since {since}{under}{until}"

    @property
    def under(self):
        """The names of the agreements that it rests on; none where the agency opened the door itself."""
        return [] if self.agency_id == self.opened_by_id else self.agreements

    @staticmethod
    def may_open(agency, opened_by):
        """Whether the one agency may open people to the other today."""
        return agency == opened_by or Agreement.objects.between(agency, opened_by).exists()

    @classmethod
    def open(cls, offender, *, agency, unit=None, basis, matter, by, on=None, opened_by=None):
        """Open the person to the agency, once for each matter; opened again, it no longer ends.

        `opened_by` is the agency whose work it comes from: that of `by` when left out. Raises ValidationError where
        it has no agreement with the other. Recorded as a disclosure.
        """
        opened_by = opened_by or by.membership.agency
        if not cls.may_open(agency, opened_by):
            raise ValidationError(
                f"There is no sharing agreement between {opened_by} and {agency} that holds today. "
                "An administrator can record one in the back office.",
                code="no_agreement",
            )
        involvement, is_new = cls.objects.get_or_create(
            matter=matter,
            agency=agency,
            unit=unit,
            defaults={
                "offender": offender,
                "basis": basis,
                "opened_by": opened_by,
                "valid_from": on or timezone.localdate(),
                "recorded_by": by,
            },
        )
        if not is_new and involvement.valid_to is not None:
            involvement.valid_to = None
            involvement.save(update_fields=["valid_to"])
            is_new = True
        if is_new:
            agreements = [] if agency == opened_by else list(Agreement.objects.between(agency, opened_by))
            Event.objects.record(
                Event.Kind.DISCLOSURE, "involvement.open", by=by, subject=involvement, offenders=[offender.pk],
                recipient=agency, agreement=agreements[0] if agreements else None, basis=basis,
                agreements=[agreement.name for agreement in agreements],
            )  # fmt: skip
        return involvement


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
