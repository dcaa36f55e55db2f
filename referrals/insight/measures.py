"""What is counted: each measure says in a sentence what its figure means, and gives the rows behind it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Aggregate, CharField, Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.db.models.lookups import LessThanOrEqual

from referrals.models import Referral, Resolution
from referrals.pathways import Pathway
from referrals.rehab.models import FollowUp, Placement
from referrals.rehab.savings import savings
from referrals.rehab.workflow import Decision
from referrals.workflow import Status

from .breakdowns import BREAKDOWNS, CALENDAR, decided_on, parts_of

# how the referral is reached from each kind of row, and the day that says to which month a row belongs
ROOTS = {
    Referral: ("", "referred_on"),
    Placement: ("case__referral__", "arrived_on"),
    Resolution: ("referral__", "formal_on"),
}
WHOLE = "the whole"
PEOPLE = Count("offender", distinct=True)


@dataclass(frozen=True)
class Measure:
    """One figure of a table.

    `rows` is the numerator: a queryset of referrals or of placements, whatever the reader's own sight of them.
    `count` says how they are counted: an aggregate, or the name of a figure of Savings, over the days of the
    stays. With `share_of`, a second figure is the percentage of that other measure, the denominator; or, of WHOLE, of
    all that counts in the period. It goes by `share_name`, if not by the same name. `is_monthly` divides by the number
    of whole months.
    """

    name: str
    label: str
    unit: str
    sentence: str
    rows: Callable
    count: Aggregate | str
    share_of: str = ""
    share_name: str = ""
    is_monthly: bool = False
    is_health: bool = False  # to be behind this figure tells what a follow-up found

    @property
    def is_money(self):
        return self.unit == "GBP"

    def referrals(self, period, by="", key=""):
        """The referrals behind the figure, or behind one row of its breakdown."""
        rows = self.rows(period)
        prefix, _ = ROOTS[rows.model]
        if by:
            rows = rows.annotate(key=BREAKDOWNS[by].text(prefix, period)).filter(key=key)
        return Referral.objects.filter(pk__in=rows.order_by().values(f"{prefix}pk"))


def sent(pathway, period):
    """Sent on the pathway in the period; a draft has not been sent."""
    return Referral.objects.on_pathway(pathway).filter(
        ~Q(status=Status.DRAFT), referred_on__gte=period.first, referred_on__lte=period.until
    )


def referred(period):
    return sent(Pathway.O2R, period)


def decided(period):
    return referred(period).filter(
        LessThanOrEqual(decided_on(), period.as_of),
        case__decision__in=[Decision.BROUGHT_IN, Decision.REFERRED_ON],
    )


def arrived(period):
    return Placement.objects.filter(arrived_on__gte=period.first, arrived_on__lte=period.until)


def stayed(period):
    """Stays with at least one day in the period."""
    return Placement.objects.filter(
        Q(departed_on=None) | Q(departed_on__gt=period.first),
        ~Q(departed_on=F("arrived_on")),
        arrived_on__lte=period.until,
    )


def abstinent(period):
    of_person = FollowUp.objects.filter(case__offender=OuterRef("offender"), done_on__lte=period.as_of)
    latest = of_person.order_by("-done_on", "-recorded_at", "-id").values("pk")[:1]
    well = FollowUp.objects.filter(pk=OuterRef("latest"), abstinent=FollowUp.Answer.YES, offending=FollowUp.Answer.NO)
    return arrived(period).alias(latest=Subquery(latest)).filter(Exists(well))


def without_spend(period):
    """Stays of the period with a day on which the person's pounds a day are not known."""
    each = savings(stayed(period).annotate(key=Cast("pk", CharField())), [(None, period.first, period.until)])
    return Placement.objects.filter(pk__in=[key for key, found in each.items() if found.missing_days])


O2R_PILOT = [
    Measure(
        "referrals", "Referrals", "referrals",
        "Referrals to Offender to Rehab with a day of referral in the period. Drafts are not counted.",
        referred, Count("pk"),
    ),
    Measure(
        "assessed_and_brought_in_or_referred_on", "Assessed and brought in or referred on", "people",
        "Of those referrals, the ones decided as brought in or referred on by the as-of day. A decision whose day is"
        " not known counts from the day of the first assessment, else from the day the case was opened.",
        decided, Count("pk"),
    ),
    Measure(
        "rehab_admissions", "People admitted to rehab", "admissions",
        "People with at least one arrival in residential rehab in the period. Someone who arrived twice is one person.",
        arrived, PEOPLE,
    ),
    Measure(
        "stays", "Stays in rehab", "stays",
        "Arrivals in residential rehab in the period. Someone who arrived twice had two stays.",
        arrived, Count("pk"),
    ),
    Measure(
        "rehab_days", "Days in rehab", "days",
        "Days of the period, up to the as-of day, on which someone was in rehab: from the day of arrival up to, not"
        " including, the day of departure, over all stays, whenever they began.",
        stayed, "days",
    ),
    Measure(
        "drug_and_alcohol_spend_avoided", "Drug and alcohol spend avoided", "GBP",
        "Over those days, what each person had said they spent a day, from the assessment in force on the day. Where"
        " that is not known the day counts as nothing, and is listed as missing.",
        stayed, "central",
    ),
    Measure(
        "stolen_goods_prevented", "Goods not stolen", "GBP",
        "Spend avoided, times the multiplier that holds on each day: goods sell for about a third of their price.",
        stayed, "central_goods",
    ),
    Measure(
        "abstinent_and_not_offending", "Abstinent and not offending", "people",
        "People with an arrival in the period whose latest follow-up by the as-of day says that they are abstinent and"
        " not offending; and the percentage they are of the people admitted.",
        abstinent, PEOPLE, share_of="rehab_admissions", is_health=True,
    ),
]  # fmt: skip


# not a row of the table: whom the spend avoided leaves out
MISSING = Measure(
    "missing_spend", "Spend not known", "people",
    "People with a day in rehab on which what they spent a day is not known. Those days count as nothing.",
    without_spend, "missing_people",
)  # fmt: skip


def count(measures, period, by=""):
    """{measure's name: {row of the breakdown: figure}}, and under "people" those with days in rehab.

    Rows in which nothing counts are left out; without a breakdown the one row is "".
    """
    figures = {}
    for measure in measures:
        if not isinstance(measure.count, str):
            rows = measure.rows(period).order_by()
            prefix, day = ROOTS[rows.model]
            if not by:
                figures[measure.name] = {"": rows.aggregate(n=measure.count)["n"]}
                continue
            key = CALENDAR[by][1](day) if by in CALENDAR else BREAKDOWNS[by].text(prefix, period)
            figures[measure.name] = dict(rows.annotate(key=key).values_list("key").annotate(n=measure.count))
    if over_days := [measure for measure in measures if isinstance(measure.count, str)]:
        saved = saved_by(period, by)
        figures["people"] = {key: each.people for key, each in saved.items()}
        for measure in over_days:
            figures[measure.name] = {key: getattr(each, measure.count) for key, each in saved.items()}
    return figures


def saved_by(period, by=""):
    """{row of the breakdown: Savings}; without a breakdown the one row is ""."""
    if period.first > period.until:
        return {}
    stays = Placement.objects.all()
    if by in CALENDAR:
        return savings(stays, [(each.name, each.first, min(each.last, period.until)) for each in parts_of(period, by)])
    if by:
        prefix, _ = ROOTS[Placement]
        stays = stays.annotate(key=BREAKDOWNS[by].text(prefix, period))
    return savings(stays, [(None if by else "", period.first, period.until)])
