"""What waits for a supervisor's word: a large sum to confirm, a stay that is to cost more than is agreed."""

from decimal import Decimal

from referrals.rehab.models import Funding, Overspend, Placement
from referrals.rehab.models.funder import financial_year
from referrals.rehab.workflow import Stay

LARGE = Decimal(14_000)


def ask_supervisors(seeder):
    """Of two stays that are offered: of one the sum is large, and confirmed by nobody yet; the other begins soon."""
    offered = Placement.objects.filter(status=Stay.OFFERED, unit__weekly_price__isnull=False).with_names()
    for stay, ask in zip(offered.order_by("requested_on", "pk")[:2], (_large, _soon), strict=False):
        ask(seeder, stay, seeder.wearing[stay.case.facilitator_id])


def _large(seeder, stay, facilitator):
    funder, (supervisor, *_) = seeder.funders[0], seeder.by_role["supervisor"]
    asked = Funding.ask(stay, by=facilitator, funder=funder, asked=LARGE, year=financial_year(seeder.today))
    asked.agree(by=supervisor, agreed=LARGE)


def _soon(seeder, stay, facilitator):
    why = "The funder answers next week, and the place is kept until Friday."
    Overspend.ask(stay, by=facilitator, up_to=Decimal(9_500), why=why)
