"""What is counted of deadlines: how many were met in time, and how long it took, by what was due."""

from django.db.models import Aggregate, Count, F, FloatField, Q

from referrals.models import Deadline
from referrals.pathways import Pathway
from referrals.workflow import Due

from .measures import Measure

PEOPLE = Count("referral__offender", distinct=True)  # one may be waited for more than once


class Median(Aggregate):
    """The one in the middle; of an even number, half way between the two."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def counted(pathway, period):
    """Counted from a day in the period."""
    return Deadline.objects.filter(referral__pathway=pathway, set_on__gte=period.first, set_on__lte=period.until)


def came_due(pathway):
    """Met, or their last day over, by the as-of day: neither dropped nor paused."""

    def rows(period):
        return counted(pathway, period).filter(
            Q(status=Due.MET, met_on__lte=period.as_of) | Q(status__in=[Due.RUNNING, Due.MET], due_on__lt=period.as_of)
        )

    return rows


def met(pathway):
    return lambda period: came_due(pathway)(period).filter(met_on__lte=period.as_of)


def in_time(pathway):
    return lambda period: met(pathway)(period).filter(met_on__lte=F("due_on"))


def paused(pathway):
    """Standing still now, or that did on a working day."""
    return lambda period: counted(pathway, period).filter(Q(status=Due.PAUSED) | Q(paused_days__gt=0))


def measures(pathway):
    return [
        Measure(
            "deadlines_due", "Came due", "deadlines",
            "Deadlines counted from a day in the period that were met, or whose last day was over, by the as-of day."
            " Those dropped, or paused now, are not counted.",
            came_due(pathway), Count("pk"), whom=PEOPLE,
        ),
        Measure(
            "deadlines_met_in_time", "Met in time", "deadlines",
            "Of those, the ones met by their last day, pauses put on; and the percentage they are of them.",
            in_time(pathway), Count("pk"), share_of="deadlines_due", whom=PEOPLE,
        ),
        Measure(
            "deadline_median_days", "Working days, median", "working days",
            "Of those met, the working days each took, without those on which it was paused: the one in the middle.",
            met(pathway), Median("days_taken"), hidden_by="deadlines_met_in_time",
        ),
        Measure(
            "deadlines_paused", "Paused", "deadlines",
            "Deadlines counted from a day in the period that are paused now, or were on a working day.",
            paused(pathway), Count("pk"), whom=PEOPLE,
        ),
    ]  # fmt: skip


O2R, DIVERT = measures(Pathway.O2R), measures(Pathway.DIVERT)
