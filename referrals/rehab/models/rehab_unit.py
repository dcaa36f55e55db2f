import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from partners.dated import Dated, DatedQuerySet
from referrals.rehab.matching import Circumstance
from referrals.rehab.workflow import Stay


class RehabUnitQuerySet(DatedQuerySet):
    def visible_to(self, user):
        """All of them for those who place people or keep the list; their own agency's for a rehab."""
        if not user.has_perm("rehab.view_rehabunit"):
            return self.none()
        if user.has_perm("rehab.view_case") or user.has_perm("rehab.change_rehabunit"):
            return self
        return self.filter(agency=user.membership.agency)

    def with_free_places(self):
        """Each with today's `in_house`, `booked` (to have arrived), `out` of use, and `free`: None where not known.

        Everyone counts, whoever may see them: a bed is taken or it is not.
        """
        from .out_of_use import OutOfUse
        from .placement import Placement

        today = timezone.localdate()
        out = OutOfUse.objects.on(today).filter(unit=OuterRef("pk")).order_by().values("unit")
        zero, stays = Value(0), Placement.objects.filter(unit=OuterRef("pk")).order_by().values("unit")
        in_house = stays.in_house().annotate(n=Count("pk")).values("n")
        booked = stays.filter(status=Stay.BOOKED, expected_arrival__lte=today, expected_departure__gt=today)
        return self.annotate(
            in_house=Coalesce(Subquery(in_house), zero),
            booked=Coalesce(Subquery(booked.annotate(n=Count("pk")).values("n")), zero),
            out=Coalesce(Subquery(out.annotate(n=Sum("places")).values("n")), zero),
        ).annotate(
            free=Case(
                When(
                    places__isnull=False,
                    then=Greatest(F("places") - F("in_house") - F("booked") - F("out"), zero),
                )
            )
        )

    def with_next_departure(self, user):
        """Each with `next_departure`: the next day on which someone this user sees is expected to leave."""
        from .placement import Placement

        stays = Placement.objects.visible_to(user).in_house().filter(unit=OuterRef("pk"))
        days = stays.filter(expected_departure__isnull=False).order_by("expected_departure")
        return self.annotate(next_departure=Subquery(days.values("expected_departure")[:1]))


class RehabUnit(Dated):
    """A residential rehab that takes people: how many, whom, at what price."""

    class Takes(models.TextChoices):
        MIXED = "mixed", "Men and women"
        MEN = "men", "Men"
        WOMEN = "women", "Women"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="rehab_units")
    name = models.CharField(max_length=120, unique=True)
    places = models.PositiveIntegerField(null=True, blank=True, help_text="How many people at once; empty: not known.")
    takes = models.CharField(max_length=6, choices=Takes, default=Takes.MIXED)
    has_detox = models.BooleanField("detox on site", default=False)
    restrictions = models.TextField(blank=True, help_text="Whom else it cannot take, in its own words.")
    cannot_take = ArrayField(
        models.CharField(max_length=24, choices=Circumstance), default=list, blank=True,
        help_text="What rules someone out. None ticked: it has not said.",
    )  # fmt: skip
    weekly_price = models.DecimalField("price a week", max_digits=8, decimal_places=2, null=True, blank=True)
    latitude = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, help_text="Where it is, to say how far away: 52.480."
    )
    longitude = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, help_text="West of Greenwich with a minus: -1.903."
    )

    objects = RehabUnitQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["name", "id"]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="unit_lies_in_the_united_kingdom",
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__range=(49, 61), longitude__range=(-9, 2)),
                violation_error_message="Give both, latitude (49 to 61) and longitude (-9 to 2), or neither.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def cannot_take_words(self):
        return [one.label for one in Circumstance if one in self.cannot_take]
