"""What is counted: each measure says in a sentence what its figure means, and gives the rows behind it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter

from django.db.models import Aggregate, CharField, Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.db.models.lookups import LessThanOrEqual

from referrals.models import Deadline, Referral, Resolution
from referrals.pathways import Pathway
from referrals.rehab.costs import costs
from referrals.rehab.models import FollowUp, Placement
from referrals.rehab.savings import savings, savings_after
from referrals.rehab.workflow import Decision
from referrals.workflow import Status

from .breakdowns import BREAKDOWNS, CALENDAR, decided_on, parts_of

# how the referral is reached from each kind of row, and the day that says to which month a row belongs
ROOTS = {
    Referral: ("", "referred_on"),
    Placement: ("case__referral__", "arrived_on"),
    Resolution: ("referral__", "formal_on"),
    Deadline: ("referral__", "set_on"),
}
WHOLE = "the whole"
PEOPLE = Count("offender", distinct=True)


@dataclass(frozen=True)
class Measure:
    """One figure of a table.

    `rows` is the numerator: a queryset of referrals or of placements, whatever the reader's own sight of them.
    `count` says how they are counted: an aggregate, or the name of a figure of Savings, over the days of the
    stays; with "after." or "costs." before it a figure of what OVER_DAYS gives for that. With
    `share_of`, a second figure is the percentage of that other measure, the denominator; or, of WHOLE, of all that
    counts in the period. It goes by `share_name`, if not by the same name. `is_monthly` divides by the number of whole
    months.
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
    is_whole: bool = False  # of whole periods alone: told of no part of the people
    is_guess: bool = False  # what is not known counts in it
    hidden_by: str = ""  # of a figure that counts nobody: the measure that must count enough people to show it
    whom: Aggregate | None = None  # of a figure that counts other things: how the people behind it are counted
    is_health: bool = False  # to be behind this figure tells what a follow-up found

    @property
    def is_money(self):
        return self.unit == "GBP"

    @property
    def over(self):
        """For a figure over days: what of OVER_DAYS gives it."""
        return self.count.rpartition(".")[0].partition(".")[0]

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


def _three(name, label, sentence, count, **more):
    """A measure for each of the three estimates."""
    return [
        Measure(f"{name}_{one}", f"{label}, {one}", "GBP", sentence, stayed, count.format(one), **more)
        for one in ("low", "central", "high")
    ]


SAVED = (
    "Low counts no one at more than a set number of pounds a day; high counts a day on which they are not known at a"
    " set number."
)
O2R_SAVINGS = [
    Measure("people", "People in rehab", "people", "People with a day in rehab in the period.", stayed, "people"),
    Measure("days", "Days in rehab", "days", "Of the period, up to the as-of day.", stayed, "days"),
    *_three("spend_avoided", "Spend avoided in rehab", f"Pounds a day over the days in rehab. {SAVED}", "{}"),
    *_three("goods_not_stolen", "Goods not stolen in rehab", "Spend avoided, times the multiplier.", "{}_goods"),
    Measure(
        "days_after", "Days abstinent after rehab", "days",
        "From departure to the last follow-up that says so, before the first that says otherwise. Softer: nobody saw"
        " those days.",
        stayed, "after.days",
    ),
    *_three("spend_avoided_after", "Spend avoided after rehab", "Over the days abstinent after rehab.", "after.{}"),
    *_three("goods_not_stolen_after", "Goods not stolen after rehab", "That, times the multiplier.", "after.{}_goods"),
    *_three(
        "costs_of_crime", "Costs of crime avoided",
        "Offences thought avoided in rehab, times what each costs. Another method for the same: not to be added.",
        "costs.gross.{}",
    ),
    Measure(
        "staff", "Staff", "GBP", "What the programme's staff cost over the period.", stayed, "costs.staff",
        is_whole=True,
    ),
    *_three("net", "Costs of crime avoided, less staff", "The paper's net.", "costs.net.{}", is_whole=True),
    *_three(
        "places", "Places in rehab", "What the stays cost; one without a price counts at a set sum.", "costs.places.{}"
    ),
    *_three(
        "net_of_places", "Costs of crime avoided, less staff and places",
        "Low less the dearest places, high less the cheapest.", "costs.net_of_places.{}", is_whole=True,
    ),
]  # fmt: skip
O2R_SAVINGS = [
    replace(measure, is_guess=True) if measure.name.endswith("_high") else measure for measure in O2R_SAVINGS
]


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
    for over in sorted({measure.over for measure in measures if isinstance(measure.count, str)}):
        saved = OVER_DAYS[over](period, by)
        figures[people_of(over)] = {key: each.people for key, each in saved.items()}
        if not over:
            figures[GUESSED] = {key: each.missing_people for key, each in saved.items()}
        for measure in measures:
            if isinstance(measure.count, str) and measure.over == over:
                figure = attrgetter(measure.count.removeprefix(f"{over}."))
                figures[measure.name] = {key: figure(each) for key, each in saved.items()}
    return figures


GUESSED = "people of whom something is not known"


def people_of(over):
    """The name under which it is counted whom the figures over these days are about."""
    return f"people {over}".strip()


def _asked(period, by):
    """The stays with the `key` of their row, and the periods asked for."""
    stays = Placement.objects.all()
    if by in CALENDAR:
        return stays, [(each.name, each.first, min(each.last, period.until)) for each in parts_of(period, by)]
    if by:
        prefix, _ = ROOTS[Placement]
        stays = BREAKDOWNS[by].among(stays).annotate(key=BREAKDOWNS[by].text(prefix, period))
    return stays, [(None if by else "", period.first, period.until)]


def saved_by(period, by=""):
    """{row of the breakdown: Savings} of days in rehab; without a breakdown the one row is ""."""
    return savings(*_asked(period, by)) if period.first <= period.until else {}


def saved_after_by(period, by=""):
    """The same, of the days after rehab that a follow-up covers."""
    return savings_after(*_asked(period, by), period.until) if period.first <= period.until else {}


def costs_by(period, by=""):
    """{row of the breakdown: Costs}."""
    if period.first > period.until:
        return {}
    return costs(*_asked(period, by), with_staff=not by or by in CALENDAR)


OVER_DAYS = {"": saved_by, "after": saved_after_by, "costs": costs_by}
