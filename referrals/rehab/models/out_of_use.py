import uuid

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from offenders.workflow import insert, the_databases_no
from partners.audit.models import Event
from partners.dated import Dated, DatedQuerySet

from .rehab_unit import RehabUnit


class OutOfUseQuerySet(DatedQuerySet):
    def visible_to(self, user):
        """Those of units that the user sees."""
        return self.filter(unit__in=RehabUnit.objects.visible_to(user).values("pk"))

    def changeable_by(self, user):
        """Those the user may change: as `OutOfUse.may_add` says."""
        return self.visible_to(user) if user.has_perm("rehab.change_outofuse") else self.none()

    def with_names(self):
        return self.select_related("unit", "unit__agency")


class OutOfUse(Dated):
    """Places of a rehab unit that nobody can have from one day to another, both included."""

    class Reason(models.TextChoices):
        REPAIRS = "repairs", "Repairs or redecoration"
        INFECTION = "infection", "Infection control"
        STAFFING = "staffing", "Not enough staff"
        OTHERS = "others", "Taken by people of other programmes"
        FOR_GOOD = "for_good", "Given up for good"
        OTHER = "other", "Another reason"

    SAID = ("places", "valid_from", "valid_to", "reason")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(RehabUnit, models.PROTECT, related_name="out_of_use")
    places = models.PositiveSmallIntegerField(help_text="How many. Change it to 0 if none were out of use after all.")
    reason = models.CharField(max_length=12, choices=Reason)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OutOfUseQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["-valid_from", "-id"]
        verbose_name = verbose_name_plural = "places out of use"
        default_permissions = ["view", "add", "change"]
        indexes = [models.Index(fields=["unit", "valid_from"], name="out_of_use_of_unit")]

    def __str__(self):
        return f"{self.unit}, {self.places} out of use from {self.valid_from:%-d %B %Y}"

    @property
    def caption(self):
        return str(self.unit)

    @staticmethod
    def may_add(user, unit):
        """Whether this user may put places of this unit out of use: of the rehab, or of a team that places people."""
        return user.has_perm("rehab.add_outofuse") and RehabUnit.objects.visible_to(user).filter(pk=unit.pk).exists()

    @classmethod
    @transaction.atomic
    def add(cls, unit, *, by, **said):
        """Nobody can have these places on these days. Raises ValidationError where people have them already."""
        if not cls.may_add(by, unit):
            raise PermissionDenied("You may not put places of this unit out of use.")
        row = cls(unit=unit, **said)
        insert(row, sure_of=["unit"])
        Event.objects.record(Event.Kind.ADMINISTRATION, "outofuse.add", by=by, subject=row, after=row._said())
        return row

    @transaction.atomic
    def change(self, *, by, **said):
        """It was otherwise, or ends on another day than was said. Raises ValidationError as `add` does."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        if not type(self).objects.changeable_by(by).filter(pk=self.pk).exists():
            raise PermissionDenied("You may not change which places of this unit are out of use.")
        before = self._said()
        for name, value in said.items():
            setattr(self, name, value)
        self.clean_fields(exclude=["unit"])
        with the_databases_no(self):
            self.save(update_fields=list(said))
        after = self._said()
        Event.objects.record(
            Event.Kind.ADMINISTRATION, "outofuse.change", by=by, subject=self, before=before, after=after
        )

    def _said(self):
        return {"unit": str(self.unit_id)} | {name: str(getattr(self, name)) for name in self.SAID}
