"""What an offence costs, and how many are thought avoided: the Home Office's way of counting."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from partners.dated import Dated, days

RATE = {"max_digits": 8, "decimal_places": 4, "default": 0}


class UnitCost(Dated):
    """What one offence of a kind costs society, and how many one person would commit on a day out of rehab."""

    offence = models.CharField(max_length=80)
    pounds = models.DecimalField("pounds an offence", max_digits=10, decimal_places=2)
    price_year = models.CharField(
        max_length=30, help_text="In the prices of which year: 2015/16. What is printed is not inflated."
    )
    low = models.DecimalField("a day, low", **RATE, help_text="Nothing: nobody has said how many, so none count.")
    central = models.DecimalField("a day, central", **RATE)
    high = models.DecimalField("a day, high", **RATE)
    source = models.CharField(max_length=300, help_text="Where the pounds and the number a day come from.")
    is_assumption = models.BooleanField(default=False, help_text="Not confirmed by a source.")

    class Meta(Dated.Meta):
        ordering = ["offence", "-valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="unit_cost_rises_from_low_to_high",
                condition=Q(pounds__gte=0, low__gte=0, low__lte=F("central"), central__lte=F("high")),
                violation_error_message="Low is not above central, nor central above high; nor is any below nothing.",
            ),
            ExclusionConstraint(
                name="offence_has_one_unit_cost_at_a_time",
                expressions=[("offence", RangeOperators.EQUAL), (days(), RangeOperators.OVERLAPS)],
                violation_error_message="Another cost of this offence holds on some of these days. End that one first.",
            ),
        ]

    def __str__(self):
        return f"{self.offence}, £{self.pounds:,.2f} each, price year {self.price_year}"
