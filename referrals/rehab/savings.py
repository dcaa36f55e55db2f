"""What time in rehab saved: drug and alcohol spend avoided, and goods not stolen. Board paper, paragraphs 33 to 35.

For every day in rehab (from the day of arrival up to, not including, the day of departure) a person's
pounds a day are those of the assessment in force: of the finished ones that asked about substances, the latest on
or before that day. Goods not stolen are that times the multiplier that holds on the day. The Home Office's costs of
crime are another method, over the same crime, and are never added.

Rounding: sums are exact; a total is rounded once, to the penny, halves up; pages print whole pounds, halves up.
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import CharField, DateField, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from partners.models import Setting

from .models import FollowUp, Placement

KEY, NO_DAY = Setting.Key, Cast(Value(None), DateField())
BASES = {
    "low": "As central, but no one counted at more than a set number of pounds a day.",
    "central": "Each person's own pounds a day, as assessed. A day on which that is not known counts as nothing.",
    "high": "As central, but a day on which a person's pounds a day are not known counts at a set number.",
}

# Where no multiplier holds, three: goods sell for about a third of their price (paragraph 33).
SQL = """
WITH placement AS ({placements}),
asked AS (
    SELECT * FROM unnest(%s::text[], %s::date[], %s::date[]) AS asked(name, first, last)
),
stay AS (
    SELECT offender_id, as_of, coalesce(name, key) AS key,
           daterange(since, until) * daterange(first, last, '[]') AS days
    FROM placement JOIN asked ON daterange(since, until) && daterange(first, last, '[]')
),
assessed AS (
    SELECT DISTINCT offender_id, '-infinity'::date AS since, NULL::timestamptz AS recorded_at, NULL::uuid AS id,
           NULL::numeric AS pounds
    FROM stay
    UNION ALL
    SELECT c.offender_id, a.assessed_on, a.recorded_at, a.id,
           (SELECT sum(s.daily_spend) FROM rehab_assessedsubstance s WHERE s.assessment_id = a.id)
    FROM rehab_assessment a JOIN rehab_case c ON c.id = a.case_id
    WHERE c.offender_id IN (SELECT offender_id FROM stay) AND a.finished_at IS NOT NULL AND a.part <> 'treatment'
),
spend AS (
    SELECT offender_id, pounds,
           daterange(since, lead(since) OVER (PARTITION BY offender_id ORDER BY since, recorded_at, id)) AS days
    FROM assessed
),
setting AS (
    SELECT key, valid_from, coalesce(valid_to, 'infinity') AS valid_to, values[1] AS figure
    FROM partners_setting WHERE key IN ('goods_multiplier', 'low_daily_spend', 'high_daily_spend')
),
change AS (
    SELECT '-infinity'::date AS day
    UNION SELECT valid_from FROM setting
    UNION SELECT valid_to + 1 FROM setting WHERE valid_to <> 'infinity'
),
rate AS (
    SELECT daterange(day, lead(day) OVER (ORDER BY day)) AS days,
           (SELECT figure FROM setting WHERE key = 'low_daily_spend' AND day BETWEEN valid_from AND valid_to) AS most,
           (SELECT figure FROM setting WHERE key = 'high_daily_spend' AND day BETWEEN valid_from AND valid_to) AS guess,
           coalesce((SELECT figure FROM setting
                     WHERE key = 'goods_multiplier' AND day BETWEEN valid_from AND valid_to), 3) AS times
    FROM change
),
spent AS (
    SELECT stay.key, offender_id, pounds,
           CASE WHEN as_of IS NULL THEN stay.days * spend.days ELSE stay.days END AS days
    FROM stay JOIN spend USING (offender_id)
    WHERE CASE WHEN as_of IS NULL THEN stay.days && spend.days ELSE spend.days @> as_of END
),
stretch AS (
    SELECT key, offender_id, pounds, times, upper(spent.days * rate.days) - lower(spent.days * rate.days) AS n,
           least(coalesce(pounds, 0), most) AS low, coalesce(pounds, 0) AS central, coalesce(pounds, guess, 0) AS high
    FROM spent JOIN rate ON spent.days && rate.days
)
SELECT key, count(DISTINCT offender_id), sum(n), sum(n * low), sum(n * central), sum(n * high),
       sum(n * low * times), sum(n * central * times), sum(n * high * times),
       count(DISTINCT offender_id) FILTER (WHERE pounds IS NULL), coalesce(sum(n) FILTER (WHERE pounds IS NULL), 0)
