"""Facts that the law changes: what is a drug of which class, what is an offence. Dated rows, never code."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models

from partners.dated import Dated, DatedQuerySet, days


class DrugClass(models.TextChoices):
    """Misuse of Drugs Act 1971, Schedule 2."""

    A = "A", "Class A"
    B = "B", "Class B"
    C = "C", "Class C"


class Drug(Dated):
    """A controlled drug, and the class it has between two days: one row for each class it had."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    drug_class = models.CharField("class", max_length=1, choices=DrugClass)
    source = models.CharField(max_length=300, help_text="Where this is written: Act, order, circular.")
    is_assumption = models.BooleanField(default=False, help_text="Not confirmed by a source.")

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["name", "-valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="drug_has_one_class_at_a_time",
                expressions=[("name", RangeOperators.EQUAL), (days(), RangeOperators.OVERLAPS)],
                violation_error_message="This drug has a class on some of these days already. End that one first.",
            ),
        ]

    def __str__(self):
        return self.name

    def as_of(self, day):
        """This drug in the class it had that day; None where it was no controlled drug then."""
        return self if self.holds(day) else type(self).objects.on(day).filter(name=self.name).first()


class Offence(Dated):
    """An offence as the Home Office counts it, between two days."""

    class Kind(models.TextChoices):
        POSSESSION = "possession", "Possession of drugs"
        VIOLENCE = "violence", "Violence and public order"
        DOMESTIC = "domestic", "Domestic abuse"
        ACQUISITIVE = "acquisitive", "Theft and handling"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField("Home Office code", max_length=12)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=Kind)
    source = models.CharField(max_length=300, help_text="Where the code is written.")
    is_assumption = models.BooleanField(default=False, help_text="Not confirmed by a source.")

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["code", "-valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="offence_code_means_one_thing_at_a_time",
                expressions=[("code", RangeOperators.EQUAL), (days(), RangeOperators.OVERLAPS)],
                violation_error_message="This code means something on some of these days already. End that first.",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.title}"
