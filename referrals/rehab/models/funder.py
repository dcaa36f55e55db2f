"""Who pays for stays in rehab, what they have for it in a year, and what so many nights cost."""

import uuid
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from partners.dated import Dated, DatedQuerySet
from referrals.rehab.workflow import Answer

MONEY = {"max_digits": 9, "decimal_places": 2}
PENNY, NOTHING = Decimal("0.01"), Decimal(0)


def financial_year(day):
    """The year in which it began, on 1 April."""
    return day.year - (day.month < 4)


def year_label(year):
    """ "2026/27"."""
    return f"{year}/{(year + 1) % 100:02}"


def cost_of(price, since, until):
    """Pounds for the nights between two days at so much a week; a sum is rounded once, to the penny, halves up."""
    return (price * max((until - since).days, 0) / 7).quantize(PENNY, ROUND_HALF_UP)


class Funder(Dated):
    """An organisation, or a fund of one, that pays for stays in rehab."""

    class Kind(models.TextChoices):
        PROCEEDS = "proceeds", "Proceeds of crime"
        COMMISSIONER = "commissioner", "Commissioner"
        RETAILER = "retailer", "Retailer"
        PROBATION = "probation", "Probation"
        CHARITY = "charity", "Charity"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["name", "id"]

    def __str__(self):
        return self.name


def total(rows, field, *by):
    """The sum of a field over the rows of a subquery that are alike in `by`; nothing where there are none."""
    rows = rows.order_by().values(*by).annotate(n=Sum(field)).values("n")
    return Coalesce(Subquery(rows), Value(NOTHING), output_field=models.DecimalField(**MONEY))


class BudgetQuerySet(models.QuerySet):
    def with_totals(self):
        """Each with `asked` (not answered, or not confirmed), `committed` (agreed), `spent` (of that), `left`: pounds.

        All of it counts, whoever may see whose: money is spent or it is not.
        """
        from .funding import Funding

        rows = Funding.objects.filter(funder=OuterRef("funder"), year=OuterRef("year"))
        agreed = rows.filter(status=Answer.AGREED)
        return self.annotate(
            asked=total(rows.filter(status__in=[Answer.ASKED, Answer.TO_CONFIRM]), "asked", "funder", "year"),
            committed=total(agreed, "agreed", "funder", "year"),
            spent=total(agreed, "payments__amount", "funder", "year"),
        ).annotate(left=F("amount") - F("committed"))


class Budget(models.Model):
    """What a funder has for stays in rehab in one financial year."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    funder = models.ForeignKey(Funder, models.PROTECT, related_name="budgets")
    year = models.PositiveSmallIntegerField("financial year", help_text="That in which it begins: 2026 for 2026/27.")
    amount = models.DecimalField(**MONEY, help_text="Pounds.")

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "funder__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["funder", "year"], name="funder_has_one_budget_a_year",
                violation_error_message="This funder has a budget for that year already. Change that one.",
            ),
            models.CheckConstraint(
                name="budget_is_not_less_than_nothing", condition=Q(amount__gte=0),
                violation_error_message="A budget cannot be less than nothing.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.funder}, {self.label}"

    @property
    def label(self):
        return year_label(self.year)

    @property
    def is_over(self):
        """More is agreed than there is. Of a row `with_totals`."""
        return self.left < 0

    @property
    def would_be_over(self):
        """More would be agreed than there is, were all that is asked for agreed too."""
        return not self.is_over and self.left < self.asked
