import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from offenders.models import Involvement, Offender
from offenders.workflow import Stepped, day_of, insert
from partners.audit.models import Event
from partners.dated import days
from partners.frame.templatetags.frame import pounds
from partners.settings import setting
from referrals.rehab import deadlines, what_follows
from referrals.rehab.matching import Circumstance
from referrals.rehab.workflow import AHEAD, PLACEMENT_STEPS, Away, Phase, Stay

from .case import Case, hold_person
from .funder import cost_of
from .placements import PlacementQuerySet
from .rehab_unit import RehabUnit


def usual_departure(arrival):
    """When someone who arrives that day leaves, if nothing else is said."""
    (weeks,) = setting("stay_weeks")
    return arrival + timedelta(weeks=int(weeks))


class Placement(Stepped):
    """A stay in residential rehab, from request to departure.

    Requested of one unit, which offers or declines; booked with expected dates; then arrival or not, and
    departure. Days in rehab run from the day of arrival up to, not including, the day of departure.
    """

    STEPS = PLACEMENT_STEPS

    class Reason(models.TextChoices):
        COMPLETED = "completed", "Completed"
        LEFT_EARLY = "left_early", "Left early"
        ASKED_TO_LEAVE = "asked_to_leave", "Asked to leave"
        MOVED_UNIT = "moved_unit", "Moved to another unit"
        HOSPITAL = "hospital", "Hospital"
        CUSTODY = "custody", "Custody"
        DIED = "died", "Died"
        UNKNOWN = "unknown", "Not known"

    class DeclineReason(models.TextChoices):
        FULL = "full", "No place on those dates"
        RULED_OUT = "ruled_out", "Cannot take someone in these circumstances"
        NEEDS = "needs", "Cannot meet their needs"
        RISK = "risk", "Risk to them or to others there"
        DETOX = "detox", "Detox has to come first"
        PRICE = "price", "The price or its funding"
        TOO_LITTLE = "too_little", "Too little was said to decide"
        OTHER = "other", "Another reason"

    class MoveOn(models.TextChoices):
        DRY_HOUSE = "dry_house", "Dry house or move-on house"
        SUPPORTED = "supported", "Supported housing"
        TENANCY = "tenancy", "Own tenancy"
        FAMILY = "family", "Family or friends"
        ANOTHER_REHAB = "another_rehab", "Another rehab"
        HOSTEL = "hostel", "Hostel"
        NO_FIXED_ABODE = "nfa", "No fixed abode"
        CUSTODY = "custody", "Custody"
        HOSPITAL = "hospital", "Hospital"
        DIED = "died", "Died"
        UNKNOWN = "unknown", "Not known"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="placements")
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="placements", editable=False)
    unit = models.ForeignKey(
        RehabUnit, models.PROTECT, null=True, blank=True, related_name="placements", help_text="Empty: not known."
    )
    status = models.CharField(max_length=12, choices=Stay, default=Stay.REQUESTED, editable=False)
    requested_on = models.DateField()
    needs = models.TextField(blank=True, help_text="What the unit must know to answer: needs, risks, prescribing.")
    needs_detox = models.BooleanField(default=False)
    circumstances = ArrayField(models.CharField(max_length=24, choices=Circumstance), default=list, blank=True)
    expected_arrival = models.DateField(null=True, blank=True)
    expected_departure = models.DateField(null=True, blank=True)
    arrived_on = models.DateField(null=True, blank=True, editable=False)
    departed_on = models.DateField(null=True, blank=True, editable=False)
    departure_reason = models.CharField(max_length=16, choices=Reason, blank=True, editable=False)
    move_on = models.CharField("move-on", max_length=16, choices=MoveOn, blank=True, editable=False)
    continues = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="continued_by",
        help_text="The stay from which they moved here, on the day they arrived.",
    )  # fmt: skip
    end_reason = models.CharField("why it did not happen", max_length=200, blank=True, editable=False)
    weekly_price = models.DecimalField(
        "price a week, as booked", max_digits=8, decimal_places=2, null=True, blank=True, editable=False
    )
    exceed_up_to = models.DecimalField(
        "may cost, whatever is agreed", max_digits=9, decimal_places=2, null=True, blank=True, editable=False
    )
    exceed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="stays_let_exceed", editable=False
    )
    exceed_why = models.CharField(max_length=200, blank=True, editable=False)
    decline_reason = models.CharField(max_length=12, choices=DeclineReason, blank=True, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_on", "-id"]
        default_permissions = ["view"]
        permissions = [
            ("request_placement", "Placement: request"),
            *((f"{verb}_placement", f"Placement: {step.label.lower()}") for verb, step in PLACEMENT_STEPS.items()),
        ]
        indexes = [
            models.Index(fields=["unit", "status", "expected_arrival", "id"], name="placement_of_unit"),
            models.Index(fields=["case", "-requested_on", "-id"], name="placement_of_case"),
            models.Index(fields=["arrived_on", "departed_on"], name="placement_by_stay"),
            models.Index(fields=["-requested_on", "-id"], name="placement_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                name="arrival_is_recorded_with_its_day",
                condition=Q(status__in=["arrived", "departed"], arrived_on__isnull=False)
                | ~Q(status__in=["arrived", "departed"]) & Q(arrived_on=None),
            ),
            models.CheckConstraint(
                name="departure_is_recorded_with_its_day_and_reason",
                condition=(Q(status="departed", departed_on__isnull=False) & ~Q(departure_reason=""))
                | (~Q(status="departed") & Q(departed_on=None)),
            ),
            models.CheckConstraint(
                name="departure_is_not_before_arrival",
                condition=Q(departed_on=None) | Q(departed_on__gte=F("arrived_on")),
                violation_error_message="They cannot leave before they arrived.",
            ),
            models.CheckConstraint(
                name="expected_departure_is_not_before_arrival",
                condition=Q(expected_departure=None) | Q(expected_departure__gte=F("expected_arrival")),
                violation_error_message="They cannot be expected to leave before they arrive.",
            ),
            models.CheckConstraint(
                name="place_is_kept_for_days_that_are_said",
                condition=~Q(status__in=["booked", "arrived"])
                | Q(expected_arrival__isnull=False, expected_departure__isnull=False),
                violation_error_message="Say when they are expected to arrive and to leave: the place is kept for "
                "those days.",
            ),
            models.CheckConstraint(
                name="placement_that_failed_says_why",
                condition=~Q(status__in=["declined", "not_arrived", "withdrawn"]) | ~Q(end_reason=""),
                violation_error_message="Say why.",
            ),
            models.CheckConstraint(
                name="stay_of_known_price_has_a_last_day",
                condition=~Q(status__in=["booked", "arrived"]) | Q(weekly_price=None) | ~Q(expected_departure=None),
                violation_error_message="Say when they will leave: what the stay costs is counted to then.",
            ),
            models.CheckConstraint(
                name="stay_that_may_exceed_says_who_and_why",
                condition=Q(exceed_up_to=None, exceed_by=None, exceed_why="")
                | Q(exceed_up_to__gte=0, exceed_by__isnull=False) & ~Q(exceed_why=""),
            ),
            models.CheckConstraint(
                name="only_who_arrived_moved_here", condition=Q(continues=None) | Q(arrived_on__isnull=False)
            ),
            models.CheckConstraint(
                name="reason_to_decline_is_of_a_declined_placement",
                condition=Q(decline_reason="") | Q(status="declined"),
            ),
            ExclusionConstraint(
                name="person_is_in_one_rehab_at_a_time",
                expressions=[
                    ("offender", RangeOperators.EQUAL),
                    (days("arrived_on", "departed_on", last=False), RangeOperators.OVERLAPS),
                ],
                condition=Q(arrived_on__isnull=False),
                violation_error_message="This person is already in rehab on some of these days.",
            ),
        ]

    def __str__(self):
        return f"{self.unit or 'Rehab'}, {self.get_status_display().lower()}"

    def get_absolute_url(self):
        return reverse("rehab:placement", args=[self.pk])

    @property
    def matters(self):
        return [self.case_id, self.pk]

    def amendable_fields(self, user):
        """The request is its team's to correct; the days that have come, the rehab's too."""
        fields = {"expected_arrival", "expected_departure"}
        fields |= {"arrived_on"} if self.arrived_on else set()
        fields |= {"departed_on", "departure_reason", "move_on"} if self.departed_on else set()
        held = Placement.objects.held_by(user).filter(pk=self.pk).exists()
        return fields | {"needs", "needs_detox", "circumstances", "requested_on"} if held else fields

    @property
    def told(self):
        """What the timeline says of its days."""
        return [
            (f"Rehab place requested: {self.unit or 'unit not known'}", self.requested_on),
            ("Arrived in rehab", self.arrived_on),
            (f"Departed from rehab: {self.get_departure_reason_display().lower()}", self.departed_on),
        ]

    def amended(self, was, *, by):
        """What hangs on these days moves with them: follow-ups, the end of the rehab's sight, a day of death."""
        if self.arrived_on and self.requested_on > self.arrived_on:
            raise ValidationError("They cannot have arrived before the place was requested. Check the dates.")
        if self.arrived_on and self.progress.filter(on__lt=self.arrived_on).exists():
            raise ValidationError({"arrived_on": "A week of progress ends before that day. Amend that first."})
        for deadline in deadlines.to_answer(self):
            deadline.move(self.requested_on, by=by)
        what_follows.keep_the_journey(self, by=by)
        if not self.departed_on:
            return
        if self.progress.filter(on__gt=self.departed_on + timedelta(days=6)).exists():
            raise ValidationError({"departed_on": "A week of progress ends later. Amend that first."})
        Involvement.objects.end_moved(self.pk, was=was.departed_on, on=self.departed_on)
        died = self.Reason.DIED
        told = (self.departure_reason, self.move_on)
        if told != (was.departure_reason, was.move_on) and (died in told) and told != (died, self.MoveOn.DIED):
            raise ValidationError({"move_on": "If they died, say so in both answers; if they did not, in neither."})
        if was.departure_reason == died:
            person = Offender.objects.filter(pk=self.offender_id, deceased_on=was.departed_on)
            person.update(deceased_on=self.departed_on if self.departure_reason == died else None)
        what_follows.departed(self, by=by)

    def days(self, until=None):
        """Days in rehab: arrival up to, not including, departure; while there, until that day (today when left out)."""
        if not self.arrived_on:
            return 0
        end = self.departed_on or (until or timezone.localdate()) + timedelta(days=1)
        return (end - self.arrived_on).days

    @property
    def cost(self):
        """Pounds for the stay: as it was once it is over, else as it is booked or would be; None where not known."""
        asked = self.status in (Stay.REQUESTED, Stay.OFFERED) and self.unit
        price = self.unit.weekly_price if asked else self.weekly_price
        since, until = self.arrived_on or self.expected_arrival, self.departed_on or self.expected_departure
        if price is None or not since or not until:
            return None
        if self.status == Stay.ARRIVED:
            until = max(until, timezone.localdate())  # still there
        return cost_of(price, since, until)

    def may_log(self, user):
        """Whether this user may record progress: someone of the rehab it was sent to."""
        theirs = Placement.objects.visible_to(user).sent_to(user).filter(pk=self.pk)
        return user.has_perm("rehab.add_progress") and theirs.exists()

    @property
    def is_overstayed(self):
        """Still there though expected to have left."""
        due = self.status == Stay.ARRIVED and self.expected_departure
        return bool(due) and due < timezone.localdate()

    @property
    def circumstance_words(self):
        return [one.label for one in Circumstance if one in self.circumstances]

    @property
    def is_ahead(self):
        return self.status in AHEAD

    @property
    def is_late(self):
        """Expected before today, and neither arrived nor said to have stayed away."""
        expected = self.status in (Stay.OFFERED, Stay.BOOKED) and self.expected_arrival
        return bool(expected) and expected < timezone.localdate()

    @staticmethod
    def may_request(user, case):
        """Whether this user may request places on this case: someone of the team that holds it."""
        held = Case.objects.visible_to(user).held_by(user).filter(pk=case.pk)
        return user.has_perm("rehab.request_placement") and held.exists()

    @classmethod
    def request(cls, case, *, by, unit, on=None, is_sent=True, **fields):
        """Ask a unit for a place. The unit's agency sees the person, as far as the request carries, from now on.

        Raises ValidationError where no agreement with that agency holds. What is only written up, of long ago, is
        not sent: it opens nothing.
        """
        if not cls.may_request(by, case):
            raise PermissionDenied("You may not request a rehab place for this person.")
        if case.phase == "closed":
            raise ValidationError("This case is closed. Reopen it before requesting a place.", code="closed")
        at = day_of(on)
        with transaction.atomic():
            placement = cls(
                case=case, offender=case.offender, unit=unit, requested_on=on or timezone.localdate(), **fields
            )
            insert(placement)
            Event.objects.record(
                Event.Kind.COLLECTION, "placement.request", by=by, subject=placement, offenders=[case.offender_id]
            )
            if unit and is_sent:
                Involvement.open(
                    case.offender, agency=unit.agency, basis=Involvement.Basis.PLACEMENT, matter=placement.pk, by=by,
                    on=placement.requested_on, opened_by=case.agency,
                )  # fmt: skip
                deadlines.ask(placement, by=by)
            placement._tell(f"Rehab place requested: {unit or 'unit not known'}", by=by, at=at)
        return placement

    def offer(self, *, by, on=None, expected_arrival=None):
        """The unit can take the person."""
        changes = {"expected_arrival": expected_arrival} if expected_arrival else {}
        with transaction.atomic():
            self._take("offer", by=by, on=on, **changes)
            deadlines.answered(self, by=by, on=on or timezone.localdate())

    def decline(self, *, by, reason="", decline_reason=DeclineReason.OTHER, on=None):
        """The unit cannot take the person: a reason of the list, and words."""
        words = [self.DeclineReason(decline_reason).label] if decline_reason != self.DeclineReason.OTHER else []
        told = ": ".join([*words, *([reason] if reason else [])])
        with transaction.atomic():
            deadlines.answered(self, by=by, on=on or timezone.localdate())
            self._fail("decline", by=by, on=on, reason=told, decline_reason=decline_reason)

    def book(self, *, by, expected_arrival, expected_departure=None, on=None, is_priced=True):
        """Agree the dates: a place is kept from the one to the other, `stay_weeks` when the second is left out.

        At the unit's price of the day on which they are first agreed, and not beyond what funders have agreed to (see
        funding.must_be_covered). What is only written up, of long ago, has no price. What else was asked of other
        units for this stay is withdrawn.
        """
        from .funding import must_be_covered

        expected_departure = expected_departure or usual_departure(expected_arrival)
        price = self.weekly_price
        if price is None and is_priced and self.unit:
            price = self.unit.weekly_price
        with transaction.atomic():
            hold_person(self.offender_id)
            must_be_covered(self, expected_departure, by=by, since=expected_arrival, price=price)
            self._take(
                "book", by=by, on=on, expected_arrival=expected_arrival, expected_departure=expected_departure,
                weekly_price=price,
                sentence=f"Rehab place booked: {self.unit or 'unit not known'} from {expected_arrival:%-d %B %Y}",
            )  # fmt: skip
            for other in self.rivals(on):
                other.end_with(by=by, on=on, reason="Another place was booked")

    def rivals(self, on=None):
        """What this case asked of other units by that day, and nobody booked."""
        asked = self.case.placements.filter(status__in=[Stay.REQUESTED, Stay.OFFERED])
        return asked.exclude(pk=self.pk).filter(requested_on__lte=on or timezone.localdate())

    def exceed(self, *, by, exceed_up_to, reason, on=None):
        """A supervisor's word: the stay may cost up to so much, whatever is agreed."""
        self._take(
            "exceed", by=by, on=on, reason=reason, exceed_up_to=exceed_up_to, exceed_by=by, exceed_why=reason[:200],
            sentence=f"Allowed to cost {pounds(exceed_up_to)}, whatever is agreed",
        )  # fmt: skip

    def arrive(self, *, by, on=None):
        """The person arrived: the admission."""
        with transaction.atomic():
            hold_person(self.offender_id)
            self._take("arrive", by=by, on=on, arrived_on=on or timezone.localdate())
            self.case._take("enter_rehab", by=by, on=on, follows=True)

    def not_arrive(self, *, by, reason, on=None, then=""):
        """They did not come. `then` is one of what_follows.Then; where nobody says, to decide it is a task."""
        with transaction.atomic():
            self._fail("not_arrive", by=by, on=on, reason=reason)
            if self.case.phase == Phase.DETOX:
                self.case._take("leave_detox", by=by, on=on, follows=True)
            what_follows.decide(self, then, by=by, reason=reason, on=on)

    def extend(self, *, by, expected_departure, reason, on=None):
        """They stay longer than was agreed; not beyond what funders have agreed to."""
        from .funding import must_be_covered

        with transaction.atomic():
            must_be_covered(self, expected_departure, by=by)
            was = Placement.objects.select_for_update().get(pk=self.pk)
            self._take(
                "extend", by=by, on=on, reason=reason, expected_departure=expected_departure,
                sentence=f"Stay extended to {expected_departure:%-d %B %Y}",
            )  # fmt: skip
            if expected_departure <= (was.expected_departure or was.arrived_on):
                raise ValidationError({"expected_departure": "That is not later than the day they were to leave."})

    def move(self, *, by, to, on=None):
        """They go on to another unit, where a place is booked: one journey, in which that day ends one leg and begins
        the next. No follow-ups are planned before it ends. Neither rehab reads of it where the other is."""
        day = on or timezone.localdate()
        with transaction.atomic():
            hold_person(self.offender_id)
            if to.case_id != self.case_id or to.requested_on > day:
                raise ValidationError({"to": "Choose a place that was asked for on this case by that day."})
            self._take(
                "move", by=by, on=on, departed_on=day, departure_reason=self.Reason.MOVED_UNIT,
                move_on=self.MoveOn.ANOTHER_REHAB,
            )  # fmt: skip
            to._take("arrive", by=by, on=on, arrived_on=day, continues=self)
            self._left(day, by=by)

    def depart(self, *, by, departure_reason, move_on=MoveOn.UNKNOWN, on=None):
        """The person left. Follow-ups fall due from this day; a death is written on their record, and none do."""
        day = on or timezone.localdate()
        label = self.Reason(departure_reason).label.lower()
        with transaction.atomic():
            hold_person(self.offender_id)
            self._take(
                "depart", by=by, on=on, sentence=f"Departed from rehab: {label}", departed_on=day,
                departure_reason=departure_reason, move_on=move_on,
            )  # fmt: skip
            self.case._take("leave_rehab", by=by, on=on, follows=True)
            self._left(day, by=by)

    def _left(self, day, *, by):
        for absence in self.absences.filter(status=Away.AWAY):
            absence._take("end", by=by, follows=True)
        Involvement.objects.end(self.pk, on=day)
        what_follows.departed(self, by=by)

    def withdraw(self, *, by, reason, on=None):
        """The place is not wanted any more."""
        self._fail("withdraw", by=by, on=on, reason=reason)

    def end_with(self, *, by, on, reason):
        """Withdrawn because of another step, which was allowed."""
        self._fail("withdraw", by=by, on=on, reason=reason, follows=True)
        day = day_of(on)
        self._tell(PLACEMENT_STEPS["withdraw"].sentence, by=by, at=day, reason=reason)

    def ends_with(self, user):
        """What this user sees of what ends with it if it does not come about: [(what, how it stands)]."""
        fundings = self.fundings.visible_to(user).open().select_related("funder")
        return [("Funding", f"{funding}, {funding.get_status_display().lower()}") for funding in fundings]

    def _fail(self, verb, *, by, on, reason, **changes):
        from .funding import release

        with transaction.atomic():
            self._take(verb, by=by, on=on, reason=reason, end_reason=reason[:200], **changes)
            release(self, by=by, on=on, reason=self.get_status_display())
            deadlines.asked_no_more(self, by=by, on=on or timezone.localdate())
            Involvement.objects.end(self.pk, on=on or timezone.localdate())
