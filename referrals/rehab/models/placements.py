"""Many placements at once: whose they are, who sees them, where they stand, and the days that they take."""

from datetime import timedelta

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Exists, Func, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from offenders.models import Involvement, Offender, shown_to, yes_if
from partners.roles import Category
from referrals.rehab.workflow import AHEAD, Stay

from .case import Case


def _sent_to(user):
    involved = Involvement.objects.open_to(user).filter(
        user.mine(), basis=Involvement.Basis.PLACEMENT, matter=OuterRef("pk"), agency=OuterRef("unit__agency")
    )
    return Q(Exists(involved))


class PlacementQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those on the user's team's cases."""
        return self.filter(case__in=Case.objects.held_by(user).values("pk"))

    def sent_to(self, user):
        """Those requested of a rehab of the user's agency, while that agency is involved."""
        return self.filter(_sent_to(user))

    def visible_to(self, user):
        """Those of cases the user's team holds or shares, or sent to their rehab, about people they see."""
        if not user.has_perm("rehab.view_placement"):
            return self.none()
        seen = Offender.objects.worked_by(user).filter(pk=OuterRef("offender"))
        theirs = _sent_to(user)
        if user.has_perm("rehab.view_case"):
            cases = Case.objects.held_by(user) | Case.objects.shared_with(user)
            theirs |= Q(case__in=cases.values("pk"))
        return self.filter(theirs, Exists(seen))

    def with_leave(self, user):
        """Each with `may_read`: what the request says is health, shown as far as the agency that asks may."""
        return self.annotate(may_read=yes_if(shown_to(user, category=Category.HEALTH, agency="case__agency")))

    def amendable_by(self, user):
        """Those whose request or days the user may correct: of the team that asked, and of the rehab."""
        asks, has = user.has_perm("rehab.request_placement"), user.has_perm("rehab.arrive_placement")
        mine = Q(case__in=Case.objects.held_by(user).values("pk")) if asks else Q(pk__in=[])
        theirs = _sent_to(user) if has else Q(pk__in=[])
        return self.visible_to(user).filter(mine | theirs)

    def live(self):
        """Requests and stays that have not ended."""
        return self.filter(status__in=[Stay.REQUESTED, Stay.OFFERED, Stay.BOOKED, Stay.ARRIVED])

    def ahead(self):
        """Asked for, offered or booked: the person is not there yet."""
        return self.filter(status__in=AHEAD)

    def expected(self):
        """Offered or booked, not arrived."""
        return self.filter(status__in=[Stay.OFFERED, Stay.BOOKED])

    def in_house(self):
        """Of people who are there now."""
        return self.filter(status=Stay.ARRIVED)

    def progress_due(self):
        """Stays of which nothing was heard for a week: since arrival, or since the last progress."""
        from .progress import Progress

        week_ago = timezone.localdate() - timedelta(days=7)
        heard = Progress.objects.filter(placement=OuterRef("pk"), on__gt=week_ago)
        return self.in_house().filter(~Exists(heard), arrived_on__lte=week_ago)

    def with_day(self):
        """Each with `day`, the one that matters where it stands, `last_progress_on` and `is_progress_due`."""
        from .progress import Progress

        last = Progress.objects.filter(placement=OuterRef("pk")).order_by("-on")
        return self.annotate(
            day=Coalesce("departed_on", "arrived_on", "expected_arrival", "requested_on"),
            last_progress_on=Subquery(last.values("on")[:1]),
            is_progress_due=Exists(self.model.objects.progress_due().filter(pk=OuterRef("pk"))),
        )

    def with_days_taken(self):
        """Those that take a place, each with `taken`, the days on which they do: the last is the one before they leave.

        The database says which (see migrations/0006_never_overfull.py), to itself too where it refuses an overfull
        unit.
        """
        said = ("status", "expected_arrival", "expected_departure", "arrived_on", "departed_on")
        taken = Func(*said, function="rehab_days_taken", output_field=DateRangeField())
        return self.filter(status__in=[Stay.BOOKED, Stay.ARRIVED, Stay.DEPARTED]).annotate(taken=taken)

    def with_names(self):
        return self.select_related("offender", "case", "case__facilitator", "case__referral", "unit", "unit__agency")
