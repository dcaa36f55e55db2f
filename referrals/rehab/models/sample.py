"""A dip sample of a team's cases, that can be drawn again and comes out the same."""

import secrets
import uuid
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.formats import date_format

from partners.audit.models import Event
from partners.settings import setting

from .case import Case
from .review import Review

MOST = 50


class SampleQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the user's team."""
        return self.filter(user.mine()) if user.has_perm("rehab.view_sample") else self.none()

    def with_cases(self, user):
        """Each with `seen_cases`: those of its cases that this user sees."""
        seen = Case.objects.visible_to(user).with_names().with_review()
        return self.select_related("by").prefetch_related(Prefetch("cases", seen, to_attr="seen_cases"))


class Sample(models.Model):
    """Some of a team's open cases, picked at random to be reviewed, each as likely as the next.

    The machine draws a `seed`. Each case is given the SHA-256 of the seed, a space and its reference; those of the
    lowest are picked. So whoever knows seed and references draws the same again, and can tell of each why.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="samples", editable=False)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="samples", editable=False)
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, related_name="samples", editable=False)
    drawn_on = models.DateField("drawn on", default=timezone.localdate, editable=False)
    size = models.PositiveSmallIntegerField("how many were asked for")
    frame = models.PositiveIntegerField("open cases it was drawn from", editable=False)
    seed = models.CharField(max_length=32, editable=False)
    cases = models.ManyToManyField(Case, related_name="samples", editable=False)

    objects = SampleQuerySet.as_manager()

    class Meta:
        ordering = ["-drawn_on", "-id"]
        default_permissions = ["view", "add"]
        verbose_name = "dip sample"
        constraints = [
            models.CheckConstraint(
                name="sample_has_a_size", condition=Q(size__gte=1, size__lte=MOST, frame__gte=1),
                violation_error_message=f"A dip sample picks from 1 to {MOST} cases.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Dip sample of {date_format(self.drawn_on, 'j F Y')}"

    @property
    def offender_ids(self):
        """Whom it names; of one `with_cases`."""
        return [case.offender_id for case in self.seen_cases]

    @property
    def how(self):
        """How the cases were picked, for a person who would do it again."""
        picked = min(self.size, self.frame)
        return (
            f"{self.frame} cases of the team were open to {self.by}. The machine drew the seed {self.seed}. Each case "
            f"was given the SHA-256 of “{self.seed}”, a space and its reference; the {picked} lowest were picked."
        )

    @staticmethod
    def may_draw(user):
        return user.has_perm("rehab.add_sample")

    @classmethod
    def draw(cls, *, by, size):
        """Pick this many of the open cases of the user's team that they may know of; all, where there are fewer.

        Returns the Sample. Raises PermissionDenied or ValidationError.
        """
        if not cls.may_draw(by):
            raise PermissionDenied("You may not draw a sample.")
        with transaction.atomic():
            cases = list(Case.objects.visible_to(by).held_by(by).open().select_related("referral"))
            if not cases:
                raise ValidationError("The team has no open case to pick from.", code="none")
            sample = cls(
                by=by, agency=by.membership.agency, unit=by.membership.unit, size=size, frame=len(cases),
                seed=secrets.token_hex(8),
            )  # fmt: skip
            sample.clean_fields(exclude=["by", "agency", "unit"])
            sample.validate_constraints()
            sample.save(force_insert=True)
            picked = sample.lowest(cases)
            sample.cases.set(picked)
            Event.objects.record(
                Event.Kind.COLLECTION, "sample.draw", by=by, subject=sample,
                offenders=[case.offender_id for case in picked], size=size, frame=sample.frame,
            )  # fmt: skip
        return sample

    def lowest(self, cases):
        """Those of these cases that this sample's seed picks."""
        return sorted(cases, key=lambda case: sha256(f"{self.seed} {case}".encode()).digest())[: self.size]


def with_review(cases):
    """`Case.objects.with_review`."""
    signed = Review.objects.signed().filter(case=OuterRef("pk")).newest_first()
    since = Review.objects.signed().filter(case=OuterRef(OuterRef("pk")), finished_on__gte=OuterRef("drawn_on"))
    (weeks,) = setting("review_weeks")
    first = Cast(F("opened_on") + timedelta(weeks=int(weeks)), models.DateField())
    return cases.annotate(
        reviewed_on=Subquery(signed.values("finished_on")[:1]),
        review_on=Coalesce(Subquery(signed.values("next_on")[:1]), first),
        is_picked=Exists(Sample.objects.filter(~Exists(since), cases=OuterRef("pk"))),
    )
