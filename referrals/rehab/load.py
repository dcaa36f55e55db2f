"""How much each of a team carries: their open cases weighed by phase and risk, against what one should not go beyond.

The weights and the limit are settings. Counted are the cases that whoever asks may know of.
"""

from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q

from partners.frame.charts import figure
from partners.models import Membership, User
from partners.settings import setting

from .models import Case
from .workflow import Phase

OPEN_PHASES = [phase for phase in Phase if phase != Phase.CLOSED]


class Load(NamedTuple):
    """What one user carries. `by_phase` has every open phase, in order; `is_here`: whether they are of the team today.

    Whoever has left and holds cases still is among them, for somebody to give these to another.
    """

    user: User
    by_phase: dict
    high_risk: int
    weight: Decimal
    limit: Decimal
    is_here: bool

    @property
    def clients(self):
        return sum(self.by_phase.values())

    @property
    def is_over(self):
        return self.weight > self.limit

    @property
    def words(self):
        """ "12 clients, load 27 of 30"."""
        clients = "1 client" if self.clients == 1 else f"{self.clients} clients"
        over = ", over the limit" if self.is_over else ""
        return f"{clients}, load {figure(self.weight, '')} of {figure(self.limit, '')}{over}"


def of_team(user):
    """The Load of each who may hold a case in the team of the hat that the user wears, or holds one still, by name."""
    held = Case.objects.visible_to(user).held_by(user).open()
    counts = held.order_by().values("facilitator", "phase").annotate(
        clients=Count("pk"), high=Count("pk", filter=Q(risk=Case.Risk.HIGH))
    )  # fmt: skip
    rows = list(counts)
    here = Exists(Membership.objects.holding("rehab.begin_case").filter(user.mine(), user=OuterRef("pk")))
    people = User.objects.annotate(is_here=here).filter(Q(here) | Q(pk__in={row["facilitator"] for row in rows}))
    weights = dict(zip(OPEN_PHASES, setting("load_of_phase"), strict=True))
    (more,), (limit,) = setting("load_of_risk"), setting("load_limit")
    loads = []
    for person in people:
        theirs = {row["phase"]: row for row in rows if row["facilitator"] == person.pk}
        by_phase = {phase: theirs[phase]["clients"] if phase in theirs else 0 for phase in OPEN_PHASES}
        high = sum(row["high"] for row in theirs.values())
        weight = sum((weights[phase] * number for phase, number in by_phase.items()), more * high)
        loads.append(Load(person, by_phase, high, weight, limit, person.is_here))
    return loads


def of_worker(user, worker):
    """The Load of this one of the user's team; None of anyone else."""
    return next((load for load in of_team(user) if load.user == worker), None)
