"""Panels of throughcare plans: where they are empty, and what is to be done under them."""

from collections import Counter

from django.urls import reverse
from django.utils import timezone

from partners.frame.paging import capped_count
from referrals.rehab.models import Action, PlanDomain
from referrals.rehab.plan.workflow import Domain
from referrals.rehab.workflow import Phase

from .o2r import _own
from .panels import Line, Panel, day_words, few


def gaps(user):
    """Of whom nothing is planned in some part of their life, though they leave rehab soon or have left."""
    cases = _own(user).lacking_plan()
    rows = few(cases.with_names().order_by("opened_on", "pk"))
    empty = Counter(PlanDomain.objects.gaps().filter(plan__case__in=rows).values_list("plan__case", flat=True))
    lines = []
    for row in rows:
        has_left, parts = row.phase == Phase.THROUGHCARE, empty[row.pk]
        note = f"{'has left rehab' if has_left else 'leaves rehab soon'}, "
        note += f"{parts} of {len(Domain)} parts empty" if parts else "no plan begun"
        note += "" if row.facilitator_id == user.pk else f", {row.facilitator}"
        lines.append(Line(str(row.offender), note, reverse("rehab:case_throughcare", args=[row.pk]), has_left))
    words = "" if rows else "Everyone who leaves rehab soon, or has left, has a whole plan."
    return Panel(
        "Throughcare plans with gaps", f"{reverse('rehab:caseload')}?plan=gaps", count=capped_count(cases), lines=lines,
        words=words, shown=rows,
    )  # fmt: skip


def to_do(user):
    """What is theirs to do under plans; a partner's, all that their agency is to do."""
    mine = Action.objects.visible_to(user).open().of(user)
    rows = few(mine.with_names().with_leave(user).order_by("due_on", "pk"))
    today = timezone.localdate()
    lines = [
        Line(str(row.offender), f"{what}, {day_words(row.due_on)}", row.get_absolute_url(), row.due_on < today)
        for row in rows
        for what in [row.text if row.may_read else row.domain]
    ]
    words = "" if rows else "Nothing is asked of you under anyone's throughcare plan."
    url = f"{reverse('rehab:actions')}?whose=mine"
    return Panel("To do under plans", url, count=capped_count(mine), lines=lines, words=words, shown=rows)