FROM stretch GROUP BY key
"""


class Savings(NamedTuple):
    """Days in rehab and what they saved, in pounds, exact; and for whom the pounds a day are not known."""

    people: int = 0
    days: int = 0
    low: Decimal = Decimal(0)
    central: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    low_goods: Decimal = Decimal(0)
    central_goods: Decimal = Decimal(0)
    high_goods: Decimal = Decimal(0)
    missing_people: int = 0
    missing_days: int = 0

    @property
    def goods(self):
        """Goods not stolen, under the names of the three estimates."""
        return {name: getattr(self, f"{name}_goods") for name in BASES}

    @property
    def estimates(self):
        """[(low, central or high, its basis in words, spend avoided, goods not stolen)]."""
        return [(name, basis, getattr(self, name), getattr(self, f"{name}_goods")) for name, basis in BASES.items()]


def to_the_penny(amount):
    """The one rounding of a total."""
    return Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)


def savings(placements, asked):
    """{key: Savings} over the days of these stays that fall in the periods asked for.

    `asked`: [(name, first, last)], both days included, `first` None for the beginning of time. A period
    without a name leaves its days under the `key` that the placements are annotated with, else None.
    """
    rows = placements.filter(arrived_on__isnull=False)
    return _saved(rows, asked, since=F("arrived_on"), until=F("departed_on"), as_of=NO_DAY)


def savings_after(placements, asked, as_of=None):
    """{key: Savings} over the days after these stays on which a follow-up says that the person was abstinent.

    Counted from the day of departure up to, not including, the last check that says so: before the first that says
    otherwise, and before they come back to rehab. Nobody saw those days, so they are softer than days in rehab, and
    never added to them unsaid. The pounds a day are those in force at the arrival. Checks later than `as_of` are not
    known.
    """
    checks = FollowUp.objects.filter(case__offender=OuterRef("offender"), done_on__gte=OuterRef("departed_on"))
    checks = checks.filter(done_on__lte=as_of or timezone.localdate()).order_by("done_on")
    stays = Placement.objects.filter(offender=OuterRef("offender"), arrived_on__gte=OuterRef("departed_on"))
    back = stays.exclude(pk=OuterRef("pk")).order_by("arrived_on").values("arrived_on")[:1]
    lapse = checks.filter(abstinent=FollowUp.Answer.NO).values("done_on")[:1]
    well = checks.filter(abstinent=FollowUp.Answer.YES, done_on__lt=OuterRef("lapse"), done_on__lte=OuterRef("back"))
    rows = placements.filter(departed_on__isnull=False).annotate(
        back=Coalesce(Subquery(back), dt.date.max), lapse=Coalesce(Subquery(lapse), dt.date.max)
    )
    rows = rows.annotate(well=Subquery(well.order_by("-done_on").values("done_on")[:1]))
    rows = rows.filter(well__gt=F("departed_on"))
    return _saved(rows, asked, since=F("departed_on"), until=F("well"), as_of=F("arrived_on"))


def _saved(rows, asked, **days):
    rows = keyed(rows, asked, **days).values("offender_id", "since", "until", "as_of", "key")
    return {key: Savings(*figures) for key, *figures in of_periods(SQL, rows, asked)}


def keyed(rows, asked, *, since, until, **more):
    """The stays with a `key`, and `since` and `until`, of which some day may fall in the periods asked for."""
    if "key" not in rows.query.annotations:
        rows = rows.annotate(key=Value(None, output_field=CharField(null=True)))
    begins, ends = min((first or dt.date.min for _, first, _ in asked)), max(last for *_, last in asked)
    rows = rows.annotate(since=since, until=until, **more).order_by()
    return rows.filter(Q(until=None) | Q(until__gt=begins), since__lte=ends)


def of_periods(sql, rows, asked):
    """What this SQL says of these rows and the periods asked for."""
    placements, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql.format(placements=placements), [*params, *(list(c) for c in zip(*asked, strict=True))])
        return cursor.fetchall()


def savings_for(offender, until=None):
    """The Savings of one person, up to that day included (today when left out)."""
    stays = Placement.objects.filter(offender=offender)
    return savings(stays, [(None, None, until or timezone.localdate())]).get(None, Savings())


def figures_used(first, last):
    """The Settings that the estimates of these days rest on, with their sources."""
    keys = [KEY.GOODS_MULTIPLIER, KEY.LOW_DAILY_SPEND, KEY.HIGH_DAILY_SPEND]
    return Setting.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=first or dt.date.min), key__in=keys, valid_from__lte=last
    ).order_by("key", "valid_from")
